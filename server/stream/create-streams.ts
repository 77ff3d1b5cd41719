import type { Context } from 'hono';
import type { Logger } from '../logger.ts';
import type { EventPage, PageLimit, Store, StoredStatus } from '../store/store.ts';
import {
  createReaders,
  type FeedQuery,
  type SessionQuery,
  type WatchQuery,
} from './create-readers.ts';
import { streamResponse } from './response-sink.ts';
import type { Sink } from './sink.ts';
import { CHAT_HEADERS, chatDone, RETRY_HINT, SSE_HEADERS } from './sse.ts';
import type { TurnQuery } from './open-turn.ts';

export interface StreamsOptions {
  readonly store: Store;
  readonly logger: Pick<Logger, 'error'>;
  /** Ends every stream and every wait at once when it aborts. */
  readonly signal: AbortSignal;
  /** A comment is sent after so many milliseconds of silence; 15,000 unless given. */
  readonly keepAliveMs?: number;
}

/** Everything that is sent as it happens. Cursors come parsed; a response streams until it ends. */
export interface Streams {
  /** The stream of one session; it ends with `done` or `deleted`. */
  session(c: Context, query: SessionQuery): Promise<Response>;
  /** The monitor feed. */
  feed(c: Context, query: FeedQuery): Promise<Response>;
  /** A feed and any sessions on one connection, which stays open. */
  watch(c: Context, query: WatchQuery): Promise<Response>;
  /**
   * The AI SDK's stream of the latest turn: 204 when the reader has all that there is of it. Null when
   * there is no such session.
   */
  turn(c: Context, query: TurnQuery): Promise<Response | null>;
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
  /**
   * Resolves with the events after a cursor once there are any, or none can come; after `timeoutMs`
   * milliseconds, on `signal`, or when the server stops, with what there is by then. Null when there is
   * no such session (any more).
   */
  waitForEvents(
    query: SessionQuery & { readonly limit: PageLimit },
    timeoutMs: number,
    signal: AbortSignal,
  ): Promise<EventPage | null>;
}

/** The streams of one store over HTTP. */
export function createStreams(options: StreamsOptions): Streams {
  const { store, logger, signal: stopping, keepAliveMs = 15_000 } = options;
  const readers = createReaders(store);
  /** What ends each open stream and wait. */
  const open = new Set<() => void>();
  stopping.addEventListener(
    'abort',
    () => {
      readers.close();
      for (const end of open) end();
    },
    { once: true },
  );

  const respond = (c: Context, read: (sink: Sink) => Promise<void>): Promise<Response> => {
    const { response, end, closed } = streamResponse(c, {
      keepAliveMs,
      run: (sink) => {
        void sink.write(RETRY_HINT);
        return read(sink);
      },
      onError: (error) => logger.error({ err: error }, 'stream.failed'),
    });
    open.add(end);
    void closed.then(() => open.delete(end));
    if (stopping.aborted) end();
    return Promise.resolve(response);
  };

  /** Runs a wait, which the signal that it is given ends when time is up. */
  const wait = async <T>(
    timeoutMs: number,
    signal: AbortSignal,
    run: (over: AbortSignal) => Promise<T>,
  ): Promise<T> => {
    const over = new AbortController();
    const end = () => over.abort();
    const timer = setTimeout(end, timeoutMs);
    signal.addEventListener('abort', end);
    open.add(end);
    if (signal.aborted || stopping.aborted) end();
    try {
      return await run(over.signal);
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      open.delete(end);
    }
  };

  return {
    session: (c, query) => respond(c, (sink) => readers.session(sink, query)),
    feed: (c, query) => respond(c, (sink) => readers.feed(sink, query)),
    watch: (c, query) => respond(c, (sink) => readers.watch(sink, query)),

    turn: async (c, query) => {
      const opening = await readers.openTurn(query);
      if (opening === null) return null;
      if (opening.kind === 'nothing') return c.body(null, 204);
      for (const [name, value] of Object.entries(CHAT_HEADERS)) c.header(name, value);
      if (opening.kind === 'end') return c.body(chatDone(opening.at), 200, SSE_HEADERS);
      return respond(c, (sink) => readers.turn(sink, opening.reading));
    },

    waitForStatus: (sessionId, statuses, timeoutMs, signal) =>
      wait(timeoutMs, signal, (over) =>
        readers.waitForStatus({ sessionId, statuses, signal: over }),
      ),

    waitForEvents: (query, timeoutMs, signal) =>
      wait(timeoutMs, signal, (over) => readers.waitForEvents({ ...query, signal: over })),
  };
}
