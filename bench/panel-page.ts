import { chromium, type Browser, type Page } from '@playwright/test';

/** The Chromium to measure in; null where there is none. */
export async function launchBrowser(): Promise<Browser | null> {
  const executablePath = process.env['CHROMIUM_PATH'];
  if (executablePath === undefined || executablePath === '') return null;
  return chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
}

// What runs in the page is text: the benchmarks are compiled for Node, which knows no documents.

const watchFor = (selector: string) => `window.shown = new Promise((resolve) => {
  const wanted = ${JSON.stringify(selector)};
  const find = (root) =>
    root.querySelector(wanted) !== null ||
    [...root.querySelectorAll('*')].some(({ shadowRoot }) => shadowRoot !== null && find(shadowRoot));
  const look = () => {
    if (find(document)) resolve(performance.now());
    else requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
})`;

const measurePauses = (milliseconds: number) => `new Promise((resolve) => {
  const every = 4;
  const end = performance.now() + ${milliseconds};
  let last = performance.now();
  let longest = 0;
  const timer = setInterval(() => {
    const now = performance.now();
    longest = Math.max(longest, now - last - every);
    last = now;
    if (now < end) return;
    clearInterval(timer);
    resolve(longest);
  }, every);
})`;

/**
 * Opens the panel and waits until what fits `selector` is shown, shadow roots included. Gives how
 * long that took from the start of the navigation, in milliseconds.
 */
export async function timeUntilShown(page: Page, url: string, selector: string): Promise<number> {
  await page.addInitScript(watchFor(selector));
  await page.goto(url, { waitUntil: 'commit' });
  return Number(await page.evaluate('window.shown'));
}

/** Follows a page for so many milliseconds; gives the longest time in which it did not answer. */
export async function longestPause(page: Page, milliseconds: number): Promise<number> {
  return Number(await page.evaluate(measurePauses(milliseconds)));
}
