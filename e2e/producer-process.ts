import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdtemp, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { packageFolder } from './package-folder.ts';

export interface ProducerOptions {
  /** Where the server is. */
  readonly origin: string;
  /** A folder in which the program gets one of its own. */
  readonly directory: string;
}

/** How a program ended: by itself, with a code, or by a signal. */
export interface ProducerEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stderr: string;
}

/**
 * A program of `producers/` in a process of its own, in a folder where `reattach` is the installed package
 * and nothing of the clone can be imported.
 */
export class ProducerProcess {
  readonly ended: Promise<ProducerEnd>;
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #lines: AsyncIterator<string>;

  private constructor(child: ChildProcessWithoutNullStreams) {
    this.#child = child;
    this.#lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    this.ended = once(child, 'close').then(([code, signal]: unknown[]) => ({
      code: code as number | null,
      signal: signal as NodeJS.Signals | null,
      stderr,
    }));
  }

  static async start(
    program: string,
    args: readonly string[],
    { origin, directory }: ProducerOptions,
  ): Promise<ProducerProcess> {
    const cwd = await mkdtemp(join(directory, 'producer-'));
    await symlink(join(packageFolder(), 'node_modules'), join(cwd, 'node_modules'), 'junction');
    const file = join(cwd, program);
    await copyFile(fileURLToPath(new URL(`producers/${program}`, import.meta.url)), file);
    // Node warns of it beside FORCE_COLOR, which the test runner sets.
    const env = { ...process.env, NO_COLOR: undefined, REATTACH_URL: origin };
    return new ProducerProcess(spawn(process.execPath, [file, ...args], { cwd, env }));
  }

  /** The next line of its stdout. @throws Error with its complaint when it ends before */
  async line(): Promise<string> {
    const next = await this.#lines.next();
    if (next.done !== true) return next.value;
    throw new Error(`The program ended: ${JSON.stringify(await this.ended)}`);
  }

  /** Lets a program go on that waits for a line. */
  goOn(): void {
    this.#child.stdin.write('\n');
  }

  /** Ends it as a power cut would, and waits until it is gone. */
  async kill(): Promise<ProducerEnd> {
    this.#child.kill('SIGKILL');
    return this.ended;
  }
}
