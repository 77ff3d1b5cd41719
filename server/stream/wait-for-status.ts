import { isFinal } from '../../shared/session.ts';
import type { Store, StoredStatus } from '../store/store.ts';
import { tail } from './tail.ts';
import type { WakeUp } from './wake-ups.ts';

export interface WaitOptions {
  readonly store: Store;
  readonly wakeUp: WakeUp;
  readonly sessionId: string;
  readonly statuses: ReadonlySet<string>;
  /** Ends the wait. */
  readonly signal: AbortSignal;
}

/**
 * Waits until the session has one of `statuses` or one that is final, or `signal` aborts; resolves
 * with what it is then, null when there is no such session (any more).
 */
export async function waitForStatus(options: WaitOptions): Promise<StoredStatus | null> {
  const { store, wakeUp, sessionId, statuses, signal } = options;
  let latest: StoredStatus | null | undefined;
  await tail({
    wakeUp,
    signal,
    step: async () => {
      latest = await store.status(sessionId);
      if (latest === null) return 'end';
      return statuses.has(latest.status) || isFinal(latest.status) ? 'end' : 'head';
    },
  });
  // Undefined when there was no time for a first look.
  return latest === undefined ? store.status(sessionId) : latest;
}
