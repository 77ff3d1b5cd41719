import { ReattachError } from './errors.ts';
import type { JsonObject, LogPage, Receipt, Turn } from './wire.ts';

export interface ConnectionOptions {
  /** Where the server is, with its base path if it has one: `http://127.0.0.1:4600`. */
  readonly baseUrl: string;
  /** The server's token, or what gives it; sent as `Authorization: Bearer`. */
  readonly token?: string | (() => string | Promise<string>);
  /** Instead of the global one. */
  readonly fetch?: typeof fetch;
}

/** The first wait after a failure, and the longest, in milliseconds. */
const FIRST_WAIT_MS = 100;
const LONGEST_WAIT_MS = 10_000;

/** How long a call may take before it is given up and made again, in milliseconds. */
const PATIENCE_MS = 30_000;

/** How long the server holds a poll, in seconds. */
const POLL_SECONDS = 25;

interface Call {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body?: string;
  readonly headers?: Record<string, string>;
  /** In milliseconds, where it is less than `LONGEST_WAIT_MS`. */
  readonly longestWait?: number;
}

/**
 * The calls of a producer. Each is made again, with back-off, until the server has answered: every one
 * of them is safe to repeat.
 */
export class Connection {
  readonly #base: string;
  readonly #token: ConnectionOptions['token'];
  readonly #fetch: typeof fetch;

  constructor({ baseUrl, token, fetch: given }: ConnectionOptions) {
    this.#base = `${baseUrl.replace(/\/+$/, '')}/v1beta1/graphSessions`;
    this.#token = token;
    this.#fetch = given ?? ((...call) => fetch(...call));
  }

  async start(request: JsonObject, signal: AbortSignal): Promise<string> {
    const { sessionId } = await this.#call<{ sessionId: string }>(
      {
        ...{ method: 'POST', path: '/new', body: JSON.stringify(request) },
        headers: { 'Idempotency-Key': randomId() },
      },
      signal,
    );
    return sessionId;
  }

  /** Sends a batch; `events` are the texts of the events. */
  produce(
    sessionId: string,
    events: readonly string[],
    turn: Turn,
    signal: AbortSignal,
  ): Promise<Receipt> {
    const headers = {
      'Producer-Id': turn.producerId,
      'Producer-Epoch': String(turn.epoch),
      'Producer-Seq': String(turn.seq),
      'Producer-Lease': String(turn.lease),
    };
    const path = `/${encodeURIComponent(sessionId)}/events`;
    const body = `{"events":[${events.join(',')}]}`;
    // Who waits for longer than its lease would be taken for lost by a server that is back.
    const longestWait = turn.lease === 0 ? Infinity : (turn.lease * 1000) / 3;
    return this.#call({ method: 'POST', path, body, headers, longestWait }, signal);
  }

  /** What follows `after` in the log, at once or, with `wait`, when there is something. */
  log(sessionId: string, after: number, wait: boolean, signal: AbortSignal): Promise<LogPage> {
    const query = `after=${after}${wait ? `&wait=${POLL_SECONDS}` : ''}`;
    const path = `/${encodeURIComponent(sessionId)}/events?${query}`;
    return this.#call({ method: 'GET', path }, signal);
  }

  async #call<T>(call: Call, signal: AbortSignal): Promise<T> {
    for (let failures = 0; ; failures += 1) {
      signal.throwIfAborted();
      try {
        return await this.#once<T>(call, signal);
      } catch (error) {
        if (signal.aborted) throw signal.reason;
        if (!isPassing(error)) throw error;
        const longest = Math.min(LONGEST_WAIT_MS, call.longestWait ?? Infinity);
        const wait = Math.min(longest, FIRST_WAIT_MS * 2 ** Math.min(failures, 10));
        // Many programs that lost one server must not all come back at one moment.
        await pause(wait * (0.5 + Math.random() / 2), signal);
      }
    }
  }

  async #once<T>({ method, path, body, headers }: Call, signal: AbortSignal): Promise<T> {
    const token = typeof this.#token === 'function' ? await this.#token() : this.#token;
    const patience = AbortSignal.timeout(PATIENCE_MS);
    const response = await this.#fetch(`${this.#base}${path}`, {
      method,
      headers: {
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
        ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
        ...headers,
      },
      ...(body === undefined ? {} : { body }),
      signal: AbortSignal.any([signal, patience]),
    });
    const text = await response.text();
    if (response.ok) return JSON.parse(text) as T;
    throw refusal(response.status, text);
  }
}

/** Whether it may go well another time: no connection, no whole answer, or a server in trouble. */
function isPassing(error: unknown): boolean {
  if (!(error instanceof ReattachError)) return true;
  return error.status >= 500 || error.status === 408 || error.status === 429;
}

function refusal(status: number, text: string): ReattachError {
  try {
    const { error, code, details } = JSON.parse(text) as {
      error: string;
      code: string;
      details?: JsonObject;
    };
    return new ReattachError(status, code, error, details);
  } catch {
    // Not the server's own words: those of a proxy in front of it.
    return new ReattachError(status, 'unknown', `The server answered ${status}.`);
  }
}

/** Resolves after so many milliseconds. @throws the signal's reason when it aborts before */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(signal.reason as Error);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', stop);
      resolve();
    }, ms);
    signal.addEventListener('abort', stop, { once: true });
  });
}

/** Not `crypto.randomUUID`, which pages without TLS do not have. */
function randomId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
