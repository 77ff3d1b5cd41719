import type { Connection } from './connection.ts';
import { overOf, overOr, PromptWithdrawn } from './errors.ts';
import type { Json, LogEvent } from './wire.ts';

export interface AnswersOptions {
  readonly connection: Connection;
  readonly sessionId: string;
  /** Ends the waiting. */
  readonly signal: AbortSignal;
  /** The session has ended or is no more. */
  readonly onEnd: (error: unknown) => void;
}

interface Awaited {
  readonly resolve: (response: Json) => void;
  readonly reject: (error: unknown) => void;
}

/** How a prompt was closed. */
type Closed = { readonly response: Json } | { readonly reason: string };

/**
 * Learns the answers from the log, by a long poll that goes on where it was after a lost connection.
 * It reads only while somebody waits.
 */
export class Answers {
  readonly #options: AnswersOptions;
  readonly #awaited = new Map<string, Awaited>();
  /** What was closed before anybody here waited: in the life of the program before this one. */
  readonly #closed = new Map<string, Closed>();
  #cursor: number;
  #polling = false;

  /** `after` is the index of the last event that was read. */
  constructor(options: AnswersOptions, after: number) {
    this.#options = options;
    this.#cursor = after;
    options.signal.addEventListener('abort', () => this.#end(options.signal.reason));
  }

  /** Takes an event of the log. `isOver`: of one that has ended. */
  see(event: LogEvent, isOver = false): void {
    this.#cursor = Math.max(this.#cursor, event.index);
    const { type, interactionId } = event;
    if (interactionId === undefined) return;
    // A prompt that ends with its run is told of the run's end, once all answers have been read.
    if (isOver && type === 'inputWithdrawn') return;
    const closed: Closed | null =
      type === 'inputResolved'
        ? { response: event.response ?? null }
        : type === 'inputWithdrawn'
          ? { reason: event.reason ?? '' }
          : null;
    if (closed === null) return;
    const awaited = this.#awaited.get(interactionId);
    this.#awaited.delete(interactionId);
    if (awaited === undefined) this.#closed.set(interactionId, closed);
    else settle(awaited, closed);
  }

  /**
   * The response to a prompt.
   * @throws what ended the waiting, or PromptWithdrawn while the session goes on
   */
  of(interactionId: string): Promise<Json> {
    return new Promise((resolve, reject) => {
      const { signal } = this.#options;
      const closed = this.#closed.get(interactionId);
      this.#closed.delete(interactionId);
      if (signal.aborted) reject(signal.reason as Error);
      else if (closed !== undefined) settle({ resolve, reject }, closed);
      else this.#awaited.set(interactionId, { resolve, reject });
      void this.#poll();
    });
  }

  /** A prompt that nobody else waits beside is stored: nothing before that is of interest. */
  skipTo(index: number): void {
    if (this.#awaited.size <= 1) this.#cursor = Math.max(this.#cursor, index);
  }

  async #poll(): Promise<void> {
    if (this.#polling) return;
    this.#polling = true;
    const { connection, sessionId, signal, onEnd } = this.#options;
    try {
      while (this.#awaited.size > 0) {
        const page = await connection.log(sessionId, this.#cursor, true, signal);
        const over = overOf(page.status);
        for (const event of page.events) this.see(event, over !== null);
        if (page.events.length === 0 && over !== null) throw over;
      }
    } catch (error) {
      const reason = overOr(error);
      this.#end(reason);
      if (!signal.aborted) onEnd(reason);
    } finally {
      this.#polling = false;
    }
  }

  #end(error: unknown): void {
    for (const { reject } of this.#awaited.values()) reject(error);
    this.#awaited.clear();
  }
}

function settle({ resolve, reject }: Awaited, closed: Closed): void {
  if ('response' in closed) resolve(closed.response);
  else reject(new PromptWithdrawn(`The prompt was withdrawn: ${closed.reason}.`));
}
