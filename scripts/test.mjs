import { inspect } from 'node:util';
import { requireNode } from './node-version.mjs';

requireNode();

const { binOf, PrepareError, run, say } = await import('./child.mjs');
const { prepare } = await import('./prepare.mjs');

/**
 * `npm test`: everything that has to hold, from the formatting to the browser; stops at the first
 * failure. `--no-browser` leaves the browser out.
 */
const browser = !process.argv.includes('--no-browser');

/**
 * @typedef {object} Check
 * @property {string} name
 * @property {() => Promise<number>} run gives an exit code
 */

/** The closing lines of the test runners, for the end of the output. */
/** @type {string[]} */
const closing = [];

/** @returns {Promise<Check[]>} */
async function checks() {
  const own = await import('./ensure-chromium.mjs');
  const chromium = browser ? await own.ensureChromium() : null;
  if (browser) await (await import('./ensure-proxies.mjs')).ensureProxies();
  return [
    { name: 'Format (prettier)', run: tool('prettier', ['--check', '--log-level=warn', '.']) },
    { name: 'Lint (eslint)', run: tool('eslint', ['.']) },
    { name: 'Types, server (tsc)', run: tsc('tsconfig.node.json') },
    { name: 'Types, client (tsc)', run: tsc('tsconfig.client.json') },
    { name: 'Types, client tests and e2e (tsc)', run: tsc('tsconfig.test.json') },
    { name: 'Dead code (knip)', run: tool('knip', ['--no-progress']) },
    { name: 'Unit and integration tests (vitest)', run: runner('vitest', 'vitest', ['run']) },
    { name: 'Build (tsc, vite)', run: () => prepare({ build: true }, () => Promise.resolve(0)) },
    ...(chromium === null
      ? []
      : [
          {
            name: `Browser tests (playwright, ${chromium})`,
            run: runner('@playwright/test', 'playwright', ['test'], { CHROMIUM_PATH: chromium }),
          },
        ]),
  ];
}

/**
 * @param {string} packageName
 * @param {string[]} args
 */
function tool(packageName, args) {
  return () => run(process.execPath, [binOf(packageName), ...args]);
}

/** @param {string} project */
function tsc(project) {
  return () => run(process.execPath, [binOf('typescript', 'tsc'), '-p', project]);
}

/**
 * A test runner: what it says at the end is said once more at the end of all.
 *
 * @param {string} packageName
 * @param {string} bin
 * @param {string[]} args
 * @param {Record<string, string>} [env]
 */
function runner(packageName, bin, args, env = {}) {
  return async () => {
    let tail = '';
    const colour = process.stdout.isTTY
      ? { FORCE_COLOR: '1' }
      : { FORCE_COLOR: undefined, NO_COLOR: '1' };
    const code = await run(process.execPath, [binOf(packageName, bin), ...args], {
      env: { ...colour, ...env },
      onOutput: (chunk) => (tail = (tail + chunk.toString('utf8')).slice(-20_000)),
    });
    const plain = tail.replace(/\u001b\[[0-9;]*m/g, '');
    closing.push(
      ...plain.split(/\r?\n/).filter((line) => /\b\d+ (passed|failed|skipped|flaky)\b/.test(line)),
    );
    return code;
  };
}

/** @param {number} since */
const seconds = (since) => `${((performance.now() - since) / 1000).toFixed(1)} s`;

async function main() {
  const began = performance.now();
  await prepare({ build: false }, () => Promise.resolve());
  /** @type {string[]} */
  const times = [];
  for (const check of await checks()) {
    console.log(`\n── ${check.name}`);
    const started = performance.now();
    const code = await check.run();
    times.push(`${check.name.replace(/ \(.*/, '')} ${seconds(started)}`);
    if (code !== 0) {
      say(`\n✗ ${check.name} failed after ${seconds(started)}.`);
      return code;
    }
  }
  console.log(`\n── All of it holds: ${times.join(', ')}; together ${seconds(began)}\n`);
  for (const line of closing) console.log(line);
  return 0;
}

try {
  process.exitCode = await main();
} catch (error) {
  say(error instanceof PrepareError ? error.message : inspect(error));
  process.exitCode = 1;
}
