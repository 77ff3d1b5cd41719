import { test as base } from '@playwright/test';
import type { GraphSource } from '../shared/graph.ts';
import type { NodeTypes } from '../server/engine/handler.ts';
import type { HandClock } from './hand-clock.ts';
import { PanelPage } from './panel-page.ts';
import type { ReattachApi } from './reattach-api.ts';
import { Sessions } from './sessions.ts';
import { TestServer, type TestServerOptions } from './test-server.ts';
import { WorkerServer } from './worker-server.ts';

/** What a file, a group or a project may set by `use`. */
export interface ReattachTestOptions {
  /** Node types beside the built-in ones: handlers by type. */
  nodes: NodeTypes;
  /** The graphs that are offered: by id, or a directory of `*.json` files. */
  graphs: string | Readonly<Record<string, GraphSource>>;
  /** Anything else that `createReattach` takes. */
  serverOptions: TestServerOptions;
}

/** What a test asks for by name. */
export interface ReattachFixtures {
  /** The test's own server. */
  reattach: TestServer;
  /** Calls to it. */
  api: ReattachApi;
  /** Puts sessions into it. */
  sessions: Sessions;
  /** The panel of it, in `page`. */
  panel: PanelPage;
  /** Its clock, which stands still from the start of a test that asks for it. */
  clock: HandClock;
}

export interface ReattachWorkerFixtures {
  /** The port that the worker's tests share, one after the other. */
  reattachPort: WorkerServer;
}

/**
 * Playwright's test with a Reattach server. A worker listens once; behind its port each test has a
 * server of its own, with its own store in memory, so that no test sees the sessions of another.
 */
export const test = base.extend<ReattachTestOptions & ReattachFixtures, ReattachWorkerFixtures>({
  nodes: [{}, { option: true }],
  graphs: [{}, { option: true }],
  serverOptions: [{}, { option: true }],

  reattachPort: [
    async ({}, use) => {
      const port = await WorkerServer.listen();
      await use(port);
      await port.close();
    },
    { scope: 'worker' },
  ],

  reattach: async ({ reattachPort, nodes, graphs, serverOptions }, use, info) => {
    const server = await TestServer.open(reattachPort, { nodes, graphs, ...serverOptions });
    await use(server);
    await server.close();
    if (info.status !== info.expectedStatus && server.log.length > 0) {
      const lines = server.log.map((line) => JSON.stringify(line)).join('\n');
      await info.attach('reattach.log', { body: lines, contentType: 'text/plain' });
    }
  },

  // None of these stands on another: a suite that has an `api` of its own keeps it, and loses nothing.
  api: async ({ reattach }, use) => use(reattach.api),

  sessions: async ({ reattach }, use) =>
    use(new Sessions(reattach.api, () => reattach.clock.now() / 1000)),

  panel: async ({ page, reattach }, use) => use(new PanelPage(page, reattach.origin)),

  clock: async ({ reattach }, use) => {
    reattach.clock.stop();
    await use(reattach.clock);
  },
});

export { expect } from '@playwright/test';
export { HandClock } from './hand-clock.ts';
export { PanelPage } from './panel-page.ts';
export { isCall, ReattachApi, type Answer } from './reattach-api.ts';
export type { PromptKind } from './ready-sessions.ts';
export { SessionLog, type SessionRecord } from './session-log.ts';
export { Sessions, type PutOptions, type PutSession, type WriteOptions } from './sessions.ts';
export { TestServer, type LogLine, type TestServerOptions } from './test-server.ts';
export type { WorkerServer } from './worker-server.ts';
