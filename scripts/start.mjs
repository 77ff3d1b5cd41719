import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { inspect } from 'node:util';
import { requireNode } from './node-version.mjs';

requireNode();

const { PrepareError, root } = await import('./child.mjs');
const { prepare } = await import('./prepare.mjs');

/**
 * `npm start`: installs and builds what is needed, then becomes the server, so that signals reach it
 * without a process between. Nothing but the server writes to stdout.
 */
const server = pathToFileURL(join(root, 'dist', 'server', 'main.js')).href;
try {
  // Loaded under the lock: from then on another process may replace what was built.
  const { main } = await prepare({ build: true }, () => import(server));
  await main(process.argv.slice(2));
} catch (error) {
  const told = error instanceof PrepareError;
  process.stderr.write(`${told ? error.message : inspect(error)}\n`);
  process.exit(1);
}
