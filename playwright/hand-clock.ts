import { systemClock, type Clock } from '../server/engine/clock.ts';

/** After so many turns of the event loop in which nobody looked at the clock, nothing goes on. */
const CALM_TURNS = 4;

/** Who looks at the clock without end is not waited for any longer, in milliseconds. */
const PATIENCE_MS = 5000;

interface Timer {
  /** Milliseconds since the epoch, of this clock. */
  readonly time: number;
  readonly run: () => void;
  /** Takes back the system's timer; does nothing while the clock stands. */
  disarm: () => void;
}

/**
 * The clock of a server under test: the system's until it is stopped, and then driven by hand. Sleeps,
 * deadlines, back-off and the times of events follow it; what a handler asks `Date` or `setTimeout` does
 * not.
 */
export class HandClock implements Clock {
  readonly #timers = new Set<Timer>();
  /** The time that it shows while it stands; null while it runs. */
  #standing: number | null = null;
  /** How far it is ahead of the system's while it runs. */
  #ahead = 0;
  /** How often somebody looked at it. */
  #looks = 0;

  /** Milliseconds since the epoch. */
  now(): number {
    this.#looks += 1;
    return this.#time();
  }

  at(time: number, run: () => void): () => void {
    this.#looks += 1;
    const timer: Timer = { time, run, disarm: () => undefined };
    this.#timers.add(timer);
    if (this.#standing === null) this.#arm(timer);
    else if (time <= this.#standing) this.#fireSoon(timer);
    return () => {
      this.#timers.delete(timer);
      timer.disarm();
    };
  }

  defer(run: () => void): void {
    this.#looks += 1;
    systemClock.defer(run);
  }

  /** Lets time stand still. */
  stop(): void {
    if (this.#standing !== null) return;
    this.#standing = this.#time();
    for (const timer of this.#timers) timer.disarm();
  }

  /** Lets time go on by itself from where it is. */
  start(): void {
    if (this.#standing === null) return;
    this.#ahead = this.#standing - systemClock.now();
    this.#standing = null;
    for (const timer of this.#timers) this.#arm(timer);
  }

  /**
   * Moves a clock that stands by `ms` milliseconds. What falls due on the way happens at its own time
   * and in order, and what it sets off goes on, as far as it can without waiting for the world outside,
   * before time moves on. Resolves when nothing goes on any more.
   * @throws Error when the clock runs, or `ms` is no length of time
   */
  async advance(ms: number): Promise<void> {
    if (this.#standing === null) throw new Error('The clock runs by itself: stop() it first.');
    if (!(Number.isFinite(ms) && ms >= 0)) {
      throw new RangeError(`A clock moves on by milliseconds, and not by ${ms}.`);
    }
    const end = this.#standing + ms;
    await this.#calm();
    for (let due = this.#firstUntil(end); due !== null; due = this.#firstUntil(end)) {
      this.#standing = Math.max(this.#time(), due.time);
      this.#fire(due);
      await this.#calm();
    }
    this.#standing = end;
  }

  #time(): number {
    return this.#standing ?? systemClock.now() + this.#ahead;
  }

  #arm(timer: Timer): void {
    timer.disarm = systemClock.at(timer.time - this.#ahead, () => this.#fire(timer));
  }

  #fireSoon(timer: Timer): void {
    const soon = setImmediate(() => this.#fire(timer));
    timer.disarm = () => clearImmediate(soon);
  }

  #fire(timer: Timer): void {
    if (this.#timers.delete(timer)) timer.run();
  }

  /** The first timer that is due by `end`; of two at one time, the one that was set first. */
  #firstUntil(end: number): Timer | null {
    let first: Timer | null = null;
    for (const timer of this.#timers) {
      if (timer.time <= end && (first === null || timer.time < first.time)) first = timer;
    }
    return first;
  }

  /** Resolves once nobody has looked at the clock for some turns of the event loop. */
  async #calm(): Promise<void> {
    const deadline = performance.now() + PATIENCE_MS;
    for (let calm = 0; calm < CALM_TURNS && performance.now() < deadline;) {
      const before = this.#looks;
      await new Promise<void>((resolve) => setImmediate(resolve));
      calm = this.#looks === before ? calm + 1 : 0;
    }
  }
}
