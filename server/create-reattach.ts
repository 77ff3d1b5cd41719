import { readdir } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { getRequestListener } from '@hono/node-server';
import type { Hono } from 'hono';
import type { GraphDescriptor } from '../shared/graph.ts';
import { createApp } from './app.ts';
import { systemClock } from './engine/clock.ts';
import { createEngine } from './engine/create-engine.ts';
import type { NodeTypes } from './engine/handler.ts';
import { checkGraph } from './engine/plan.ts';
import { messageOf } from './errors.ts';
import { createGate } from './gate.ts';
import { createGraphCatalog } from './graph-catalog.ts';
import {
  createGraphLibrary,
  createGraphShelf,
  runnableGraph,
  type GraphLibrary,
} from './graph-library.ts';
import { createLogger, type Logger } from './logger.ts';
import { mergeNodeTypes, mergeTools, type NodeModule } from './node-modules.ts';
import { AgentPool } from './nodes/agent/agent-pool.ts';
import { builtInNodes } from './nodes/built-in-nodes.ts';
import { builtInTools } from './nodes/model-tools.ts';
import { packageRoot, version } from './package-info.ts';
import type { ReattachOptions } from './reattach-options.ts';
import { loadClientAssets, type ClientAssets } from './routes/client-assets.ts';
import type { HostRuleOptions } from './routes/host-rule.ts';
import { StartError } from './start-error.ts';
import { openSqliteStore } from './store/sqlite-store.ts';
import { createStreams } from './stream/create-streams.ts';

/** A server without a port: what it answers, and the runs that it does. */
export interface Reattach {
  /** To be mounted in another Hono app: `other.all('/runs/*', mount(reattach.fetch))`. */
  readonly app: Hono;
  /** Answers a request. */
  readonly fetch: Hono['fetch'];
  /** The same for node:http and what is built on it: `createServer(reattach.listener)`. */
  readonly listener: (incoming: IncomingMessage, outgoing: ServerResponse) => Promise<void>;
  /** Continues what a stop or a kill interrupted; repeated calls wait for the first. */
  recover(): Promise<void>;
  /**
   * Takes other node types, and tools of node modules, in place of those that it was given: runs that
   * start from now on have them, and so have those that go on when they were at rest, as after a restart.
   * @throws StartError when they cannot be used together; nothing has changed then
   */
  useNodes(nodes: NonNullable<ReattachOptions['nodes']>): Promise<void>;
  /**
   * Ends open streams and running handlers and closes the store, if it was opened here, within a second.
   * The log is left as a kill would leave it. Requests are answered with 503 from then on. Repeated calls
   * wait for the first.
   */
  close(): Promise<void>;
}

/** What only our own server, tests and measurements set. */
export interface ReattachInternals {
  /**
   * Whether the process serves nothing else: the global `Request` and `Response` are then replaced by
   * faster ones.
   */
  readonly ownsProcess?: boolean;
  /** Instead of the store that every server has. */
  readonly openStore?: typeof openSqliteStore;
  /** Instead of the node types that every server has. */
  readonly nodeTypes?: NodeTypes;
  /** Where the panel was built. */
  readonly clientDirectory?: string;
}

/** Requests that are under way at the end have so long to end. */
export const GRACE_MS = 300;

const MEBIBYTE = 1024 * 1024;

/**
 * Wires the rooms together, on no port: for a server of one's own. Resolves when it answers and goes on
 * with what a stop or a kill interrupted.
 * @throws StartError or DatabaseUnusable, with a line for people; nothing is left open then
 */
export async function createReattach(
  options: ReattachOptions,
  internals: ReattachInternals = {},
): Promise<Reattach> {
  const { logger = createLogger('warn'), clock = systemClock, authorize, token = null } = options;
  const { maxBodyBytes = 32 * MEBIBYTE, maxEventBytes = 8 * MEBIBYTE, panel = true } = options;
  assertSize('maxBodyBytes', maxBodyBytes);
  assertSize('maxEventBytes', maxEventBytes);
  const assets = panel ? await panelAssets(internals.clientDirectory) : new Map<string, never>();
  const agents = new AgentPool({
    ...{ agents: options.agents ?? [], agentFs: options.agentFs ?? false, version, logger },
  });
  let nodeTypes = allNodeTypes(options, agents, internals.nodeTypes);
  const check = (graph: GraphDescriptor) =>
    checkGraph(graph, (type) => Object.hasOwn(nodeTypes, type));
  const library = await openLibrary(options.graphs, check, logger);

  const openStore = internals.openStore ?? openSqliteStore;
  const isOurs = typeof options.store === 'string';
  const now = () => clock.now() / 1000;
  const store =
    typeof options.store === 'string'
      ? await openStore({ file: options.store, logger, now })
      : options.store;
  const stopping = new AbortController();
  const engine = createEngine({
    ...{ store, nodeTypes, logger, maxEventBytes, clock },
    ...(options.retention === undefined ? {} : { retention: options.retention }),
    findGraph: async (graphId) => {
      const entry = await library.find(graphId);
      return entry === null ? null : runnableGraph(entry);
    },
  });
  const gate = createGate();
  const app = createApp({
    ...{ store, engine, logger, assets, token, authorize, maxBodyBytes, maxEventBytes },
    streams: createStreams({ store, logger, signal: stopping.signal }),
    catalog: createGraphCatalog(library, store),
    gate: gate.pass,
    hosts: hostsOf(options),
    allowOrigins: options.allowOrigins ?? [],
    allowFrames: options.allowFrames ?? [],
    basePath: options.basePath ?? '',
  });

  const recover = async () => {
    await engine.recover();
    gate.open();
  };
  const close = async () => {
    const answered = gate.close(GRACE_MS);
    stopping.abort();
    await engine.close();
    await Promise.all([agents.close(), answered]);
    if (isOurs) await store.close();
  };
  let recovering: Promise<void> | null = null;
  let closing: Promise<void> | null = null;
  const reattach: Reattach = {
    app,
    fetch: app.fetch,
    listener: getRequestListener(app.fetch, {
      // Of a request that names none; a proxy asks for the server's health so.
      hostname: 'unnamed.invalid',
      overrideGlobalObjects: internals.ownsProcess ?? false,
      errorHandler: () => Response.json(unreadable, { status: 400 }),
    }),
    recover: () => (recovering ??= recover()),
    useNodes: async (nodes) => {
      nodeTypes = allNodeTypes({ ...options, nodes }, agents, internals.nodeTypes);
      library.recheck();
      await engine.useNodeTypes(nodeTypes);
    },
    close: () => (closing ??= close()),
  };
  if (options.recover === false) return reattach;
  try {
    await reattach.recover();
  } catch (error) {
    await reattach.close();
    throw error;
  }
  return reattach;
}

/** @throws StartError */
function assertSize(option: string, bytes: number): void {
  if (Number.isSafeInteger(bytes) && bytes > 0) return;
  throw new StartError(
    `'${option}' has to be a whole number of bytes above 0, not ${String(bytes)}.`,
  );
}

/** The page and, for pages of others, the element. */
async function panelAssets(page = join(packageRoot, 'dist', 'client')): Promise<ClientAssets> {
  return new Map([
    ...(await loadClientAssets(page)),
    ...(await loadClientAssets(join(packageRoot, 'dist', 'panel'), '/panel')),
  ]);
}

const unreadable = { error: 'The request cannot be read.', code: 'malformed_request' };

/** The built-in types and those that were given, of which none may have the name of another. */
function allNodeTypes(
  options: ReattachOptions,
  agents: AgentPool,
  instead: NodeTypes | undefined,
): NodeTypes {
  const { nodes = {}, tools: ownTools = {}, allowFetch = [], model = null } = options;
  const modules: readonly NodeModule[] = isModules(nodes)
    ? [...nodes, { origin: 'the given tools', types: {}, tools: ownTools }]
    : [{ origin: 'the given nodes', types: nodes, tools: ownTools }];
  const tools = mergeTools(modules, builtInTools);
  const models = { model, url: options.modelUrl ?? null, environment: process.env };
  const types = instead ?? builtInNodes({ allowFetch, models, tools, agents });
  return mergeNodeTypes([{ origin: 'the built-in types', types }, ...modules]);
}

function isModules(nodes: NodeTypes | readonly NodeModule[]): nodes is readonly NodeModule[] {
  return Array.isArray(nodes);
}

async function openLibrary(
  graphs: ReattachOptions['graphs'],
  check: (graph: GraphDescriptor) => void,
  logger: Logger,
): Promise<GraphLibrary> {
  if (typeof graphs === 'string') {
    try {
      await readdir(graphs);
    } catch (error) {
      throw new StartError(`The graphs directory cannot be read: ${messageOf(error)}`, {
        cause: error,
      });
    }
    return createGraphLibrary({ directory: graphs, check, logger });
  }
  const shelf = createGraphShelf(graphs ?? {}, check);
  const broken = (await shelf.list()).find(({ error }) => error !== null);
  if (broken === undefined) return shelf;
  throw new StartError(`The graph '${broken.graphId}' cannot be run: ${String(broken.error)}`);
}

/** The hosts that requests may name; null for any. */
function hostsOf({ listening, allowHosts, authorize }: ReattachOptions): HostRuleOptions | null {
  if (listening !== undefined) return { ...listening, allowHosts: allowHosts ?? [] };
  if (allowHosts === undefined && authorize !== undefined) return null;
  return { host: 'localhost', port: () => null, allowHosts: allowHosts ?? [] };
}
