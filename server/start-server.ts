import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createReattach, GRACE_MS, type ReattachInternals } from './create-reattach.ts';
import type { Logger } from './logger.ts';
import { digestOf, loadNodeSources } from './node-sources.ts';
import type { ServerOptions } from './options.ts';
import { packageRoot } from './package-info.ts';
import { servedFolder } from './served-folder.ts';
import { StartError } from './start-error.ts';
import { watchNodeSources, type NodeWatch } from './watch-node-sources.ts';

/** A server that answers. */
export interface RunningServer {
  /** With the port that it really listens on and the base path, without a slash at its end. */
  readonly url: string;
  /** What it offers, in a line for people. */
  readonly notice: string;
  /**
   * Ends open streams and running handlers and frees the port and the database, within a second. The
   * log is left as a kill would leave it. Repeated calls wait for the first.
   */
  close(): Promise<void>;
}

/** A watch names many sessions in its address. */
const MAX_HEADER_BYTES = 64 * 1024;

/**
 * Listens, and continues what a stop or a kill interrupted.
 * @throws StartError or DatabaseUnusable, with a line for people; nothing is left open then
 */
export async function startServer(
  options: ServerOptions,
  logger: Logger,
  internals: ReattachInternals = {},
): Promise<RunningServer> {
  const { host, basePath } = options;
  const { graphs, nodes: paths, notice } = await servedFolder(options);
  const examples = join(packageRoot, 'examples');
  const given = graphs === null ? await loadNodeSources([join(examples, 'nodes')]) : [];
  const since = await digestOf(paths);
  let port = 0;
  const reattach = await createReattach(
    {
      ...options,
      logger,
      store: options.db,
      graphs: graphs ?? join(examples, 'graphs'),
      nodes: [...given, ...(await loadNodeSources(paths))],
      listening: { host, port: () => port },
      // First it has to listen.
      recover: false,
    },
    { ownsProcess: true, ...internals },
  );
  const server = createServer({ maxHeaderSize: MAX_HEADER_BYTES }, (request, response) => {
    void reattach.listener(request, response);
  });

  let watching: NodeWatch | null = null;
  let closing: Promise<void> | null = null;
  const close = async () => {
    const disconnected = new Promise((resolve) => server.close(resolve));
    const closed = reattach.close();
    await Promise.race([disconnected, new Promise((resolve) => setTimeout(resolve, GRACE_MS))]);
    server.closeAllConnections();
    await Promise.all([closed, watching?.close()]);
  };

  try {
    await listen(server, options);
    // Kept: a server that is closing has no address any more, and still answers.
    port = portOf(server);
    await reattach.recover();
    watching = watchNodeSources({
      ...{ paths, since, logger },
      use: (modules) => reattach.useNodes([...given, ...modules]),
    });
  } catch (error) {
    await close();
    throw error;
  }
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${port}${basePath}`,
    notice,
    close: () => (closing ??= close()),
  };
}

function listen(server: Server, { host, port }: ServerOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) =>
      reject(new StartError(listenComplaint(error, host, port), { cause: error })),
    );
    server.listen(port, host, () => {
      server.removeAllListeners('error');
      resolve();
    });
  });
}

function listenComplaint(error: Error, host: string, port: number): string {
  const code = 'code' in error ? error.code : null;
  if (code === 'EADDRINUSE') return `Port ${port} of ${host} is in use by another program.`;
  if (code === 'EACCES') return `Port ${port} of ${host} may not be used by this user.`;
  return `Cannot listen on port ${port} of ${host}: ${error.message}`;
}

function portOf(server: Server): number {
  const address: AddressInfo | string | null = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}
