import { expect, test as base, type ConsoleMessage } from '@playwright/test';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { API_PREFIX } from '../shared/api.ts';
import type { GraphDescriptor } from '../shared/graph.ts';
import type { Json } from '../shared/json.ts';
import { Api } from './api.ts';
import { Latches } from './latches.ts';
import { PanelPage } from './panel-page.ts';
import { ServerProcess } from './server-process.ts';

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));

/** The graphs that the test's server offers. */
export interface Graphs {
  readonly directory: string;
  /** Writes `ID.json`, which the running server then offers under that id, or any other content. */
  write(graphId: string, graph: GraphDescriptor | string): Promise<void>;
}

/** What a file of tests may set by `test.use({…})`. */
export interface Options {
  /** Flags of the server besides its port, file, graphs and nodes. */
  serverFlags: string[];
  /** Graphs to offer beside the examples, by id. */
  extraGraphs: Record<string, GraphDescriptor>;
  /** False: the test starts `server` itself. */
  startServer: boolean;
}

export interface Fixtures {
  /** A directory of the test's own, removed after it. */
  directory: string;
  graphs: Graphs;
  /** Lets the steps of `nodes/latch.mjs` go on. */
  latches: Latches;
  /** A server process of the test's own, on a file of its own. */
  server: ServerProcess;
  /** Calls to that server, wherever it listens. */
  api: Api;
  /** The panel in `page`. */
  panel: PanelPage;
}

/**
 * Playwright's test with one real server process a test, and `page` addressed relative to it. A test
 * in whose pages anything is thrown, or complained of on the console, fails.
 */
export const test = base.extend<Options & Fixtures>({
  serverFlags: [[], { option: true }],
  extraGraphs: [{}, { option: true }],
  startServer: [true, { option: true }],

  directory: async ({}, use) => {
    const directory = await mkdtemp(join(tmpdir(), 'reattach-e2e-'));
    await use(directory);
    await rm(directory, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  },

  graphs: async ({ directory, extraGraphs }, use) => {
    const graphs: Graphs = {
      directory: join(directory, 'graphs'),
      write: (graphId, graph) =>
        writeFile(
          join(directory, 'graphs', `${graphId}.json`),
          typeof graph === 'string' ? graph : JSON.stringify(graph),
        ),
    };
    await cp(path('../examples/graphs'), graphs.directory, { recursive: true });
    for (const [graphId, graph] of Object.entries(extraGraphs)) await graphs.write(graphId, graph);
    await use(graphs);
  },

  latches: async ({ directory }, use) => {
    await mkdir(join(directory, 'latches'));
    await use(new Latches(join(directory, 'latches')));
  },

  server: async ({ directory, graphs, latches, serverFlags, startServer }, use, info) => {
    const server = new ServerProcess({
      db: join(directory, 'reattach.db'),
      graphs: graphs.directory,
      nodes: [path('nodes/latch.mjs'), path('../examples/nodes/reading-list.mjs')],
      flags: serverFlags,
      env: { REATTACH_LATCHES: latches.directory },
    });
    if (startServer) await server.start();
    await use(server);
    await server.kill();
    if (info.status !== info.expectedStatus) {
      await info.attach('server', { body: server.output, contentType: 'text/plain' });
    }
  },

  api: async ({ server }, use) => {
    await use(new Api(() => server.origin));
  },

  panel: async ({ page }, use) => {
    await use(new PanelPage(page));
  },

  context: async ({ context }, use) => {
    const complaints: string[] = [];
    context.on('weberror', (error) => complaints.push(String(error.error())));
    context.on('console', (message) => {
      const isComplaint = message.type() === 'error' || message.type() === 'warning';
      if (isComplaint && !isRefusedCall(message)) complaints.push(message.text());
    });
    await use(context);
    expect(complaints, 'what pages complained of').toEqual([]);
  },

  // `page.goto('/')` goes to the test's own server; the port stays when the server is restarted.
  baseURL: async ({ server, startServer }, use) => {
    await use(startServer ? server.origin : undefined);
  },
});

export { expect } from '@playwright/test';

/** Whether the browser itself tells of a call that failed: calls may, and a killed server gives nothing. */
function isRefusedCall(message: ConsoleMessage): boolean {
  const { url } = message.location();
  const text = message.text();
  if (text.startsWith('Failed to load resource: net::')) return true;
  return (
    text.startsWith('Failed to load resource:') &&
    URL.canParse(url) &&
    new URL(url).pathname.startsWith(API_PREFIX)
  );
}

/**
 * A graph of the nodes `{id: [type, configuration]}`, with edges written `from -> to`, a port behind
 * a dot where it is not the default: `form.name -> greeting.name`.
 */
export function graphOf(
  title: string,
  nodes: Record<string, readonly [type: string, configuration?: Record<string, Json>]>,
  edges: readonly string[] = [],
): GraphDescriptor {
  return {
    title,
    nodes: Object.entries(nodes).map(([id, [type, configuration]]) => ({
      id,
      type,
      ...(configuration === undefined ? {} : { configuration }),
      metadata: { title: id },
    })),
    edges: edges.map((edge) => {
      const [[from = '', out] = [], [to = '', into] = []] = edge
        .split(' -> ')
        .map((end) => end.split('.'));
      return {
        ...{ from, to },
        ...(out === undefined ? {} : { out }),
        ...(into === undefined ? {} : { in: into }),
      };
    }),
  };
}
