import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { loadNodeModule, type NodeModule } from './node-modules.ts';

const SOURCE = /\.(?:m?[jt]s|json)$/;
const MODULE = /^[^.].*\.m?[jt]s$/;
/** Declarations and tests are no node modules. */
const OTHER = /\.(?:d|test|spec)\.m?[jt]s$/;

/** Whether this Node runs TypeScript as it is. */
const runsTypeScript = 'typescript' in process.features && Boolean(process.features.typescript);

/**
 * Loads the node modules of files and directories. Of a directory, those that stand in it: what is in
 * folders below belongs to them.
 * @param generation one that is not 0 loads them anew
 * @throws StartError naming the module that cannot be loaded
 */
export async function loadNodeSources(
  paths: readonly string[],
  generation = 0,
): Promise<NodeModule[]> {
  const modules: NodeModule[] = [];
  for (const file of await moduleFiles(paths)) modules.push(await loadNodeModule(file, generation));
  return modules;
}

/** A digest of all that these files and directories hold. What cannot be read is left out. */
export async function digestOf(paths: readonly string[]): Promise<string> {
  const hash = createHash('sha256');
  for (const path of paths) {
    const files = (await isDirectory(path)) ? await sourcesBelow(path) : [path];
    for (const file of files) {
      const content = await readFile(file).catch(() => null);
      if (content !== null) hash.update(`${file}\0`).update(content).update('\0');
    }
  }
  return hash.digest('hex');
}

/** Whether a file below a watched directory is none of its sources. */
export function isAside(path: string): boolean {
  return path.split(sep).some((name) => name === 'node_modules' || /^\.[^.]/.test(name));
}

async function moduleFiles(paths: readonly string[]): Promise<string[]> {
  const files: string[] = [];
  for (const path of paths) {
    if (!(await isDirectory(path))) {
      files.push(path);
      continue;
    }
    const names = (await readdir(path)).filter((name) => MODULE.test(name) && !OTHER.test(name));
    const usable = names.filter((name) => runsTypeScript || !/ts$/.test(name));
    files.push(...usable.sort().map((name) => join(path, name)));
  }
  return files;
}

async function sourcesBelow(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && SOURCE.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => !isAside(file.slice(directory.length)))
    .sort();
}

async function isDirectory(path: string): Promise<boolean> {
  const stats = await stat(path).catch(() => null);
  return stats?.isDirectory() ?? false;
}
