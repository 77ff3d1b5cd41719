import { ownLink } from './own-link.ts';
import type { ServerFetch } from './server-access.ts';
import { Slices } from './slices.ts';
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
  readonly fetch: ServerFetch;
  readonly timers: Timers;
  /** Between 0 and 1; spreads the reconnects of many panels. `Math.random` unless given. */
  readonly random?: () => number;
  /** The way to the connection; one of the page's own unless given. */
  readonly link?: OpenLink | undefined;
  /** Runs something in a task of its own, soon; at the end of this one unless given. */
  readonly later?: ((run: () => void) => void) | undefined;
  /**
   * What arrived together, in order. Each entry and each event is given exactly once, whatever
   * happens to the connection, until a reset says that they come again. After a reset of the feed
   * nothing of it is given until it is watched anew.
   */
  readonly onFrames: (frames: readonly WatchFrame[]) => void;
  readonly onState: (state: ConnectionState) => void;
}

/** A message that waits to be read. */
interface Message {
  readonly batch: WatchBatch;
  readonly event: string;
  readonly data: string;
  readonly isLast: boolean;
}

/**
 * Watches a graph's list and a session for one page, over a connection that others may share. What
 * arrives is read bit by bit, so that the page never stops for it, and acknowledged when it was read,
 * so that no more of it waits than the link sends ahead.
 */
export class WatchStream {
  readonly #options: WatchOptions;
  readonly #cursors = new WatchCursors();
  readonly #link: WatchLink;
  readonly #messages: Slices<Message>;
  /** Numbers the wants: what answers an earlier one is not for us any more. */
  #serial = 0;
  #announcing = false;
  #closed = false;

  constructor(options: WatchOptions) {
    this.#options = options;
    this.#messages = new Slices({
      later: options.later ?? queueMicrotask,
      now: () => performance.now(),
      work: (messages) => this.#read(messages),
    });
    this.#link = (options.link ?? ownLink(options))({
      batch: (batch) => this.#messages.push(messagesOf(batch)),
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

  /** Watches nothing any more; what is on its way is not for us. */
  close(): void {
    this.#cursors.watchFeed(null);
    this.#cursors.watchSession(null);
    this.#serial += 1;
    this.#closed = true;
    this.#messages.clear();
    this.#link.close();
  }

  /** Says what is wanted once the caller is done changing it. */
  #announce(): void {
    this.#serial += 1;
    if (this.#announcing) return;
    this.#announcing = true;
    queueMicrotask(() => {
      this.#announcing = false;
      if (this.#closed) return;
      const { want } = this.#cursors;
      if (wantsNothing(want)) this.#options.onState({ phase: 'idle' });
      this.#link.want(want, this.#serial);
    });
  }

  #read(messages: readonly Message[]): void {
    const frames: WatchFrame[] = [];
    const done: WatchBatch[] = [];
    let gap = false;
    for (const { batch, event, data, isLast } of messages) {
      // What answers an earlier want is not for us any more.
      gap ||=
        batch.serial === this.#serial && !this.#cursors.take(event, data, batch.asked, frames);
      if (isLast) done.push(batch);
    }
    if (frames.length > 0) this.#options.onFrames(frames);
    for (const batch of done) this.#acknowledge(batch);
    if (gap) this.#skip();
    if (wantsNothing(this.#cursors.want)) this.#options.onState({ phase: 'idle' });
  }

  #acknowledge({ text }: WatchBatch): void {
    this.#link.ack(text.length, this.#cursors.want, this.#serial);
  }

  /** Something is missing: what waits behind it will come again, over another connection. */
  #skip(): void {
    for (const { batch, isLast } of this.#messages.clear()) if (isLast) this.#acknowledge(batch);
    this.#link.gap();
  }

  #told(state: ConnectionState): void {
    if (wantsNothing(this.#cursors.want)) return;
    if (state.phase === 'waiting') this.#cursors.lost();
    this.#options.onState(state);
  }
}

function messagesOf(batch: WatchBatch): Message[] {
  const lines = batch.text.split('\n');
  const messages: Message[] = [];
  for (let at = 0; at + 1 < lines.length; at += 2) {
    const isLast = at + 3 >= lines.length;
    messages.push({ batch, event: lines[at] ?? '', data: lines[at + 1] ?? '', isLast });
  }
  return messages;
}
