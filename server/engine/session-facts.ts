import {
  lostContactAt,
  needsRunner,
  nextWakeAt,
  openPromptCount,
  openPrompts,
  type SessionState,
} from '../../shared/session-state.ts';
import { isFinal } from '../../shared/session.ts';
import type { SessionFacts } from '../store/store.ts';
import type { SessionJournal } from './journal.ts';

/**
 * Whether code has to run for the session to move on. Beyond what the state says: a node may wait for
 * an answer and have results that its code has not seen, and what follows from them, it alone knows.
 * @param seen how many results the code of a node that runs has seen; none unless given
 */
export function hasToRun(
  state: SessionState,
  journal: SessionJournal,
  seen: (nodeId: string) => number = () => 0,
): boolean {
  if (isFinal(state.status) || state.runner === 'external') return false;
  if (needsRunner(state)) return true;
  for (const { id, phase } of state.nodes.values()) {
    if (phase !== 'started') continue;
    if (journal.node(id).completions.size > seen(id)) return true;
  }
  return false;
}

/**
 * What the store keeps beside the log of a session in this state.
 * @param dueAt when something is to happen by itself (Unix seconds)
 */
export function factsOf(
  state: SessionState,
  needsCode: boolean,
  dueAt: number | null = nextWakeAt(state),
): SessionFacts {
  return {
    status: state.status,
    openPrompts: isFinal(state.status) ? [] : openPrompts(state),
    openPromptCount: openPromptCount(state),
    turn: state.turn,
    error: state.error,
    lostContactAt: lostContactAt(state),
    needsRunner: needsCode,
    nextWakeAt: dueAt,
  };
}

/** The same of a session that can be read and nothing more: nobody is asked, and nothing is due. */
export function readOnlyFactsOf(state: SessionState): SessionFacts {
  return { ...factsOf(state, false), openPromptCount: 0, nextWakeAt: null };
}
