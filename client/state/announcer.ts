import { signal } from '@lit-labs/signals';
import type { Timers } from '../api/timers.ts';

/** What a screen reader is given to say. */
export interface Announcement {
  readonly text: string;
  /** Grows with each announcement, so that the same words can be said again. */
  readonly turn: number;
}

/** How long, in milliseconds, it has to be quiet before what is polite is said. */
export const SETTLE_TIME = 1_000;
/** How long, in milliseconds, a subject that changes all the time can be put off. */
export const LONGEST_WAIT = 4_000;

/**
 * The one place from which anything is announced to assistive technology. The page has one polite and
 * one assertive live region, which say what the two signals hold.
 *
 * - `say(subject, text)`: politely, and once things have settled. Of one subject ('sessions', say)
 *   only the latest text is said, so a count that changes ten times a second is said once; several
 *   subjects are said together. Say counts and outcomes with it.
 * - `sayNow(subject, text)`: at once, interrupting. For "needs an answer" and nothing else.
 * - `mute(subject, true)`: until it is unmuted, nothing of that subject is said or put off, and what
 *   waits is forgotten. A replay is muted like this.
 */
export class Announcer {
  readonly polite = signal<Announcement>({ text: '', turn: 0 });
  readonly urgent = signal<Announcement>({ text: '', turn: 0 });
  readonly #timers: Timers;
  readonly #waiting = new Map<string, string>();
  readonly #muted = new Set<string>();
  #since = 0;
  #cancel: () => void = () => undefined;

  constructor(timers: Timers) {
    this.#timers = timers;
  }

  say(subject: string, text: string): void {
    if (this.#muted.has(subject)) return;
    const now = this.#timers.now();
    if (this.#waiting.size === 0) this.#since = now;
    this.#waiting.set(subject, text);
    this.#cancel();
    const left = Math.max(0, this.#since + LONGEST_WAIT - now);
    this.#cancel = this.#timers.after(Math.min(SETTLE_TIME, left), () => this.#flush());
  }

  sayNow(subject: string, text: string): void {
    if (!this.#muted.has(subject)) this.urgent.set(next(this.urgent.get(), text));
  }

  mute(subject: string, muted: boolean): void {
    if (!muted) {
      this.#muted.delete(subject);
      return;
    }
    this.#muted.add(subject);
    this.#waiting.delete(subject);
  }

  /** Forgets what has not been said yet. */
  dispose(): void {
    this.#cancel();
    this.#waiting.clear();
  }

  #flush(): void {
    const text = [...this.#waiting.values()].join(' ');
    this.#waiting.clear();
    if (text !== '') this.polite.set(next(this.polite.get(), text));
  }
}

function next({ turn }: Announcement, text: string): Announcement {
  return { text, turn: turn + 1 };
}
