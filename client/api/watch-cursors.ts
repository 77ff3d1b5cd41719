import { parseFrame, type WatchFrame } from './watch-frame.ts';
import type { WatchWant } from './watch-link.ts';

/**
 * Where a page stands in what it watches. Whatever is sent again, each entry and each event is taken
 * once and in order, until a reset says that they come again.
 */
export class WatchCursors {
  // The stores that the cursors belong to, null while unknown. Two that are known are equal.
  #feed: { graphId: string; since: number; storeId: string } | null = null;
  #session: { id: string; after: number; storeId: string | null } | null = null;
  /** What was told of the session's stream and is still so: a repetition is no news. */
  #told = new Set<'replayComplete' | 'done'>();

  get want(): WatchWant {
    return {
      feed: this.#feed === null ? null : { ...this.#feed },
      session: this.#session === null ? null : { ...this.#session },
    };
  }

  /** Returns what follows for the session from what is known of the store. */
  watchFeed(feed: { graphId: string; since: number; storeId: string } | null): WatchFrame[] {
    this.#feed = feed === null ? null : { ...feed };
    const frames: WatchFrame[] = [];
    if (feed !== null) this.#learnStore(feed.storeId, frames);
    return frames;
  }

  watchSession(sessionId: string | null): void {
    this.#session = sessionId === null ? null : { id: sessionId, after: -1, storeId: null };
    this.#told.clear();
  }

  /** The connection was lost: that the replay is complete will be news again. */
  lost(): void {
    this.#told.clear();
  }

  /**
   * Takes a message of a connection whose cursors were said to belong to the store `asked`. What is
   * new of it is added to `frames`. False when something is missing before it: then it was left.
   */
  take(event: string, data: string, asked: string | null, frames: WatchFrame[]): boolean {
    const frame = parseFrame({ id: undefined, event, data }, this.#session?.id ?? null);
    return frame === null || this.#accept(frame, asked, frames);
  }

  /** Moves the cursors past a frame and keeps it if it is new. False when something is missing. */
  #accept(frame: WatchFrame, asked: string | null, frames: WatchFrame[]): boolean {
    const feed = this.#feed;
    const session = this.#session;
    switch (frame.kind) {
      case 'entry':
        if (feed === null || frame.entry.revision <= feed.since) return true;
        feed.since = frame.entry.revision;
        // The connection may follow more graphs than this page does.
        if (feed.graphId !== '' && 'graphId' in frame.entry) {
          if (frame.entry.graphId !== feed.graphId) return true;
        }
        break;
      case 'snapshotComplete':
        this.#learnStore(frame.storeId, frames);
        if (this.#feed === null) return true;
        this.#feed.since = Math.max(this.#feed.since, frame.revision);
        break;
      case 'feedReset':
        // It may be about another page's cursor, of a store that is not this page's.
        if (feed === null || feed.storeId !== asked) return true;
        this.#feed = null;
        break;
      case 'start':
        this.#learnStore(frame.storeId, frames);
        if (session !== null && session.after > frame.lastIndex) this.#resetSession(frames);
        if (this.#told.has('replayComplete')) return true;
        break;
      case 'event':
        if (session === null || frame.index <= session.after) return true;
        if (frame.index > session.after + 1) return false;
        session.after = frame.index;
        break;
      case 'reset':
        if (session === null || (session.storeId ?? asked) !== asked) return true;
        session.after = -1;
        this.#told.clear();
        break;
      case 'deleted':
        this.#session = null;
        break;
      case 'replayComplete':
      case 'done':
        if (this.#told.has(frame.kind)) return true;
        this.#told.add(frame.kind);
        break;
    }
    frames.push(frame);
    return true;
  }

  /** A cursor of another store means nothing in this one, even if the server had no chance to say so. */
  #learnStore(storeId: string, frames: WatchFrame[]): void {
    const feed = this.#feed;
    if (feed !== null && feed.storeId !== storeId) {
      this.#feed = null;
      frames.push({ kind: 'feedReset', reason: 'store_changed' });
    }
    const session = this.#session;
    if (session !== null && session.storeId !== storeId) {
      if (session.storeId !== null) this.#resetSession(frames);
      session.storeId = storeId;
    }
  }

  #resetSession(frames: WatchFrame[]): void {
    const session = this.#session;
    if (session === null) return;
    session.after = -1;
    this.#told.clear();
    frames.push({ kind: 'reset', sessionId: session.id, reason: 'store_changed' });
  }
}
