import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Browser } from '@playwright/test';
import type { Benchmark, Comparison } from './benchmark.ts';
import { count, milliseconds } from './figures.ts';
import { launchBrowser, longestTask, timeUntilShown } from './panel-page.ts';
import { quantile } from './rounds.ts';
import {
  graphOf,
  writeDatabase,
  writeLongSession,
  writeSuspendedSessions,
} from './sample-sessions.ts';
import { startBaseline, startReattach } from './server-process.ts';
import { runGraph } from './session-calls.ts';

const SESSIONS = 1_000;
/** The first has to be shown within a second; the other must not take much longer. */
const OPENINGS = [100_000, 1_000_000] as const;
const ROUNDS = 5;
/** A row of a list. */
const ROW = '[role=row] a';
const PER_SECOND = 1_000;
const FOLLOWED_MS = 10_000;
const LONG_TASK_MS = 50;
/** Pages are warm after so long: what they load when the first text arrives has come. */
const WARM_MS = 2_000;

/** The panel in Chromium, against what it aims at. */
export const panel: Benchmark = {
  title: 'the panel in Chromium',
  async run({ directory }) {
    const browser = await launchBrowser();
    if (browser === null) {
      process.stderr.write(' there is no Chromium: skipped;');
      return [];
    }
    try {
      return [
        ...(await firstList(browser, directory)),
        await pageSize(),
        ...(await openings(browser, directory)),
        await following(browser, directory),
      ];
    } finally {
      await browser.close();
    }
  },
};

async function firstList(browser: Browser, directory: string): Promise<Comparison[]> {
  const file = join(directory, 'panel-list.db');
  await writeDatabase(file, (store) => writeSuspendedSessions(store, SESSIONS));
  const server = await startReattach(file);
  const url = `http://127.0.0.1:${server.port}/?graph=bench`;
  const time = await medianOf(browser, url, ROW);
  const list = await fetch(`http://127.0.0.1:${server.port}/v1beta1/graphSessions?graphId=bench`, {
    headers: { accept: 'application/json' },
  });
  await writeFile(join(directory, 'list.json'), await list.text());
  await server.stop();
  const plain = await startBaseline('plain-page-server', join(directory, 'list.json'));
  const plainTime = await medianOf(browser, `http://127.0.0.1:${plain.port}/`, ROW);
  await plain.stop();
  return [
    against('time to the first list', time, 300, milliseconds),
    {
      what: 'time to the first list',
      ours: milliseconds(time),
      against: 'a page of ten lines, the same rows',
      theirs: milliseconds(plainTime),
      ratio: time / plainTime,
    },
  ];
}

/** The HTML, the styles and what the page loads before anything is opened. */
async function pageSize(): Promise<Comparison> {
  const client = join(process.cwd(), 'dist', 'client');
  const html = await readFile(join(client, 'index.html'), 'utf8');
  const assets = await readdir(join(client, 'assets'));
  const used = assets
    .filter((asset) => html.includes(asset))
    .map((name) => join(client, 'assets', name));
  const files = await Promise.all(
    [join(client, 'index.html'), ...used].map((path) => readFile(path)),
  );
  const bytes = files.reduce((sum, content) => sum + gzipSync(content).length, 0);
  return against('gzipped size of the page', bytes / 1024, 80, (size) => `${size.toFixed(0)} KB`);
}

async function openings(browser: Browser, directory: string): Promise<Comparison[]> {
  const comparisons: Comparison[] = [];
  let first: number | null = null;
  for (const events of OPENINGS) {
    const file = join(directory, `panel-${events}.db`);
    await writeDatabase(file, (store) => writeLongSession(store, 'long', events, 'asking'));
    const server = await startReattach(file);
    const url = `http://127.0.0.1:${server.port}/?graph=bench&session=long`;
    const what = `opening ${count(events)} events`;
    const asked = await medianOf(browser, url, 'reattach-prompt-card');
    const whole = await medianOf(browser, url, '.stream.live', 1);
    const shown = `${what}: state and prompts shown`;
    comparisons.push(
      first === null
        ? against(shown, asked, 1_000, milliseconds)
        : {
            what: shown,
            ours: milliseconds(asked),
            against: `of ${count(OPENINGS[0])} events`,
            theirs: milliseconds(first),
            ratio: asked / first,
          },
    );
    first ??= asked;
    comparisons.push({
      what: `${what}: all of it read`,
      ours: milliseconds(whole),
      against: 'state and prompts shown',
      theirs: milliseconds(asked),
      ratio: whole / asked,
    });
    await server.stop();
  }
  return comparisons;
}

async function following(browser: Browser, directory: string): Promise<Comparison> {
  const server = await startReattach(join(directory, 'panel-follow.db'));
  const graph = graphOf('bench-rate', { perSecond: PER_SECOND });
  const sessionId = await runGraph(server.port, graph);
  const page = await browser.newPage();
  await timeUntilShown(
    page,
    `http://127.0.0.1:${server.port}/?session=${sessionId}`,
    '.stream.live',
  );
  await page.waitForTimeout(WARM_MS);
  const longest = await longestTask(page, FOLLOWED_MS);
  await page.close();
  await server.stop();
  return against(`longest task at ${count(PER_SECOND)} events/s`, longest, LONG_TASK_MS, (time) =>
    time === 0 ? `under ${milliseconds(LONG_TASK_MS)}` : milliseconds(time),
  );
}

async function medianOf(browser: Browser, url: string, selector: string, rounds = ROUNDS) {
  const times: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const page = await browser.newPage();
    times.push(await timeUntilShown(page, url, selector));
    await page.close();
  }
  return quantile(times, 0.5);
}

/** A figure beside the one that it should not exceed. */
function against(
  what: string,
  figure: number,
  aim: number,
  format: (value: number) => string,
): Comparison {
  return {
    what,
    ours: format(figure),
    against: 'the aim',
    theirs: format(aim),
    ratio: figure / aim,
    aim: { is: 'at most', ratio: 1 },
  };
}
