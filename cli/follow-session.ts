import { Readable } from 'node:stream';
import { setTimeout as wait } from 'node:timers/promises';
import { createParser, type EventSourceMessage } from 'eventsource-parser';
import {
  replayComplete,
  sessionPaths,
  streamDone,
  streamReset,
  streamStart,
} from '../shared/api.ts';
import { eventBody, eventStamp, type SessionEvent } from '../shared/event.ts';
import type { FinalStatus } from '../shared/session.ts';
import { isFinal } from '../shared/session.ts';
import { Refused, Unreachable, type ServerCalls } from './server-calls.ts';

/** What there is to know of a session that is followed, in order. */
export type Followed =
  /** The next event of the log; null for one of a type that this version does not know. */
  | { readonly kind: 'event'; readonly event: SessionEvent | null }
  /** All that had happened when the connection was made has been told; once a connection. */
  | { readonly kind: 'replayed' }
  /** Forget the events so far: the server has another log, which follows from its start. */
  | { readonly kind: 'reset'; readonly reason: string }
  /** The connection was lost and is tried again, and is there again. */
  | { readonly kind: 'lost' }
  | { readonly kind: 'back' }
  /** The last. */
  | { readonly kind: 'done'; readonly status: FinalStatus }
  | { readonly kind: 'deleted' };

/** The server sends something at least every 15 seconds. */
const SILENT_FOR_MS = 45_000;
const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 5_000;

/**
 * Follows a session from its first event to its end, over lost connections and killed servers: each
 * event once, in order. Ends with `done` or `deleted`.
 * @throws Refused or Unreachable when the first connection cannot be made, Refused when a later one
 *   is refused for good, the signal's reason when it aborts
 */
export async function* followSession(
  server: ServerCalls,
  sessionId: string,
  signal: AbortSignal,
): AsyncGenerator<Followed, void, undefined> {
  const reader = new StreamReader();
  let isBack = true;
  for (let failures = 0; ;) {
    signal.throwIfAborted();
    try {
      for await (const followed of connection(server, sessionId, reader, signal)) {
        if (!isBack) yield { kind: 'back' };
        isBack = true;
        failures = 0;
        if (followed === null) continue;
        yield followed;
        if (followed.kind === 'done' || followed.kind === 'deleted') return;
      }
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof Refused && error.status === 404 && reader.hasStarted) {
        yield { kind: 'deleted' };
        return;
      }
      const mayPass = error instanceof Refused ? error.status >= 500 : error instanceof Unreachable;
      if (!mayPass || !reader.hasStarted) throw error;
    }
    if (isBack) yield { kind: 'lost' };
    isBack = false;
    await wait(Math.min(FIRST_WAIT_MS * 2 ** failures, LONGEST_WAIT_MS), null, { signal });
    failures += 1;
  }
}

/** One connection; null says that it is there. Ends or throws Unreachable when it breaks. */
async function* connection(
  server: ServerCalls,
  sessionId: string,
  reader: StreamReader,
  signal: AbortSignal,
): AsyncGenerator<Followed | null, void, undefined> {
  const own = new AbortController();
  const either = AbortSignal.any([signal, own.signal]);
  const watchdog = setTimeout(() => own.abort(), SILENT_FOR_MS);
  try {
    const path = `${sessionPaths(sessionId).stream}?${reader.query()}`;
    const response = await server.open(path, { accept: 'text/event-stream', signal: either });
    yield null;
    const decoder = new TextDecoder();
    const messages: EventSourceMessage[] = [];
    const parser = createParser({ onEvent: (message) => void messages.push(message) });
    const chunks: AsyncIterable<Uint8Array> = response.body ?? Readable.from([]);
    for await (const chunk of chunks) {
      watchdog.refresh();
      parser.feed(decoder.decode(chunk, { stream: true }));
      for (const message of messages.splice(0)) {
        const followed = reader.read(message);
        if (followed !== null) yield followed;
      }
    }
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof Refused) throw error;
    throw error instanceof Unreachable ? error : new Unreachable(server.address.url, error);
  } finally {
    clearTimeout(watchdog);
    own.abort();
  }
}

/** Knows how far a session was read, over all connections. */
class StreamReader {
  #after = -1;
  #storeId: string | null = null;

  get hasStarted(): boolean {
    return this.#storeId !== null;
  }

  query(): string {
    const query = new URLSearchParams({ after: String(this.#after) });
    if (this.#storeId !== null) query.set('store', this.#storeId);
    return query.toString();
  }

  read({ event, data }: EventSourceMessage): Followed | null {
    const value: unknown = JSON.parse(data);
    switch (event) {
      case 'start':
        this.#storeId = streamStart.parse(value).storeId;
        return null;
      case 'reset':
        this.#after = -1;
        return { kind: 'reset', reason: streamReset.parse(value).reason };
      case 'done': {
        const { status } = streamDone.parse(value);
        return isFinal(status) ? { kind: 'done', status } : null;
      }
      case 'deleted':
        return { kind: 'deleted' };
      case 'event':
        return this.#readEvent(value);
      default:
        return null;
    }
  }

  #readEvent(value: unknown): Followed | null {
    if (replayComplete.safeParse(value).success) return { kind: 'replayed' };
    const stamp = eventStamp.parse(value);
    if (stamp.index <= this.#after) return null;
    this.#after = stamp.index;
    const body = eventBody.safeParse(value);
    return { kind: 'event', event: body.success ? { ...body.data, ...stamp } : null };
  }
}
