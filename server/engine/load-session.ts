import type { SessionEvent } from '../../shared/event.ts';
import { evolve, initialState } from '../../shared/session-state.ts';
import type { ProducerState, Store } from '../store/store.ts';
import type { Decidable } from './draft.ts';
import { SessionJournal } from './journal.ts';

/** Folds a session's log from the store; null when there is no such session. */
export async function loadSession(
  store: Pick<Store, 'record' | 'journal' | 'producers'>,
  sessionId: string,
): Promise<(Decidable & { readonly producers: readonly ProducerState[] }) | null> {
  const record = await store.record(sessionId);
  const producers = record?.runner === 'external' ? await store.producers(sessionId) : [];
  const rows = await store.journal(sessionId);
  if (record === null || rows === null) return null;
  const journal = new SessionJournal();
  let state = initialState;
  for (const { index, type, nodeId, json } of rows.rows) {
    if (json === null) {
      if (nodeId !== null) journal.node(nodeId).mark(type, index);
      continue;
    }
    // Written by this engine, and validated then.
    const event = JSON.parse(json) as SessionEvent;
    journal.add(event);
    state = evolve(state, event);
  }
  return {
    record,
    journal,
    producers,
    state: { ...state, lastIndex: rows.lastIndex, time: rows.time },
    readOnly: rows.imported === 'readOnly',
  };
}
