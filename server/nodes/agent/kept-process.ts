import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';

/** What to run, and where. */
export interface ProcessSpec {
  /** The program and its arguments. */
  readonly words: readonly [string, ...string[]];
  /** True: `words` is one line for the shell. */
  readonly inShell?: boolean;
  readonly cwd: string;
  /** Beside the server's own environment. */
  readonly env?: Readonly<Record<string, string>>;
}

/** How a process ended. */
export interface Ending {
  /** Null when a signal ended it, or it never ran. */
  readonly code: number | null;
  readonly signal: string | null;
  /** Why it could not be started; else null. */
  readonly error: string | null;
}

const KEEPER = fileURLToPath(new URL('./agent-keeper.mjs', import.meta.url));

/** Between SIGTERM and SIGKILL. */
const GRACE_MS = 300;
/** What a process that has ended may still have in its pipes is waited for so long. */
const DRAIN_MS = 200;
/** Of what it wrote on its standard error. */
const MOST_LINES = 20;
const MOST_CHARACTERS = 4000;

/** A program that ends, with all that it started, at the latest when this server does. */
export class KeptProcess {
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** Resolves when it is gone. */
  readonly ended: Promise<Ending>;
  readonly #keeper: ChildProcess;
  #errors = '';
  #ending: Ending | null = null;

  constructor({ words, inShell = false, cwd, env = {} }: ProcessSpec) {
    const { REATTACH_TOKEN: _, ...inherited } = process.env;
    const keeper = spawn(
      process.execPath,
      [KEEPER, String(GRACE_MS), inShell ? 'shell' : '', ...words],
      {
        cwd,
        env: { ...inherited, ...env },
        stdio: ['pipe', 'pipe', 'pipe', 'ipc'],
        // The head of a group, out of reach of what a terminal sends to the server.
        detached: process.platform !== 'win32',
        windowsHide: true,
      },
    );
    this.#keeper = keeper;
    const { stdin, stdout, stderr } = keeper;
    if (stdin === null || stdout === null || stderr === null) throw new Error('It has no pipes.');
    [this.stdin, this.stdout, this.stderr] = [stdin, stdout, stderr];
    // Whoever writes to a process that is gone learns of it by `ended`.
    stdin.on('error', () => undefined);
    stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#errors = (this.#errors + text).slice(-2 * MOST_CHARACTERS);
    });
    this.ended = this.#end();
  }

  /** How it ended; null while it runs. */
  get ending(): Ending | null {
    return this.#ending;
  }

  /** The last lines that it wrote on its standard error. */
  get lastWords(): string {
    const text = this.#errors.trim().slice(-MOST_CHARACTERS);
    return text.split('\n').slice(-MOST_LINES).join('\n');
  }

  /** Ends it and all that it started; resolves when it is gone. Idempotent. */
  async stop(): Promise<void> {
    if (this.#keeper.connected) this.#keeper.disconnect();
    await this.ended;
  }

  async #end(): Promise<Ending> {
    let ending: Ending = { code: null, signal: null, error: null };
    this.#keeper.on('message', (message) => {
      ending = { ...ending, ...(message as Partial<Ending>) };
    });
    const failed = new Promise<Ending>((resolve) => {
      this.#keeper.once('error', ({ message }) => resolve({ ...ending, error: message }));
    });
    const exited = once(this.#keeper, 'exit').then(async () => {
      // Something that left the group may hold the pipes for ever.
      await Promise.race([once(this.#keeper, 'close'), delay(DRAIN_MS)]);
      return ending;
    });
    const result = await Promise.race([failed, exited]);
    this.#ending = result;
    this.#killGroup();
    return result;
  }

  /** Should it be the keeper that was killed, the rest of its group goes as well. */
  #killGroup(): void {
    const { pid } = this.#keeper;
    if (process.platform === 'win32' || pid === undefined) return;
    try {
      process.kill(-pid, 'SIGKILL');
    } catch {
      // The group is empty, as it should be.
    }
  }
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });
}
