import { setImmediate as nextTurn } from 'node:timers/promises';
import type Database from 'better-sqlite3';
import type { StoreLogger } from './store-logger.ts';
import type { Tables } from './tables.ts';

/** One slice ends after so many milliseconds, or so many events, whichever comes first. */
const SLICE_MS = 5;
const SLICE_EVENTS = 2000;

/** Events deleted between two looks at the clock: a few, since one may be megabytes. */
const STEP_EVENTS = 50;

/** Removes what deletions leave behind, a slice at a time with the event loop's turns in between. */
export class Purger {
  readonly #db: Database.Database;
  readonly #tables: Tables;
  readonly #keepTombstones: number;
  readonly #logger: StoreLogger | undefined;
  #running = false;
  #stopped = false;

  constructor(
    db: Database.Database,
    tables: Tables,
    options: { readonly keepTombstones: number; readonly logger: StoreLogger | undefined },
  ) {
    this.#db = db;
    this.#tables = tables;
    this.#keepTombstones = options.keepTombstones;
    this.#logger = options.logger;
  }

  /** Purges in the background until nothing is left. To be called at open and after a deletion. */
  wake(): void {
    if (this.#running || this.#stopped) return;
    this.#running = true;
    void this.#run();
  }

  /** Nothing is purged afterwards; the next open goes on with it. */
  stop(): void {
    this.#stopped = true;
  }

  async #run(): Promise<void> {
    try {
      const slice = this.#db.transaction(() => this.#slice());
      await nextTurn();
      while (!this.#stopped && slice.immediate()) await nextTurn();
      this.#logger?.debug({}, 'store.purge_finished');
    } catch (error) {
      // The next deletion or the next open tries again; nobody waits for it.
      this.#logger?.error({ err: error }, 'store.purge_failed');
    } finally {
      this.#running = false;
    }
  }

  /** Returns whether there may be more. */
  #slice(): boolean {
    const { events, meta, purges, tombstones } = this.#tables;
    const dropped = tombstones.prune(this.#keepTombstones);
    if (dropped !== undefined) meta.setTombstonesFrom(dropped);
    const end = performance.now() + SLICE_MS;
    for (let count = 0; count < SLICE_EVENTS && performance.now() < end; count += STEP_EVENTS) {
      const sid = purges.first();
      if (sid === undefined) return false;
      if (!events.deleteSome(sid, STEP_EVENTS)) purges.remove(sid);
    }
    return true;
  }
}
