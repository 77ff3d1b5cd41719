import { setMaxListeners } from 'node:events';
import type { Context } from 'hono';
import type { StreamingResponse, StreamOptions } from './response-sink.ts';
import type { Sink, Write } from './sink.ts';
import { KEEP_ALIVE, SSE_HEADERS } from './sse.ts';

/** So many bytes wait for a reader before it has no room. */
const ROOM_BYTES = 64 * 1024;

/**
 * As `streamResponse`, over a web stream: for a server that is asked by `fetch` and knows no node:http
 * response.
 */
export function webStreamResponse(c: Context, options: StreamOptions): StreamingResponse {
  const connection = new WebConnection(options);
  const gone = () => connection.end();
  c.req.raw.signal.addEventListener('abort', gone, { once: true });
  void connection.closed.then(() => c.req.raw.signal.removeEventListener('abort', gone));
  if (c.req.raw.signal.aborted) gone();
  return {
    response: c.body(connection.body, 200, SSE_HEADERS),
    end: gone,
    closed: connection.closed,
  };
}

class WebConnection implements Sink {
  readonly body: ReadableStream<Uint8Array>;
  readonly closed: Promise<void>;
  readonly #abort = new AbortController();
  readonly #keepAlive: NodeJS.Timeout;
  readonly #encoder = new TextEncoder();
  #controller!: ReadableStreamDefaultController<Uint8Array>;
  #onClosed!: () => void;
  /** Pending while the reader has no room. */
  #drained: Promise<void> | null = null;
  #release: (() => void) | null = null;

  constructor({ keepAliveMs, run, onError }: StreamOptions) {
    // One listener for each loop of the connection.
    setMaxListeners(0, this.#abort.signal);
    this.closed = new Promise((resolve) => (this.#onClosed = resolve));
    this.#keepAlive = setTimeout(() => this.#sayAlive(), keepAliveMs).unref();
    let started = false;
    this.body = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.#controller = controller;
        },
        pull: () => {
          this.#resume();
          if (started) return;
          started = true;
          run(this).then(
            () => this.end(),
            (error: unknown) => {
              onError(error);
              this.#over(() => this.#controller.error(new Error('The stream failed.')));
            },
          );
        },
        cancel: () => this.#over(() => undefined),
      },
      { highWaterMark: ROOM_BYTES, size: (chunk) => chunk.byteLength },
    );
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  readonly write: Write = (...chunks) => {
    if (this.#abort.signal.aborted) return undefined;
    this.#keepAlive.refresh();
    for (const chunk of chunks) {
      // Its own copy: pages are shared by readers, and whoever takes a chunk may detach it.
      this.#controller.enqueue(
        typeof chunk === 'string' ? this.#encoder.encode(chunk) : Uint8Array.from(chunk),
      );
    }
    if ((this.#controller.desiredSize ?? 1) > 0) return undefined;
    return (this.#drained ??= new Promise((resolve) => {
      this.#release = resolve;
    }));
  };

  /** Nothing is written any more, and nobody waits. */
  end(): void {
    this.#over(() => this.#controller.close());
  }

  #over(finish: () => void): void {
    if (this.#abort.signal.aborted) return;
    clearTimeout(this.#keepAlive);
    this.#abort.abort();
    finish();
    this.#resume();
    this.#onClosed();
  }

  #resume(): void {
    this.#release?.();
    this.#release = null;
    this.#drained = null;
  }

  /** A reader that has no room has unread bytes before it, and they are not silence. */
  #sayAlive(): void {
    if (this.#drained === null) void this.write(KEEP_ALIVE);
    else this.#keepAlive.refresh();
  }
}
