import type { Clock } from '../clock.ts';
import type { Random } from './random.testing.ts';

/** One life of a process: what it has under way goes with it. */
export interface Life {
  readonly name: string;
}

interface Action {
  readonly label: string;
  /** Null: it belongs to the world, and outlives every process. */
  readonly life: Life | null;
  readonly run: () => void | Promise<void>;
}

interface Timer extends Action {
  /** Milliseconds since the epoch. */
  readonly time: number;
}

export interface SchedulerOptions {
  readonly random: Random;
  /** How likely time moves on although something else could happen. */
  readonly haste: number;
}

/** The beginning of the world's time, in milliseconds since the Unix epoch. */
const BEGINNING = 1_700_000_000_000;

/**
 * Owns time and order: everything that could happen next waits here, and one thing of it happens at a
 * time, chosen by the random numbers alone. What follows by itself from it has come to rest before
 * the next.
 */
export class Scheduler {
  readonly random: Random;
  readonly #haste: number;
  /** What has happened, a line each. */
  readonly trace: string[] = [];
  now = BEGINNING;
  #ready: Action[] = [];
  #timers: Timer[] = [];

  constructor({ random, haste }: SchedulerOptions) {
    this.random = random;
    this.#haste = haste;
  }

  /** Lets `run` happen at some later point, unless `life` ends before. */
  add(label: string, run: Action['run'], life: Life | null = null): void {
    this.#ready.push({ label, life, run });
  }

  /** Lets `run` happen at `time` or later. Returns the undoing. */
  at(time: number, label: string, run: Action['run'], life: Life | null = null): () => void {
    const timer = { time, label, life, run };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
      this.#ready = this.#ready.filter((other) => other !== timer);
    };
  }

  /** Resolves at some later point; never if `life` ends before. */
  turn(label: string, life: Life | null = null): Promise<void> {
    return new Promise((resolve) => this.add(label, resolve, life));
  }

  /** Resolves `ms` later. */
  pause(ms: number): Promise<void> {
    return new Promise((resolve) => this.at(this.now + ms, `pause ${ms}`, resolve));
  }

  /** The clock of one process. */
  clock(life: Life): Clock {
    return {
      now: () => this.now,
      at: (time, run) => this.at(time, 'timer', run, life),
      defer: (run) => this.add('defer', run, life),
    };
  }

  /** Ends a life: nothing that belongs to it happens any more. */
  kill(life: Life): void {
    this.#ready = this.#ready.filter((action) => action.life !== life);
    this.#timers = this.#timers.filter((timer) => timer.life !== life);
  }

  /** Lets one thing happen. False when there is nothing left that could. */
  async step(): Promise<boolean> {
    // What was begun from outside comes to rest first.
    if (this.#ready.length === 0) await settled();
    const isIdle = this.#ready.length === 0;
    if (this.#timers.length > 0 && (isIdle || this.random.chance(this.#haste))) this.#advance();
    const place = this.random.below(this.#ready.length);
    const action = this.#ready[place];
    if (action === undefined) return false;
    this.#ready.splice(place, 1);
    this.trace.push(action.life === null ? action.label : `${action.life.name} ${action.label}`);
    await action.run();
    await settled();
    return true;
  }

  /** Moves on to the next timer; all that are due by then can go off, in any order. */
  #advance(): void {
    const next = this.#timers.reduce((time, timer) => Math.min(time, timer.time), Infinity);
    this.now = Math.max(this.now, next);
    this.#ready.push(...this.#timers.filter((timer) => timer.time <= this.now));
    this.#timers = this.#timers.filter((timer) => timer.time > this.now);
  }
}

/** Resolves once all that can go on by itself has. */
function settled(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
