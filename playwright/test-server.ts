import { createReattach, type Reattach } from '../server/create-reattach.ts';
import type { Logger } from '../server/logger.ts';
import type { ReattachOptions } from '../server/reattach-options.ts';
import { openSqliteStore } from '../server/store/sqlite-store.ts';
import type { Store } from '../server/store/store.ts';
import { HandClock } from './hand-clock.ts';
import { ReattachApi } from './reattach-api.ts';
import type { WorkerServer } from './worker-server.ts';

/** What of `createReattach` is a test's to choose; store, clock and log are given. */
export type TestServerOptions = Omit<
  ReattachOptions,
  'store' | 'clock' | 'logger' | 'recover' | 'listening'
>;

/** A line of a server's log. */
export interface LogLine {
  readonly level: keyof Logger;
  /** `domain.action_state` */
  readonly name: string;
  readonly fields: object;
}

/**
 * The server of one test: behind the worker's port, with a store in memory, node types, graphs and a
 * clock of its own.
 */
export class TestServer {
  /** `http://127.0.0.1:PORT` */
  readonly origin: string;
  readonly port: number;
  readonly api: ReattachApi;
  readonly clock: HandClock;
  /** What the server had to tell so far. */
  readonly log: readonly LogLine[];
  readonly #worker: WorkerServer;
  readonly #options: TestServerOptions;
  readonly #store: Store;
  readonly #logger: Logger;
  #reattach: Reattach | null = null;

  static async open(worker: WorkerServer, options: TestServerOptions): Promise<TestServer> {
    const clock = new HandClock();
    const store = await openSqliteStore({ file: ':memory:', now: () => clock.now() / 1000 });
    const server = new TestServer(worker, { options, clock, store });
    try {
      await server.#start(options);
    } catch (error) {
      await store.close();
      throw error;
    }
    return server;
  }

  private constructor(
    worker: WorkerServer,
    { options, clock, store }: { options: TestServerOptions; clock: HandClock; store: Store },
  ) {
    this.#worker = worker;
    this.#options = options;
    this.#store = store;
    this.clock = clock;
    this.origin = worker.origin;
    this.port = worker.port;
    this.api = new ReattachApi(() => this.origin);
    const log: LogLine[] = [];
    this.log = log;
    const to = (level: keyof Logger) => (fields: object, name: string) =>
      void log.push({ level, name, fields });
    this.#logger = { debug: to('debug'), info: to('info'), warn: to('warn'), error: to('error') };
  }

  /** The address of a path of the server. */
  url(path: string): string {
    return new URL(path, this.origin).href;
  }

  /**
   * Ends the server, whose log is then as a kill would leave it, and starts it again on the same
   * sessions; `change` replaces some of its options, such as `nodes`, for this start. The port stays
   * open: meanwhile calls are answered with 503, and streams end.
   */
  async restart(change: TestServerOptions = {}): Promise<void> {
    await this.#stop();
    await this.#start({ ...this.#options, ...change });
  }

  /** Ends the server and forgets its sessions. */
  async close(): Promise<void> {
    await this.#stop();
    await this.#store.close();
  }

  async #start(options: TestServerOptions): Promise<void> {
    const { port } = this.#worker;
    this.#reattach = await createReattach({
      ...options,
      ...{ store: this.#store, clock: this.clock, logger: this.#logger },
      listening: { host: '127.0.0.1', port: () => port },
    });
    this.#worker.answerWith(this.#reattach);
  }

  async #stop(): Promise<void> {
    this.#worker.answerWith(null);
    await this.#reattach?.close();
    this.#reattach = null;
  }
}
