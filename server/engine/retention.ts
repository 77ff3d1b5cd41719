import type { Logger } from '../logger.ts';
import { AppError } from '../errors.ts';
import type { Store } from '../store/store.ts';
import type { Clock } from './clock.ts';

/** Which of the sessions that have ended are kept. */
export interface RetentionPolicy {
  /** For so long after their end; null for ever. */
  readonly ageMs: number | null;
  /** Of each graph the newest so many, by their end; null for all. */
  readonly perGraph: number | null;
}

export interface RetentionOptions {
  readonly store: Pick<Store, 'ended'>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly policy: RetentionPolicy;
  /** Deletes a session. Rejects with `session_not_found` when it is gone. */
  readonly remove: (sessionId: string) => Promise<void>;
}

/** So many share a commit; others get their turn in between. */
const REMOVED_AT_ONCE = 50;

/** Milliseconds between two sweeps. */
const LONGEST_PAUSE = 60_000;
const SHORTEST_PAUSE = 1000;

/** Deletes the sessions that have ended and are not to be kept: at its start, and again and again. */
export class Retention {
  readonly #options: RetentionOptions;
  #cancel: (() => void) | null = null;
  #stopped = false;

  constructor(options: RetentionOptions) {
    this.#options = options;
  }

  /** Begins to sweep; resolves after the first time. */
  async start(): Promise<void> {
    const { policy, clock } = this.#options;
    if (policy.ageMs === null && policy.perGraph === null) return;
    await this.#sweep();
    if (this.#stopped) return;
    const pause = Math.min(
      LONGEST_PAUSE,
      Math.max(SHORTEST_PAUSE, (policy.ageMs ?? Infinity) / 10),
    );
    this.#cancel = clock.at(clock.now() + pause, () => void this.start());
  }

  /** Deletes nothing more than it has begun to. */
  stop(): void {
    this.#stopped = true;
    this.#cancel?.();
  }

  async #sweep(): Promise<void> {
    const { store, clock, logger, policy } = this.#options;
    const { ageMs, perGraph: keepPerGraph } = policy;
    const before = ageMs === null ? null : (clock.now() - ageMs) / 1000;
    let removed = 0;
    try {
      while (!this.#stopped) {
        const ids = await store.ended({ before, keepPerGraph, limit: REMOVED_AT_ONCE });
        if (ids.length === 0) break;
        await Promise.all(ids.map((id) => this.#remove(id)));
        removed += ids.length;
      }
    } catch (error) {
      // The next sweep finds what this one has left.
      if (!this.#stopped) logger.error({ err: error }, 'retention.sweep_failed');
    }
    if (removed > 0) logger.info({ sessions: removed }, 'retention.sessions_removed');
  }

  async #remove(sessionId: string): Promise<void> {
    try {
      await this.#options.remove(sessionId);
    } catch (error) {
      const isGone = error instanceof AppError && error.code === 'session_not_found';
      if (!isGone) throw error;
    }
  }
}
