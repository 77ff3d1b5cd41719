import { requireNode } from './node-version.mjs';

requireNode();

const { prepare } = await import('./prepare.mjs');

/** `npm run build`: installs what is missing and builds what is stale into `dist/`. */
try {
  await prepare({ build: true }, () => Promise.resolve());
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
