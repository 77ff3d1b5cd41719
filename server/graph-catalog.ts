import type { GraphListing } from '../shared/api.ts';
import { outlineOf, type GraphDescriptor } from '../shared/graph.ts';
import { AppError } from './errors.ts';
import { runnableGraph, type GraphLibrary, type LibraryEntry } from './graph-library.ts';
import type { Store } from './store/store.ts';

/** The graphs that can be run here, together with those that have sessions here. */
export interface GraphCatalog {
  /** In the order of the ids: first what the server offers, then what only has sessions. */
  list(): Promise<GraphListing[]>;
  /**
   * The descriptor of one graph: its file's or, when there is none that can be run, the one that its
   * newest session was started with.
   * @throws AppError graph_not_found, or invalid_graph when there is but a file that cannot be run
   */
  describe(graphId: string): Promise<GraphDescriptor>;
}

type Description = Pick<GraphListing, 'title' | 'description' | 'graph'>;

/** How many descriptions of graphs that have no file are kept. */
const MAX_REMEMBERED = 1000;

export function createGraphCatalog(library: GraphLibrary, store: Store): GraphCatalog {
  /** By session: what a session was started with never changes. */
  const remembered = new Map<string, Description>();

  const describeNewest = async (graphId: string): Promise<Description> => {
    const sessionId = await store.newestOf(graphId);
    if (sessionId === null) return {};
    const known = remembered.get(sessionId);
    if (known !== undefined) return known;
    const record = await store.record(sessionId);
    if (record === null) return {};
    const description = descriptionOf(record.graph);
    if (remembered.size >= MAX_REMEMBERED) remembered.clear();
    remembered.set(sessionId, description);
    return description;
  };

  return {
    async list() {
      const [entries, counts] = await Promise.all([library.list(), store.graphCounts()]);
      const offered = new Set(entries.map(({ graphId }) => graphId));
      const others = [...counts.keys()].filter((graphId) => !offered.has(graphId)).sort();
      return [
        ...entries.map((entry) => ({
          ...listingOf(entry),
          counts: counts.get(entry.graphId) ?? {},
        })),
        ...(await Promise.all(
          others.map(async (graphId) => ({
            graphId,
            ...(await describeNewest(graphId)),
            offered: false,
            counts: counts.get(graphId) ?? {},
          })),
        )),
      ];
    },
    async describe(graphId) {
      const entry = await library.find(graphId);
      if (entry?.graph != null) return entry.graph;
      const newest = await store.newestOf(graphId);
      const record = newest === null ? null : await store.record(newest);
      if (record !== null) return record.graph;
      if (entry !== null) return runnableGraph(entry);
      throw new AppError('graph_not_found', `There is no graph '${graphId}'.`);
    },
  };
}

function listingOf(entry: LibraryEntry): Omit<GraphListing, 'counts'> {
  const { graphId } = entry;
  return entry.graph === null
    ? { graphId, offered: false, error: entry.error }
    : { graphId, ...descriptionOf(entry.graph), offered: true };
}

function descriptionOf(graph: GraphDescriptor): Description {
  const { title, description } = graph;
  return {
    ...(title === undefined ? {} : { title }),
    ...(description === undefined ? {} : { description }),
    graph: outlineOf(graph),
  };
}
