import { stat } from 'node:fs/promises';
import type { ServerOptions } from './options.ts';

/** What is served, as it is told to people. */
export interface ServedFolder {
  /** A directory; null for the examples. */
  readonly graphs: string | null;
  /** Files and directories. */
  readonly nodes: readonly string[];
  /** A line. */
  readonly notice: string;
}

/**
 * What the command line asks for or, where it is silent, what the working directory has: its `graphs/`
 * and its `nodes/`. Without `graphs/` there are the examples.
 */
export async function servedFolder(
  given: Pick<ServerOptions, 'graphs' | 'nodes'>,
): Promise<ServedFolder> {
  const graphs = given.graphs ?? ((await isDirectory('graphs')) ? 'graphs' : null);
  const ownNodes = (await isDirectory('nodes')) ? ['nodes'] : [];
  const nodes = given.nodes.length > 0 ? given.nodes : ownNodes;
  const having = nodes.length === 0 ? '' : ` with the node types of ${nodes.join(', ')}`;
  const notice =
    graphs === null
      ? `There is no graphs/ in this folder: the examples are offered${having}.`
      : `The graphs of ${graphs} are offered${having}.`;
  return { graphs, nodes, notice };
}

async function isDirectory(path: string): Promise<boolean> {
  const stats = await stat(path).catch(() => null);
  return stats?.isDirectory() ?? false;
}
