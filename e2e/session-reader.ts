import { setTimeout as wait } from 'node:timers/promises';
import { sessionPaths } from '../shared/api.ts';
import type { Json, JsonObject } from '../shared/json.ts';
import { SseReader } from './sse.ts';

const RECONNECT_MS = 20;

/**
 * A client of one session as PROTOCOL.md describes it: keeps its cursor, comes back after every loss
 * of the connection, and complains of any event that is not the next one.
 */
export class SessionReader {
  readonly events: JsonObject[] = [];
  /** What `done` or `deleted` said; null until then. */
  end: { readonly event: string; readonly data: Json } | null = null;
  /** How often it connected. */
  connections = 0;
  readonly #url: string;
  #stream: SseReader | null = null;

  constructor(origin: string, sessionId: string) {
    this.#url = `${origin}${sessionPaths(sessionId).stream}`;
  }

  /** Reads on until so many events are there, or the session has ended. */
  async read(events: number): Promise<void> {
    while (this.end === null && this.events.length < events) {
      const stream = (this.#stream ??= await this.#connect());
      const frame = await stream.next();
      if (frame === null) {
        this.#stream = null;
      } else if (frame.event === 'done' || frame.event === 'deleted') {
        this.end = frame;
      } else if (frame.event === 'reset') {
        throw new Error(`The server does not know what it sent: ${JSON.stringify(frame.data)}`);
      } else if (frame.id !== null) {
        const next = this.events.length;
        if (Number(frame.id) !== next || frame.data['index'] !== next) {
          throw new Error(`Expected event ${next}: ${JSON.stringify(frame)}`);
        }
        this.events.push(frame.data);
      }
    }
  }

  close(): void {
    this.#stream?.close();
    this.#stream = null;
  }

  async #connect(): Promise<SseReader> {
    for (;;) {
      try {
        const stream = await SseReader.open(`${this.#url}?after=${this.events.length - 1}`);
        this.connections += 1;
        return stream;
      } catch (error) {
        // No server at the moment; what answers otherwise is a fault.
        if (!(error instanceof TypeError)) throw error;
        await wait(RECONNECT_MS);
      }
    }
  }
}
