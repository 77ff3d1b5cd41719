import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * Somebody else's page, on a site of its own (`localhost`, where the server is `127.0.0.1`), under a
 * policy that lets nothing be done but what the panel, or a frame of the server's page, needs.
 */
export class HostPage {
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  /** Serves the page with this body and script. `server` gives the address of the panel's server. */
  static async serve(
    server: () => string,
    { body, script }: { body: () => string; script: () => string },
  ): Promise<HostPage> {
    const own = createServer((request, response) => {
      const isScript = request.url === '/page.js';
      response.setHeader('Content-Type', isScript ? 'text/javascript' : 'text/html');
      response.setHeader(
        'Content-Security-Policy',
        [
          "default-src 'none'",
          `script-src 'self' ${server()}`,
          `connect-src ${server()}`,
          `frame-src ${server()}`,
          'img-src data:',
        ].join('; '),
      );
      response.end(
        isScript
          ? script()
          : `<!doctype html><html lang="en"><head><title>Somebody's page</title>
             <link rel="icon" href="data:,"></head><body>${body()}
             <script type="module" src="/page.js"></script></body></html>`,
      );
    });
    own.listen(0, 'localhost');
    await once(own, 'listening');
    return new HostPage(own);
  }

  get origin(): string {
    const { port } = this.#server.address() as AddressInfo;
    return `http://localhost:${port}`;
  }

  async close(): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, 'close');
  }
}
