import { isFinal } from '../../shared/session.ts';
import type { ImportState, SessionStatus, SessionSummary } from '../../shared/session.ts';
import type { OpenSessionModel } from './open-session.ts';

/** A session as far as an action on it needs to know. */
export interface SessionHandle {
  readonly sessionId: string;
  readonly title: string;
  readonly status: SessionStatus;
  /** What became of a session that was imported. */
  readonly imported?: ImportState | undefined;
}

/** The open session. `summary`: its row of the list, where it is known: newer than the report. */
export function handleOf(
  { sessionId, report, state, caughtUp }: OpenSessionModel,
  summary: SessionSummary | undefined,
): SessionHandle {
  const told = summary ?? report;
  return {
    sessionId,
    title: told?.title ?? sessionId,
    status: caughtUp ? state.status : (told?.status ?? 'running'),
    imported: told?.imported,
  };
}

/** Whether there is a run to cancel. */
export function mayCancel({ status, imported }: SessionHandle): boolean {
  return !isFinal(status) && imported !== 'readOnly';
}

/** Whether it was imported to be read and could go on. */
export function mayContinue({ status, imported }: SessionHandle): boolean {
  return !isFinal(status) && imported === 'readOnly';
}
