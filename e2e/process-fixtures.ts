import { cp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PanelPage, ReattachApi } from 'reattach/playwright';
import type { GraphDescriptor } from '../shared/graph.ts';
import { baseTest } from './base-test.ts';
import { EXAMPLES } from './fixtures.ts';
import { ServerProcess } from './server-process.ts';

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));

/** The graphs that the test's server offers. */
export interface GraphFiles {
  readonly directory: string;
  /** Writes `ID.json`, which the running server then offers under that id, or any other content. */
  write(graphId: string, graph: GraphDescriptor | string): Promise<void>;
}

/** What a file of tests may set by `test.use({…})`. */
export interface ProcessOptions {
  /** Flags of the server besides its port, file, graphs and nodes. */
  serverFlags: string[];
  /** False: the test starts `server` itself. */
  startServer: boolean;
}

export interface ProcessFixtures {
  graphFiles: GraphFiles;
  /** A server process of the test's own, on a file of its own. */
  server: ServerProcess;
}

/** The project's test with one real server process a test: what can be killed, and given flags. */
export const test = baseTest.extend<ProcessOptions & ProcessFixtures>({
  serverFlags: [[], { option: true }],
  startServer: [true, { option: true }],

  graphFiles: async ({ directory, extraGraphs }, use) => {
    const graphs: GraphFiles = {
      directory: join(directory, 'graphs'),
      write: (graphId, graph) =>
        writeFile(
          join(directory, 'graphs', `${graphId}.json`),
          typeof graph === 'string' ? graph : JSON.stringify(graph),
        ),
    };
    await cp(EXAMPLES, graphs.directory, { recursive: true });
    for (const [graphId, graph] of Object.entries(extraGraphs)) await graphs.write(graphId, graph);
    await use(graphs);
  },

  server: async ({ directory, graphFiles, latches, serverFlags, startServer }, use, info) => {
    const server = new ServerProcess({
      db: join(directory, 'reattach.db'),
      graphs: graphFiles.directory,
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

  api: async ({ server }, use) => use(new ReattachApi(() => server.origin)),

  panel: async ({ page }, use) => use(new PanelPage(page)),

  // `page.goto('/')` goes to the test's own server; the port stays when the server is restarted.
  baseURL: async ({ server, startServer }, use) => use(startServer ? server.origin : undefined),
});

export { expect } from 'reattach/playwright';
