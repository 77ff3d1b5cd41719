/** The time, as a joiner sees it; a test drives its own. */
export interface Pacing {
  /** Milliseconds. */
  now(): number;
  /** Calls `run` after so many milliseconds. Returns the undoing. */
  after(ms: number, run: () => void): () => void;
}

/** Sends on what was joined; resolves when there may be more. */
export type SendDelta<Part> = (part: Part, text: string) => Promise<void>;

/** Thirty events a second a part. */
const WINDOW_MS = 1000 / 30;
/** One event is not to grow without end while the log is slow. */
const MOST_CHARACTERS = 64 * 1024;

interface Pending<Part> {
  readonly part: Part;
  text: string;
  /** When it was sent last. */
  sentAt: number;
}

/**
 * Joins the pieces of streamed texts, so that each part of an answer sends about thirty times a
 * second at most. The first piece of a part goes on at once, and whatever is waiting goes before it.
 */
export class DeltaJoiner<Part extends { readonly id: string }> {
  readonly #send: SendDelta<Part>;
  readonly #pacing: Pacing;
  readonly #parts = new Map<string, Pending<Part>>();
  #stopTimer: (() => void) | null = null;
  #sent: Promise<void> = Promise.resolve();

  constructor(send: SendDelta<Part>, pacing: Pacing = systemPacing) {
    this.#send = send;
    this.#pacing = pacing;
  }

  /**
   * Takes a piece. Resolves when the next may come.
   * @throws what sending threw, now or before
   */
  add(part: Part, text: string): Promise<void> {
    if (text === '') return this.#sent;
    const known = this.#parts.get(part.id);
    if (known === undefined) void this.flush().catch(ignore);
    const pending = known ?? { part, text: '', sentAt: -Infinity };
    this.#parts.set(part.id, pending);
    pending.text += text;
    const wait = pending.sentAt + WINDOW_MS - this.#pacing.now();
    if (wait <= 0 || pending.text.length >= MOST_CHARACTERS) this.#sendOff(pending);
    else this.#stopTimer ??= this.#pacing.after(wait, () => void this.flush().catch(ignore));
    return this.#sent;
  }

  /** Sends what is waiting. Resolves, or throws, as `add` does. */
  flush(): Promise<void> {
    this.#stopTimer?.();
    this.#stopTimer = null;
    for (const pending of this.#parts.values()) if (pending.text !== '') this.#sendOff(pending);
    return this.#sent;
  }

  #sendOff(pending: Pending<Part>): void {
    const { part, text } = pending;
    pending.text = '';
    pending.sentAt = this.#pacing.now();
    this.#sent = Promise.all([this.#sent, this.#send(part, text)]).then(() => undefined);
    // Whoever adds the next piece hears of it.
    this.#sent.catch(ignore);
  }
}

const ignore = () => undefined;

const systemPacing: Pacing = {
  now: () => performance.now(),
  after: (ms, run) => {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
};
