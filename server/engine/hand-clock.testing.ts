import { systemClock, type Clock } from './clock.ts';

/** A clock that moves when it is told to; turns of the event loop are the real ones. */
export class HandClock implements Clock {
  #now: number;
  readonly #timers = new Set<{ readonly time: number; readonly run: () => void }>();

  /** Begins at `start`, in Unix seconds. */
  constructor(start = 1000) {
    this.#now = start * 1000;
  }

  now(): number {
    return this.#now;
  }

  defer(run: () => void): void {
    systemClock.defer(run);
  }

  at(time: number, run: () => void): () => void {
    const timer = { time, run };
    this.#timers.add(timer);
    return () => {
      this.#timers.delete(timer);
    };
  }

  /** Lets so many seconds pass, and what is due on the way happen, in order. */
  pass(seconds: number): void {
    const until = this.#now + seconds * 1000;
    for (;;) {
      const due = [...this.#timers].filter(({ time }) => time <= until);
      const [first] = due.sort((a, b) => a.time - b.time);
      if (first === undefined) break;
      this.#timers.delete(first);
      this.#now = Math.max(this.#now, first.time);
      first.run();
    }
    this.#now = until;
  }
}
