import { ownLink } from './own-link.ts';
import type { Timers } from './timers.ts';
import { WatchCursors } from './watch-cursors.ts';
import type { WatchFrame } from './watch-frame.ts';
import {
  wantsNothing,
  type ConnectionState,
  type OpenLink,
  type WatchBatch,
  type WatchLink,
} from './watch-link.ts';

export type { ConnectionState } from './watch-link.ts';

export interface WatchOptions {
  readonly fetch: typeof fetch;
  readonly timers: Timers;
  /** Between 0 and 1; spreads the reconnects of many panels. `Math.random` unless given. */
  readonly random?: () => number;
  /** The way to the connection; one of the page's own unless given. */
  readonly link?: OpenLink | undefined;
  /**
   * What arrived together, in order. Each entry and each event is given exactly once, whatever
   * happens to the connection, until a reset says that they come again. After a reset of the feed
   * nothing of it is given until it is watched anew.
   */
  readonly onFrames: (frames: readonly WatchFrame[]) => void;
  readonly onState: (state: ConnectionState) => void;
}

/** Watches a graph's list and a session for one page, over a connection that others may share. */
export class WatchStream {
  readonly #options: WatchOptions;
  readonly #cursors = new WatchCursors();
  readonly #link: WatchLink;
  /** Numbers the wants: what answers an earlier one is not for us any more. */
  #serial = 0;
  #announcing = false;

  constructor(options: WatchOptions) {
    this.#options = options;
    this.#link = (options.link ?? ownLink(options))({
      batch: (batch) => this.#take(batch),
      state: (state) => this.#told(state),
    });
  }

  /** Follows a graph's list from a revision of `storeId`; null to stop. */
  watchFeed(feed: { graphId: string; since: number; storeId: string } | null): void {
    if (feed === null && this.#cursors.want.feed === null) return;
    const frames = this.#cursors.watchFeed(feed);
    this.#announce();
    if (frames.length > 0) this.#options.onFrames(frames);
  }

  /** Follows a session from its start; null to stop. */
  watchSession(sessionId: string | null): void {
    if (sessionId === null && this.#cursors.want.session === null) return;
    this.#cursors.watchSession(sessionId);
    this.#announce();
  }

  /** Connects at once, if it was waiting to. */
  retryNow(): void {
    this.#link.retryNow();
  }

  close(): void {
    this.#cursors.watchFeed(null);
    this.#cursors.watchSession(null);
    this.#announce();
  }

  /** Says what is wanted once the caller is done changing it. */
  #announce(): void {
    this.#serial += 1;
    if (this.#announcing) return;
    this.#announcing = true;
    queueMicrotask(() => {
      this.#announcing = false;
      const { want } = this.#cursors;
      if (wantsNothing(want)) this.#options.onState({ phase: 'idle' });
      this.#link.want(want, this.#serial);
    });
  }

  #take(batch: WatchBatch): void {
    const size = batch.text.length;
    if (batch.serial !== this.#serial) {
      this.#link.ack(size, this.#cursors.want, this.#serial);
      return;
    }
    const { frames, gap } = this.#cursors.take(batch);
    const { want } = this.#cursors;
    const serial = this.#serial;
    if (frames.length > 0) this.#options.onFrames(frames);
    this.#link.ack(size, want, serial);
    if (gap) this.#link.gap();
    if (wantsNothing(want)) this.#options.onState({ phase: 'idle' });
  }

  #told(state: ConnectionState): void {
    if (wantsNothing(this.#cursors.want)) return;
    if (state.phase === 'waiting') this.#cursors.lost();
    this.#options.onState(state);
  }
}
