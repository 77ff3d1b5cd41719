import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { npm, PrepareError, root, run, say } from './child.mjs';
import { withLock } from './lock.mjs';
import { prepare } from './prepare.mjs';

/** Everything that `npm pack` packs, beside what is built. */
const PACKED = ['README.md', 'LICENSE', 'PROTOCOL.md', 'graph.schema.json', 'docs', 'examples'];
const NATIVE = join('better-sqlite3', 'build');

/**
 * Packs this package and lets npm install it in a folder outside of the clone, where nothing but the
 * package and its own dependencies can be imported. What is there already is used again unless
 * something of it has changed, so that one pack serves all tests.
 *
 * The dependencies have the versions of our lock file and come out of npm's cache where they are in
 * it. Their install scripts do not run: the one that compiles, of better-sqlite3, has run for the
 * clone, and its result is copied.
 *
 * @returns {Promise<string>} the folder; `node_modules` is in it, with `reattach` and its command
 * @throws {PrepareError} when it cannot be built, packed or installed
 */
export async function packForTests() {
  await prepare({ build: true }, () => Promise.resolve());
  const name = createHash('sha256').update(root).digest('hex').slice(0, 12);
  const folder = join(tmpdir(), `reattach-package-${name}`);
  await withLock(join(root, '.reattach', 'package.lock'), {}, async () => {
    const stamp = await stampOf();
    if ((await read(join(folder, '.stamp'))) === stamp) return;
    say('Packing and installing the package …');
    await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
    await mkdir(folder, { recursive: true });
    await install(folder, await pack(folder));
    await writeFile(join(folder, '.stamp'), stamp);
  });
  return folder;
}

/**
 * @param {string} folder
 * @returns {Promise<string>} the name of the tarball in it
 */
async function pack(folder) {
  await runNpm(['pack', '--pack-destination', folder, '--loglevel=error'], root);
  const tarball = (await readdir(folder)).find((file) => file.endsWith('.tgz'));
  if (tarball === undefined) throw new PrepareError('npm pack made no package.');
  return tarball;
}

/**
 * @param {string} folder
 * @param {string} tarball
 */
async function install(folder, tarball) {
  const ours = JSON.parse(await readFile(join(root, 'package-lock.json'), 'utf8'));
  const { name, version, dependencies, bin, engines } = JSON.parse(
    await readFile(join(root, 'package.json'), 'utf8'),
  );
  const bytes = await readFile(join(folder, tarball));
  const integrity = `sha512-${createHash('sha512').update(bytes).digest('base64')}`;
  const project = { name: 'clean-folder', version: '1.0.0', private: true, type: 'module' };
  const wanted = { ...project, dependencies: { [name]: `file:${tarball}` } };
  /** @type {[string, { dev?: boolean, devOptional?: boolean }][]} */
  const locked = Object.entries(ours.packages);
  const lock = {
    ...{ name: project.name, version: project.version, lockfileVersion: 3, requires: true },
    packages: {
      '': wanted,
      ...Object.fromEntries(
        locked.filter(([path, { dev, devOptional }]) => path !== '' && !dev && !devOptional),
      ),
      [`node_modules/${name}`]: {
        ...{ version, resolved: `file:${tarball}`, integrity, dependencies, bin, engines },
      },
    },
  };
  await writeFile(join(folder, 'package.json'), JSON.stringify(wanted, null, 2));
  await writeFile(join(folder, 'package-lock.json'), JSON.stringify(lock, null, 2));
  const flags = ['--prefer-offline', '--ignore-scripts', '--no-audit', '--no-fund'];
  await runNpm(['ci', ...flags, '--loglevel=error'], folder);
  await cp(join(root, 'node_modules', NATIVE), join(folder, 'node_modules', NATIVE), {
    recursive: true,
  });
}

/**
 * @param {string[]} args
 * @param {string} cwd
 */
async function runNpm(args, cwd) {
  const { command, args: before, shell } = npm();
  const options = { cwd, ...(shell === undefined ? {} : { shell }) };
  const code = await run(command, [...before, ...args], { output: 'stderr', ...options });
  if (code !== 0) throw new PrepareError(`npm ${args[0]} failed in ${cwd}.`);
}

/** A digest of what is packed and of what it is installed with. */
async function stampOf() {
  const hash = createHash('sha256').update(process.versions.modules);
  const files = ['package.json', 'package-lock.json', join('dist', '.stamp')];
  for (const path of PACKED) {
    const whole = join(root, path);
    if (!existsSync(whole)) continue;
    const entries = await readdir(whole, { recursive: true, withFileTypes: true }).catch(
      () => null,
    );
    if (entries === null) files.push(path);
    for (const entry of entries ?? []) {
      if (entry.isFile()) files.push(join(entry.parentPath, entry.name).slice(root.length + 1));
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

/** @param {string} file */
async function read(file) {
  try {
    return await readFile(file, 'utf8');
  } catch {
    // Never packed.
    return null;
  }
}
