import { isFinal } from '../../shared/session.ts';
import type { EventPage, PageLimit, Store } from '../store/store.ts';
import { tail } from './tail.ts';
import type { WakeUp } from './wake-ups.ts';

export interface EventsWaitOptions {
  readonly store: Store;
  readonly wakeUp: WakeUp;
  readonly sessionId: string;
  /** The index of the last event that the reader has; −1 for none. */
  readonly after: number;
  readonly limit: PageLimit;
  /** Ends the wait. */
  readonly signal: AbortSignal;
}

/**
 * Waits until an event follows `after`, or none can, or `signal` aborts; resolves with what follows
 * then, null when there is no such session (any more).
 */
export async function waitForEvents(options: EventsWaitOptions): Promise<EventPage | null> {
  const { store, wakeUp, sessionId, after, limit, signal } = options;
  let latest: EventPage | null | undefined;
  await tail({
    wakeUp,
    signal,
    step: async () => {
      latest = await store.events(sessionId, after, limit);
      return latest === null || latest.events.length > 0 || isFinal(latest.status) ? 'end' : 'head';
    },
  });
  // Undefined when there was no time for a first look.
  return latest === undefined ? store.events(sessionId, after, limit) : latest;
}
