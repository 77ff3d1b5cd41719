export interface SlicesOptions<T> {
  /** Works some items off, in order. */
  readonly work: (items: readonly T[]) => void;
  /** Runs something in a task of its own, soon, so that the page can draw and answer in between. */
  readonly later: (run: () => void) => void;
  /** Milliseconds of a clock that only goes forward. */
  readonly now: () => number;
}

/** How long, in milliseconds, a slice may take: half of a frame. */
const BUDGET = 8;
/** How many items are worked off between two looks at the clock. */
const STRIDE = 32;

/** Works a queue off in order, in slices so short that the page never stops for them. */
export class Slices<T> {
  readonly #options: SlicesOptions<T>;
  #queue: T[] = [];
  #next = 0;
  #scheduled = false;

  constructor(options: SlicesOptions<T>) {
    this.#options = options;
  }

  push(items: readonly T[]): void {
    for (const item of items) this.#queue.push(item);
    this.#schedule();
  }

  /** Forgets what waits, and gives it. */
  clear(): T[] {
    const waiting = this.#queue.slice(this.#next);
    this.#queue = [];
    this.#next = 0;
    return waiting;
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#options.later(() => {
      this.#scheduled = false;
      this.#slice();
    });
  }

  #slice(): void {
    const { work, now } = this.#options;
    const end = now() + BUDGET;
    while (this.#next < this.#queue.length) {
      const lot = this.#queue.slice(this.#next, this.#next + STRIDE);
      this.#next += lot.length;
      work(lot);
      if (now() >= end) break;
    }
    if (this.#next < this.#queue.length) {
      // What is done is let go of now and then, not each time: that would copy the rest.
      if (this.#next > this.#queue.length / 2) this.#dropDone();
      this.#schedule();
    } else {
      this.clear();
    }
  }

  #dropDone(): void {
    this.#queue = this.#queue.slice(this.#next);
    this.#next = 0;
  }
}
