import { inspect } from 'node:util';
import { requireNode } from './node-version.mjs';

requireNode();

const { PrepareError } = await import('./child.mjs');
const { prepare } = await import('./prepare.mjs');

/** `npm run build`: installs what is missing and builds what is stale into `dist/`. */
try {
  await prepare({ build: true }, () => Promise.resolve());
} catch (error) {
  process.stderr.write(`${error instanceof PrepareError ? error.message : inspect(error)}\n`);
  process.exitCode = 1;
}
