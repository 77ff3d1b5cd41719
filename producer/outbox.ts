import type { Connection } from './connection.ts';
import { pause } from './connection.ts';
import { overOr } from './errors.ts';
import type { ProducedEvent, Turn } from './wire.ts';

export interface OutboxOptions {
  readonly connection: Connection;
  readonly sessionId: string;
  readonly turn: Omit<Turn, 'seq'>;
  /** The number of the first batch. */
  readonly seq: number;
  /** How many characters of events wait at most before `add` makes its caller wait. */
  readonly maxWaiting: number;
  /** Ends it. */
  readonly signal: AbortSignal;
  /** The server refused a batch for good, or is no more for this program. */
  readonly onEnd: (error: unknown) => void;
}

/** The most that one batch carries: events, and characters unless one event has more. */
const BATCH_EVENTS = 2000;
const BATCH_CHARACTERS = 1024 * 1024;

interface Waiting {
  readonly text: string;
  /** Called with the index of the log's last event after the batch. */
  readonly onStored: ((lastIndex: number) => void) | undefined;
}

/**
 * Sends events in order, one batch at a time: what is added while one is under way makes the next. A
 * batch is repeated under its number until the server has answered.
 */
export class Outbox {
  readonly #options: OutboxOptions;
  #seq: number;
  #lease: number;
  #waiting: Waiting[] = [];
  #characters = 0;
  /** Whoever waits for room. */
  #blocked: (() => void)[] = [];
  #sending: Promise<void> | null = null;
  #beat: ReturnType<typeof setTimeout> | undefined;
  #ended: { readonly error: unknown } | null = null;

  constructor(options: OutboxOptions) {
    this.#options = options;
    this.#seq = options.seq;
    this.#lease = options.turn.lease;
    options.signal.addEventListener('abort', () => this.#end(options.signal.reason));
    this.#beatLater();
  }

  /**
   * Queues an event. Resolves at once, or when there is room again.
   * @throws what ended the outbox
   */
  async add(event: ProducedEvent, onStored?: (lastIndex: number) => void): Promise<void> {
    this.#throwIfEnded();
    const text = JSON.stringify(event);
    this.#waiting.push({ text, onStored });
    this.#characters += text.length;
    this.#send();
    while (this.#characters > this.#options.maxWaiting && this.#ended === null) {
      await new Promise<void>((resolve) => this.#blocked.push(resolve));
    }
    this.#throwIfEnded();
  }

  /** Resolves when all that was added is stored. @throws what ended the outbox */
  async flush(): Promise<void> {
    while (this.#sending !== null) await this.#sending;
    this.#throwIfEnded();
  }

  /** Stores what was added, ends the lease, and takes nothing more. */
  async release(): Promise<void> {
    await this.flush();
    this.#lease = 0;
    this.#send(true);
    await this.flush();
  }

  #throwIfEnded(): void {
    if (this.#ended !== null) throw this.#ended.error;
  }

  #send(evenNothing = false): void {
    this.#sending ??= this.#sendAll(evenNothing)
      .catch((error: unknown) => {
        const { signal, onEnd } = this.#options;
        const reason = overOr(error);
        this.#end(reason);
        if (!signal.aborted) onEnd(reason);
      })
      .finally(() => {
        this.#sending = null;
        // Perhaps something was added after the last look.
        if (this.#waiting.length > 0) this.#send();
        else this.#beatLater();
      });
  }

  async #sendAll(evenNothing: boolean): Promise<void> {
    const { connection, sessionId, turn, signal } = this.#options;
    clearTimeout(this.#beat);
    // What is added in this turn of the event loop goes into one batch.
    await pause(0, signal);
    for (let owed = evenNothing; owed || this.#waiting.length > 0; owed = false) {
      const batch = this.#take();
      const texts = batch.map(({ text }) => text);
      const next = { ...turn, seq: this.#seq, lease: this.#lease };
      const { lastIndex } = await connection.produce(sessionId, texts, next, signal);
      this.#seq += 1;
      this.#characters -= texts.reduce((sum, text) => sum + text.length, 0);
      for (const { onStored } of batch) onStored?.(lastIndex);
      for (const go of this.#blocked.splice(0)) go();
    }
  }

  #take(): Waiting[] {
    let characters = 0;
    const beyond = this.#waiting.findIndex(({ text }, place) => {
      characters += text.length;
      return place > 0 && (place >= BATCH_EVENTS || characters > BATCH_CHARACTERS);
    });
    return this.#waiting.splice(0, beyond < 0 ? this.#waiting.length : beyond);
  }

  /** An empty batch is a heart-beat: three of them to a lease. */
  #beatLater(): void {
    clearTimeout(this.#beat);
    if (this.#ended !== null || this.#lease === 0) return;
    this.#beat = setTimeout(() => this.#send(true), (this.#lease * 1000) / 3);
  }

  #end(error: unknown): void {
    this.#ended ??= { error };
    clearTimeout(this.#beat);
    this.#waiting = [];
    for (const go of this.#blocked.splice(0)) go();
  }
}
