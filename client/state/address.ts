import { filterParameters, NO_FILTER, type ListFilter } from './list-filter.ts';

/** What the page shows, as its address says it. */
export interface Place {
  readonly graphId: string | null;
  readonly sessionId: string | null;
}

/** The address and its history, whoever keeps them; a test keeps its own. */
export interface Navigation {
  /** The query of the current address, with or without its question mark. */
  query(): string;
  push(query: string): void;
  replace(query: string): void;
  /** Where a link to such an address leads. */
  href(query: string): string;
  /** Calls `listener` when the address is changed from outside. Returns the end of it. */
  onMove(listener: () => void): () => void;
}

export function placeOf(query: string): Place {
  const parameters = new URLSearchParams(query);
  return {
    graphId: parameters.get('graph') || null,
    sessionId: parameters.get('session') || null,
  };
}

/** The query of an address that shows `place`, its list filtered, with its question mark. */
export function queryOf({ graphId, sessionId }: Place, filter: ListFilter = NO_FILTER): string {
  const parameters = new URLSearchParams();
  if (graphId !== null) parameters.set('graph', graphId);
  if (sessionId !== null) parameters.set('session', sessionId);
  for (const [name, value] of filterParameters(filter)) parameters.set(name, value);
  return `?${parameters}`;
}
