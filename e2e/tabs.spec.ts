import type { BrowserContext, Page, Request } from '@playwright/test';
import { PanelPage, type ReattachApi } from 'reattach/playwright';
import { WATCH_PATH } from '../shared/api.ts';
import { graphOf } from './graph-of.ts';
import { expect, test } from './process-fixtures.ts';

/** Asks for something, and beside it tells a tale whose second half waits for the latch `tale`. */
const graph = graphOf(
  'Tale',
  {
    begin: ['template', { text: 'Once upon a time' }],
    say: ['ask', { prompt: 'And then?' }],
    tale: ['flood', { chunks: 20, bytes: 3, latch: 'tale' }],
  },
  ['begin -> say', 'begin -> tale'],
);

/** The pieces of the tale, as they are told in a text. */
const piecesIn = (text: string): string[] => [...text.matchAll(/\d+(?= xxx)/g)].map(([n]) => n);
const upTo = (count: number): string[] => Array.from({ length: count }, (_, n) => String(n));

/** The pieces of the tale that are in the log. */
async function piecesOf(api: ReattachApi, sessionId: string): Promise<string[]> {
  return (await api.events(sessionId)).flatMap((event) => piecesIn(JSON.stringify(event)));
}

/** What the pages of a browser have open of `watch`, and how often they asked for it. */
class Watches {
  readonly asked: Request[] = [];
  readonly #open = new Map<Request, Page>();

  constructor(context: BrowserContext) {
    context.on('request', (request) => {
      if (!new URL(request.url()).pathname.endsWith(WATCH_PATH)) return;
      this.asked.push(request);
      this.#open.set(request, request.frame().page());
    });
    context.on('requestfailed', (request) => this.#open.delete(request));
    context.on('requestfinished', (request) => this.#open.delete(request));
  }

  /** The pages that hold a connection, each as often as it does. */
  get holders(): Page[] {
    return [...this.#open.values()].filter((page) => !page.isClosed());
  }
}

async function openTabs(
  context: BrowserContext,
  sessions: readonly string[],
): Promise<PanelPage[]> {
  const tabs: PanelPage[] = [];
  for (const sessionId of sessions) {
    const tab = new PanelPage(await context.newPage());
    await tab.goto('tales', sessionId);
    tabs.push(tab);
  }
  return tabs;
}

async function tells(tab: PanelPage, pieces: readonly string[]): Promise<void> {
  await expect
    .poll(async () => piecesIn(await tab.node('tale').ariaSnapshot()), { timeout: 20_000 })
    .toEqual(pieces);
}

// Recording what a dozen pages do takes longer than they do.
test.use({ trace: 'off' });

test('twelve tabs on twelve sessions share one connection, and lose nothing when its holder is closed', async ({
  api,
  context,
  latches,
}) => {
  const watches = new Watches(context);
  const sessions: string[] = [];
  for (let n = 0; n < 12; n += 1) {
    sessions.push(await api.start(graph, { graphId: 'tales', title: `Tale ${n}` }));
  }
  const tabs = await openTabs(context, sessions);
  for (const tab of tabs) await tells(tab, upTo(10));
  expect(watches.holders).toEqual([tabs[0]?.page]);

  const [holder, ...rest] = tabs;
  const typing = tabs[7];
  if (holder === undefined || typing === undefined) throw new Error('There are twelve.');
  await typing.prompt('say').getByRole('textbox').fill('they lived happily');
  await holder.page.close();
  await latches.open('tale');
  for (const [n, tab] of rest.entries()) {
    await tells(tab, upTo(20));
    expect(await piecesOf(api, sessions[n + 1] ?? '')).toEqual(upTo(20));
    await expect(tab.stream).toHaveText('Live');
    await expect(tab.rows).toHaveCount(12);
  }
  expect(watches.holders).toHaveLength(1);
  expect(rest.map(({ page }) => page)).toContain(watches.holders[0]);

  await expect(typing.prompt('say').getByRole('textbox')).toHaveValue('they lived happily');
  await typing.prompt('say').getByRole('button', { name: 'Answer' }).click();
  await expect(typing.stream).toHaveText('Ended');
  for (const tab of rest) {
    await expect(tab.rows.filter({ hasText: 'completed' })).toHaveCount(1);
  }
});

test('tabs are right again after the server was killed and started again', async ({
  api,
  context,
  latches,
  server,
}) => {
  const watches = new Watches(context);
  const sessions = [
    await api.start(graph, { graphId: 'tales' }),
    await api.start(graph, { graphId: 'tales' }),
  ];
  const tabs = await openTabs(context, sessions);
  for (const tab of tabs) await tells(tab, upTo(10));
  await server.kill();
  for (const tab of tabs) await expect(tab.stream).toContainText('Reconnecting');
  await server.start();
  for (const tab of tabs) await expect(tab.stream).toHaveText('Live');
  await latches.open('tale');
  for (const [n, tab] of tabs.entries()) {
    await tells(tab, upTo(20));
    // The node began anew after the kill, and told nothing twice.
    expect(await piecesOf(api, sessions[n] ?? '')).toEqual(upTo(20));
  }
  expect(watches.holders).toHaveLength(1);
});
