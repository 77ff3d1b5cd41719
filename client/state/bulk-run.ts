import { signal } from '@lit-labs/signals';

/** What is being done to several sessions, and how far it is. */
export interface BulkProgress {
  readonly action: 'cancel' | 'delete';
  readonly done: number;
  readonly total: number;
}

/** A session to which it could not be done, and why. */
export interface BulkFailure {
  readonly sessionId: string;
  readonly error: unknown;
}

/** How many calls are under way at once: a browser has six connections, and the page needs some. */
const AT_ONCE = 3;

/** Does one thing to several sessions, a few at a time, and tells how far it is. */
export class BulkRun {
  readonly progress = signal<BulkProgress | null>(null);

  /** Returns those to which it could not be done. Runs that overlap are counted together. */
  async run(
    action: BulkProgress['action'],
    sessionIds: readonly string[],
    call: (sessionId: string) => Promise<void>,
  ): Promise<BulkFailure[]> {
    const failures: BulkFailure[] = [];
    const left = [...sessionIds];
    const before = this.progress.get();
    this.progress.set({
      action,
      done: before?.done ?? 0,
      total: (before?.total ?? 0) + sessionIds.length,
    });
    const worker = async () => {
      for (let id = left.shift(); id !== undefined; id = left.shift()) {
        try {
          await call(id);
        } catch (error) {
          failures.push({ sessionId: id, error });
        }
        this.#advance();
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
    return failures;
  }

  #advance(): void {
    const progress = this.progress.get();
    if (progress === null) return;
    const done = progress.done + 1;
    this.progress.set(done === progress.total ? null : { ...progress, done });
  }
}
