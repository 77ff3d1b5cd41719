import type { SessionEvent } from '../../shared/event.ts';
import type { PageLimit, Store } from '../store/store.ts';
import { nextTurn } from './tail.ts';

/** One read and one turn of the event loop: short enough that other readers do not notice. */
export const EVENT_PAGE: PageLimit = { events: 1000, bytes: 128 * 1024 };

export interface EventRange {
  readonly store: Store;
  readonly sessionId: string;
  /** Of the events with a greater index, */
  readonly after: number;
  /** up to this one. */
  readonly last: number;
}

/** Gives each event of a range to `take`, in order; false when the session is gone. */
export async function eachEvent(
  { store, sessionId, after, last }: EventRange,
  take: (event: SessionEvent) => void,
): Promise<boolean> {
  let cursor = after;
  while (cursor < last) {
    const page = await store.events(sessionId, cursor, EVENT_PAGE);
    if (page === null) return false;
    for (const { index, json } of page.events) {
      if (index <= last) take(parseEvent(json));
      cursor = index;
    }
    await nextTurn();
  }
  return true;
}

/** An event as it was stored. */
export function parseEvent(json: string): SessionEvent {
  return JSON.parse(json) as SessionEvent;
}
