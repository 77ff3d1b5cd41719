import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Why the clone could not be made ready; the message says it whole. */
export class PrepareError extends Error {}

/** The directory of this clone. */
export const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');

/**
 * The script behind the command `name` of an installed package, so that it can be run by this very
 * Node without a shell or a `.cmd` file between.
 *
 * @param {string} packageName
 * @param {string} [name] the package's name unless given
 */
export function binOf(packageName, name = packageName) {
  const directory = join(root, 'node_modules', packageName);
  const { bin } = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'));
  return join(directory, typeof bin === 'string' ? bin : bin[name]);
}

/**
 * How to run npm: the one that runs us, else the one that came with this Node, else the one on the
 * path.
 *
 * @returns {{ command: string, args: string[], shell?: boolean }}
 */
export function npm() {
  const mine = process.env['npm_execpath'];
  const node = dirname(process.execPath);
  const candidates = [
    ...(mine !== undefined && /npm-cli\.[cm]?js$/.test(mine) ? [mine] : []),
    join(node, 'node_modules', 'npm', 'bin', 'npm-cli.js'),
    join(node, '..', 'lib', 'node_modules', 'npm', 'bin', 'npm-cli.js'),
  ];
  const cli = candidates.find((path) => existsSync(path));
  if (cli !== undefined) return { command: process.execPath, args: [cli] };
  // Windows starts a .cmd file only through its shell.
  return process.platform === 'win32'
    ? { command: 'npm.cmd', args: [], shell: true }
    : { command: 'npm', args: [] };
}

/**
 * @typedef {object} ChildOptions
 * @property {Record<string, string | undefined>} [env] added to this process's environment
 * @property {boolean} [shell]
 * @property {(chunk: Buffer) => void} [onOutput] told of all that the child writes
 * @property {string} [cwd] the clone's directory unless given
 * @property {'inherit' | 'stderr' | 'ignore'} [output] where what it writes goes; `inherit` unless given
 */

/**
 * Runs a program and waits for its end.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {ChildOptions} [options]
 * @returns {Promise<number>} its exit code; 1 when a signal ended it, 127 when it could not be started
 */
export function run(command, args, options = {}) {
  const { env = {}, shell = false, cwd = root, onOutput, output = 'inherit' } = options;
  const sink = output === 'inherit' ? 'inherit' : output === 'stderr' ? 2 : 'ignore';
  const piped = onOutput !== undefined;
  const child = spawn(command, args, {
    cwd,
    env: { ...process.env, ...env },
    shell,
    stdio: ['ignore', piped ? 'pipe' : sink, piped ? 'pipe' : output === 'ignore' ? 'ignore' : 2],
  });
  child.stdout?.on('data', (/** @type {Buffer} */ chunk) => {
    process.stdout.write(chunk);
    onOutput?.(chunk);
  });
  child.stderr?.on('data', (/** @type {Buffer} */ chunk) => {
    process.stderr.write(chunk);
    onOutput?.(chunk);
  });
  return new Promise((done) => {
    child.on('error', (error) => {
      if (output !== 'ignore') process.stderr.write(`${command}: ${error.message}\n`);
      done(127);
    });
    child.on('close', (code) => done(code ?? 1));
  });
}

/** @param {string} line */
export function say(line) {
  process.stderr.write(`${line}\n`);
}
