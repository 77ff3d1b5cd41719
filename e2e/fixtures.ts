import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TestServer } from 'reattach/playwright';
import readingList from '../examples/nodes/reading-list.mjs';
import type { GraphDescriptor } from '../shared/graph.ts';
import { baseTest } from './base-test.ts';
import { latchNodes, latchTools } from './nodes/latch.mjs';

/**
 * The project's test over the server that everybody's tests have (`reattach/playwright`), with the
 * example graphs, the node types of `nodes/` and `page` addressed relative to it. What needs a process,
 * to kill it or to give it flags, has `process-fixtures.ts`.
 */
export const test = baseTest.extend<{ server: TestServer }>({
  graphs: async ({ extraGraphs }, use) => use({ ...(await exampleGraphs()), ...extraGraphs }),

  nodes: async ({ latches }, use) => use({ ...latchNodes(latches.directory), ...readingList }),

  serverOptions: async ({ latches }, use) => use({ tools: latchTools(latches.directory) }),

  server: async ({ reattach }, use) => use(reattach),

  baseURL: async ({ reattach }, use) => use(reattach.origin),
});

export { expect } from 'reattach/playwright';

/** The directory of the example graphs. */
export const EXAMPLES = fileURLToPath(new URL('../examples/graphs', import.meta.url));

let examples: Promise<Record<string, GraphDescriptor>> | null = null;

/** The example graphs by id; read once a worker. */
function exampleGraphs(): Promise<Record<string, GraphDescriptor>> {
  return (examples ??= readExamples());
}

async function readExamples(): Promise<Record<string, GraphDescriptor>> {
  const files = (await readdir(EXAMPLES)).filter((file) => file.endsWith('.json'));
  const graphs = files.map(async (file) => {
    const text = await readFile(join(EXAMPLES, file), 'utf8');
    return [basename(file, '.json'), JSON.parse(text) as GraphDescriptor] as const;
  });
  return Object.fromEntries(await Promise.all(graphs));
}
