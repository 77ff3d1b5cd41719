import type { Locator, Page } from '@playwright/test';
import { PanelPage, type ReattachApi } from 'reattach/playwright';
import { sessionPaths } from '../shared/api.ts';
import { expect, test } from './fixtures.ts';
import { graphOf } from './graph-of.ts';

const quick = graphOf('Quick', { text: ['template', { text: 'all done' }] });
const question = graphOf('Question', {
  ask: ['ask', { prompt: 'Well?', skipLabel: 'Rather not' }],
});

const says = (text: string) => ({ input: { role: 'user', parts: [{ text }] } });

/** Starts a run and waits until it has nothing more to do. */
async function settled(api: ReattachApi, graph: typeof quick, title: string): Promise<string> {
  const sessionId = await api.start(graph, { graphId: 'mine', title });
  await api.waitFor(sessionId, 'suspended', 'completed', 'failed');
  return sessionId;
}

async function isGone(api: ReattachApi, sessionId: string): Promise<boolean> {
  return (await api.call('GET', sessionPaths(sessionId).status)).status === 404;
}

/** Holds the calls that fit until it is let go. */
async function hold(page: Page, glob: string): Promise<() => void> {
  let release = (): void => undefined;
  const released = new Promise<void>((resolve) => (release = resolve));
  await page.route(glob, async (route) => {
    await released;
    await route.continue();
  });
  return release;
}

test.describe('deleting a finished session', () => {
  test('takes it from the list at once, and can be undone for five seconds', async ({
    api,
    panel,
    context,
  }) => {
    const sessionId = await settled(api, quick, 'Finished');
    await settled(api, quick, 'Other');
    const other = new PanelPage(await context.newPage());
    await other.goto('mine');
    const calls: string[] = [];
    panel.page.on('request', (request) => {
      if (request.method() === 'DELETE') calls.push(request.url());
    });
    await panel.page.clock.install();
    await panel.goto('mine', sessionId);
    await expect(panel.stream).toHaveText('Ended');
    await panel.row('Finished').getByRole('button', { name: 'Delete: Finished' }).click();
    await expect(panel.row('Finished')).toHaveCount(0);
    await expect(panel.session).toHaveCount(0);
    const undo = panel.page.getByRole('status').filter({ hasText: 'Deleted “Finished”' });
    await expect(undo).toBeVisible();
    // The page's own time goes on beside this.
    await panel.page.clock.runFor(2000);
    await undo.getByRole('button', { name: 'Undo' }).click();
    await expect(panel.row('Finished')).toBeVisible();
    await expect(undo).toHaveCount(0);
    await panel.page.clock.runFor(20_000);
    expect(calls).toEqual([]);
    await expect(other.rows).toHaveCount(2);

    await panel.row('Finished').getByRole('button', { name: 'Delete: Finished' }).click();
    const sent = panel.page.waitForResponse((response) => response.request().method() === 'DELETE');
    await panel.page.clock.runFor(6000);
    expect((await sent).status()).toBe(200);
    await expect(undo).toHaveCount(0);
    await expect(panel.rows).toHaveCount(1);
    await expect(other.rows).toHaveCount(1);
    await expect(other.row('Other')).toBeVisible();
    expect(await isGone(api, sessionId)).toBe(true);
    expect(calls).toHaveLength(1);
  });

  for (const [way, leave] of [
    ['closed', (page: Page) => page.close({ runBeforeUnload: true })],
    ['left for another', (page: Page) => page.goto('about:blank')],
    ['reloaded', (page: Page) => page.reload()],
  ] as const) {
    test(`is sent when the page is ${way} before that`, async ({ api, panel }) => {
      const sessionId = await settled(api, quick, 'Finished');
      await panel.goto('mine');
      await panel.row('Finished').getByRole('button', { name: 'Delete: Finished' }).click();
      await expect(panel.rows).toHaveCount(0);
      expect(await isGone(api, sessionId)).toBe(false);
      await leave(panel.page);
      await expect.poll(() => isGone(api, sessionId)).toBe(true);
    });
  }
});

test('deleting an unfinished session is asked about first', async ({ api, panel }) => {
  const sessionId = await settled(api, question, 'Unfinished');
  await panel.goto('mine', sessionId);
  const dialog = panel.page.getByRole('dialog', { name: 'Delete this suspended session?' });
  const ask = () => panel.session.getByRole('button', { name: 'Delete' }).click();
  await ask();
  await expect(dialog).toContainText('Unfinished');
  await expect(dialog.getByRole('button', { name: 'Keep' })).toBeFocused();
  await dialog.getByRole('button', { name: 'Keep' }).click();
  await expect(dialog).toBeHidden();
  await ask();
  await panel.page.keyboard.press('Escape');
  await expect(dialog).toBeHidden();
  expect(await isGone(api, sessionId)).toBe(false);
  await expect(panel.row('Unfinished')).toBeVisible();
  await ask();
  await dialog.getByRole('button', { name: 'Delete session' }).click();
  await expect(panel.rows).toHaveCount(0);
  await expect(panel.session).toHaveCount(0);
  expect(await isGone(api, sessionId)).toBe(true);
});

test('a session that is deleted elsewhere while it is open is said to be gone', async ({
  api,
  panel,
}) => {
  const sessionId = await settled(api, question, 'Open');
  await panel.goto('mine', sessionId);
  await expect(panel.prompt('ask')).toBeVisible();
  await api.call('DELETE', sessionPaths(sessionId).stream);
  await expect(panel.stream).toContainText('Deleted');
  await expect(panel.prompts).toHaveCount(0);
  await expect(panel.rows).toHaveCount(0);
  await panel.goto('mine', 'never-there');
  await expect(panel.stream).toContainText('Deleted');
});

test('a run is cancelled from the list and from the session', async ({ api, panel }) => {
  const one = await settled(api, question, 'One');
  const two = await settled(api, question, 'Two');
  await panel.goto('mine', two);
  await panel.row('One').getByRole('button', { name: 'Cancel: One' }).click();
  await expect(panel.row('One')).toContainText('cancelled');
  await panel.session.getByRole('button', { name: 'Cancel run' }).click();
  await expect(panel.stream).toHaveText('Ended');
  await expect(panel.row('Two')).toContainText('cancelled');
  await expect(panel.prompts).toHaveCount(0);
  await expect(panel.session.getByRole('button', { name: 'Cancel run' })).toHaveCount(0);
  for (const id of [one, two]) expect((await api.status(id)).status).toBe('cancelled');
});

test('the list follows what happens anywhere, newest first', async ({ api, panel }) => {
  await panel.goto('trip-planner');
  await expect(panel.page.getByText('No sessions yet.')).toBeVisible();
  const start = (title: string) => api.start(question, { graphId: 'trip-planner', title });
  const first = await start('First');
  await expect(panel.row('First')).toContainText('1 open prompt');
  await start('Second');
  await api.start(question, { graphId: 'elsewhere', title: 'Elsewhere' });
  await expect(panel.rows.getByRole('link')).toHaveText(['Second', 'First']);
  const { openPrompts } = await api.waitFor(first, 'suspended');
  await api.resume(first, openPrompts[0]?.interactionId ?? '', says('Fine'));
  await expect(panel.row('First')).toContainText('completed');
  await api.call('PATCH', sessionPaths(first).stream, { title: 'Renamed' });
  await expect(panel.rows.getByRole('link')).toHaveText(['Second', 'Renamed']);
  await api.call('DELETE', sessionPaths(first).stream);
  await expect(panel.rows.getByRole('link')).toHaveText(['Second']);
});

test('a long list is read on demand, and what is new comes on top', async ({ api, panel }) => {
  const ids = await Promise.all(
    Array.from({ length: 120 }, (_, n) => api.start(quick, { graphId: 'mine', title: `Run ${n}` })),
  );
  await Promise.all(ids.map((id) => api.waitFor(id, 'completed')));
  await panel.goto('mine');
  const grid = panel.page.getByRole('grid', { name: 'Sessions' });
  await expect(panel.rows.first()).toContainText('Run');
  await expect(grid).toHaveAttribute('aria-rowcount', '-1');
  await settled(api, quick, 'Newest');
  await expect(panel.rows.first()).toContainText('Newest');
  await panel.rows.first().getByRole('link').focus();
  await panel.page.keyboard.press('End');
  await expect(grid).toHaveAttribute('aria-rowcount', '121');
  await panel.page.keyboard.press('End');
  await expect(panel.rows.last()).toHaveAttribute('aria-rowindex', '121');
  expect(await panel.rows.count()).toBeLessThan(60);
});

test('another session opened in the middle of a replay shows nothing of the first', async ({
  api,
  panel,
  context,
  latches,
}) => {
  const flood = (name: string) =>
    graphOf(
      name,
      {
        [name]: ['template', { text: `${name} begins` }],
        flood: ['flood', { chunks: 300, bytes: 10_000, latch: name }],
      },
      [`${name} -> flood`],
    );
  for (const name of ['first', 'second']) await latches.open(name);
  const first = await api.start(flood('first'), { graphId: 'mine', title: 'First' });
  const second = await api.start(flood('second'), { graphId: 'mine', title: 'Second' });
  for (const id of [first, second]) await api.waitFor(id, 'completed');

  await panel.goto('mine');
  // Looks at each frame: the page must never show text of both.
  await panel.page.evaluate(() => {
    const texts = (node: Node): string => {
      const shadow = node instanceof Element ? node.shadowRoot : null;
      const children = [...(shadow?.childNodes ?? []), ...node.childNodes];
      return (node.nodeValue ?? '') + children.map(texts).join('');
    };
    const mixed: string[] = [];
    const look = () => {
      const text = texts(document.body);
      if (text.includes('first begins') && text.includes('second begins')) mixed.push(text);
      requestAnimationFrame(look);
    };
    look();
    Object.assign(window, { mixed });
  });
  // A thin line: each replay takes seconds.
  const devtools = await context.newCDPSession(panel.page);
  await devtools.send('Network.emulateNetworkConditions', {
    offline: false,
    latency: 0,
    downloadThroughput: 300_000,
    uploadThroughput: -1,
  });
  for (let round = 0; round < 3; round += 1) {
    await panel.row('First').getByRole('link').click();
    await expect(panel.node('first')).toContainText('first begins');
    await expect(panel.stream).toHaveText(/^Replaying \d+ of \d+$/);
    await panel.row('Second').getByRole('link').click();
    await expect(panel.title).toHaveText('Second');
    await expect(panel.node('second')).toContainText('second begins');
    await expect(panel.stream).toHaveText(/^Replaying \d+ of \d+$/);
  }
  await expect(panel.stream).toHaveText('Ended');
  await expect(panel.node('second')).toContainText('second begins');
  await expect(panel.node('first')).toHaveCount(0);
  const mixed = () => (window as unknown as { mixed: string[] }).mixed.length;
  expect(await panel.page.evaluate(mixed)).toBe(0);
});

test('an observer sees what began the turn before the replay comes to it', async ({
  api,
  panel,
}) => {
  const graph = graphOf(
    'Turns',
    { ask: ['ask', { prompt: 'Topic?' }], again: ['ask', { prompt: 'More?' }] },
    ['ask -> again'],
  );
  const sessionId = await settled(api, graph, 'Turns');
  const { openPrompts } = await api.status(sessionId);
  await api.resume(sessionId, openPrompts[0]?.interactionId ?? '', says('The history of lamps'));
  await api.waitFor(sessionId, 'suspended');
  const release = await hold(panel.page, '**/v1beta1/watch?*');
  await panel.goto('mine', sessionId);
  const turn = panel.session.getByRole('group', { name: 'Current turn' });
  await expect(turn).toContainText('The history of lamps');
  await expect(panel.stream).toHaveText('Connecting…');
  await expect(panel.prompts).toHaveCount(0);
  release();
  await expect(panel.stream).toHaveText('Live');
  await expect(turn).toContainText('The history of lamps');
  await expect(panel.prompt('again')).toBeVisible();
});

test('two people answer two prompts of one session, and keep what they were writing', async ({
  api,
  panel,
  context,
}) => {
  const sessionId = await api.start('two-reviewers');
  await panel.goto('two-reviewers', sessionId);
  await panel.prompt('The draft').getByRole('button', { name: 'Submit' }).click();
  await expect(panel.prompts).toHaveCount(2);
  const desk = panel.prompt('Copy desk').getByRole('textbox');
  await desk.fill('The last one, and shorter');
  await desk.press('End');

  const other = new PanelPage(await context.newPage());
  await other.goto('two-reviewers', sessionId);
  const facts = other.prompt('Fact check');
  await facts.getByRole('radio', { name: 'They hold' }).check();
  await facts.getByRole('button', { name: 'Answer' }).click();
  await other.prompt('Fact checker’s note').getByRole('button', { name: 'Nothing to add' }).click();
  await expect(panel.prompt('Fact check')).toHaveCount(0);
  await expect(desk).toHaveValue('The last one, and shorter');
  await expect(desk).toBeFocused();
  await desk.press('!');
  await panel.prompt('Copy desk').getByRole('button', { name: 'Answer' }).click();
  for (const { node, stream } of [panel, other].map((page) => ({
    node: page.node('Result'),
    stream: page.stream,
  }))) {
    await expect(stream).toHaveText('Ended');
    await expect(node).toContainText('Fact check: they hold');
    await expect(node).toContainText('Copy desk: The last one, and shorter!');
  }
});

test('a prompt that is being answered keeps the focus when others close and open around it', async ({
  server,
  api,
  panel,
}) => {
  const graph = graphOf(
    'Busy',
    {
      begin: ['template', { text: 'go' }],
      before: ['ask', { prompt: 'Before?' }],
      mine: ['ask', { prompt: 'Mine?' }],
      after: ['ask', { prompt: 'After?' }],
    },
    ['begin -> before', 'begin -> mine', 'before -> after'],
  );
  const sessionId = await settled(api, graph, 'Busy');
  await panel.goto('mine', sessionId);
  await expect(panel.prompt('before')).toBeVisible();
  const mine = panel.prompt('mine').getByRole('textbox');
  await mine.fill('I was');
  await mine.press('End');
  // While the page is cut off one closes and another opens: it is told of both at once.
  const release = await hold(panel.page, '**/v1beta1/watch?*');
  await server.restart();
  const { openPrompts } = await api.status(sessionId);
  const before = openPrompts.find(({ nodeId }) => nodeId === 'before');
  await api.resume(sessionId, before?.interactionId ?? '', says('yes'));
  await api.waitFor(sessionId, 'suspended');
  release();
  await expect(panel.prompt('after')).toBeVisible();
  await expect(panel.prompt('before')).toHaveCount(0);
  await expect(mine).toBeFocused();
  await panel.page.keyboard.type(' here');
  await expect(mine).toHaveValue('I was here');
});

test('an answer that does not fit says why and stays, and one prompt can be skipped', async ({
  api,
  panel,
}) => {
  const sessionId = await api.start('trip-planner');
  await panel.goto('trip-planner', sessionId);
  const form = panel.prompt('The basics');
  await form.getByLabel('For how many days?').fill('four');
  await form.getByRole('button', { name: 'Submit' }).click();
  await expect(form.getByRole('alert')).toBeVisible();
  await expect(form.getByLabel('For how many days?')).toHaveAttribute('aria-invalid', 'true');
  await expect(form.getByLabel('For how many days?')).toHaveValue('four');
  expect((await api.status(sessionId)).lastIndex).toBe(2);

  const skipped = await settled(api, question, 'Question');
  await panel.goto('mine', skipped);
  await panel.prompt('ask').getByRole('button', { name: 'Rather not' }).click();
  await expect(panel.stream).toHaveText('Ended');
  expect((await api.status(skipped)).status).toBe('completed');
});

test('a refusal of the server is told in the form', async ({ api, panel }) => {
  // What no form checks by itself.
  const graph = graphOf('Strict', {
    form: [
      'input',
      {
        schema: {
          type: 'object',
          properties: { word: { type: 'string', title: 'Word' } },
          required: ['word'],
          not: { properties: { word: { const: 'no' } } },
        },
      },
    ],
  });
  const sessionId = await settled(api, graph, 'Strict');
  await panel.goto('mine', sessionId);
  const form = panel.prompt('form');
  await form.getByLabel('Word').fill('no');
  await form.getByRole('button', { name: 'Submit' }).click();
  await expect(form.getByRole('alert')).toBeVisible();
  await form.getByLabel('Word').fill('yes');
  await form.getByRole('button', { name: 'Submit' }).click();
  await expect(panel.stream).toHaveText('Ended');
});

test('a run of which one branch fails shows the error, and what the other made', async ({
  api,
  panel,
}) => {
  const sessionId = await api.start('one-branch-fails');
  await panel.goto('one-branch-fails', sessionId);
  await panel.prompt('The journey').getByRole('button', { name: 'Submit' }).click();
  await expect(panel.stream).toHaveText('Ended');
  await expect(panel.row('One branch fails')).toContainText('failed');
  await expect(panel.node('Forecast')).toContainText('forecast.example');
  await expect(panel.node('Forecast')).toContainText('failed');
  await expect(panel.node('Weather advice')).toContainText('skipped');
  await expect(panel.node('Packed')).toContainText('For 3 nights in Bergen:');
  await expect(panel.session.getByRole('group', { name: 'Session error' })).toContainText(
    'forecast.example',
  );
});

test('text is streamed as it comes, and steps show their latest attempt alone', async ({
  server,
  api,
  latches,
  panel,
}) => {
  const sessionId = await api.start(
    graphOf('Steps', { work: ['latch', { steps: ['stored', 'cut-short'] }] }),
    { graphId: 'mine' },
  );
  await latches.open('stored');
  await latches.reached('cut-short');
  await panel.goto('mine', sessionId);
  await expect(panel.node('work')).toContainText('cut-short, attempt 1');
  await server.restart();
  await expect(panel.node('work')).toContainText('cut-short, attempt 2');
  await expect(panel.node('work')).not.toContainText('cut-short, attempt 1');
  await expect(panel.node('work')).toContainText('stored, attempt 1');
  await latches.open('cut-short');
  await expect(panel.stream).toHaveText('Ended');
});

test('a blocked session says which node type is missing, until it is there', async ({
  server,
  api,
  latches,
  panel,
}) => {
  const sessionId = await api.start(graphOf('Blocked', { work: ['latch', { steps: ['held'] }] }), {
    graphId: 'mine',
  });
  await latches.reached('held');
  await server.restart({ nodes: {}, graphs: {} });
  await panel.goto('mine', sessionId);
  await expect(panel.row('Blocked')).toContainText('blocked by latch');
  await expect(panel.session.getByRole('note')).toContainText('latch');
  await latches.open('held');
  await server.restart();
  await expect(panel.stream).toHaveText('Ended');
  await expect(panel.session.getByRole('note')).toHaveCount(0);
  await expect(panel.row('Blocked')).not.toContainText('blocked');
});

test('the address and the history of the browser say what is open', async ({ api, panel }) => {
  const one = await settled(api, question, 'One');
  const two = await settled(api, question, 'Two');
  await panel.goto('mine');
  await panel.row('One').getByRole('link').click();
  await expect(panel.title).toHaveText('One');
  expect(new URL(panel.page.url()).searchParams.get('session')).toBe(one);
  await panel.row('Two').getByRole('link').click();
  await expect(panel.title).toHaveText('Two');
  await panel.page.goBack();
  await expect(panel.title).toHaveText('One');
  await panel.page.goForward();
  await expect(panel.title).toHaveText('Two');
  await panel.graph.selectOption('Two reviewers');
  await expect(panel.session).toHaveCount(0);
  expect(new URL(panel.page.url()).searchParams.get('graph')).toBe('two-reviewers');
  await panel.page.goBack();
  await expect(panel.title).toHaveText('Two');
  await expect(panel.rows).toHaveCount(2);
  // A session alone brings its graph.
  await panel.page.goto(`/?session=${two}`);
  await expect(panel.title).toHaveText('Two');
  await expect(panel.rows).toHaveCount(2);
});

test('a page has one connection that stays open, whatever it shows', async ({ api, panel }) => {
  const ids = [await settled(api, question, 'One'), await settled(api, question, 'Two')];
  let open = 0;
  let most = 0;
  const isStream = (url: string) => new URL(url).pathname === '/v1beta1/watch';
  panel.page.on('request', (request) => {
    if (isStream(request.url())) most = Math.max(most, (open += 1));
  });
  const closed = (request: { url(): string }) => {
    if (isStream(request.url())) open -= 1;
  };
  panel.page.on('requestfinished', closed);
  panel.page.on('requestfailed', closed);
  await panel.goto('mine', ids[0]);
  await expect(panel.stream).toHaveText('Live');
  await panel.row('Two').getByRole('link').click();
  await expect(panel.title).toHaveText('Two');
  await expect(panel.stream).toHaveText('Live');
  await panel.button('Close session').click();
  await settled(api, question, 'Three');
  await expect(panel.rows).toHaveCount(3);
  await expect.poll(() => open).toBe(1);
  // The one that is given up may still be going while the next begins.
  expect(most).toBeLessThanOrEqual(2);
});

test('what a run says is text, whatever it looks like', async ({ api, panel }) => {
  const evil = '<img src=x onerror="alert(1)"><script>alert(2)</script>';
  const link = 'javascript:alert(3)';
  const graph = graphOf(
    evil,
    {
      script: [
        'script',
        { events: [{ event: { [evil]: evil } }, { thought: evil }, { event: { content: evil } }] },
      ],
      ask: ['ask', { prompt: evil, skipLabel: evil }],
      choice: [
        'choice',
        {
          prompt: evil,
          choices: [
            { id: evil, content: evil },
            { id: link, content: link },
          ],
        },
      ],
      consent: [
        'consent',
        { prompt: evil, consentType: evil, scope: { [evil]: evil }, graphUrl: link },
      ],
      form: [
        'input',
        {
          schema: {
            type: 'object',
            title: evil,
            properties: { [evil]: { type: 'string', title: evil, description: evil } },
          },
        },
      ],
      fails: ['choice', { prompt: evil, choices: evil }],
    },
    ['script -> ask', 'script -> choice', 'script -> consent', 'script -> form', 'script -> fails'],
  );
  const sessionId = await api.start(graph, { graphId: 'mine', title: evil });
  await api.waitFor(sessionId, 'suspended');
  let dialogs = 0;
  panel.page.on('dialog', (dialog) => {
    dialogs += 1;
    void dialog.dismiss();
  });
  await panel.goto('mine', sessionId);
  await expect(panel.prompts).toHaveCount(4);
  await expect(panel.title).toHaveText(evil);
  await panel.prompt('ask').getByRole('textbox').fill(evil);
  await panel.prompt('ask').getByRole('button', { name: 'Answer' }).click();
  await expect(panel.prompts).toHaveCount(3);
  await expect(panel.node('ask')).toContainText(evil);
  await expect(panel.page.locator('img[src="x"], script:not([src])')).toHaveCount(0);
  await expect(panel.page.locator('a[href^="javascript"]')).toHaveCount(0);
  expect(dialogs).toBe(0);
});

test('the whole job is done with the keyboard alone', async ({ panel }) => {
  const { page } = panel;
  const { keyboard } = page;
  const tabTo = async (target: Locator) => {
    await expect(target).toBeVisible();
    for (let presses = 0; presses < 60; presses += 1) {
      if (
        await target.evaluate(
          (element) => (element.getRootNode() as ShadowRoot).activeElement === element,
        )
      )
        return;
      await keyboard.press('Tab');
    }
    await expect(target).toBeFocused();
  };
  await panel.goto();
  await tabTo(panel.graph);
  await keyboard.type('Trip');
  await expect(panel.graph).toHaveValue('trip-planner');
  await tabTo(panel.run);
  await keyboard.press('Enter');
  const basics = panel.prompt('The basics');
  await tabTo(basics.getByLabel('Who is travelling?'));
  await keyboard.type('Ines');
  await tabTo(basics.getByLabel('In which month?'));
  await keyboard.type('May');
  await tabTo(basics.getByLabel('How to get there'));
  await keyboard.type('what');
  await tabTo(basics.getByRole('button', { name: 'Submit' }));
  await keyboard.press('Enter');
  const city = panel.prompt('Where to');
  // The focus follows to the next prompt.
  await expect(city.getByRole('radio').first()).toBeFocused();
  await keyboard.press('Space');
  await keyboard.press('ArrowDown');
  await expect(city.getByRole('radio', { name: /^Ghent/ })).toBeChecked();
  await keyboard.press('Enter');
  const interests = panel.prompt('What for');
  await tabTo(interests.getByRole('checkbox', { name: 'Museums and churches' }));
  await keyboard.press('Space');
  await keyboard.press('Control+Enter');
  const wish = panel.prompt('One wish');
  await tabTo(wish.getByRole('textbox'));
  await keyboard.type('The altarpiece');
  await keyboard.press('Control+Enter');
  const share = panel.prompt('Share the plan');
  await tabTo(share.getByRole('button', { name: 'Allow' }));
  await keyboard.press('Space');
  await expect(panel.stream).toHaveText('Ended');
  await expect(panel.node('Document')).toContainText('4 days in Ghent, May');
  await expect(panel.title).toBeFocused();
  await tabTo(panel.session.getByRole('button', { name: 'Delete' }));
  await keyboard.press('Enter');
  await expect(panel.rows).toHaveCount(0);
  await tabTo(panel.button('Undo'));
  await keyboard.press('Enter');
  await expect(panel.rows).toHaveCount(1);
});
