import type { Json, JsonObject } from '../../../shared/json.ts';

/** Time as a stream of parts sees it; a test drives its own. */
export interface PartTimers {
  /** Milliseconds, from any beginning. */
  now(): number;
  /** Calls `run` once after `ms`. Returns the undoing. */
  after(ms: number, run: () => void): () => void;
}

const systemTimers: PartTimers = {
  now: () => performance.now(),
  after(ms, run) {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
};

/** Thirty events a second a part, and not one more. */
const PAUSE_MS = 34;
/** A text that is longer goes as several events. */
const LONGEST_TEXT = 256 * 1024;

interface Pending {
  readonly name: string;
  value: JsonObject;
}

/**
 * Joins what an agent streams in small pieces to events of a reasonable size. A part is known by its
 * name and its id: the texts of one part are joined, of any other value the latest members count.
 * Parts that wait together are emitted in the order in which they came up.
 */
export class PartStream {
  readonly #emit: (event: JsonObject) => Promise<void>;
  readonly #timers: PartTimers;
  #pending = new Map<string, Pending>();
  #emittedAt = -Infinity;
  #stopTimer: (() => void) | null = null;
  #emitting: Promise<void> | null = null;
  #failure: { error: unknown } | null = null;

  constructor(emit: (event: JsonObject) => Promise<void>, timers: PartTimers = systemTimers) {
    this.#emit = emit;
    this.#timers = timers;
  }

  addText(name: string, id: string, text: string): void {
    this.#add(name, id, { id, text });
  }

  add(name: string, id: string, value: Record<string, Json | undefined>): void {
    const members = Object.entries(value).filter(
      (entry): entry is [string, Json] => entry[1] !== undefined,
    );
    this.#add(name, id, { id, ...Object.fromEntries(members) });
  }

  /** Resolves when everything that came before is in the log. @throws what an emission threw */
  async flush(): Promise<void> {
    while (this.#pending.size > 0 || this.#emitting !== null) {
      this.#startEmitting();
      await this.#emitting;
    }
    this.#stopTimer?.();
    if (this.#failure !== null) throw this.#failure.error;
  }

  #add(name: string, id: string, value: JsonObject): void {
    const key = `${name}:${id}`;
    const pending = this.#pending.get(key);
    if (pending === undefined) this.#pending.set(key, { name, value });
    else pending.value = joined(pending.value, value);
    this.#schedule();
  }

  #schedule(): void {
    if (this.#stopTimer !== null || this.#emitting !== null) return;
    const wait = this.#emittedAt + PAUSE_MS - this.#timers.now();
    if (wait <= 0) this.#startEmitting();
    else {
      this.#stopTimer = this.#timers.after(wait, () => {
        this.#stopTimer = null;
        this.#startEmitting();
      });
    }
  }

  #startEmitting(): void {
    if (this.#emitting !== null || this.#pending.size === 0) return;
    const events = [...this.#pending.values()].flatMap(eventsOf);
    this.#pending = new Map();
    this.#emittedAt = this.#timers.now();
    this.#emitting = this.#emitAll(events).finally(() => {
      this.#emitting = null;
      if (this.#pending.size > 0) this.#schedule();
    });
  }

  async #emitAll(events: readonly JsonObject[]): Promise<void> {
    for (const event of events) {
      try {
        await this.#emit(event);
      } catch (error) {
        this.#failure ??= { error };
      }
    }
  }
}

function joined(before: JsonObject, after: JsonObject): JsonObject {
  const { text: earlier } = before;
  const { text: later } = after;
  const both = { ...before, ...after };
  return typeof earlier === 'string' && typeof later === 'string'
    ? { ...both, text: earlier + later }
    : both;
}

function eventsOf({ name, value }: Pending): JsonObject[] {
  const { text } = value;
  if (typeof text !== 'string' || text.length <= LONGEST_TEXT) return [{ [name]: value }];
  const events: JsonObject[] = [];
  for (let from = 0; from < text.length; from += LONGEST_TEXT) {
    events.push({ [name]: { ...value, text: text.slice(from, from + LONGEST_TEXT) } });
  }
  return events;
}
