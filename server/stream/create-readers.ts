import type { EventPage, PageLimit, Store, StoredStatus } from '../store/store.ts';
import { FEED_TOPIC, feedStep, type FeedPage } from './feed-step.ts';
import { PageCache } from './page-cache.ts';
import type { Sink } from './sink.ts';
import { sessionStep, type SessionPage } from './session-step.ts';
import {
  feedStreamFrames,
  feedWatchFrames,
  streamFrames,
  watchFrames,
  type FeedFrames,
  type SessionFrames,
} from './sse.ts';
import { tail } from './tail.ts';
import { openTurn, type TurnOpening, type TurnQuery } from './open-turn.ts';
import type { TurnReading } from './turn-reading.ts';
import { Turns } from './turns.ts';
import { waitForEvents } from './wait-for-events.ts';
import { waitForStatus } from './wait-for-status.ts';
import { WakeUps } from './wake-ups.ts';

/** What a reader says of the store that its cursors belong to, if it says anything. */
interface StoreQuery {
  readonly store?: string | undefined;
}

interface SessionPart {
  readonly sessionId: string;
  /** The index of the last event that the reader has; −1 for none. */
  readonly after: number;
}

interface FeedPart {
  /** Absent: all graphs. */
  readonly graphId?: string | undefined;
  /** The revision that the reader has seen all up to; null for a start without one. */
  readonly since: number | null;
  /**
   * The revision of which the reader may know sessions; `since` unless given. One that reads on behalf
   * of several stands at the lowest of their cursors, and owes each the deletions of its own.
   */
  readonly known?: number | undefined;
}

export type SessionQuery = SessionPart & StoreQuery;
export type FeedQuery = FeedPart & StoreQuery;
export interface WatchQuery extends StoreQuery {
  readonly feed?: FeedPart;
  readonly sessions: readonly SessionPart[];
}

export interface WaitQuery {
  readonly sessionId: string;
  readonly statuses: ReadonlySet<string>;
  /** Ends the wait. */
  readonly signal: AbortSignal;
}

export interface EventsQuery extends SessionPart {
  readonly limit: PageLimit;
  /** Ends the wait. */
  readonly signal: AbortSignal;
}

/** What can be read of a store as it happens, whatever carries it to the reader. */
export interface Readers {
  /** One session; resolves after `done` or `deleted`, or when the sink's signal aborts. */
  session(sink: Sink, query: SessionQuery): Promise<void>;
  /** The monitor feed; resolves when the sink's signal aborts. */
  feed(sink: Sink, query: FeedQuery): Promise<void>;
  /** A feed and any sessions; resolves when the sink's signal aborts. */
  watch(sink: Sink, query: WatchQuery): Promise<void>;
  /** Finds what there is to read of a session's latest turn; null when there is no such session. */
  openTurn(query: TurnQuery): Promise<TurnOpening | null>;
  /** Reads a turn; resolves when it rests, or must be read anew, or the sink's signal aborts. */
  turn(sink: Sink, reading: TurnReading): Promise<void>;
  /** Resolves with the status that was waited for, or the one that there is when the wait ends. */
  waitForStatus(query: WaitQuery): Promise<StoredStatus | null>;
  /** Resolves with the events after the cursor once there are any, or none can come, or the wait ends. */
  waitForEvents(query: EventsQuery): Promise<EventPage | null>;
  /** How many loops are under way. */
  readonly size: number;
  /** Hears no more of the store's commits. */
  close(): void;
}

/** So many bytes of encoded pages are kept for readers that stand where others stood. */
const CACHE_BYTES = 8 * 1024 * 1024;

/** All readers of one store: they share its commits and what is encoded for any of them. */
export function createReaders(store: Store): Readers {
  const wakeUps = new WakeUps();
  const sessionPages = new PageCache<SessionPage>(CACHE_BYTES);
  const feedPages = new PageCache<FeedPage>(CACHE_BYTES);

  const unsubscribe = store.onCommit((commit) => {
    // What was read before the commit is forgotten before anybody reads because of it.
    for (const sessionId of commit.sessions) sessionPages.drop(sessionId);
    if (commit.feed) feedPages.drop(FEED_TOPIC);
    wakeUps.touch(commit);
  });

  const foreignTo = ({ store: theirs }: StoreQuery) =>
    theirs === undefined || theirs === store.storeId
      ? null
      : `The cursor belongs to the store ${theirs}; this is ${store.storeId}.`;

  const readSession = (
    { write, signal }: Sink,
    { sessionId, after }: SessionPart,
    { foreign, frames, turns }: { foreign: string | null; frames: SessionFrames; turns?: Turns },
  ) => {
    const cursor = { sessionId, after, foreign };
    const step = sessionStep({ store, pages: sessionPages, frames, write, cursor });
    const wakeUp = wakeUps.session(sessionId);
    return tail({ wakeUp, signal, step: turns?.inTurn(step) ?? step });
  };

  const readFeed = (
    { write, signal }: Sink,
    { graphId, since, known }: FeedPart,
    { foreign, frames, turns }: { foreign: string | null; frames: FeedFrames; turns?: Turns },
  ) => {
    const cursor = { graphId, since, known, foreign };
    const step = feedStep({ store, pages: feedPages, frames, write, cursor });
    return tail({ wakeUp: wakeUps.feed(), signal, step: turns?.inTurn(step) ?? step });
  };

  return {
    session: (sink, query) =>
      readSession(sink, query, { foreign: foreignTo(query), frames: streamFrames }),

    feed: (sink, query) =>
      readFeed(sink, query, { foreign: foreignTo(query), frames: feedStreamFrames }),

    watch: async (sink, query) => {
      const shared = { foreign: foreignTo(query), turns: new Turns(sink.signal) };
      const loops = query.sessions.map((part) =>
        readSession(sink, part, { ...shared, frames: watchFrames }),
      );
      if (query.feed !== undefined) {
        loops.push(readFeed(sink, query.feed, { ...shared, frames: feedWatchFrames }));
      }
      await Promise.all([...loops, untilAborted(sink.signal)]);
    },

    openTurn: (query) => openTurn(store, query),

    turn: ({ write, signal }, reading) =>
      tail({ wakeUp: wakeUps.session(reading.sessionId), signal, step: reading.step(write) }),

    waitForStatus: (query) =>
      waitForStatus({ store, wakeUp: wakeUps.session(query.sessionId), ...query }),

    waitForEvents: (query) =>
      waitForEvents({ store, wakeUp: wakeUps.session(query.sessionId), ...query }),

    get size() {
      return wakeUps.size;
    },

    close: unsubscribe,
  };
}

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
