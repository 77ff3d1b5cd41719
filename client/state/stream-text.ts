import type { ConnectionState } from '../api/watch-stream.ts';
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
  return `Replaying ${model.seen.toLocaleString()} of ${model.total.toLocaleString()}`;
}
