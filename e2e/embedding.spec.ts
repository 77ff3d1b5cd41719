import type { Locator, Page, Request } from '@playwright/test';
import { API_PREFIX, WATCH_PATH } from '../shared/api.ts';
import { graphOf } from './graph-of.ts';
import { HostPage } from './host-page.ts';
import { expect, test } from './process-fixtures.ts';

const greet = graphOf(
  'Greet',
  {
    name: ['ask', { prompt: 'Your name?' }],
    greeting: ['template', { text: 'Good day, {{name}}.' }],
  },
  ['name -> greeting.name'],
);

test.use({ startServer: false, extraGraphs: { greet, other: { ...greet, title: 'Other' } } });

/**
 * The page's script: it writes into the page what it sees of the panels, and has elements of its own,
 * with names that anybody's might have. The first token that it gives
 * is one that has expired.
 */
const script = (server: string) => `
const before = new Set(Reflect.ownKeys(window));
const head = document.head.innerHTML;
const note = (list, what) => {
  const item = document.createElement('li');
  item.textContent = JSON.stringify(what);
  document.getElementById(list).append(item);
};
for (const type of ['session-opened', 'prompt-opened', 'prompt-answered', 'place-changed']) {
  document.addEventListener(type, ({ detail, target }) => note('events', [type, target.id, detail]));
}
document.addEventListener('keydown', ({ key, defaultPrevented }) => note('keys', [key, defaultPrevented]));
class Mine extends HTMLElement {
  connectedCallback() { this.textContent = 'my ' + this.localName; }
}
for (const name of ['session-list', 'copy-button']) customElements.define(name, class extends Mine {});
const { define } = customElements;
customElements.define = function (name, ...rest) {
  note('names', name);
  define.call(this, name, ...rest);
};
await import('${server}/panel/reattach-panel.js');
let current = 'expired';
for (const panel of document.querySelectorAll('reattach-panel')) {
  panel.tokenProvider = async ({ refused }) => {
    if (refused !== null) note('refused', refused);
    if (refused === 'expired') current = 'open-sesame';
    return current;
  };
}
document.getElementById('look').onclick = () => {
  const added = Reflect.ownKeys(window).filter((name) => !before.has(name));
  note('added', { added: added.map(String), head: document.head.innerHTML === head });
};`;

const body = (server: string) => `
<h1>Mine</h1><label>Mine <input id="mine"></label><button id="look">Look</button>
<reattach-panel id="one" base-url="${server}" graph-id="greet"></reattach-panel>
<reattach-panel id="two" base-url="${server}/" graph-id="greet"></reattach-panel>
<div id="elsewhere"></div><session-list></session-list><copy-button></copy-button>
<ol id="events"></ol><ol id="keys"></ol><ol id="refused"></ol><ol id="added"></ol>
<ol id="names"></ol>`;

/** What the page's script wrote down. */
const noted = async (page: Page, list: string): Promise<unknown[]> =>
  (await page.locator(`#${list} li`).allTextContents()).map((text) => JSON.parse(text) as unknown);

/** What the page has open of the server's streams, and what it asked for without a token. */
class Calls {
  readonly open = new Set<Request>();
  readonly bare: string[] = [];

  constructor(page: Page, server: string) {
    page.on('request', (request) => {
      const { origin, pathname } = new URL(request.url());
      if (origin !== server || !pathname.startsWith(API_PREFIX)) return;
      if (request.headers()['authorization'] === undefined) this.bare.push(pathname);
      if (pathname === WATCH_PATH) this.open.add(request);
    });
    const ended = (request: Request) => void this.open.delete(request);
    page.on('requestfinished', ended);
    page.on('requestfailed', ended);
  }
}

const attributes = (panel: Locator) =>
  panel.evaluate((element) =>
    Object.fromEntries(
      element.getAttributeNames().map((name) => [name, element.getAttribute(name)]),
    ),
  );

test('two panels on a foreign page: tokens, events, attributes, and nothing else of theirs is on it', async ({
  server,
  page,
}) => {
  const host = await HostPage.serve(() => server.origin, {
    body: () => body(server.origin),
    script: () => script(server.origin),
  });
  const flags = ['--token', 'open-sesame', '--allow-origin', host.origin];
  await server.start({ flags });
  const calls = new Calls(page, server.origin);
  await page.goto(host.origin);
  const one = page.locator('#one');
  const two = page.locator('#two');

  await one.getByRole('button', { name: 'Run', exact: true }).click();
  const prompt = one.getByRole('form', { name: 'Prompt of name' });
  await prompt.getByRole('textbox').fill('Ada');
  await prompt.getByRole('button', { name: 'Answer' }).click();
  await expect(one.getByRole('article', { name: 'Node greeting' })).toContainText('Good day, Ada.');
  const { 'session-id': sessionId = '' } = await attributes(one);
  expect(sessionId).not.toBe('');
  await expect.poll(() => noted(page, 'events')).toHaveLength(4);
  const events = await noted(page, 'events');
  expect(events).toEqual([
    ['place-changed', 'one', { graphId: 'greet', sessionId, filter: '', replaces: false }],
    ['session-opened', 'one', { sessionId, graphId: 'greet' }],
    [
      'prompt-opened',
      'one',
      expect.objectContaining({ sessionId, nodeId: 'name', kind: 'waitForInput', idle: false }),
    ],
    [
      'prompt-answered',
      'one',
      expect.objectContaining({
        sessionId,
        nodeId: 'name',
        here: true,
        response: { input: { role: 'user', parts: [{ text: 'Ada' }] } },
      }),
    ],
  ]);

  // The other panel follows, over the same connection; each request had a token.
  await expect(two.getByRole('link', { name: 'Greet' })).toBeVisible();
  await expect.poll(() => calls.open.size).toBe(1);
  expect(calls.bare).toEqual([]);
  expect(new Set(await noted(page, 'refused'))).toEqual(new Set(['expired']));

  // Another session, another graph, another theme: by attributes.
  await two.evaluate((element, id) => element.setAttribute('session-id', id ?? ''), sessionId);
  await expect(two.getByRole('article', { name: 'Node greeting' })).toContainText('Good day, Ada.');
  expect((await noted(page, 'events')).slice(4)).toEqual([
    ['session-opened', 'two', { sessionId, graphId: 'greet' }],
  ]);
  await two.evaluate((element) => {
    element.removeAttribute('session-id');
    element.setAttribute('graph-id', 'other');
    element.setAttribute('theme', 'dark');
  });
  await expect(two.getByRole('combobox', { name: 'Graph' })).toHaveValue('other');
  await expect(two.getByRole('article', { name: 'Node greeting' })).toBeHidden();
  const surface = (panel: Locator) =>
    panel.evaluate((element) => getComputedStyle(element).backgroundColor);
  expect([await surface(one), await surface(two)]).toEqual([
    'rgb(255, 255, 255)',
    'rgb(28, 30, 34)',
  ]);

  // Moved, it goes on as it was; taken off the page, it lets go; put back, it is there again.
  const asked = [...calls.open];
  await one.evaluate((element) => document.getElementById('elsewhere')?.append(element));
  await expect(one.getByRole('article', { name: 'Node greeting' })).toContainText('Good day, Ada.');
  expect([...calls.open]).toEqual(asked);
  await page.evaluate(() => {
    const panels = [...document.querySelectorAll('reattach-panel')];
    for (const panel of panels) panel.remove();
    document
      .getElementById('look')
      ?.addEventListener(
        'click',
        () =>
          document.getElementById('elsewhere')?.append(...panels.filter(({ id }) => id === 'one')),
        { once: true },
      );
  });
  await expect.poll(() => calls.open.size).toBe(0);
  await page.getByRole('button', { name: 'Look' }).click();
  await expect(one.getByRole('article', { name: 'Node greeting' })).toContainText('Good day, Ada.');
  await expect.poll(() => calls.open.size).toBe(1);

  expect(await noted(page, 'added')).toEqual([{ added: [], head: true }]);
  await expect(page.locator('body > session-list')).toHaveText('my session-list');
  await expect(page.locator('body > copy-button')).toHaveText('my copy-button');
  const names = (await noted(page, 'names')) as string[];
  expect(names).toContain('reattach-session-list');
  expect(names.filter((name) => !name.startsWith('reattach-'))).toEqual([]);
  expect(await page.title()).toBe("Somebody's page");
  expect(page.url()).toBe(`${host.origin}/`);
  await host.close();
});

test('the keys are the page’s while the focus is beside the panel', async ({ server, page }) => {
  const host = await HostPage.serve(() => server.origin, {
    body: () => body(server.origin),
    script: () => script(server.origin),
  });
  await server.start({ flags: ['--token', 'open-sesame', '--allow-origin', host.origin] });
  await page.goto(host.origin);
  const one = page.locator('#one');
  await expect(one.getByRole('button', { name: 'Run', exact: true })).toBeEnabled();
  await page.keyboard.press('?');
  await page.locator('#mine').focus();
  await page.keyboard.press('Control+k');
  await one.getByRole('button', { name: 'Run', exact: true }).focus();
  await page.keyboard.press('?');
  await expect(one.getByRole('dialog', { name: 'Keyboard shortcuts' })).toBeVisible();
  await expect(page.getByRole('dialog')).toHaveCount(1);
  expect(await noted(page, 'keys')).toEqual([
    ['?', false],
    ['Control', false],
    ['k', false],
    ['?', true],
  ]);
  await host.close();
});
