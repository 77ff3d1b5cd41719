import type { FeedFrame } from '../api/watch-frame.ts';

/** Something that reads a first page of sessions by itself and then lives on the feed. */
export interface FeedReader {
  /** A reader reads its first page again when it is told of a reset. */
  apply(frame: FeedFrame): void;
}

export interface SessionFeedOptions {
  /** Follows the feed of all graphs; null to stop. */
  readonly watch: (feed: { graphId: ''; since: number; storeId: string } | null) => void;
  /** Every reader's first page has come or failed. */
  readonly onSettled: () => void;
}

interface Page {
  readonly revision: number;
  readonly storeId: string;
}

/**
 * One feed for all who need one: it begins where the earliest of their first pages ends, once all of
 * them have come or failed, and stops when nobody is left. A reader that comes later needs nothing
 * more: whatever its page does not have yet arrives after it asked.
 */
export class SessionFeed {
  readonly #options: SessionFeedOptions;
  /** Each reader's first page; `null` while it is on its way, `failed` when it did not come. */
  readonly #readers = new Map<FeedReader, Page | 'failed' | null>();
  /** The store whose feed is followed. */
  #storeId: string | null = null;
  /** The store that the page which came last is of. */
  #newest: string | null = null;

  constructor(options: SessionFeedOptions) {
    this.#options = options;
  }

  /** Whether no first page is on its way. */
  get settled(): boolean {
    return [...this.#readers.values()].every((page) => page !== null);
  }

  add(reader: FeedReader): void {
    this.#readers.set(reader, null);
  }

  remove(reader: FeedReader): void {
    if (!this.#readers.delete(reader)) return;
    if (this.#readers.size > 0) {
      this.#settle();
      return;
    }
    this.#storeId = null;
    this.#options.watch(null);
    this.#options.onSettled();
  }

  /** A reader's first page is there. */
  loaded(reader: FeedReader, revision: number, storeId: string): void {
    if (!this.#readers.has(reader)) return;
    this.#readers.set(reader, { revision, storeId });
    this.#newest = storeId;
    this.#settle();
  }

  /** A reader's first page did not come. */
  failed(reader: FeedReader): void {
    if (this.#readers.get(reader) !== null) return;
    this.#readers.set(reader, 'failed');
    this.#settle();
  }

  apply(frame: FeedFrame): void {
    if (frame.kind === 'feedReset') {
      this.#storeId = null;
      for (const reader of this.#readers.keys()) this.#readers.set(reader, null);
    }
    for (const reader of this.#readers.keys()) reader.apply(frame);
  }

  #settle(): void {
    if (!this.settled) return;
    const pages = [...this.#readers].filter(
      (entry): entry is [FeedReader, Page] => entry[1] !== null && entry[1] !== 'failed',
    );
    const storeId = this.#newest;
    if (storeId !== null && storeId !== this.#storeId && pages.length > 0) {
      const stale = pages.filter(([, page]) => page.storeId !== storeId);
      for (const [reader] of stale) {
        this.#readers.set(reader, null);
        reader.apply({ kind: 'feedReset', reason: 'store_changed' });
      }
      if (stale.length > 0) return;
      this.#storeId = storeId;
      const since = Math.min(...pages.map(([, { revision }]) => revision));
      this.#options.watch({ graphId: '', since, storeId });
    }
    this.#options.onSettled();
  }
}
