import type { Commit } from '../store/store.ts';

/**
 * Tells readers that there is something to read; what, they read themselves. A reader arms its
 * wake-up, reads, and waits for a ring only when there was nothing, so that no commit falls between
 * the two. Rings carry no payload, and many commits in one turn of the event loop ring once.
 */
export class WakeUps {
  readonly #sessions = new Map<string, Set<WakeUp>>();
  readonly #feed = new Set<WakeUp>();
  /** Whom to ring at the end of this turn; null when that is not scheduled. */
  #due: Set<WakeUp> | null = null;

  /** A wake-up that rings after each commit that touches the session. To be closed. */
  session(sessionId: string): WakeUp {
    const listeners = this.#sessions.get(sessionId) ?? new Set();
    this.#sessions.set(sessionId, listeners);
    const wakeUp = new WakeUp(() => {
      listeners.delete(wakeUp);
      if (listeners.size === 0 && this.#sessions.get(sessionId) === listeners) {
        this.#sessions.delete(sessionId);
      }
    });
    listeners.add(wakeUp);
    return wakeUp;
  }

  /** A wake-up that rings after each commit that moves the store's revision. To be closed. */
  feed(): WakeUp {
    const wakeUp = new WakeUp(() => this.#feed.delete(wakeUp));
    this.#feed.add(wakeUp);
    return wakeUp;
  }

  /** Rings, at the end of this turn, whoever listens to what the commit touched. */
  touch(commit: Commit): void {
    for (const sessionId of commit.sessions) this.#ring(this.#sessions.get(sessionId));
    if (commit.feed) this.#ring(this.#feed);
  }

  /** How many wake-ups are open. */
  get size(): number {
    let size = this.#feed.size;
    for (const listeners of this.#sessions.values()) size += listeners.size;
    return size;
  }

  #ring(listeners: ReadonlySet<WakeUp> | undefined): void {
    if (listeners === undefined || listeners.size === 0) return;
    if (this.#due === null) {
      this.#due = new Set();
      setImmediate(() => {
        const due = this.#due;
        this.#due = null;
        for (const wakeUp of due ?? []) wakeUp.ring();
      });
    }
    for (const wakeUp of listeners) this.#due.add(wakeUp);
  }
}

/** One reader's bell. */
export class WakeUp {
  #rung = false;
  #wake: (() => void) | null = null;
  readonly #forget: () => void;

  constructor(forget: () => void) {
    this.#forget = forget;
  }

  /** Forgets earlier rings; to be called before reading. */
  arm(): void {
    this.#rung = false;
  }

  /** Resolves at the first ring since it was armed. One caller at a time. */
  rung(): Promise<void> {
    if (this.#rung) return Promise.resolve();
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  ring(): void {
    this.#rung = true;
    const wake = this.#wake;
    this.#wake = null;
    wake?.();
  }

  /** Ends the subscription, and wakes whoever still waits. */
  close(): void {
    this.#forget();
    this.ring();
  }
}
