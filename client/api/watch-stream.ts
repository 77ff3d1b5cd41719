import { createParser } from 'eventsource-parser';
import { WATCH_PATH } from '../../shared/api.ts';
import { ApiError, errorOf } from './api-error.ts';
import type { Timers } from './timers.ts';
import { parseFrame, type WatchFrame } from './watch-frame.ts';

/** How the page's one connection is doing. */
export type ConnectionState =
  /** Nothing is watched. */
  | { readonly phase: 'idle' }
  /** `attempt` is 0 unless a connection was lost or refused before. */
  | { readonly phase: 'connecting'; readonly attempt: number; readonly reason: string | null }
  | { readonly phase: 'open' }
  /** The next attempt comes at `retryAt` (Unix milliseconds). */
  | {
      readonly phase: 'waiting';
      readonly attempt: number;
      readonly reason: string;
      readonly retryAt: number;
    };

export interface WatchOptions {
  readonly fetch: typeof fetch;
  readonly timers: Timers;
  /** Between 0 and 1; spreads the reconnects of many panels. `Math.random` unless given. */
  readonly random?: () => number;
  /**
   * What arrived together, in order. Each entry and each event is given exactly once, whatever
   * happens to the connection, until a reset says that they come again.
   */
  readonly onFrames: (frames: readonly WatchFrame[]) => void;
  readonly onState: (state: ConnectionState) => void;
}

/** The silence, in milliseconds, after which a connection counts as lost: three keep-alives. */
const SILENCE = 45_000;
const FIRST_DELAY = 250;
const LONGEST_DELAY = 10_000;

/**
 * One connection that watches a graph's list and a session. It keeps the cursors, reconnects with
 * them by itself, and gives nothing of a connection that it has left.
 */
export class WatchStream {
  readonly #options: WatchOptions;
  readonly #random: () => number;
  // The stores that the cursors belong to, null while unknown. Two that are known are equal.
  #feed: { graphId: string; since: number; storeId: string | null } | null = null;
  #session: { id: string; after: number; storeId: string | null } | null = null;
  #connection: AbortController | null = null;
  #cancelTimer: () => void = () => undefined;
  #attempt = 0;
  #reason: string | null = null;
  #opening = false;

  constructor(options: WatchOptions) {
    this.#options = options;
    this.#random = options.random ?? Math.random;
  }

  /** Follows a graph's list from a revision of `storeId`; null to stop. */
  watchFeed(feed: { graphId: string; since: number; storeId: string } | null): void {
    if (feed === null && this.#feed === null) return;
    this.#feed = feed === null ? null : { ...feed };
    const frames: WatchFrame[] = [];
    if (feed !== null) this.#learnStore(feed.storeId, frames);
    if (frames.length > 0) this.#options.onFrames(frames);
    this.#open();
  }

  /** Follows a session from its start; null to stop. */
  watchSession(sessionId: string | null): void {
    if (sessionId === null && this.#session === null) return;
    this.#session = sessionId === null ? null : { id: sessionId, after: -1, storeId: null };
    this.#open();
  }

  /** Connects at once, if it was waiting to. */
  retryNow(): void {
    if (this.#connection === null) this.#open();
  }

  close(): void {
    this.#feed = null;
    this.#session = null;
    this.#open();
  }

  /** Leaves the connection now; opens the next once the caller is done changing what to watch. */
  #open(): void {
    this.#connection?.abort();
    this.#connection = null;
    this.#cancelTimer();
    if (this.#opening) return;
    this.#opening = true;
    queueMicrotask(() => {
      this.#opening = false;
      this.#connect();
    });
  }

  #connect(): void {
    this.#cancelTimer();
    if (this.#feed === null && this.#session === null) {
      this.#options.onState({ phase: 'idle' });
      return;
    }
    const connection = new AbortController();
    this.#connection = connection;
    this.#options.onState({ phase: 'connecting', attempt: this.#attempt, reason: this.#reason });
    void this.#read(connection);
  }

  async #read(connection: AbortController): Promise<void> {
    const { signal } = connection;
    try {
      this.#expectSign(connection);
      const response = await this.#options.fetch(this.#url(), {
        signal,
        headers: { accept: 'text/event-stream' },
        cache: 'no-store',
      });
      if (!response.ok) throw await errorOf(response);
      if (response.body === null) throw new Error('The server sent no stream.');
      if (signal.aborted) return;
      this.#options.onState({ phase: 'open' });
      await this.#consume(response.body, connection);
      throw new Error('The server closed the connection.');
    } catch (error) {
      // Only the connection that is current may speak: what we left ends in silence.
      if (this.#connection !== connection) return;
      connection.abort();
      this.#retry(error instanceof Error ? error : new Error(String(error)));
    }
  }

  async #consume(body: ReadableStream<Uint8Array>, connection: AbortController): Promise<void> {
    let frames: WatchFrame[] = [];
    const seen = { gap: false };
    const parser = createParser({
      onEvent: (message) => {
        const frame = parseFrame(message, this.#session?.id ?? null);
        seen.gap ||= frame !== null && !this.#accept(frame, frames);
      },
    });
    const decoder = new TextDecoder();
    const reader = body.getReader();
    for (;;) {
      const { value, done } = await reader.read();
      if (done || this.#connection !== connection) return;
      this.#expectSign(connection);
      parser.feed(decoder.decode(value, { stream: true }));
      const arrived = frames;
      frames = [];
      if (arrived.length > 0) {
        this.#attempt = 0;
        this.#reason = null;
        this.#options.onFrames(arrived);
      }
      if (seen.gap) throw new Error('Some events did not arrive.');
    }
  }

  /** Moves the cursors past a frame and keeps it if it is new. False when something is missing. */
  #accept(frame: WatchFrame, frames: WatchFrame[]): boolean {
    const feed = this.#feed;
    const session = this.#session;
    switch (frame.kind) {
      case 'entry':
        if (feed === null || frame.entry.revision <= feed.since) return true;
        feed.since = frame.entry.revision;
        break;
      case 'snapshotComplete':
        this.#learnStore(frame.storeId, frames);
        if (feed !== null) feed.since = Math.max(feed.since, frame.revision);
        break;
      case 'feedReset':
        if (feed !== null) Object.assign(feed, { since: 0, storeId: null });
        break;
      case 'start':
        this.#learnStore(frame.storeId, frames);
        break;
      case 'event':
        if (session === null || frame.index <= session.after) return true;
        if (frame.index > session.after + 1) return false;
        session.after = frame.index;
        break;
      case 'reset':
        if (session !== null) session.after = -1;
        break;
      case 'deleted':
        this.#session = null;
        break;
      case 'replayComplete':
      case 'done':
        break;
    }
    frames.push(frame);
    return true;
  }

  /** A cursor of another store means nothing in this one, even if the server had no chance to say so. */
  #learnStore(storeId: string, frames: WatchFrame[]): void {
    const feed = this.#feed;
    if (feed !== null && feed.storeId !== storeId) {
      if (feed.storeId !== null) {
        feed.since = 0;
        frames.push({ kind: 'feedReset', reason: 'store_changed' });
      }
      feed.storeId = storeId;
    }
    const session = this.#session;
    if (session !== null && session.storeId !== storeId) {
      if (session.storeId !== null) {
        session.after = -1;
        frames.push({ kind: 'reset', sessionId: session.id, reason: 'store_changed' });
      }
      session.storeId = storeId;
    }
  }

  #retry(error: Error): void {
    this.#connection = null;
    this.#attempt += 1;
    this.#reason =
      error instanceof ApiError || !(error instanceof TypeError)
        ? error.message
        : 'The server cannot be reached.';
    const longest = Math.min(LONGEST_DELAY, FIRST_DELAY * 2 ** (this.#attempt - 1));
    const delay = longest * (0.5 + this.#random() / 2);
    this.#options.onState({
      phase: 'waiting',
      attempt: this.#attempt,
      reason: this.#reason,
      retryAt: this.#options.timers.now() + delay,
    });
    this.#cancelTimer = this.#options.timers.after(delay, () => this.#connect());
  }

  /** Gives the connection up unless something arrives in time: a sleeping laptop gets no close. */
  #expectSign(connection: AbortController): void {
    this.#cancelTimer();
    this.#cancelTimer = this.#options.timers.after(SILENCE, () => {
      if (this.#connection !== connection) return;
      connection.abort();
      this.#retry(new Error('The server has been silent for too long.'));
    });
  }

  #url(): string {
    const query = new URLSearchParams();
    if (this.#feed !== null) {
      query.set('feed', this.#feed.graphId);
      query.set('since', String(this.#feed.since));
    }
    if (this.#session !== null) query.set('session', `${this.#session.id}:${this.#session.after}`);
    const storeId = this.#feed?.storeId ?? this.#session?.storeId ?? null;
    if (storeId !== null) query.set('store', storeId);
    return `${WATCH_PATH}?${query}`;
  }
}
