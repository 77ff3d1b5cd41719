// The whole of PROTOCOL.md as a client sees it, read with nothing but a parser for server-sent
// events: long because the page is.
import type { ReattachApi, TestServer } from 'reattach/playwright';
import { GRAPHS_PATH, SESSIONS_PATH, sessionPaths, WATCH_PATH } from '../shared/api.ts';
import type { JsonObject } from '../shared/json.ts';
import { feedEntry } from '../shared/session.ts';
import { expect, test } from './fixtures.ts';
import { graphOf } from './graph-of.ts';
import { SessionReader } from './session-reader.ts';
import { SseReader, type Frame } from './sse.ts';

const NEW = `${SESSIONS_PATH}/new`;

const question = graphOf('Question', { ask: ['ask', { prompt: 'Well?' }], said: ['output'] }, [
  'ask -> said',
]);
const two = graphOf(
  'Two questions',
  { one: ['ask', { prompt: 'One?' }], two: ['ask', { prompt: 'Two?' }] },
  ['one -> two'],
);
const quick = graphOf('Quick', { text: ['template', { text: 'done' }] });

const says = (text: string) => ({ input: { role: 'user', parts: [{ text }] } });

/** Answers the session's first open prompt. */
async function answer(api: ReattachApi, sessionId: string, text = 'Fine'): Promise<void> {
  const { openPrompts } = await api.waitFor(sessionId, 'suspended');
  const done = await api.resume(sessionId, openPrompts[0]?.interactionId ?? '', says(text));
  expect(done.status).toBe(200);
}

const isMark = ({ data }: Frame) => data['type'] === 'replayComplete';
const isSnapshot = ({ event }: Frame) => event === 'snapshotComplete';

/** `event:type` or `event:index` of each frame, as one reads it. */
const outline = (frames: readonly Frame[]) =>
  frames.map(({ id, event, data }) =>
    id === null ? `${event} ${JSON.stringify(data)}` : `#${id}`,
  );

async function storeId(api: ReattachApi): Promise<string> {
  const { body } = await api.call('GET', '/healthz');
  return (body as { storeId: string }).storeId;
}

test.describe('a session stream', () => {
  test('of a finished session sends what follows the cursor, the marker and done, at every cursor', async ({
    server,
    api,
  }) => {
    const sessionId = await api.start(two);
    await answer(api, sessionId);
    await answer(api, sessionId);
    await api.waitFor(sessionId, 'completed');
    const log = await api.events(sessionId);
    const last = log.length - 1;
    expect(last).toBeGreaterThan(5);
    const start = { sessionId, storeId: await storeId(api), status: 'completed', lastIndex: last };
    const url = server.url(sessionPaths(sessionId).stream);

    for (let cursor = -1; cursor <= last; cursor += 1) {
      const expected = [
        { id: null, event: 'start', data: start },
        ...log.slice(cursor + 1).map((data) => ({ id: String(data.index), event: 'event', data })),
        { id: null, event: 'event', data: { type: 'replayComplete', index: last } },
        { id: null, event: 'done', data: { status: 'completed', lastIndex: last } },
      ];
      const byQuery = await SseReader.open(`${url}?after=${cursor}`);
      expect(await byQuery.rest(), `after=${cursor}`).toEqual(expected);
      const headers = { 'last-event-id': String(cursor) };
      if (cursor < last) {
        const byHeader = await SseReader.open(`${url}?after=0`, headers);
        expect(await byHeader.rest(), `Last-Event-ID: ${cursor}`).toEqual(expected);
      } else {
        const over = await fetch(url, { headers });
        expect([over.status, await over.text()]).toEqual([204, '']);
      }
    }
    const empty = await SseReader.open(`${url}?after=${last}`, { 'last-event-id': '' });
    expect((await empty.rest()).map(({ event }) => event)).toEqual(['start', 'event', 'done']);
    expect(empty.headers.get('cache-control')).toBe('no-cache, no-transform');
    expect(empty.headers.get('x-accel-buffering')).toBe('no');
    expect(empty.retry).toBeGreaterThan(0);
  });

  test('of an open one goes on after the marker with what happens, to every reader', async ({
    server,
    api,
  }) => {
    const sessionId = await api.start(two);
    await api.waitFor(sessionId, 'suspended');
    const url = server.url(sessionPaths(sessionId).stream);
    const early = await SseReader.open(url);
    const replay = await early.until(isMark);
    expect(outline(replay).slice(1)).toEqual([
      '#0',
      '#1',
      '#2',
      'event {"type":"replayComplete","index":2}',
    ]);
    const atHead = await SseReader.open(`${url}?after=2`);
    expect(outline(await atHead.until(isMark)).slice(1)).toEqual([
      'event {"type":"replayComplete","index":2}',
    ]);
    await answer(api, sessionId);
    await api.waitFor(sessionId, 'suspended');
    const late = new SessionReader(server.origin, sessionId);
    await late.read(4);
    // It goes away in the middle, and comes back with its cursor.
    late.close();
    await answer(api, sessionId);
    await late.read(Infinity);
    const log = await api.events(sessionId);
    expect(late.events).toEqual(log);
    for (const live of [early, atHead]) {
      const frames = await live.rest();
      expect(frames.map(({ data }) => data)).toEqual([
        ...log.slice(3),
        { status: 'completed', lastIndex: log.length - 1 },
      ]);
      expect(frames.filter(isMark)).toEqual([]);
    }
  });

  test('tells a reader with a cursor of another log to forget what it has', async ({
    server,
    api,
  }) => {
    const sessionId = await api.start(question);
    await api.waitFor(sessionId, 'suspended');
    const url = server.url(sessionPaths(sessionId).stream);
    const own = await storeId(api);
    for (const [query, reason] of [
      ['after=99', /99/],
      ['after=1&store=another', /another/],
    ] as const) {
      const stream = await SseReader.open(`${url}?${query}`);
      const frames = await stream.until(isMark);
      stream.close();
      expect(frames.map(({ event }) => event)).toEqual([
        ...['start', 'reset', 'event', 'event', 'event', 'event'],
      ]);
      expect(frames[1]).toEqual({
        id: null,
        event: 'reset',
        data: { reason: expect.stringMatching(reason), lastIndex: 2 },
      });
      expect(frames.slice(2, 5).map(({ id }) => id)).toEqual(['0', '1', '2']);
    }
    const known = await SseReader.open(`${url}?after=1&store=${own}`);
    expect((await known.until(isMark)).map(({ id }) => id)).toEqual([null, '2', null]);
    known.close();
  });
});

test('events as JSON are the same events, in pages of any size', async ({ server, api }) => {
  const sessionId = await api.start(two);
  await answer(api, sessionId);
  await answer(api, sessionId);
  await api.waitFor(sessionId, 'completed');
  const reader = new SessionReader(server.origin, sessionId);
  await reader.read(Infinity);
  const lastIndex = reader.events.length - 1;
  for (const limit of [1, 2, 3, 100]) {
    const read: JsonObject[] = [];
    for (let pages = 0; read.length <= lastIndex; pages += 1) {
      expect(pages).toBeLessThan(100);
      const path = `${sessionPaths(sessionId).events}?after=${read.length - 1}&limit=${limit}`;
      const { status, body } = await api.call('GET', path);
      const page = body as { events: JsonObject[]; lastIndex: number; status: string };
      expect({ ...page, events: page.events.length, code: status }).toEqual({
        events: Math.min(limit, lastIndex + 1 - read.length),
        lastIndex,
        status: 'completed',
        code: 200,
      });
      read.push(...page.events);
    }
    expect(read).toEqual(reader.events);
  }
  const beyond = await api.call('GET', `${sessionPaths(sessionId).events}?after=${lastIndex}`);
  expect(beyond.body).toEqual({ events: [], lastIndex, status: 'completed' });
});

test('the status has the turn and the open prompts, an entity tag, and can be waited for', async ({
  server,
  api,
}) => {
  const sessionId = await api.start(two, { title: 'Mine' });
  const paths = sessionPaths(sessionId);
  const first = await api.waitFor(sessionId, 'suspended');
  expect(first).toEqual({
    sessionId,
    graphId: expect.stringMatching(/^g-[\da-f]{16}$/),
    storeId: await storeId(api),
    status: 'suspended',
    title: 'Mine',
    createdAt: expect.any(Number),
    updatedAt: expect.any(Number),
    eventCount: 3,
    lastIndex: 2,
    turn: { id: 0, prompt: null, startedAt: expect.any(Number) },
    openPrompts: [
      {
        interactionId: expect.any(String),
        nodeId: 'one',
        kind: 'waitForInput',
        prompt: {
          prompt: { role: expect.any(String), parts: [{ text: 'One?' }] },
          inputType: 'text',
        },
      },
    ],
  });
  const conditional = async (etag: string) => {
    const response = await fetch(server.url(paths.status), { headers: { 'if-none-match': etag } });
    return { status: response.status, etag: response.headers.get('etag') };
  };
  const { status, etag } = await conditional('"none"');
  expect(status).toBe(200);
  expect(await conditional(etag ?? '')).toEqual({ status: 304, etag });

  // Not yet: what it is when the time is up.
  const waiting = `${paths.status}?waitFor=completed`;
  expect(await api.call('GET', `${waiting}&timeout=0.05`)).toMatchObject({
    status: 200,
    body: { status: 'suspended' },
  });
  const completed = api.call('GET', `${waiting}&timeout=30`);
  await answer(api, sessionId, 'first');
  await api.waitFor(sessionId, 'suspended');
  expect(await conditional(etag ?? '')).toMatchObject({ status: 200 });
  const second = await api.status(sessionId);
  expect(second.turn).toMatchObject({ id: 3, prompt: says('first') });
  await answer(api, sessionId, 'second');
  expect(await completed).toMatchObject({
    status: 200,
    body: { status: 'completed', openPrompts: [], turn: { prompt: says('second') } },
  });
  // What is final is told at once, asked for or not.
  expect(await api.call('GET', `${paths.status}?waitFor=suspended&timeout=30`)).toMatchObject({
    body: { status: 'completed' },
  });
});

test('the list is paged newest first, filtered, and names the revision to follow from', async ({
  server,
  api,
}) => {
  const ids: string[] = [];
  for (const title of ['Ghent', 'Lisbon', 'Bologna', 'Ghent again', 'Ljubljana']) {
    ids.unshift(await api.start(question, { graphId: 'trips', title }));
  }
  const elsewhere = await api.start(quick, { graphId: 'elsewhere', title: 'Ghent too' });
  await api.waitFor(elsewhere, 'completed');
  for (const id of ids) await api.waitFor(id, 'suspended');
  const [newest = ''] = ids;
  await answer(api, newest);
  await api.waitFor(newest, 'completed');

  interface Page {
    sessions: { sessionId: string; graphId: string }[];
    nextPageToken?: string;
    revision: number;
    storeId: string;
  }
  const page = async (query: string) =>
    (await api.call('GET', `${SESSIONS_PATH}?${query}`)).body as unknown as Page;
  const pages: string[][] = [];
  let token: string | undefined;
  do {
    const more: string = token === undefined ? '' : `&pageToken=${encodeURIComponent(token)}`;
    const { sessions, nextPageToken } = await page(`graphId=trips&limit=2${more}`);
    pages.push(sessions.map(({ sessionId }) => sessionId));
    token = nextPageToken;
  } while (token !== undefined);
  expect(pages.filter((read) => read.length > 0)).toEqual([
    ids.slice(0, 2),
    ids.slice(2, 4),
    ids.slice(4),
  ]);
  const found = async (query: string) =>
    (await page(query)).sessions.map(({ sessionId }) => sessionId);
  expect(await found('graphId=trips&q=gHENT')).toEqual([ids[1], ids[4]]);
  expect(await found('q=ghent')).toEqual([elsewhere, ids[1], ids[4]]);
  expect(await found('status=completed')).toEqual([elsewhere, newest]);
  expect(await found('status=completed,suspended&graphId=trips')).toEqual(ids);
  expect(await found('status=failed')).toEqual([]);
  expect(await found(`q=${newest}`)).toEqual([newest]);

  const { sessions, revision } = await page('graphId=trips&limit=1');
  expect(sessions[0]).toEqual({
    sessionId: newest,
    graphId: 'trips',
    status: 'completed',
    title: 'Ljubljana',
    createdAt: expect.any(Number),
    updatedAt: expect.any(Number),
    eventCount: (await api.events(newest)).length,
    openPromptCount: 0,
    error: null,
    revision: expect.any(Number),
  });
  const feed = await SseReader.open(server.url(`${SESSIONS_PATH}?graphId=trips&since=${revision}`));
  expect((await feed.until(isSnapshot)).map(({ data }) => data)).toEqual([
    { revision, storeId: await storeId(api) },
  ]);
  feed.close();
});

test.describe('the monitor feed', () => {
  const open = (server: TestServer, query: string, headers: Record<string, string> = {}) =>
    SseReader.open(server.url(`${SESSIONS_PATH}?${query}`), headers);
  const statuses = (frames: readonly Frame[]) =>
    frames.map(({ event, data }) => {
      if (event !== 'sessionStatus') return event;
      const { sessionId, status } = feedEntry.parse(data);
      return `${sessionId} ${status}`;
    });

  test('sends a snapshot, then changes, with revisions as ids', async ({ server, api }) => {
    const a = await api.start(question, { graphId: 'a' });
    const b = await api.start(question, { graphId: 'b' });
    for (const id of [a, b]) await api.waitFor(id, 'suspended');
    const plain = await open(server, '');
    const marked = await open(server, 'since=0');
    const ofA = await open(server, 'graphId=a&since=0');
    const snapshot = await marked.until(isSnapshot);
    expect(statuses(snapshot).slice(-3)).toEqual([
      `${a} suspended`,
      `${b} suspended`,
      'snapshotComplete',
    ]);
    expect(statuses(await ofA.until(isSnapshot))).toEqual([`${a} suspended`, 'snapshotComplete']);
    for (const { id, data } of snapshot) expect(Number(id)).toBe(data['revision']);
    expect(statuses(await plain.until(({ data }) => data['sessionId'] === b))).toEqual([
      `${a} suspended`,
      `${b} suspended`,
    ]);

    await api.call('PATCH', sessionPaths(b).stream, { title: 'Renamed' });
    const renamed = ({ data }: Frame) => data['title'] === 'Renamed';
    const [change] = await marked.until(renamed);
    expect((await plain.until(renamed)).map(({ id }) => id)).toEqual([change?.id]);
    await answer(api, a);
    const completed = await ofA.until(({ data }) => data['status'] === 'completed');
    expect(new Set(completed.map(({ data }) => data['sessionId']))).toEqual(new Set([a]));
    const ids = completed.map(({ id }) => Number(id));
    expect(ids).toEqual([...ids].sort((x, y) => x - y));
  });

  test('tells who returns what changed and what has gone, and nothing else', async ({
    server,
    api,
  }) => {
    const kept = await api.start(question);
    const gone = await api.start(question);
    for (const id of [kept, gone]) await api.waitFor(id, 'suspended');
    const before = await open(server, 'since=0');
    const since = (await before.until(isSnapshot)).at(-1)?.id ?? '';
    before.close();
    const passing = await api.start(question);
    const added = await api.start(quick);
    await api.waitFor(added, 'completed');
    await api.call('DELETE', sessionPaths(gone).stream);
    await api.call('DELETE', sessionPaths(passing).stream);

    const expected = [`${added} completed`, `${gone} deleted`, 'snapshotComplete'];
    const byQuery = await open(server, `since=${since}`);
    expect(statuses(await byQuery.until(isSnapshot))).toEqual(expected);
    const byHeader = await open(server, 'since=0', { 'last-event-id': since });
    const frames = await byHeader.until(isSnapshot);
    expect(statuses(frames)).toEqual(expected);
    expect(frames[1]?.data).toEqual({
      sessionId: gone,
      status: 'deleted',
      createdAt: expect.any(Number),
      revision: Number(frames[1]?.id),
    });
    const head = frames.at(-1)?.id ?? '';
    const upToDate = await open(server, `since=${head}`);
    expect(statuses(await upToDate.until(isSnapshot))).toEqual(['snapshotComplete']);

    const full = [`${kept} suspended`, `${added} completed`, 'snapshotComplete'];
    const fresh = await open(server, 'since=0');
    expect(statuses(await fresh.until(isSnapshot))).toEqual(full);
    for (const query of [`since=${Number(head) + 1}`, `since=${since}&store=another`]) {
      const reader = await open(server, query);
      expect(statuses(await reader.until(isSnapshot)), query).toEqual(['reset', ...full]);
      reader.close();
    }
    for (const reader of [byQuery, byHeader, upToDate, fresh]) reader.close();
  });
});

test('watch carries a feed and sessions on one connection, without ids and without an end', async ({
  server,
  api,
}) => {
  const ended = await api.start(quick, { graphId: 'watched' });
  const open = await api.start(two, { graphId: 'watched' });
  await api.start(quick, { graphId: 'other' });
  await api.waitFor(ended, 'completed');
  await api.waitFor(open, 'suspended');
  const endedLog = await api.events(ended);
  const { revision } = (await api.call('GET', `${SESSIONS_PATH}?limit=1`)).body as {
    revision: number;
  };
  const url = server.url(
    `${WATCH_PATH}?feed=watched&since=${revision}&session=${ended}&session=${open}:1&session=nobody`,
  );
  const watch = await SseReader.open(url);
  const frames: Frame[] = [];
  const [seen, types] = [
    (name: string) => frames.filter(({ event }) => event === name).map(({ data }) => data),
    (name: string) => seen(name).map((data) => data['type']),
  ];
  while (
    types(ended).at(-1) !== 'done' ||
    !types(open).includes('replayComplete') ||
    types('nobody').length === 0 ||
    seen('snapshotComplete').length === 0
  ) {
    frames.push(...(await watch.until(() => true)));
  }
  expect(frames.every(({ id }) => id === null)).toBe(true);
  expect(seen('nobody')).toEqual([{ type: 'deleted', sessionId: 'nobody' }]);
  expect(seen('sessionStatus')).toEqual([]);
  const last = endedLog.length - 1;
  expect(seen(ended)).toEqual([
    {
      type: 'start',
      sessionId: ended,
      storeId: await storeId(api),
      status: 'completed',
      lastIndex: last,
    },
    ...endedLog,
    { type: 'replayComplete', index: last },
    { type: 'done', status: 'completed', lastIndex: last },
  ]);
  expect(types(open)).toEqual(['start', 'inputRequired', 'replayComplete']);

  await answer(api, open);
  await api.waitFor(open, 'suspended');
  await answer(api, open);
  const rest = await watch.until(({ event, data }) => event === open && data['type'] === 'done');
  const log = await api.events(open);
  expect(rest.filter(({ event }) => event === open).map(({ data }) => data)).toEqual([
    ...log.slice(3),
    { type: 'done', status: 'completed', lastIndex: log.length - 1 },
  ]);
  await api.call('DELETE', sessionPaths(open).stream);
  await watch.until(({ event, data }) => event === 'sessionStatus' && data['status'] === 'deleted');
  watch.close();

  const foreign = await SseReader.open(
    server.url(`${WATCH_PATH}?session=${ended}:1&store=another`),
  );
  const replay = await foreign.until(({ data }) => data['type'] === 'done');
  expect(replay.map(({ data }) => data['type']).slice(0, 3)).toEqual([
    'start',
    'reset',
    'graphStart',
  ]);
  foreign.close();
});

test.describe('a headless run', () => {
  const graph = graphOf(
    'Headless',
    {
      form: [
        'input',
        {
          schema: { type: 'object', properties: { days: { type: 'integer' } }, required: ['days'] },
        },
      ],
      text: ['ask', { prompt: 'Text?' }],
      pick: ['choice', { prompt: 'Pick?', choices: [{ id: 'a', content: 'A' }] }],
      may: ['consent', { prompt: 'May I?' }],
      all: ['output'],
    },
    ['form.days -> all.days', 'text -> all.text', 'pick -> all.pick', 'may -> all.may'],
  );

  test('answers every prompt from its inputs, each in the append that asks', async ({ api }) => {
    const sessionId = await api.start(graph, {
      mode: 'headless',
      inputs: { form: { days: 4 }, text: 'plain', pick: 'a', may: true },
    });
    await api.waitFor(sessionId, 'completed');
    const log = await api.events(sessionId);
    expect(log.at(-1)).toMatchObject({
      outputs: {
        all: { output: { days: 4, text: { parts: [{ text: 'plain' }] }, pick: ['a'], may: true } },
      },
    });
    const asked = log.filter(({ type }) => type === 'inputRequired');
    expect(asked).toHaveLength(4);
    for (const { index } of asked) expect(log[index + 1]?.type).toBe('inputResolved');
  });

  test('fails a node whose answer is missing or does not fit, and says so', async ({ api }) => {
    const missing = await api.start(graph, { mode: 'headless', inputs: { form: { days: 4 } } });
    const { error } = await api.waitFor(missing, 'failed');
    for (const nodeId of ['text', 'pick', 'may']) expect(error).toContain(nodeId);
    const wrong = await api.start(graph, {
      mode: 'headless',
      inputs: { form: { days: 'four' }, text: 'plain', pick: 'b', may: true },
    });
    expect((await api.waitFor(wrong, 'failed')).error).toMatch(/days[^]*'b'/);
    const lenient = await api.start(
      graphOf('Lenient', { text: ['ask', { prompt: 'Text?', required: false, skipLabel: 'No' }] }),
      { mode: 'headless' },
    );
    await api.waitFor(lenient, 'completed');
  });
});

test('a title is changed beside the log, and everybody sees it', async ({ api }) => {
  const sessionId = await api.start(question);
  await api.waitFor(sessionId, 'suspended');
  const log = await api.events(sessionId);
  expect(await api.call('PATCH', sessionPaths(sessionId).stream, { title: '  Café ☕ ' })).toEqual({
    status: 200,
    body: { sessionId, title: 'Café ☕' },
  });
  expect(await api.status(sessionId)).toMatchObject({ title: 'Café ☕', lastIndex: 2 });
  expect(await api.list('')).toMatchObject([{ title: 'Café ☕' }]);
  expect(await api.events(sessionId)).toEqual(log);
});

test('a graph that is sent belongs to an id of its content, an offered one to its name', async ({
  api,
}) => {
  const one = await api.status(await api.start(question));
  const same = await api.status(await api.start({ ...question }));
  const other = await api.status(await api.start(two));
  expect(same.graphId).toBe(one.graphId);
  expect(other.graphId).not.toBe(one.graphId);
  const named = await api.status(await api.start(question, { graphId: 'mine' }));
  expect(named).toMatchObject({ graphId: 'mine', title: 'Question' });
  await api.start('two-reviewers');

  const { graphs } = (await api.call('GET', GRAPHS_PATH)).body as {
    graphs: { graphId: string; offered: boolean; counts: JsonObject; graph: JsonObject }[];
  };
  const listing = new Map(graphs.map((graph) => [graph.graphId, graph]));
  expect(listing.get('two-reviewers')).toMatchObject({ offered: true, title: 'Two reviewers' });
  expect(listing.get('mine')).toMatchObject({ offered: false, title: 'Question' });
  expect(listing.get('trip-planner')).toMatchObject({ offered: true, counts: {} });
  const { body } = await api.call('GET', `${GRAPHS_PATH}/mine`);
  expect(body).toEqual({ graphId: 'mine', graph: question });
  expect(await api.call('POST', NEW, { graphId: 'mine' })).toMatchObject({
    status: 404,
    body: { code: 'graph_not_found' },
  });
});

test('the feed is the default, JSON is for who prefers it', async ({ server, api }) => {
  await api.start(question);
  const type = async (accept: string | null) => {
    const abort = new AbortController();
    const response = await fetch(server.url(SESSIONS_PATH), {
      headers: accept === null ? {} : { accept },
      signal: abort.signal,
    });
    abort.abort();
    return response.headers.get('content-type')?.split(';')[0];
  };
  expect(await type(null)).toBe('text/event-stream');
  expect(await type('*/*')).toBe('text/event-stream');
  expect(await type('text/event-stream')).toBe('text/event-stream');
  expect(await type('application/json')).toBe('application/json');
  expect(await type('application/json, text/event-stream;q=0.5')).toBe('application/json');
});
