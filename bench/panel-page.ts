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

const measureTasks = (milliseconds: number) => `new Promise((resolve) => {
  let longest = 0;
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) longest = Math.max(longest, duration);
  }).observe({ entryTypes: ['longtask'] });
  setTimeout(() => resolve(longest), ${milliseconds});
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

/**
 * Follows a page for so many milliseconds; gives how long its longest task was, in milliseconds. The
 * browser tells of none that is under 50 ms: then it gives 0.
 */
export async function longestTask(page: Page, milliseconds: number): Promise<number> {
  return Number(await page.evaluate(measureTasks(milliseconds)));
}
