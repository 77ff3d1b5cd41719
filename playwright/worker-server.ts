import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Reattach } from '../server/create-reattach.ts';

/** A watch names many sessions in its address. */
const MAX_HEADER_BYTES = 64 * 1024;

/** A port of a worker's own, and whoever answers on it at the moment. */
export class WorkerServer {
  readonly #server: Server;
  #current: Reattach | null = null;

  /** Listens on a free port of this machine. */
  static listen(): Promise<WorkerServer> {
    const worker = new WorkerServer();
    const server = worker.#server;
    return new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(0, '127.0.0.1', () => {
        server.off('error', reject);
        resolve(worker);
      });
    });
  }

  private constructor() {
    this.#server = createServer({ maxHeaderSize: MAX_HEADER_BYTES }, (incoming, outgoing) => {
      if (this.#current === null) outgoing.writeHead(503).end();
      else void this.#current.listener(incoming, outgoing);
    });
    // Both ends are in one process: while something holds that up, a connection would be closed here as
    // idle, and used there before the client could learn of it. The client lets go of it by itself.
    this.#server.keepAliveTimeout = 0;
  }

  get port(): number {
    const address: AddressInfo | string | null = this.#server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  }

  get origin(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Has `reattach` answer from now on; nobody when it is null. */
  answerWith(reattach: Reattach | null): void {
    this.#current = reattach;
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }
}
