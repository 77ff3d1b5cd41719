import { signal } from '@lit-labs/signals';
import type { Timers } from '../api/timers.ts';

/** A deletion that can still be taken back. */
export interface PendingDelete {
  readonly sessionId: string;
  readonly title: string;
}

/** How long, in milliseconds, a deletion can be taken back. */
export const UNDO_TIME = 5_000;

export interface PendingDeletesOptions {
  readonly timers: Timers;
  /** Deletes on the server; `leaving`: the page is going away and cannot wait for the answer. */
  readonly remove: (sessionId: string, leaving: boolean) => Promise<void>;
  /** A deletion was refused: the session is there still. */
  readonly onFailed: (deletion: PendingDelete, error: unknown) => void;
}

/**
 * Deletions that have been asked for and not been sent: each is sent after the time to undo it, or
 * when the page is left, exactly once.
 */
export class PendingDeletes {
  /** Those that can be taken back, in the order in which they were asked for. */
  readonly undoable = signal<readonly PendingDelete[]>([]);
  /** The sessions that are not to be shown: undoable, or sent and not yet answered. */
  readonly hidden = signal<ReadonlySet<string>>(new Set());
  readonly #options: PendingDeletesOptions;
  readonly #cancels = new Map<string, () => void>();

  constructor(options: PendingDeletesOptions) {
    this.#options = options;
  }

  add(deletion: PendingDelete): void {
    if (this.hidden.get().has(deletion.sessionId)) return;
    this.undoable.set([...this.undoable.get(), deletion]);
    this.hidden.set(new Set(this.hidden.get()).add(deletion.sessionId));
    const cancel = this.#options.timers.after(UNDO_TIME, () => void this.#send(deletion, false));
    this.#cancels.set(deletion.sessionId, cancel);
  }

  /** False when it is too late. */
  undo(sessionId: string): boolean {
    if (!this.#take(sessionId)) return false;
    this.#show(sessionId);
    return true;
  }

  /** Sends what is pending: the page is being left. */
  flush(): void {
    for (const deletion of this.undoable.get()) void this.#send(deletion, true);
  }

  async #send(deletion: PendingDelete, leaving: boolean): Promise<void> {
    if (!this.#take(deletion.sessionId)) return;
    try {
      await this.#options.remove(deletion.sessionId, leaving);
    } catch (error) {
      this.#show(deletion.sessionId);
      this.#options.onFailed(deletion, error);
    }
  }

  #take(sessionId: string): boolean {
    const cancel = this.#cancels.get(sessionId);
    if (cancel === undefined) return false;
    cancel();
    this.#cancels.delete(sessionId);
    this.undoable.set(this.undoable.get().filter((d) => d.sessionId !== sessionId));
    return true;
  }

  #show(sessionId: string): void {
    const hidden = new Set(this.hidden.get());
    hidden.delete(sessionId);
    this.hidden.set(hidden);
  }
}
