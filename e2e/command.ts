import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { packageFile, packageFolder } from './package-folder.ts';
import type { Ended } from './server-process.ts';

export interface CommandOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** A command that runs, and its end. */
export interface RunningCommand {
  /** Waits until `text` is on its stdout. @throws Error when it ends before */
  until(text: string): Promise<void>;
  /** Waits until a line of this name is in its log so many times. */
  untilLogged(name: string, times?: number): Promise<void>;
  /** What is on its stdout by now. */
  stdout(): string;
  kill(): void;
  readonly ended: Promise<Ended>;
}

/** The installed `reattach` with these arguments, from its start to its end; nothing is on its stdin. */
export function reattach(args: readonly string[], options: CommandOptions = {}): Promise<Ended> {
  return startReattach(args, options).ended;
}

/** The same, while it runs. */
export function startReattach(
  args: readonly string[],
  { cwd = packageFolder(), env = {} }: CommandOptions = {},
): RunningCommand {
  const child = spawn(process.execPath, [packageFile('dist', 'cli', 'main.js'), ...args], {
    cwd,
    env: { ...process.env, REATTACH_URL: undefined, REATTACH_TOKEN: undefined, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const closed = once(child, 'close') as Promise<[number | null]>;
  const until = async (stream: Readable, isThere: () => boolean, what: string) => {
    while (!isThere()) {
      const grew = once(stream, 'data').then(() => true);
      const goesOn = await Promise.race([grew, closed.then(() => false)]);
      if (!goesOn && !isThere()) throw new Error(`It never said '${what}': ${stdout}${stderr}`);
    }
  };
  return {
    until: (text) => until(child.stdout, () => stdout.includes(text), text),
    untilLogged: (name, times = 1) =>
      until(child.stderr, () => stderr.split(`"msg":"${name}"`).length > times, name),
    stdout: () => stdout,
    kill: () => void child.kill('SIGKILL'),
    ended: closed.then(([code]) => ({ code, stdout, stderr })),
  };
}
