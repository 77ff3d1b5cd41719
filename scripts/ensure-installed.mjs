import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { npm, PrepareError, root, run, say } from './child.mjs';

/** The one dependency that is compiled for this Node and this machine. */
const NATIVE = 'better-sqlite3';

/**
 * Installs the dependencies when what `package-lock.json` asks for is not all there, and compiles the
 * native one again when this Node cannot load it (it was installed by another, or without its
 * script). The caller holds the clone's lock.
 *
 * @returns {Promise<boolean>} whether anything was installed
 * @throws {PrepareError} saying what to do by hand
 */
export async function ensureInstalled() {
  const complete = isInstalled();
  if (!complete) {
    say('Installing dependencies (about a minute, once) …');
    // The build needs the development dependencies whatever NODE_ENV or npm's configuration says.
    if (
      (await runNpm(['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'])) !== 0
    ) {
      throw new PrepareError('The dependencies could not be installed; `npm ci` says why.');
    }
  }
  if (loadsNative()) return !complete;
  say(`Compiling ${NATIVE} for Node ${process.versions.node} …`);
  const rebuilt = await runNpm(['rebuild', NATIVE, '--ignore-scripts=false', '--loglevel=error']);
  if (rebuilt !== 0 || !loadsNative()) {
    throw new PrepareError(
      `${NATIVE} cannot be loaded by Node ${process.versions.node}. Where no ready-made binary can ` +
        `be fetched it is compiled, which needs Python and a C++ compiler; \`npm rebuild ${NATIVE} ` +
        '--foreground-scripts` shows what is missing.',
    );
  }
  return true;
}

/** @param {string[]} args */
function runNpm(args) {
  const { command, args: before, shell } = npm();
  return run(command, [...before, ...args], {
    output: 'stderr',
    ...(shell === undefined ? {} : { shell }),
  });
}

/** Whether every package of the lock file is there in its version. */
function isInstalled() {
  const wanted = packagesOf('package-lock.json');
  const there = packagesOf(join('node_modules', '.package-lock.json'));
  if (there === null) return false;
  return Object.entries(wanted ?? {}).every(([path, { version, optional }]) => {
    if (path === '') return true;
    const found = there[path];
    // An optional package that is not there is one for another platform.
    if (found === undefined) return optional === true;
    return found.version === version && existsSync(join(root, path, 'package.json'));
  });
}

/**
 * @param {string} file
 * @returns {Record<string, { version?: string, optional?: boolean }> | null}
 */
function packagesOf(file) {
  try {
    return JSON.parse(readFileSync(join(root, file), 'utf8')).packages;
  } catch {
    // Absent, or cut short by an interrupted install.
    return null;
  }
}

function loadsNative() {
  try {
    const Database = createRequire(import.meta.url)(NATIVE);
    new Database(':memory:').close();
    return true;
  } catch {
    // The reason is for npm to tell, when it compiles the package.
    return false;
  }
}
