import { readdir } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { getRequestListener } from '@hono/node-server';
import { createApp } from './app.ts';
import { createEngine } from './engine/create-engine.ts';
import { checkGraph } from './engine/plan.ts';
import type { NodeTypes } from './engine/handler.ts';
import { messageOf } from './errors.ts';
import { createGraphCatalog } from './graph-catalog.ts';
import { createGraphLibrary, runnableGraph } from './graph-library.ts';
import type { Logger } from './logger.ts';
import { loadNodeModule, mergeNodeTypes, mergeTools, type NodeModule } from './node-modules.ts';
import { AgentPool } from './nodes/agent/agent-pool.ts';
import { builtInNodes } from './nodes/built-in-nodes.ts';
import { builtInTools } from './nodes/model-tools.ts';
import type { ServerOptions } from './options.ts';
import { packageRoot, version } from './package-info.ts';
import { loadClientAssets } from './routes/client-assets.ts';
import { StartError } from './start-error.ts';
import { openSqliteStore } from './store/sqlite-store.ts';
import { createStreams } from './stream/create-streams.ts';

/** A server that answers. */
export interface RunningServer {
  /** With the port that it really listens on and the base path, without a slash at its end. */
  readonly url: string;
  /**
   * Ends open streams and running handlers and frees the port and the database, within a second. The
   * log is left as a kill would leave it. Repeated calls wait for the first.
   */
  close(): Promise<void>;
}

/** What only tests and measurements set. */
export interface ServerInternals {
  /** Instead of the store that every server has. */
  readonly openStore?: typeof openSqliteStore;
  /** Instead of the node types that every server has. */
  readonly nodeTypes?: NodeTypes;
  /** Where the panel was built. */
  readonly clientDirectory?: string;
}

/** Requests that are under way when the server closes have so long to end. */
const GRACE_MS = 300;

/** A watch names many sessions in its address. */
const MAX_HEADER_BYTES = 64 * 1024;

/**
 * Wires the rooms together, listens, and continues what a stop or a kill interrupted.
 * @throws StartError or DatabaseUnusable, with a line for people; nothing is left open then
 */
export async function startServer(
  options: ServerOptions,
  logger: Logger,
  internals: ServerInternals = {},
): Promise<RunningServer> {
  const assets = await loadClientAssets(
    internals.clientDirectory ?? join(packageRoot, 'dist', 'client'),
  );
  const directory = await graphsDirectory(options.graphs);
  const agents = new AgentPool({ ...options, version, logger });
  const nodeTypes = await loadNodeTypes(options, agents, internals.nodeTypes);
  const knows = (type: string) => Object.hasOwn(nodeTypes, type);
  const check = (graph: Parameters<typeof checkGraph>[0]) => checkGraph(graph, knows);
  const library = createGraphLibrary({ directory, check, logger });

  const openStore = internals.openStore ?? openSqliteStore;
  const store = await openStore({ file: options.db, logger });
  const stopping = new AbortController();
  const streams = createStreams({ store, logger, signal: stopping.signal });
  const engine = createEngine({
    store,
    nodeTypes,
    logger,
    maxEventBytes: options.maxEventBytes,
    findGraph: async (graphId) => {
      const entry = await library.find(graphId);
      return entry === null ? null : runnableGraph(entry);
    },
  });

  let port = 0;
  const app = createApp({
    ...options,
    ...{ store, engine, streams, logger, assets },
    catalog: createGraphCatalog(library, store),
    port: () => port,
  });
  const answer = getRequestListener(app.fetch, {
    // Of a request that names none; a proxy asks for the server's health so.
    hostname: 'unnamed.invalid',
    errorHandler: () => Response.json(unreadable, { status: 400 }),
  });
  // A request that comes while the server recovers waits until it has.
  let open: () => void = () => undefined;
  const recovered = new Promise<void>((resolve) => {
    open = resolve;
  });
  const server = createServer({ maxHeaderSize: MAX_HEADER_BYTES }, (request, response) => {
    void recovered.then(() => answer(request, response));
  });

  let closing: Promise<void> | null = null;
  const close = async () => {
    const closed = new Promise((resolve) => server.close(resolve));
    stopping.abort();
    await engine.close();
    const quiet = agents.close();
    await Promise.race([closed, new Promise((resolve) => setTimeout(resolve, GRACE_MS))]);
    server.closeAllConnections();
    await quiet;
    await store.close();
  };

  try {
    await listen(server, options);
    // Kept: a server that is closing has no address any more, and still answers.
    port = portOf(server);
    await engine.recover();
  } catch (error) {
    await close();
    throw error;
  }
  open();
  const { host, basePath } = options;
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${port}${basePath}`,
    close: () => (closing ??= close()),
  };
}

const unreadable = { error: 'The request cannot be read.', code: 'malformed_request' };

async function graphsDirectory(given: string | null): Promise<string> {
  const directory = given ?? join(packageRoot, 'examples', 'graphs');
  try {
    await readdir(directory);
    return directory;
  } catch (error) {
    throw new StartError(`The graphs directory cannot be read: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

/** The built-in types, those of the examples when they are offered, and those of `--nodes`. */
async function loadNodeTypes(
  options: ServerOptions,
  agents: AgentPool,
  given?: NodeTypes,
): Promise<NodeTypes> {
  const { graphs, nodes, allowFetch, model, modelUrl: url } = options;
  const examples = graphs === null ? await exampleModules() : [];
  const modules: NodeModule[] = [];
  for (const file of [...examples, ...nodes]) modules.push(await loadNodeModule(file));
  const tools = mergeTools(modules, builtInTools);
  const models = { model, url, environment: process.env };
  const types = given ?? builtInNodes({ allowFetch, models, tools, agents });
  return mergeNodeTypes([{ origin: 'the built-in types', types }, ...modules]);
}

async function exampleModules(): Promise<string[]> {
  const directory = join(packageRoot, 'examples', 'nodes');
  const files = await readdir(directory);
  return files
    .filter((file) => /\.m?js$/.test(file))
    .sort()
    .map((file) => join(directory, file));
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
