import type { Context } from 'hono';
import type { Logger } from '../logger.ts';
import type { Store, StoredStatus } from '../store/store.ts';
import { FEED_TOPIC, feedStep, type FeedPage } from './feed-step.ts';
import { PageCache } from './page-cache.ts';
import { streamResponse, type Sink } from './response-sink.ts';
import { sessionStep, type SessionPage } from './session-step.ts';
import { feedStreamFrames, feedWatchFrames, RETRY_HINT, streamFrames, watchFrames } from './sse.ts';
import { tail } from './tail.ts';
import { Turns } from './turns.ts';
import { waitForStatus } from './wait-for-status.ts';
import { WakeUps } from './wake-ups.ts';

export interface StreamsOptions {
  readonly store: Store;
  readonly logger: Pick<Logger, 'error'>;
  /** Ends every stream at once when it aborts. */
  readonly signal: AbortSignal;
  /** A comment is sent after so many milliseconds of silence; 15,000 unless given. */
  readonly keepAliveMs?: number;
}

/** A session to read: events with an index greater than `after`, which is −1 for all. */
export interface SessionQuery {
  readonly sessionId: string;
  readonly after: number;
}

/** A feed to follow, of one graph or of all; `since` is a revision, null for a start without one. */
export interface FeedQuery {
  readonly graphId?: string | undefined;
  readonly since: number | null;
}

/** What a reader says of the store that its cursors belong to, if it says anything. */
interface StoreQuery {
  readonly store?: string | undefined;
}

/** Everything that is sent as it happens. */
export interface Streams {
  /** The stream of one session; it ends with `done` or `deleted`. */
  session(c: Context, query: SessionQuery & StoreQuery): Promise<Response>;
  /** The monitor feed. */
  feed(c: Context, query: FeedQuery & StoreQuery): Promise<Response>;
  /** A feed and any sessions on one connection, which stays open. */
  watch(
    c: Context,
    query: { readonly feed?: FeedQuery; readonly sessions: readonly SessionQuery[] } & StoreQuery,
  ): Promise<Response>;
  /**
   * Resolves once the session has one of `statuses` or one that is final, with its status then; after
   * `timeoutMs` milliseconds, on `signal`, or when the server stops, with what it is by then. Null
   * when there is no such session (any more).
   */
  waitForStatus(
    sessionId: string,
    statuses: ReadonlySet<string>,
    timeoutMs: number,
    signal: AbortSignal,
  ): Promise<StoredStatus | null>;
}

/** So many bytes of encoded pages are kept for readers that stand where others stood. */
const CACHE_BYTES = 8 * 1024 * 1024;

/** All readers of one store. */
export function createStreams(options: StreamsOptions): Streams {
  const { store, logger, signal: stopping, keepAliveMs = 15_000 } = options;
  const wakeUps = new WakeUps();
  const sessionPages = new PageCache<SessionPage>(CACHE_BYTES);
  const feedPages = new PageCache<FeedPage>(CACHE_BYTES);
  /** What ends each open stream or wait. */
  const open = new Set<() => void>();

  const unsubscribe = store.onCommit((commit) => {
    for (const sessionId of commit.sessions) sessionPages.drop(sessionId);
    if (commit.feed) feedPages.drop(FEED_TOPIC);
    wakeUps.touch(commit);
  });
  const stop = () => {
    unsubscribe();
    for (const end of open) end();
  };
  stopping.addEventListener('abort', stop, { once: true });

  const foreign = ({ store: theirs }: StoreQuery) =>
    theirs === undefined || theirs === store.storeId
      ? null
      : `The cursor belongs to the store ${theirs}; this is ${store.storeId}.`;

  const respond = (c: Context, run: (sink: Sink) => Promise<void>): Promise<Response> => {
    const { response, end, closed } = streamResponse(c, {
      keepAliveMs,
      run: async (sink) => {
        void sink.write(RETRY_HINT);
        await run(sink);
      },
      onError: (error) => logger.error({ err: error }, 'stream.failed'),
    });
    open.add(end);
    void closed.then(() => open.delete(end));
    if (stopping.aborted) end();
    return Promise.resolve(response);
  };

  return {
    session: (c, query) =>
      respond(c, ({ write, signal }) => {
        const { sessionId, after } = query;
        const cursor = { sessionId, after, foreign: foreign(query) };
        const step = sessionStep({
          store,
          pages: sessionPages,
          frames: streamFrames,
          write,
          cursor,
        });
        return tail({ wakeUp: wakeUps.session(sessionId), signal, step });
      }),

    feed: (c, query) =>
      respond(c, ({ write, signal }) => {
        const cursor = { ...query, foreign: foreign(query) };
        const step = feedStep({ store, pages: feedPages, frames: feedStreamFrames, write, cursor });
        return tail({ wakeUp: wakeUps.feed(), signal, step });
      }),

    watch: (c, query) =>
      respond(c, async ({ write, signal }) => {
        const turns = new Turns();
        const tails: Promise<void>[] = [untilAborted(signal)];
        if (query.feed !== undefined) {
          const cursor = { ...query.feed, foreign: foreign(query) };
          const step = feedStep({
            store,
            pages: feedPages,
            frames: feedWatchFrames,
            write,
            cursor,
          });
          tails.push(tail({ wakeUp: wakeUps.feed(), signal, step: turns.inTurn(step) }));
        }
        for (const { sessionId, after } of query.sessions) {
          const cursor = { sessionId, after, foreign: foreign(query) };
          const step = sessionStep({
            store,
            pages: sessionPages,
            frames: watchFrames,
            write,
            cursor,
          });
          const wakeUp = wakeUps.session(sessionId);
          tails.push(tail({ wakeUp, signal, step: turns.inTurn(step) }));
        }
        await Promise.all(tails);
      }),

    waitForStatus: async (sessionId, statuses, timeoutMs, signal) => {
      const over = new AbortController();
      const end = () => over.abort();
      const timer = setTimeout(end, timeoutMs);
      signal.addEventListener('abort', end);
      open.add(end);
      if (signal.aborted || stopping.aborted) end();
      try {
        const wakeUp = wakeUps.session(sessionId);
        return await waitForStatus({ store, wakeUp, sessionId, statuses, signal: over.signal });
      } finally {
        clearTimeout(timer);
        signal.removeEventListener('abort', end);
        open.delete(end);
      }
    },
  };
}

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
