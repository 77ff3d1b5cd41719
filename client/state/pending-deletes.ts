import { signal } from '@lit-labs/signals';
import type { Timers } from '../api/timers.ts';
import type { BulkFailure } from './bulk-run.ts';

/** A deletion that can still be taken back. */
export interface PendingDelete {
  readonly sessionId: string;
  readonly title: string;
  /** The sessions that are deleted, and can be taken back, together with it. */
  readonly others?: readonly string[];
}

/** How long, in milliseconds, a deletion can be taken back. */
export const UNDO_TIME = 5_000;

export interface PendingDeletesOptions {
  readonly timers: Timers;
  /** Deletes on the server; `leaving`: the page is going away and cannot wait for the answer. */
  readonly remove: (sessionId: string, leaving: boolean) => Promise<void>;
  /** Deletes several on the server. Returns those that it could not delete. */
  readonly removeAll: (sessionIds: readonly string[]) => Promise<BulkFailure[]>;
  /** Deletions were refused: so many of the sessions are there still. */
  readonly onFailed: (deletion: PendingDelete, error: unknown, count: number) => void;
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
    const ids = idsOf(deletion);
    this.undoable.set([...this.undoable.get(), deletion]);
    this.hidden.set(new Set([...this.hidden.get(), ...ids]));
    const cancel = this.#options.timers.after(UNDO_TIME, () => void this.#send(deletion, false));
    this.#cancels.set(deletion.sessionId, cancel);
  }

  /** False when it is too late. */
  undo(sessionId: string): boolean {
    const deletion = this.#take(sessionId);
    if (deletion === undefined) return false;
    this.#show(idsOf(deletion));
    return true;
  }

  /** Sends what is pending: the page is being left. */
  flush(): void {
    for (const deletion of this.undoable.get()) void this.#send(deletion, true);
  }

  async #send(deletion: PendingDelete, leaving: boolean): Promise<void> {
    if (this.#take(deletion.sessionId) === undefined) return;
    const { remove, removeAll, onFailed } = this.#options;
    const [only, ...others] = idsOf(deletion);
    if (leaving || others.length === 0) {
      for (const id of others) void remove(id, leaving).catch(() => this.#show([id]));
      try {
        await remove(only, leaving);
      } catch (error) {
        this.#show([only]);
        onFailed(deletion, error, 1);
      }
      return;
    }
    const failures = await removeAll([only, ...others]);
    const [first] = failures;
    if (first === undefined) return;
    this.#show(failures.map(({ sessionId }) => sessionId));
    onFailed(deletion, first.error, failures.length);
  }

  /** The session is gone: nothing is there to be hidden. */
  forget(sessionId: string): void {
    if (this.#cancels.has(sessionId) || !this.hidden.get().has(sessionId)) return;
    if (this.undoable.get().some((deletion) => idsOf(deletion).includes(sessionId))) return;
    this.#show([sessionId]);
  }

  #take(sessionId: string): PendingDelete | undefined {
    const cancel = this.#cancels.get(sessionId);
    const deletion = this.undoable.get().find((pending) => pending.sessionId === sessionId);
    if (cancel === undefined) return undefined;
    cancel();
    this.#cancels.delete(sessionId);
    this.undoable.set(this.undoable.get().filter((d) => d.sessionId !== sessionId));
    return deletion;
  }

  #show(sessionIds: readonly string[]): void {
    const hidden = new Set(this.hidden.get());
    for (const sessionId of sessionIds) hidden.delete(sessionId);
    this.hidden.set(hidden);
  }
}

function idsOf({ sessionId, others = [] }: PendingDelete): [string, ...string[]] {
  return [sessionId, ...others];
}
