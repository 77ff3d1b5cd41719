import { join } from 'node:path';
import { inspect } from 'node:util';
import { findChromium } from './find-chromium.mjs';
import { requireNode } from './node-version.mjs';

requireNode();

const { binOf, PrepareError, root, run } = await import('./child.mjs');
const { prepare } = await import('./prepare.mjs');

/**
 * `npm run bench`: installs what is missing, builds the panel, compiles the benchmarks together with the server that
 * they measure, and runs them, all or those that are named after `--`.
 */
try {
  await prepare({ build: true }, async () => {
    const compiler = [binOf('typescript', 'tsc'), '-p', 'tsconfig.bench.json'];
    if ((await run(process.execPath, compiler, { output: 'stderr' })) !== 0) {
      throw new PrepareError('The benchmarks could not be compiled.');
    }
  });
  const { chromium } = await import('@playwright/test');
  process.env['CHROMIUM_PATH'] = findChromium(chromium.executablePath()) ?? '';
  const main = join(root, '.reattach', 'bench', 'bench', 'main.js');
  process.exitCode = await run(process.execPath, [main, ...process.argv.slice(2)]);
} catch (error) {
  process.stderr.write(`${error instanceof PrepareError ? error.message : inspect(error)}\n`);
  process.exitCode = 1;
}
