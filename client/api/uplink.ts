import { createParser, type EventSourceMessage } from 'eventsource-parser';
import { WATCH_PATH } from '../../shared/api.ts';
import { ApiError, errorOf } from './api-error.ts';
import type { ServerFetch } from './server-access.ts';
import type { Timers } from './timers.ts';
import type { ConnectionState } from './watch-link.ts';

export interface UplinkOptions {
  readonly fetch: ServerFetch;
  readonly timers: Timers;
  /** Between 0 and 1; spreads the reconnects of many panels. `Math.random` unless given. */
  readonly random?: (() => number) | undefined;
  /** What to watch, asked for each connection; null for nothing. */
  readonly query: () => URLSearchParams | null;
  /** What arrived together. Nothing more is read until the promise, if any, resolves. */
  readonly onMessages: (messages: readonly EventSourceMessage[]) => Promise<void> | undefined;
  readonly onState: (state: ConnectionState) => void;
}

/** The silence, in milliseconds, after which a connection counts as lost: three keep-alives. */
const SILENCE = 45_000;
/** How long a change waits for the answer to a request that it has overtaken, in milliseconds. */
const OVERTAKEN = 2_000;
const FIRST_DELAY = 250;
const LONGEST_DELAY = 10_000;

/**
 * The one connection to the server. It reconnects by itself, with whatever cursors there are then, and
 * gives nothing of a connection that it has left.
 */
export class Uplink {
  readonly #options: UplinkOptions;
  readonly #random: () => number;
  #connection: AbortController | null = null;
  #cancelTimer: () => void = () => undefined;
  #attempt = 0;
  #reason: string | null = null;
  #closed = false;
  /** A connection is about to be opened. */
  #opening = false;
  /** The current connection's answer: not there yet, not there and overtaken by a change, there. */
  #answer: 'awaited' | 'overtaken' | 'there' = 'there';

  constructor(options: UplinkOptions) {
    this.#options = options;
    this.#random = options.random ?? Math.random;
  }

  /**
   * Connects for what is to be watched now: once for the changes made together, and once for all that
   * are made while a request is on its way.
   */
  reopen(): void {
    const connection = this.#connection;
    if (connection === null || this.#answer === 'there' || this.#options.query() === null) {
      this.#open();
    } else if (this.#answer === 'awaited') {
      this.#answer = 'overtaken';
      this.#expect(connection, OVERTAKEN, () => this.#open());
    }
  }

  /** Connects at once, if it was waiting to. */
  retryNow(): void {
    if (this.#connection === null) this.#open();
  }

  /** Gives the connection up as if it had been lost. */
  fail(reason: string): void {
    const connection = this.#connection;
    if (connection === null) return;
    connection.abort();
    this.#retry(new Error(reason));
  }

  /** Ends the connection, and says nothing more. */
  close(): void {
    this.#connection?.abort();
    this.#connection = null;
    this.#cancelTimer();
    this.#closed = true;
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
    if (this.#closed) return;
    const query = this.#options.query();
    if (query === null) {
      this.#options.onState({ phase: 'idle' });
      return;
    }
    const connection = new AbortController();
    this.#connection = connection;
    this.#answer = 'awaited';
    this.#options.onState({ phase: 'connecting', attempt: this.#attempt, reason: this.#reason });
    void this.#read(connection, query);
  }

  async #read(connection: AbortController, query: URLSearchParams): Promise<void> {
    const { signal } = connection;
    try {
      this.#expectSign(connection);
      const response = await this.#options.fetch(`${WATCH_PATH}?${query}`, {
        signal,
        headers: { accept: 'text/event-stream' },
        cache: 'no-store',
      });
      if (!response.ok) throw await errorOf(response);
      if (response.body === null) throw new Error('The server sent no stream.');
      if (this.#connection !== connection) return;
      if (this.#answer === 'overtaken') {
        this.#open();
        return;
      }
      this.#answer = 'there';
      this.#expectSign(connection);
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
    let messages: EventSourceMessage[] = [];
    const parser = createParser({ onEvent: (message) => messages.push(message) });
    const decoder = new TextDecoder();
    const reader = body.getReader();
    const isCurrent = () => this.#connection === connection;
    for (;;) {
      const { value, done } = await reader.read();
      if (done || !isCurrent()) return;
      this.#expectSign(connection);
      parser.feed(decoder.decode(value, { stream: true }));
      if (messages.length === 0) continue;
      const arrived = messages;
      messages = [];
      this.#attempt = 0;
      this.#reason = null;
      const room = this.#options.onMessages(arrived);
      if (!isCurrent()) return;
      if (room === undefined) continue;
      // While we do not read, silence means nothing.
      this.#cancelTimer();
      await room;
      if (!isCurrent()) return;
      this.#expectSign(connection);
    }
  }

  #retry(error: Error): void {
    this.#cancelTimer();
    this.#connection = null;
    this.#attempt += 1;
    this.#reason =
      error instanceof ApiError || !(error instanceof TypeError)
        ? error.message
        : 'The server cannot be reached.';
    const longest = Math.min(LONGEST_DELAY, FIRST_DELAY * 2 ** (this.#attempt - 1));
    const delay = longest * (0.5 + this.#random() / 2);
    this.#cancelTimer = this.#options.timers.after(delay, () => this.#connect());
    this.#options.onState({
      phase: 'waiting',
      attempt: this.#attempt,
      reason: this.#reason,
      retryAt: this.#options.timers.now() + delay,
    });
  }

  /** Gives the connection up unless something arrives in time: a sleeping laptop gets no close. */
  #expectSign(connection: AbortController): void {
    this.#expect(connection, SILENCE, () => {
      connection.abort();
      this.#retry(new Error('The server has been silent for too long.'));
    });
  }

  #expect(connection: AbortController, milliseconds: number, otherwise: () => void): void {
    this.#cancelTimer();
    this.#cancelTimer = this.#options.timers.after(milliseconds, () => {
      if (this.#connection === connection) otherwise();
    });
  }
}
