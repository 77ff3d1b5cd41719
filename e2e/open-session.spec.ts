import type { Locator, Page } from '@playwright/test';
import { sessionPaths } from '../shared/api.ts';
import type { Json } from '../shared/json.ts';
import { expect, test } from './fixtures.ts';
import { graphOf } from './graph-of.ts';
import { test as processTest } from './process-fixtures.ts';

const question = graphOf('Question', { ask: ['ask', { prompt: 'Well?' }] });
const says = (text: string) => ({ input: { role: 'user', parts: [{ text }] } });

/** A graph of one node that emits these events. */
const script = (...events: Json[]) => graphOf('Script', { script: ['script', { events }] });
const content = (text: string): Json => ({ event: { content: { parts: [{ text }] } } });

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

const live = (session: Locator) => session.getByRole('separator', { name: 'Live from here' });

test.describe('the state of the stream', () => {
  test('is connecting, and then live from a marked line on', async ({ api, panel }) => {
    const sessionId = await api.start(
      graphOf('Two', { first: ['ask', { prompt: 'One?' }], second: ['ask', { prompt: 'Two?' }] }, [
        'first -> second',
      ]),
      { graphId: 'mine' },
    );
    const { openPrompts } = await api.waitFor(sessionId, 'suspended');
    const release = await hold(panel.page, '**/v1beta1/watch?*');
    await panel.goto('mine', sessionId);
    await expect(panel.stream).toHaveText('Connecting…');
    release();
    await expect(panel.stream).toHaveText('Live');
    await expect(live(panel.session)).toHaveCount(1);
    await api.resume(sessionId, openPrompts[0]?.interactionId ?? '', says('one'));
    await expect(panel.prompt('second')).toBeVisible();
    // It stays where it was: before the first node that began live.
    await expect(live(panel.session)).toHaveCount(1);
    const marked = await live(panel.session).evaluate((mark) => {
      const next = mark.nextElementSibling;
      return next?.shadowRoot?.querySelector('article')?.getAttribute('aria-label');
    });
    expect(marked).toBe('Node second');
  });

  test('is replaying, without a prompt that closed later and without a word to those who listen', async ({
    api,
    panel,
    context,
    latches,
  }) => {
    await latches.open('half');
    const graph = graphOf(
      'Long',
      {
        old: ['ask', { prompt: 'Long ago?' }],
        flood: ['flood', { chunks: 400, bytes: 5_000, latch: 'half' }],
        now: ['ask', { prompt: 'And now?' }],
      },
      ['old -> flood', 'flood -> now'],
    );
    const sessionId = await api.start(graph, { graphId: 'mine' });
    const { openPrompts } = await api.waitFor(sessionId, 'suspended');
    await api.resume(sessionId, openPrompts[0]?.interactionId ?? '', says('yes'));
    await expect.poll(async () => (await api.status(sessionId)).openPrompts[0]?.nodeId).toBe('now');
    await panel.goto('mine');
    // A thin line: the replay takes seconds.
    const devtools = await context.newCDPSession(panel.page);
    await devtools.send('Network.emulateNetworkConditions', {
      offline: false,
      latency: 0,
      downloadThroughput: 500_000,
      uploadThroughput: -1,
    });
    await panel.page.evaluate(() => {
      const seen = { old: 0, spoken: [] as string[] };
      const find = (root: ParentNode): Element[] =>
        [...root.querySelectorAll('*')].flatMap((element) => [
          element,
          ...(element.shadowRoot === null ? [] : find(element.shadowRoot)),
        ]);
      const look = () => {
        for (const element of find(document)) {
          const label = element.getAttribute('aria-label');
          if (element.tagName === 'FORM' && label === 'Prompt of old') seen.old += 1;
          const status = element.getAttribute('role') === 'status' ? 'polite' : 'off';
          const isSpoken = (element.getAttribute('aria-live') ?? status) !== 'off';
          const text = element.textContent;
          if (isSpoken && /Replay|Long ago/.test(text)) seen.spoken.push(text);
        }
        requestAnimationFrame(look);
      };
      look();
      Object.assign(window, { seen });
    });
    await panel.rows.getByRole('link', { name: 'Long' }).click();
    await expect(panel.stream).toHaveText(/^Replaying [\d,]+ of [\d,]+$/);
    await expect(panel.session.getByRole('progressbar', { name: 'Replayed' })).toBeVisible();
    // What waits now is there before the log is.
    await expect(panel.prompt('now')).toBeVisible();
    await expect(panel.stream).toHaveText(/^Replaying/);
    await expect(panel.stream).toHaveText('Live');
    await expect(panel.prompt('now')).toBeVisible();
    const seen = () => (window as unknown as { seen: object }).seen;
    expect(await panel.page.evaluate(seen)).toEqual({ old: 0, spoken: [] });
  });

  processTest(
    'is reconnecting: why, when, and at once if wanted',
    async ({ server, api, panel }) => {
      const sessionId = await api.start(question, { graphId: 'mine' });
      await panel.goto('mine', sessionId);
      await expect(panel.stream).toHaveText('Live');
      await server.kill();
      await expect(panel.stream).toHaveText('Reconnecting…');
      await expect(panel.session).toContainText('The server cannot be reached.');
      await expect(panel.session).toContainText(/Next try in \d+ s/);
      await server.start();
      // The waits grow: by now it would go on waiting, unless it came back by itself just now.
      const retry = panel.session.getByRole('button', { name: 'Retry now' });
      await expect(async () => {
        if ((await panel.stream.textContent())?.trim() !== 'Live')
          await retry.click({ timeout: 500 });
        await expect(panel.stream).toHaveText('Live', { timeout: 1_000 });
      }).toPass();
      await expect(retry).toHaveCount(0);
      await expect(panel.prompt('ask')).toBeVisible();
    },
  );

  test('is deleted elsewhere, with nothing left to do but to go', async ({ api, panel }) => {
    const sessionId = await api.start(question, { graphId: 'mine' });
    await panel.goto('mine', sessionId);
    await expect(panel.stream).toHaveText('Live');
    await api.call('DELETE', sessionPaths(sessionId).stream);
    await expect(panel.stream).toContainText('Deleted');
    await expect(panel.session.getByRole('button', { name: 'Cancel run' })).toHaveCount(0);
    await panel.button('Close session').click();
    await expect(panel.session).toHaveCount(0);
  });
});

test('closing a session lets its run go on, cancelling ends it', async ({
  api,
  panel,
  latches,
}) => {
  const graph = graphOf('Held', { work: ['latch', { steps: ['held'] }] });
  const sessionId = await api.start(graph, { graphId: 'mine' });
  await latches.reached('held');
  await panel.goto('mine', sessionId);
  await expect(panel.stream).toHaveText('Live');
  const close = panel.button('Close session');
  await expect(close).toHaveAttribute('title', 'Close: the run goes on');
  await close.click();
  await expect(panel.session).toHaveCount(0);
  expect((await api.status(sessionId)).status).toBe('running');
  await panel.goto('mine', sessionId);
  await panel.button('Cancel run').click();
  await expect(panel.stream).toHaveText('Ended');
  expect((await api.status(sessionId)).status).toBe('cancelled');
  await expect(panel.button('Cancel run')).toHaveCount(0);
  await expect(panel.button('Close session')).toHaveAttribute('title', 'Close');
});

test('text is Markdown, in which nothing runs and nothing is fetched', async ({
  api,
  panel,
  page,
}) => {
  const hostile = [
    '<img src=x onerror="alert(1)"><script>alert(2)</script>',
    '[click](javascript:alert(3)) [data](data:text/html,<script>alert(4)</script>)',
    '![picture](https://elsewhere.example/pixel.png) <svg onload=alert(5)>',
    '<a href="javascript:alert(6)">x</a> [good](https://example.com/a?b=1) <mail@example.com>',
    '<style>body{display:none}</style><iframe src="//elsewhere.example"></iframe>',
    '[x](vbscript:alert(7)) [y](JaVaScRiPt:alert(8)) [z](&#106;avascript:alert(9))',
    '| a | b |\n|---|---|\n| <b onclick=alert(10)>1</b> | 2 |',
  ].join('\n\n');
  const sessionId = await api.start(
    script(
      content('# A title\n\nSome **bold** text\n\n- one\n- two\n\n```js\nlet x = "<b>";\n```\n\n'),
      content(hostile),
    ),
    { graphId: 'mine' },
  );
  const asked: string[] = [];
  page.on('request', (request) => asked.push(request.url()));
  let dialogs = 0;
  page.on('dialog', (dialog) => {
    dialogs += 1;
    void dialog.dismiss();
  });
  await panel.goto('mine', sessionId);
  const node = panel.node('script');
  await expect(node.getByRole('heading', { name: 'A title' })).toBeVisible();
  await expect(node.getByRole('listitem').filter({ hasText: /^two$/ })).toBeVisible();
  await expect(node.locator('strong')).toHaveText('bold');
  await expect(node.locator('pre code')).toContainText('let x = "<b>";');
  await expect(node.getByRole('cell', { name: '2' })).toBeVisible();
  // HTML is shown as it was written.
  await expect(node).toContainText('<script>alert(2)</script>');
  const links = node.locator('a[href]');
  const hrefs = await links.evaluateAll((all) =>
    all.map((link) => [
      link.getAttribute('href'),
      link.getAttribute('target'),
      link.getAttribute('rel'),
    ]),
  );
  const own = ['_blank', 'noopener noreferrer'];
  expect(hrefs).toEqual([
    ['https://elsewhere.example/pixel.png', ...own],
    ['https://example.com/a?b=1', ...own],
    ['mailto:mail@example.com', ...own],
  ]);
  await expect(node.locator('img, script, svg:not(.status svg), iframe, style')).toHaveCount(0);
  expect(dialogs).toBe(0);
  expect(asked.filter((url) => !url.startsWith(new URL(page.url()).origin))).toEqual([]);
});

test('text is plain until what draws it is there', async ({ api, panel, page }) => {
  const release = await hold(page, '**/markdown-*.js');
  const sessionId = await api.start(script(content('Some **bold** text')), { graphId: 'mine' });
  await panel.goto('mine', sessionId);
  await expect(panel.node('script')).toContainText('Some **bold** text');
  release();
  await expect(panel.node('script')).toContainText('Some bold text');
});

test('media are shown, and what is not shown can be kept', async ({ api, panel }) => {
  const png =
    'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
  const wav = 'UklGRiQAAABXQVZFZm10IBAAAAABAAEARKwAAIhYAQACABAAZGF0YQAAAAA=';
  const part = (mimeType: string, data: string): Json => ({
    event: { content: { parts: [{ inlineData: { mimeType, data } }] } },
  });
  const file = (fileUri: string): Json => ({
    event: { content: { parts: [{ fileData: { mimeType: 'image/png', fileUri } }] } },
  });
  const sessionId = await api.start(
    script(
      part('image/png', png),
      part('audio/wav', wav),
      part('text/html', btoa('<script>alert(1)</script>')),
      part('image/png', '*'),
      file('https://example.com/a.png'),
      file('javascript:alert(1)'),
    ),
    { graphId: 'mine' },
  );
  await panel.page.addInitScript(() => {
    const blobs = { made: [] as string[], revoked: 0 };
    const make = URL.createObjectURL.bind(URL);
    const revoke = URL.revokeObjectURL.bind(URL);
    URL.createObjectURL = (blob: Blob) => {
      blobs.made.push(blob.type);
      return make(blob);
    };
    URL.revokeObjectURL = (address) => {
      blobs.revoked += 1;
      revoke(address);
    };
    Object.assign(window, { blobs });
  });
  await panel.goto('mine', sessionId);
  const node = panel.node('script');
  const image = node.getByRole('img', { name: /^Picture \(image\/png/ });
  await expect(image).toBeVisible();
  await expect.poll(() => image.evaluate((img: HTMLImageElement) => img.naturalWidth)).toBe(1);
  await expect(node.locator('audio')).toHaveAttribute('src', /^blob:/);
  const html = node.getByRole('link', { name: /^Save text\/html/ });
  await expect(html).toHaveAttribute('download');
  // Opened by itself it is no page of this origin.
  const blobs = () => (window as unknown as { blobs: object }).blobs;
  expect(await panel.page.evaluate(blobs)).toEqual({
    made: ['image/png', 'audio/wav', 'application/octet-stream'],
    revoked: 0,
  });
  await expect(node).toContainText('image/png, 1 bytes');
  await expect(node.getByRole('link', { name: 'https://example.com/a.png' })).toBeVisible();
  await expect(node.locator('a[href^="javascript"]')).toHaveCount(0);
  // What is gone from the page is given up.
  await panel.button('Close session').click();
  await expect(panel.session).toHaveCount(0);
  expect(await panel.page.evaluate(blobs)).toMatchObject({ revoked: 3 });
});

test('JSON is a tree for the mouse and the keys, in pages, and can be copied', async ({
  api,
  panel,
  context,
  page,
}) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  const value = {
    city: { name: 'Ghent', tags: ['canals'] },
    numbers: Array.from({ length: 250 }, (_, n) => n),
    text: 'long '.repeat(200),
  };
  const sessionId = await api.start(script({ event: { found: value } }), { graphId: 'mine' });
  await panel.goto('mine', sessionId);
  const node = panel.node('script');
  await node.getByText('found').first().click();
  const tree = node.getByRole('tree', { name: 'JSON' });
  const item = (name: RegExp) => tree.getByRole('treeitem', { name });
  await expect(item(/^name: "Ghent"/)).toBeVisible();
  await expect(item(/^.?numbers/)).toHaveAttribute('aria-expanded', 'false');
  await item(/^.?numbers/).click();
  await expect(tree.getByRole('treeitem')).toHaveCount(107);
  await tree.getByText('Show 100 of 150 more').click();
  await expect(tree.getByRole('treeitem')).toHaveCount(207);
  // By keys alone: the first row is where Tab leads.
  await page.keyboard.press('Home');
  await expect(tree.getByRole('treeitem').first()).toBeFocused();
  await page.keyboard.press('ArrowDown');
  await expect(item(/^.?city/)).toBeFocused();
  await page.keyboard.press('ArrowLeft');
  await expect(item(/^name: "Ghent"/)).toHaveCount(0);
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('ArrowRight');
  await expect(item(/^name: "Ghent"/)).toBeFocused();
  await page.keyboard.press('End');
  await expect(tree.getByRole('treeitem').last()).toContainText('Show all 1,000 characters');
  await page.keyboard.press('Enter');
  await expect(tree.getByRole('treeitem').last()).not.toContainText('Show all');
  await node.getByRole('button', { name: 'Copy' }).click();
  await expect(node.getByRole('button', { name: 'Copied' })).toBeVisible();
  expect(JSON.parse(await page.evaluate(() => navigator.clipboard.readText()))).toEqual(value);
});

test('a text is shown as it is, without white space around it', async ({ panel, api }) => {
  const sessionId = await api.start(graphOf('One', { say: ['template', { text: 'May' }] }), {
    graphId: 'mine',
  });
  await panel.goto('mine', sessionId);
  const text = panel.node('say').locator('dd .text');
  await expect(text).toBeVisible();
  expect(await text.evaluate((element) => element.textContent)).toBe('May');
});

test('what is long is cut until all of it is asked for', async ({ api, panel }) => {
  const long = `${'line of an error\n'.repeat(2_000)}the last line`;
  const sessionId = await api.start(graphOf('Long', { out: ['template', { text: long }] }), {
    graphId: 'mine',
  });
  await panel.goto('mine', sessionId);
  const node = panel.node('out');
  await expect(node).toContainText('line of an error');
  await expect(node).not.toContainText('the last line');
  await node.getByRole('button', { name: 'Show all 34,013 characters' }).click();
  await expect(node).toContainText('the last line');
});

test('the end is followed until a person scrolls, and again when they ask', async ({
  api,
  panel,
  page,
  latches,
}) => {
  const graph = graphOf('Flood', { flood: ['flood', { chunks: 60, bytes: 800, latch: 'more' }] });
  const sessionId = await api.start(graph, { graphId: 'mine' });
  await latches.reached('more');
  await panel.goto('mine', sessionId);
  const log = panel.session.getByRole('log', { name: 'Nodes' });
  const fromEnd = () =>
    log.evaluate((box) => Math.round(box.scrollHeight - box.scrollTop - box.clientHeight));
  await expect.poll(fromEnd).toBeLessThanOrEqual(2);
  await expect(panel.stream).toHaveText('Live');
  await log.hover();
  await page.mouse.wheel(0, -120);
  const back = panel.session.locator('.to-end');
  await expect(back).toHaveText(/Latest/);
  await latches.open('more');
  await expect(panel.stream).toHaveText('Ended');
  await expect(back).toHaveText(/\d+ new/);
  expect(await fromEnd()).toBeGreaterThan(100);
  await back.click();
  await expect.poll(fromEnd).toBeLessThanOrEqual(2);
  await expect(back).toHaveCount(0);
  await expect(log).toBeFocused();
  // Keys: up lets go, End takes hold.
  await page.keyboard.press('PageUp');
  await expect(back).toBeVisible();
  // A page is scrolled smoothly: what is left of that would let go again.
  let place = Number.NaN;
  await expect.poll(async () => place === (place = await fromEnd())).toBe(true);
  await page.keyboard.press('End');
  await expect(back).toHaveCount(0);
  await expect.poll(fromEnd).toBeLessThanOrEqual(2);
  // The scrollbar, or whatever else moves it.
  await log.evaluate((box) => box.scrollTo(0, 0));
  await expect(back).toBeVisible();
});
