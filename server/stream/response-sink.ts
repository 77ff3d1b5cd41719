import { setMaxListeners } from 'node:events';
import { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Context } from 'hono';
import { isObject } from '../../shared/json.ts';
import type { Sink, Write } from './sink.ts';
import { KEEP_ALIVE, SSE_HEADERS } from './sse.ts';
import { nextTurn } from './tail.ts';
import { webStreamResponse } from './web-sink.ts';

export interface StreamOptions {
  /** A comment is sent after so many milliseconds of silence. */
  readonly keepAliveMs: number;
  /** Writes the stream; it ends when the promise settles. */
  readonly run: (sink: Sink) => Promise<void>;
  /** What `run` rejected with; the connection is cut then, so that its reader comes back. */
  readonly onError: (error: unknown) => void;
}

/** A response that streams, and what ends it from this side. */
export interface StreamingResponse {
  readonly response: Response;
  /** Ends the stream at once. */
  readonly end: () => void;
  /** Resolves when the connection is closed. */
  readonly closed: Promise<void>;
}

/**
 * A response whose frames are written to the socket directly. Hono and its adapter send the head, with
 * whatever headers the middleware adds, and begin to read the body, which stays empty; from then on
 * `run` writes to node's response, at a third of the cost of a web stream.
 * A request that did not come through @hono/node-server is answered with a web stream all the same.
 */
export function streamResponse(c: Context, options: StreamOptions): StreamingResponse {
  const outgoing = nodeResponse(c);
  if (outgoing === null) return webStreamResponse(c, options);
  const connection = new Connection(outgoing, options.keepAliveMs);
  const closed = new Promise<void>((resolve) => outgoing.once('close', resolve));
  const body = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        // The adapter may look for a first chunk before it sends the head.
        while (!outgoing.headersSent && !outgoing.destroyed) await nextTurn();
        try {
          await options.run(connection);
        } catch (error) {
          options.onError(error);
          outgoing.destroy();
        }
        connection.end();
        if (!outgoing.destroyed) controller.close();
      },
      cancel: () => connection.end(),
    },
    { highWaterMark: 0 },
  );
  const end = () => {
    const { isFull } = connection;
    connection.end();
    // What a reader has not taken by now must not keep the socket open.
    if (isFull) outgoing.destroy();
  };
  return { response: c.body(body, 200, SSE_HEADERS), end, closed };
}

class Connection implements Sink {
  readonly #outgoing: ServerResponse;
  readonly #abort = new AbortController();
  readonly #keepAlive: NodeJS.Timeout;
  /** Pending while the reader has no room. */
  #drained: Promise<void> | null = null;
  #release: (() => void) | null = null;
  readonly #resume = () => {
    this.#release?.();
    this.#release = null;
    this.#drained = null;
  };
  #socket: Socket | null = null;
  #corked = false;
  #ended = false;

  constructor(outgoing: ServerResponse, keepAliveMs: number) {
    this.#outgoing = outgoing;
    // One listener for each loop of the connection.
    setMaxListeners(0, this.#abort.signal);
    this.#keepAlive = setTimeout(() => this.#sayAlive(), keepAliveMs).unref();
    outgoing.on('drain', this.#resume);
    outgoing.once('close', () => this.end());
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** Whether the reader has no room. */
  get isFull(): boolean {
    return this.#drained !== null;
  }

  readonly write: Write = (...chunks) => {
    if (this.#ended) return undefined;
    this.#keepAlive.refresh();
    let hasRoom = this.#drained === null;
    for (const chunk of chunks) hasRoom = this.#send(chunk);
    if (hasRoom) return undefined;
    return (this.#drained ??= new Promise((resolve) => {
      this.#release = resolve;
    }));
  };

  /** Nothing is written any more, and nobody waits. */
  end(): void {
    this.#ended = true;
    this.#socket?.off('drain', this.#resume);
    clearTimeout(this.#keepAlive);
    this.#abort.abort();
    this.#resume();
  }

  /** Returns whether there is room for more. */
  #send(chunk: string | Buffer): boolean {
    const { socket, chunkedEncoding } = this.#outgoing;
    const isShort = typeof chunk !== 'string' && chunk.length <= SHORT_PAGE;
    // Without a socket the response still waits for those before it on the connection.
    if (!isShort || !chunkedEncoding || socket === null) return this.#outgoing.write(chunk);
    if (this.#socket === null) {
      this.#socket = socket;
      socket.on('drain', this.#resume);
    }
    if (!this.#corked) this.#cork(socket);
    return socket.write(httpChunk(chunk));
  }

  /** What many sessions of one connection have to say at once goes out in one system call. */
  #cork(socket: Socket): void {
    this.#corked = true;
    socket.cork();
    process.nextTick(() => {
      this.#corked = false;
      socket.uncork();
    });
  }

  /** A reader that has no room has unread bytes before it, and they are not silence. */
  #sayAlive(): void {
    if (this.#drained === null) void this.write(KEEP_ALIVE);
    else this.#keepAlive.refresh();
  }
}

/** In bytes. Beyond it, to copy a page costs more than to write it in three parts. */
const SHORT_PAGE = 16 * 1024;

const httpChunks = new WeakMap<Buffer, Buffer>();

/**
 * A page as a chunk of HTTP/1.1's chunked encoding. Pages are shared by many readers, and so are their
 * chunks, which node would put together for each reader anew.
 */
function httpChunk(page: Buffer): Buffer {
  const known = httpChunks.get(page);
  if (known !== undefined) return known;
  const size = page.length.toString(16);
  const chunk = Buffer.concat([Buffer.from(`${size}\r\n`), page, Buffer.from('\r\n')]);
  httpChunks.set(page, chunk);
  return chunk;
}

function nodeResponse(c: Context): ServerResponse | null {
  const bindings: unknown = c.env;
  const outgoing: unknown = isObject(bindings) ? bindings.outgoing : undefined;
  return outgoing instanceof ServerResponse ? outgoing : null;
}
