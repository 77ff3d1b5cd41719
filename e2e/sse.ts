import { createParser } from 'eventsource-parser';
import { isObject, type JsonObject } from '../shared/json.ts';

/** One frame of a stream, its data parsed. */
export interface Frame {
  /** Null for a frame without one. */
  readonly id: string | null;
  readonly event: string;
  readonly data: JsonObject;
}

/** A response that is no stream. */
export class NoStream extends Error {
  override readonly name = 'NoStream';
  readonly status: number;
  readonly body: string;

  constructor(status: number, body: string) {
    super(`Not a stream: ${status} ${body}`);
    this.status = status;
    this.body = body;
  }
}

/**
 * A reader of server-sent events that lets nothing pass which the protocol does not promise: each
 * frame has a name and one JSON object on one line.
 */
export class SseReader {
  readonly headers: Headers;
  /** What the server wrote before the next frame and beside the frames. */
  readonly comments: string[] = [];
  retry: number | null = null;
  readonly #body: ReadableStreamDefaultReader<Uint8Array>;
  readonly #abort: AbortController;
  readonly #frames: Frame[] = [];
  readonly #decoder = new TextDecoder();
  readonly #parser = createParser({
    onEvent: ({ id, event, data }) => this.#frames.push(strictFrame(id, event, data)),
    onComment: (comment) => this.comments.push(comment),
    onRetry: (retry) => (this.retry = retry),
    onError: (error) => {
      throw error;
    },
  });

  private constructor(
    headers: Headers,
    body: ReadableStreamDefaultReader<Uint8Array>,
    abort: AbortController,
  ) {
    this.headers = headers;
    this.#body = body;
    this.#abort = abort;
  }

  /** @throws NoStream, or what `fetch` throws when there is no server */
  static async open(url: string, headers: Record<string, string> = {}): Promise<SseReader> {
    const abort = new AbortController();
    const response = await fetch(url, {
      headers: { accept: 'text/event-stream', ...headers },
      signal: abort.signal,
    });
    const isStream = (response.headers.get('content-type') ?? '').startsWith('text/event-stream');
    if (response.status !== 200 || !isStream || response.body === null) {
      throw new NoStream(response.status, await response.text());
    }
    return new SseReader(response.headers, response.body.getReader(), abort);
  }

  /** The next frame; null once the stream has ended, whether the server ended it or died. */
  async next(): Promise<Frame | null> {
    for (;;) {
      const frame = this.#frames.shift();
      if (frame !== undefined) return frame;
      const chunk = await this.#read();
      if (chunk === undefined) return null;
      this.#parser.feed(this.#decoder.decode(chunk, { stream: true }));
    }
  }

  /** The frames up to and with the first that fits. @throws Error when the stream ends before */
  async until(fits: (frame: Frame) => boolean): Promise<Frame[]> {
    const frames: Frame[] = [];
    for (;;) {
      const frame = await this.next();
      if (frame === null) {
        throw new Error(`The stream ended early, after ${JSON.stringify(frames.slice(-3))}`);
      }
      frames.push(frame);
      if (fits(frame)) return frames;
    }
  }

  /** The frames up to the end of the stream. */
  async rest(): Promise<Frame[]> {
    const frames: Frame[] = [];
    for (let frame = await this.next(); frame !== null; frame = await this.next()) {
      frames.push(frame);
    }
    return frames;
  }

  /** The next bytes; undefined at the end. */
  async #read(): Promise<Uint8Array | undefined> {
    try {
      return (await this.#body.read()).value;
    } catch {
      // Cut off.
      return undefined;
    }
  }

  /** Disconnects. */
  close(): void {
    this.#abort.abort();
  }
}

function strictFrame(id: string | undefined, event: string | undefined, text: string): Frame {
  const data: unknown = JSON.parse(text);
  if (event === undefined || text.includes('\n') || !isObject(data)) {
    throw new Error(`No proper frame: ${JSON.stringify({ id, event, text })}`);
  }
  return { id: id ?? null, event, data: data as JsonObject };
}
