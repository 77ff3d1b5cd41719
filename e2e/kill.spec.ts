import { PanelPage } from 'reattach/playwright';
import type { SessionEvent } from '../shared/event.ts';
import { textContent } from '../shared/prompt.ts';
import { graphOf } from './graph-of.ts';
import { expect, test } from './process-fixtures.ts';
import { SessionReader } from './session-reader.ts';

const answer = (text: string) => ({ input: textContent(text) });

const graphs = {
  stepping: graphOf('Stepping', { work: ['latch', { steps: ['stored', 'cut-short', 'later'] }] }),
  waiting: graphOf(
    'Waiting',
    {
      first: ['ask', { prompt: 'One?' }],
      second: ['ask', { prompt: 'Two?' }],
      said: ['output'],
    },
    ['first -> second', 'first -> said.one', 'second -> said.two'],
  ),
  sleeping: graphOf('Sleeping', { rest: ['delay', { ms: 4000 }] }),
  parallel: graphOf(
    'Parallel',
    {
      begin: ['template', { text: 'both' }],
      machine: ['latch', { steps: ['machine'] }],
      person: ['ask', { prompt: 'And you?' }],
      both: ['output'],
    },
    ['begin -> machine', 'begin -> person', 'machine -> both.machine', 'person -> both.person'],
  ),
  deadline: graphOf('Deadline', {
    ask: ['ask', { prompt: 'Soon?', timeoutMs: 1000, default: 'yes' }],
  }),
};

/** The names of what happened to the steps, in order. */
function stepsOf(events: readonly SessionEvent[]): string[] {
  return events.flatMap((event) =>
    event.type === 'stepStart' || event.type === 'stepEnd' || event.type === 'stepError'
      ? [`${event.type} ${event.step} ${event.attempt}`]
      : [],
  );
}

const times = (events: readonly SessionEvent[], type: string) =>
  events.filter((event) => event.type === type).length;

for (const signal of ['SIGKILL', 'SIGTERM'] as const) {
  test(`${signal} in the middle of everything: what was acknowledged is there, and everything goes on`, async ({
    server,
    api,
    latches,
  }) => {
    test.skip(signal === 'SIGTERM' && process.platform === 'win32', 'Windows has no SIGTERM.');
    const stepping = await api.start(graphs.stepping);
    const waiting = await api.start(graphs.waiting);
    const sleeping = await api.start(graphs.sleeping);
    const parallel = await api.start(graphs.parallel);
    const deadline = await api.start(graphs.deadline);
    const all = [stepping, waiting, sleeping, parallel, deadline];
    await latches.open('stored');
    await Promise.all([latches.reached('cut-short'), latches.reached('machine')]);
    const { openPrompts } = await api.waitFor(waiting, 'suspended');
    const [first] = openPrompts;
    await api.waitFor(deadline, 'suspended');
    const before = new Map(
      await Promise.all(all.map(async (id) => [id, await api.events(id)] as const)),
    );
    // Acknowledged, and then the end at once.
    const acknowledged = await api.resume(waiting, first?.interactionId ?? '', answer('one'));
    expect(acknowledged).toEqual({ status: 200, body: { sessionId: waiting, status: 'running' } });
    await server.end(signal);
    await server.start();

    for (const [id, events] of before) {
      expect((await api.events(id)).slice(0, events.length)).toEqual(events);
    }
    const asked = await api.waitFor(waiting, 'suspended');
    expect(asked.turn.prompt).toEqual(answer('one'));
    expect(asked.openPrompts).toMatchObject([{ nodeId: 'second', kind: 'waitForInput' }]);
    expect((await api.status(stepping)).status).toBe('running');

    await latches.reached('cut-short', 2);
    await latches.reached('machine', 2);
    for (const name of ['cut-short', 'later', 'machine']) await latches.open(name);
    await api.resume(waiting, asked.openPrompts[0]?.interactionId ?? '', answer('two'));
    const { openPrompts: people } = await api.waitFor(parallel, 'suspended');
    await api.resume(parallel, people[0]?.interactionId ?? '', answer('me too'));
    for (const id of all) expect((await api.waitFor(id, 'completed')).status).toBe('completed');

    expect(stepsOf(await api.events(stepping))).toEqual([
      'stepStart stored 1',
      'stepEnd stored 1',
      'stepStart cut-short 1',
      'stepStart cut-short 2',
      'stepEnd cut-short 2',
      'stepStart later 1',
      'stepEnd later 1',
    ]);
    expect(await latches.begun('stored')).toEqual([1]);
    expect(await latches.begun('cut-short')).toEqual([1, 2]);
    expect(await latches.begun('machine')).toEqual([1, 2]);

    const slept = await api.events(sleeping);
    const [began, woke] = ['sleepStart', 'sleepEnd'].map((type) =>
      slept.find((event) => event.type === type),
    );
    if (began?.type !== 'sleepStart') throw new Error('The session never slept.');
    expect(woke?.time).toBeGreaterThanOrEqual(began.until);

    const waited = await api.events(waiting);
    expect(waited.at(-1)).toMatchObject({
      type: 'graphComplete',
      outputs: {
        said: { output: { one: { parts: [{ text: 'one' }] }, two: { parts: [{ text: 'two' }] } } },
      },
    });
    expect(await api.events(deadline)).toContainEqual(
      expect.objectContaining({ type: 'inputResolved', response: answer('yes') }),
    );
    for (const id of all) {
      const events = await api.events(id);
      expect(events.map(({ index }) => index)).toEqual(events.map((_, index) => index));
      expect(times(events, 'nodeStart')).toBe(times(events, 'nodeEnd'));
      expect(times(events, 'inputRequired')).toBe(times(events, 'inputResolved'));
    }
  });
}

test('killed again and again at random moments, a run does everything once, and its reader sees it once', async ({
  server,
  api,
  latches,
}) => {
  const KILLS = 10;
  const STEPS = 200;
  const branches = ['one', 'two'];
  const sessionId = await api.start(
    graphOf(
      'Ledger',
      {
        begin: ['template', { text: 'go' }],
        one: ['ledger', { steps: STEPS }],
        two: ['ledger', { steps: STEPS }],
      },
      ['begin -> one', 'begin -> two'],
    ),
  );
  const reader = new SessionReader(server.origin, sessionId);
  for (let kill = 1; kill <= KILLS; kill += 1) {
    const point = reader.events.length + 1 + Math.floor(Math.random() * 50);
    await reader.read(point);
    if (reader.end !== null) throw new Error(`The run ended before kill ${kill}.`);
    test.info().annotations.push({ type: 'kill', description: `after event ${point}` });
    await server.restart();
  }
  await reader.read(Infinity);

  const events = await api.events(sessionId);
  expect(reader.events).toEqual(events);
  expect(reader.end).toEqual({
    id: null,
    event: 'done',
    data: { status: 'completed', lastIndex: events.length - 1 },
  });
  expect(events.at(-1)).toMatchObject({
    type: 'graphComplete',
    outputs: { one: { output: STEPS }, two: { output: STEPS } },
  });
  for (const nodeId of branches) {
    const mine = events.filter((event) => 'nodeId' in event && event.nodeId === nodeId);
    const names = Array.from({ length: STEPS }, (_, n) => `${nodeId}-${n}`);
    const emitted = mine.flatMap((event) =>
      event.type === 'agentEvent' && event.op === undefined ? [event.event['content']] : [],
    );
    expect(emitted).toEqual(names.map((name) => `${name} comes`));
    const ended = mine.flatMap((event) =>
      event.type === 'stepEnd' ? [[event.step, event.attempt] as const] : [],
    );
    expect(ended.map(([name]) => name)).toEqual(names);
    for (const [name, attempt] of ended) {
      const started = mine.flatMap((event) =>
        event.type === 'stepStart' && event.step === name ? [event.attempt] : [],
      );
      expect(started).toEqual(Array.from({ length: attempt }, (_, n) => n + 1));
      // An attempt may die before it has done anything; the one that ended has run, and the last.
      const ran = await latches.begun(name);
      expect(ran).toEqual([...new Set(ran)]);
      expect(ran.at(-1)).toBe(attempt);
    }
  }
  expect(times(events, 'nodeStart')).toBe(3);
  expect(times(events, 'nodeEnd')).toBe(3);
  expect(times(events, 'sleepStart')).toBe(times(events, 'sleepEnd'));
});

test('a page that is open when the server is killed comes back by itself and misses nothing', async ({
  server,
  api,
  latches,
  panel,
  context,
}) => {
  const flood = graphOf(
    'Flood',
    {
      flood: ['flood', { chunks: 60, bytes: 20, latch: 'half' }],
      ask: ['ask', { prompt: 'Still there?' }],
    },
    ['flood -> ask'],
  );
  const sessionId = await api.start(flood, { graphId: 'flood' });
  await latches.reached('half');
  await panel.goto('flood', sessionId);
  await expect(panel.stream).toHaveText('Live');
  await expect(panel.node('flood')).toContainText('29 xxx');

  await server.kill();
  await expect(panel.stream).toHaveText('Reconnecting…');
  await expect(panel.page.getByRole('status').filter({ hasText: 'Reconnecting:' })).toBeVisible();
  // What was read stays readable.
  await expect(panel.node('flood')).toContainText('29 xxx');
  await server.start();
  await latches.open('half');
  await expect(panel.prompt('ask')).toBeVisible();
  await expect(panel.stream).toHaveText('Live');
  await expect(panel.row('Flood')).toContainText('suspended');

  const fresh = new PanelPage(await context.newPage());
  await fresh.goto('flood', sessionId);
  await expect(fresh.prompt('ask')).toBeVisible();
  const shown = async (page: PanelPage) => ({
    // The one has a line in it where it went on live.
    flood: (await page.node('flood').getByRole('paragraph').allInnerTexts())
      .join('')
      .match(/\d+ x{20}/g),
    // For how long it has been waiting, each page tells at its own time.
    ask: (await page.node('ask').ariaSnapshot()).replace(/\d+ m?s /, ''),
    rows: await page.rows.count(),
  });
  expect(await shown(panel)).toEqual(await shown(fresh));
  expect((await shown(panel)).flood).toHaveLength(60);

  // An answer that is given while there is no server says so, and can be given again.
  await server.kill();
  const form = panel.prompt('ask');
  await form.getByRole('textbox').fill('Yes');
  await form.getByRole('button', { name: 'Answer' }).click();
  await expect(form.getByRole('alert')).toBeVisible();
  await server.start();
  await expect(panel.stream).toHaveText('Live');
  await expect(form.getByRole('textbox')).toHaveValue('Yes');
  await form.getByRole('button', { name: 'Answer' }).click();
  for (const page of [panel, fresh]) {
    await expect(page.stream).toHaveText('Ended');
    await expect(page.node('ask')).toContainText('Yes');
    await expect(page.row('Flood')).toContainText('completed');
  }
});
