import type { ConnectionState } from '../api/watch-stream.ts';
import { numberText } from './number-text.ts';
import type { OpenSessionModel } from './open-session.ts';

/** How the page's connection is, in words; empty while all is well. */
export function connectionText(connection: ConnectionState): string {
  switch (connection.phase) {
    case 'idle':
    case 'open':
      return '';
    case 'connecting':
      return connection.attempt === 0 ? 'Connecting…' : `Reconnecting: ${connection.reason ?? ''}`;
    case 'waiting':
      return `Reconnecting: ${connection.reason}`;
  }
}

/** How the open session's stream is, in words. */
export function streamText(model: OpenSessionModel, connection: ConnectionState): string {
  switch (model.phase) {
    case 'deleted':
      return 'Deleted: this session is not on the server any more.';
    case 'ended':
      return 'Ended';
    default:
      break;
  }
  if (connection.phase === 'waiting') return 'Reconnecting…';
  if (connection.phase === 'connecting' && (model.caughtUp || connection.attempt > 0)) {
    return 'Reconnecting…';
  }
  if (model.phase === 'connecting' || connection.phase !== 'open') return 'Connecting…';
  if (model.phase === 'live') return 'Live';
  return `Replaying ${numberText(model.seen)} of ${numberText(model.total)}`;
}

/** A lost connection that the open session waits for. */
export interface LostConnection {
  /** Why it was lost. */
  readonly reason: string;
  /** When it is tried again, in Unix milliseconds; null while it is being tried. */
  readonly retryAt: number | null;
}

/** The lost connection, if the open session would have more to show. */
export function lostConnection(
  model: OpenSessionModel,
  connection: ConnectionState,
): LostConnection | null {
  if (streamText(model, connection) !== 'Reconnecting…') return null;
  if (connection.phase === 'waiting') {
    return { reason: connection.reason, retryAt: connection.retryAt };
  }
  return connection.phase === 'connecting'
    ? { reason: connection.reason ?? '', retryAt: null }
    : null;
}

/** How many seconds are left until `retryAt`; both in Unix milliseconds. */
export function secondsLeft(retryAt: number, now: number): number {
  return Math.max(1, Math.ceil((retryAt - now) / 1000));
}
