import { chromium, type Browser, type LaunchOptions, type Page } from '@playwright/test';
import { PanelPage } from 'reattach/playwright';
import { findWithWindow } from '../scripts/find-chromium.mjs';
import { WATCH_PATH } from '../shared/api.ts';
import { graphOf } from './graph-of.ts';
import { expect, test as base } from './process-fixtures.ts';

/** A tale whose second half waits for the latch `tale`. */
const graph = graphOf('Tale', { tale: ['flood', { chunks: 20, bytes: 3, latch: 'tale' }] });
const upTo = (count: number): string[] => Array.from({ length: count }, (_, n) => String(n));

interface Started {
  readonly args?: readonly string[];
  /** Arguments that it usually has. */
  readonly without?: readonly string[];
  readonly executablePath?: string;
}

interface Fixtures {
  /** Starts another browser. */
  launch: (options: Started) => Promise<Browser>;
}

const test = base.extend<Fixtures>({
  launch: async ({ playwright, launchOptions }, use) => {
    const browsers: Browser[] = [];
    await use(async ({ args = [], without = [], ...others }) => {
      const options: LaunchOptions = {
        ...launchOptions,
        args: [...(launchOptions.args ?? []), ...args],
        ignoreDefaultArgs: [...without],
        ...others,
      };
      const browser = await playwright.chromium.launch(options);
      browsers.push(browser);
      return browser;
    });
    for (const browser of browsers) await browser.close();
  },
});

async function pieces(tab: PanelPage): Promise<string[]> {
  const text = await tab.node('tale').ariaSnapshot();
  return [...text.matchAll(/\d+(?= xxx)/g)].map(([n]) => n);
}

test('a page that comes back from the back-forward cache is live and exact again', async ({
  api,
  latches,
  launch,
  server,
}) => {
  const sessionId = await api.start(graph, { graphId: 'tales' });
  const executablePath = findWithWindow(chromium.executablePath());
  test.skip(executablePath === null, 'needs a browser that has such a cache');
  const browser = await launch({
    without: ['--disable-back-forward-cache'],
    executablePath: executablePath ?? '',
  });
  const context = await browser.newContext({ baseURL: server.origin });
  const tab = new PanelPage(await context.newPage());
  await tab.goto('tales', sessionId);
  await expect.poll(() => pieces(tab)).toEqual(upTo(10));
  await tab.page.evaluate(() => Object.assign(window, { mark: 'the same page' }));
  await tab.page.goto('/healthz');
  await latches.open('tale');
  await api.waitFor(sessionId, 'completed');
  await tab.page.goBack({ waitUntil: 'commit' });
  await expect(tab.stream).toHaveText('Ended');
  await expect.poll(() => pieces(tab)).toEqual(upTo(20));
  expect(await tab.page.evaluate(() => Reflect.get(window, 'mark') as unknown)).toBe(
    'the same page',
  );
});

test.describe('without TLS, over a network', () => {
  test.use({ serverFlags: ['--allow-host', 'panel.example'] });

  test('each page has a connection of its own, since pages cannot find one another', async ({
    api,
    latches,
    launch,
    server,
  }) => {
    const sessionId = await api.start(graph, { graphId: 'tales' });
    const browser = await launch({ args: ['--host-resolver-rules=MAP panel.example 127.0.0.1'] });
    const context = await browser.newContext({ baseURL: `http://panel.example:${server.port}` });
    const holders = new Set<Page>();
    context.on('request', (request) => {
      const { pathname } = new URL(request.url());
      if (pathname.endsWith(WATCH_PATH)) holders.add(request.frame().page());
    });
    const tabs = [new PanelPage(await context.newPage()), new PanelPage(await context.newPage())];
    for (const tab of tabs) {
      await tab.goto('tales', sessionId);
      expect(await tab.page.evaluate(() => isSecureContext || 'locks' in navigator)).toBe(false);
      await expect.poll(() => pieces(tab)).toEqual(upTo(10));
      await expect(tab.stream).toHaveText('Live');
    }
    await latches.open('tale');
    for (const tab of tabs) {
      await expect.poll(() => pieces(tab)).toEqual(upTo(20));
      await expect(tab.stream).toHaveText('Ended');
    }
    expect([...holders]).toEqual(tabs.map(({ page }) => page));
  });
});
