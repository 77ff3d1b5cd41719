import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { packageFile } from './package-folder.ts';

const LISTENING = /^Reattach is listening on (http:\/\/\S+)$/m;

export interface ServerOptions {
  /** The SQLite file; kept over restarts. */
  readonly db: string;
  /** The directory of the graphs that are offered. */
  readonly graphs: string;
  /** Node modules. */
  readonly nodes: readonly string[];
  /** Any other flags. */
  readonly flags: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** What a process left behind. */
export interface Ended {
  /** Null when a signal ended it. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs the installed server with these arguments until it ends by itself; for starts that do not come
 * about. `asUser`: a user id to run it as, which only root can ask for.
 */
export async function runServer(
  args: readonly string[],
  { asUser, env = {} }: { asUser?: number; env?: Record<string, string> } = {},
): Promise<Ended> {
  const child = spawn(process.execPath, [packageFile('dist', 'server', 'main.js'), ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(asUser === undefined ? {} : { uid: asUser }),
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    // It was to be refused: a server that listens would never end.
    if (LISTENING.test(stdout)) child.kill('SIGKILL');
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, stdout, stderr };
}

/**
 * The server of the installed package in a process of its own, on one file and, from its first start on, one port.
 * Nothing is left running after `kill` or `stop`.
 */
export class ServerProcess {
  readonly #options: ServerOptions;
  #child: ChildProcess | null = null;
  #port = 0;
  #output = '';

  constructor(options: ServerOptions) {
    this.#options = options;
  }

  /** `http://127.0.0.1:PORT`, of the port that the first start was given. */
  get origin(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  get port(): number {
    return this.#port;
  }

  /** Everything that all the processes wrote so far. */
  get output(): string {
    return this.#output;
  }

  get db(): string {
    return this.#options.db;
  }

  /** The arguments of a start with these options on this port. */
  args(change: Partial<ServerOptions> = {}, port = this.#port): string[] {
    const { db, graphs, nodes, flags } = { ...this.#options, ...change };
    return [
      ...['--port', String(port), '--db', db, '--graphs', graphs],
      ...nodes.flatMap((node) => ['--nodes', node]),
      ...flags,
    ];
  }

  /**
   * Starts the server and waits until it listens. `change` replaces options for this start.
   * @throws Error with its output when it ends instead
   */
  async start(change: Partial<ServerOptions> = {}): Promise<void> {
    await this.startWith(this.args(change), change.env);
  }

  /** As `start`, with these arguments and no others. */
  async startWith(args: readonly string[], env = this.#options.env): Promise<void> {
    if (this.#child !== null) throw new Error('The server runs already.');
    const child = spawn(process.execPath, [packageFile('dist', 'server', 'main.js'), ...args], {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child = child;
    try {
      this.#port = Number(new URL(await this.#listening(child)).port);
    } catch (error) {
      await this.kill();
      throw error;
    }
  }

  /** Ends the server as a power cut would, and waits until it is gone. */
  async kill(): Promise<void> {
    await this.end('SIGKILL');
  }

  /**
   * Sends a signal to the server and waits until it is gone; gives its exit code, null when the
   * signal itself ended it. Nothing happens when it does not run.
   */
  async end(signal: NodeJS.Signals): Promise<number | null> {
    const child = this.#child;
    if (child === null) return null;
    if (child.exitCode === null && child.signalCode === null) {
      const exited = once(child, 'exit');
      child.kill(signal);
      await exited;
    }
    this.#child = null;
    return child.exitCode;
  }

  /** Stops the process where it stands, its connections open, until `go`. Not on Windows. */
  halt(): void {
    this.#child?.kill('SIGSTOP');
  }

  /** Lets a halted process run on. */
  go(): void {
    this.#child?.kill('SIGCONT');
  }

  /** Kills the server and starts it again on the same file and port. */
  async restart(change: Partial<ServerOptions> = {}): Promise<void> {
    await this.kill();
    await this.start(change);
  }

  /** The address of a path of the server. */
  url(path: string): string {
    return new URL(path, this.origin).href;
  }

  #listening(child: ChildProcess): Promise<string> {
    let seen = '';
    return new Promise((resolve, reject) => {
      child.stdout?.setEncoding('utf8').on('data', (text: string) => {
        this.#output += text;
        seen += text;
        const [, origin] = LISTENING.exec(seen) ?? [];
        if (origin !== undefined) resolve(origin);
      });
      child.stderr?.setEncoding('utf8').on('data', (text: string) => {
        this.#output += text;
        seen += text;
      });
      child.once('error', reject);
      child.once('close', (code) => {
        reject(new Error(`The server ended with ${String(code)} before it listened:\n${seen}`));
      });
    });
  }
}
