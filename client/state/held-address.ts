import { placeOf, queryOf, type Navigation, type Place } from './address.ts';
import { filterOf } from './list-filter.ts';

/** Where the panel is. */
export interface Whereabouts extends Place {
  /** The list's filter as the query of an address says it, without a question mark. */
  readonly filter: string;
}

export interface HeldAddressOptions {
  /** Of the panel's own page, with a slash at its end. */
  readonly base: string;
  /** The panel went elsewhere. `replaces`: it corrected where it was, and there is no way back. */
  readonly onGo: (to: Whereabouts, replaces: boolean) => void;
}

/** The address of a panel that has no address bar: whoever holds it is told, and may set it. */
export class HeldAddress implements Navigation {
  readonly #options: HeldAddressOptions;
  #query: string;
  #listener: () => void = () => undefined;
  #closed = false;

  constructor(at: Whereabouts, options: HeldAddressOptions) {
    this.#options = options;
    this.#query = queryAt(at);
  }

  query(): string {
    return this.#query;
  }

  push(query: string): void {
    this.#go(query, false);
  }

  replace(query: string): void {
    this.#go(query, true);
  }

  href(query: string): string {
    return this.#options.base + query;
  }

  onMove(listener: () => void): () => void {
    this.#listener = listener;
    return () => (this.#listener = () => undefined);
  }

  /** Whoever holds it says where to be. */
  set(at: Whereabouts): void {
    const query = queryAt(at);
    if (query === this.#query) return;
    this.#query = query;
    this.#listener();
  }

  /** Tells nothing more: what the panel still does when it ends concerns nobody. */
  close(): void {
    this.#closed = true;
  }

  #go(query: string, replaces: boolean): void {
    this.#query = query;
    if (!this.#closed) this.#options.onGo(whereaboutsOf(query), replaces);
  }
}

/** What the query of an address says. */
export function whereaboutsOf(query: string): Whereabouts {
  const parameters = new URLSearchParams(query);
  parameters.delete('graph');
  parameters.delete('session');
  return { ...placeOf(query), filter: String(parameters) };
}

/** The query of an address there, with its question mark. */
export function queryAt({ filter, ...place }: Whereabouts): string {
  return queryOf(place, filterOf(filter));
}
