import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../dist/server/main.js', import.meta.url));
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

/**
 * The built server in a process of its own, on one file and, from its first start on, one port.
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

  /** Everything that all the processes wrote so far. */
  get output(): string {
    return this.#output;
  }

  get db(): string {
    return this.#options.db;
  }

  /**
   * Starts the server and waits until it listens. `change` replaces options for this start.
   * @throws Error with its output when it ends instead
   */
  async start(change: Partial<ServerOptions> = {}): Promise<void> {
    if (this.#child !== null) throw new Error('The server runs already.');
    const { db, graphs, nodes, flags, env } = { ...this.#options, ...change };
    const args = [
      ...['--port', String(this.#port), '--db', db, '--graphs', graphs],
      ...nodes.flatMap((node) => ['--nodes', node]),
      ...flags,
    ];
    const child = spawn(process.execPath, [MAIN, ...args], {
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
    await this.#end('SIGKILL');
  }

  /** Asks the server to end, and waits for it. On Windows, where there is no asking, as `kill`. */
  async stop(): Promise<void> {
    await this.#end('SIGTERM');
  }

  /** Kills the server and starts it again on the same file and port. */
  async restart(change: Partial<ServerOptions> = {}): Promise<void> {
    await this.kill();
    await this.start(change);
  }

  /** Waits until the server ends by itself; gives its exit code. */
  async exit(): Promise<number | null> {
    const child = this.#child;
    if (child === null) throw new Error('The server does not run.');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    this.#child = null;
    return child.exitCode;
  }

  /** The address of a path of the server. */
  url(path: string): string {
    return new URL(path, this.origin).href;
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    if (this.#child === null) return;
    this.#child.kill(signal);
    await this.exit();
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
