import type { BigIntStats } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { graphDescriptor, type GraphDescriptor, type GraphSource } from '../shared/graph.ts';
import { AppError, messageOf } from './errors.ts';
import { complaintOf } from './issue-message.ts';
import type { Logger } from './logger.ts';

/** A file of the graphs directory, or a member of an object: a graph that can be run, or why it cannot. */
export type LibraryEntry =
  | { readonly graphId: string; readonly graph: GraphDescriptor; readonly error: null }
  | { readonly graphId: string; readonly graph: null; readonly error: string };

/** The graphs that the server offers by their ids. */
export interface GraphLibrary {
  /** What the directory holds now, in the order of the ids. */
  list(): Promise<LibraryEntry[]>;
  /** The file of this id as it is now; null when there is none. */
  find(graphId: string): Promise<LibraryEntry | null>;
  /** Checks each graph again when it is next asked for: what they are checked against has changed. */
  recheck(): void;
}

export interface GraphLibraryOptions {
  directory: string;
  /** Throws when a graph cannot be run, with the reason as its message. */
  check?: (graph: GraphDescriptor) => void;
  logger?: Logger;
}

const EXTENSION = '.json';

/** Graphs beyond this size are not read, in bytes. */
const MAX_FILE_BYTES = 32 * 1024 * 1024;

/**
 * Offers each `*.json` file of a directory as the graph of the file's name. Files are read when asked
 * for and again when they have changed, so that an edited, added or removed file counts at once. A
 * file that is no graph is an entry with its error.
 */
export function createGraphLibrary({
  directory,
  check,
  logger,
}: GraphLibraryOptions): GraphLibrary {
  const cache = new Map<string, { stamp: string; entry: LibraryEntry }>();
  let checks = 0;

  const names = async () => {
    try {
      const files = await readdir(directory);
      return files.filter((file) => file.endsWith(EXTENSION) && file !== EXTENSION).sort();
    } catch (error) {
      logger?.warn({ directory, err: error }, 'graphs.directory_unreadable');
      return [];
    }
  };

  const load = async (file: string): Promise<LibraryEntry | null> => {
    const path = join(directory, file);
    let stamp: string | null = null;
    let entry: LibraryEntry;
    try {
      // Stamped before it is read: a change in between makes the next look read again.
      const stats = await stat(path, { bigint: true });
      if (!stats.isFile()) return null;
      stamp = `${checks}:${stampOf(stats)}`;
      const cached = cache.get(file);
      if (cached?.stamp === stamp) return cached.entry;
      if (stats.size > BigInt(MAX_FILE_BYTES)) throw new Error('it is larger than 32 MiB');
      entry = parseGraphFile(file, await readFile(path, 'utf8'), check);
    } catch (error) {
      if (isMissing(error)) return null;
      entry = { graphId: idOf(file), graph: null, error: `${file}: ${messageOf(error)}` };
    }
    if (stamp !== null) cache.set(file, { stamp, entry });
    if (entry.error !== null)
      logger?.warn({ graphId: entry.graphId, error: entry.error }, 'graphs.file_invalid');
    return entry;
  };

  return {
    async list() {
      const files = await names();
      for (const file of cache.keys()) if (!files.includes(file)) cache.delete(file);
      const entries = await Promise.all(files.map(load));
      return entries.filter((entry) => entry !== null);
    },
    async find(graphId) {
      // The id is compared with names and never made into a path: none leads out of the directory.
      const file = (await names()).find((name) => idOf(name) === graphId);
      return file === undefined ? null : load(file);
    },
    recheck() {
      checks += 1;
    },
  };
}

/**
 * Offers the graphs of an object by its keys. It is looked at each time, so that what is added, replaced
 * or removed counts at once, as in a directory; a graph is not to be changed in place.
 */
export function createGraphShelf(
  graphs: Readonly<Record<string, GraphSource>>,
  check: (graph: GraphDescriptor) => void,
): GraphLibrary {
  let cache = new WeakMap<object, LibraryEntry>();

  const load = (graphId: string, given: GraphSource): LibraryEntry => {
    const cached = cache.get(given);
    if (cached?.graphId === graphId) return cached;
    let entry: LibraryEntry;
    try {
      entry = { graphId, graph: parseGraph(given, check), error: null };
    } catch (error) {
      entry = { graphId, graph: null, error: messageOf(error) };
    }
    cache.set(given, entry);
    return entry;
  };

  return {
    list: () =>
      Promise.resolve(
        Object.entries(graphs)
          .sort(([a], [b]) => (a < b ? -1 : 1))
          .map(([graphId, graph]) => load(graphId, graph)),
      ),
    find(graphId) {
      const graph = Object.hasOwn(graphs, graphId) ? graphs[graphId] : undefined;
      return Promise.resolve(graph === undefined ? null : load(graphId, graph));
    },
    recheck() {
      cache = new WeakMap();
    },
  };
}

/**
 * The graph of an entry.
 * @throws AppError invalid_graph when its file cannot be run
 */
export function runnableGraph(entry: LibraryEntry): GraphDescriptor {
  if (entry.graph !== null) return entry.graph;
  throw new AppError(
    'invalid_graph',
    `The graph '${entry.graphId}' cannot be run. ${entry.error}`,
    {
      details: { graphId: entry.graphId },
    },
  );
}

function parseGraphFile(
  file: string,
  text: string,
  check: GraphLibraryOptions['check'],
): LibraryEntry {
  const value: unknown = JSON.parse(text.replace(/^\uFEFF/, ''));
  return { graphId: idOf(file), graph: parseGraph(value, check), error: null };
}

function parseGraph(value: unknown, check: GraphLibraryOptions['check']): GraphDescriptor {
  const parsed = graphDescriptor.safeParse(value);
  if (!parsed.success) throw new Error(complaintOf(parsed.error, value, 'The graph').message);
  check?.(parsed.data);
  return parsed.data;
}

const idOf = (file: string) => basename(file, EXTENSION);

const stampOf = ({ mtimeNs, ctimeNs, size, ino }: BigIntStats) =>
  [mtimeNs, ctimeNs, size, ino].join(':');

const isMissing = (error: unknown) =>
  error instanceof Error && 'code' in error && error.code === 'ENOENT';
