import { createHash, randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { cp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { binOf, PrepareError, root, run, say } from './child.mjs';

/** All that a build depends on. */
const SOURCES = ['shared', 'server', 'cli', 'client', 'playwright', 'producer'];
const CONFIGS = [
  'package.json',
  'package-lock.json',
  'tsconfig.base.json',
  'tsconfig.node.json',
  'tsconfig.build.json',
  'tsconfig.panel.json',
  'vite.config.ts',
];
const DIST = join(root, 'dist');
/** Where builds are made: beside `dist/`, so that a rename puts them in place. */
const WORKSHOP = join(root, '.reattach');
const STAMP = join(DIST, '.stamp');
const RESULTS = [
  join(DIST, 'server', 'main.js'),
  join(DIST, 'client', 'index.html'),
  join(DIST, 'panel', 'reattach-panel.js'),
  join(DIST, 'cli', 'main.js'),
  join(DIST, 'producer', 'producer.js'),
];

/**
 * Builds server and client into `dist/` unless what is there was built from exactly these sources.
 * The build is made aside and put in place by a rename, with its stamp in it, so that one that was
 * interrupted leaves no trace. The caller holds the clone's lock.
 *
 * @throws {PrepareError} when a build fails; `dist/` is then as it was
 */
export async function ensureBuilt() {
  await sweep();
  const stamp = await stampOf();
  if (RESULTS.every((file) => existsSync(file)) && (await read(STAMP)) === stamp) return;
  say('Building …');
  const aside = join(WORKSHOP, `build-${randomUUID()}`);
  try {
    const server = [binOf('typescript', 'tsc'), '-p', 'tsconfig.build.json', '--outDir', aside];
    const client = [
      ...[binOf('vite'), 'build', '--logLevel', 'warn', '--emptyOutDir'],
      ...['--outDir', join(aside, 'client')],
    ];
    const panel = [
      ...[binOf('vite'), 'build', '--mode', 'panel', '--logLevel', 'warn', '--emptyOutDir'],
      ...['--outDir', join(aside, 'panel')],
    ];
    const panelTypes = [
      ...[binOf('typescript', 'tsc'), '-p', 'tsconfig.panel.json'],
      ...['--outDir', join(aside, 'panel-types')],
    ];
    const codes = await Promise.all(
      [server, client, panel, panelTypes].map((args) =>
        run(process.execPath, args, { output: 'stderr' }),
      ),
    );
    if (codes.some((code) => code !== 0)) throw new PrepareError('The build failed.');
    await cp(join(aside, 'panel-types'), join(aside, 'panel'), { recursive: true });
    await rm(join(aside, 'panel-types'), { recursive: true });
    await writeFile(join(aside, '.stamp'), stamp);
    const before = join(WORKSHOP, `build-${randomUUID()}`);
    if (existsSync(DIST)) await moveDirectory(DIST, before);
    await moveDirectory(aside, DIST);
    await discard(before);
  } finally {
    await discard(aside);
  }
}

/** Removes what interrupted builds left. */
async function sweep() {
  for (const name of await readdir(WORKSHOP)) {
    if (name.startsWith('build-')) await discard(join(WORKSHOP, name));
  }
}

/** @param {string} directory */
async function discard(directory) {
  try {
    await rm(directory, { recursive: true, force: true });
  } catch {
    // In use on Windows; the next build sweeps it away.
  }
}

/** A digest of every source and configuration file that a build reads. */
async function stampOf() {
  const hash = createHash('sha256');
  const files = [...CONFIGS];
  for (const directory of SOURCES) {
    const entries = await readdir(join(root, directory), { recursive: true, withFileTypes: true });
    for (const entry of entries) {
      if (!entry.isFile() || /\.(test|testing)\.ts$/.test(entry.name)) continue;
      files.push(join(entry.parentPath, entry.name).slice(root.length + 1));
    }
  }
  for (const file of files.sort()) {
    hash
      .update(`${file}\0`)
      .update(await readFile(join(root, file)))
      .update('\0');
  }
  return hash.digest('hex');
}

/**
 * Windows refuses to rename a directory while something (a virus scanner, a server that is reading)
 * has a file of it open; it seldom lasts.
 *
 * @param {string} from
 * @param {string} to
 */
async function moveDirectory(from, to) {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await rename(from, to);
      return;
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : undefined;
      if (attempt < 10 && (code === 'EPERM' || code === 'EACCES' || code === 'EBUSY')) {
        await wait(100 * attempt);
        continue;
      }
      if (code !== 'EXDEV') throw error;
      await cp(from, to, { recursive: true });
      await rm(from, { recursive: true, force: true });
      return;
    }
  }
}

/** @param {string} file */
async function read(file) {
  try {
    return await readFile(file, 'utf8');
  } catch {
    // Never built.
    return null;
  }
}
