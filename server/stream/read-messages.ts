import { ChatAttempts } from '../../shared/chat-attempts.ts';
import { ChatHistory } from '../../shared/chat-history.ts';
import { messageIdOf, type ChatMessage } from '../../shared/chat.ts';
import type { SessionStatus } from '../../shared/session.ts';
import type { Store } from '../store/store.ts';
import { eachEvent } from './each-event.ts';

/** A session as the messages of its turns. */
export interface SessionMessages {
  /** Without the message of the turn that is still streaming. */
  readonly messages: readonly ChatMessage[];
  /** The id of that message; null when no turn is. */
  readonly streaming: string | null;
  /** For a stream that goes on from here. */
  readonly cursor: string;
  readonly status: SessionStatus;
}

/** The messages of a session, all from one snapshot of its log; null when there is no such session. */
export async function readMessages(
  store: Store,
  sessionId: string,
): Promise<SessionMessages | null> {
  const stored = await store.status(sessionId);
  if (stored === null) return null;
  const { status, turn, lastIndex } = stored;
  const range = { store, sessionId, after: -1, last: lastIndex };
  const attempts = new ChatAttempts();
  if (!(await eachEvent(range, (event) => attempts.see(event)))) return null;
  const history = new ChatHistory(attempts);
  if (!(await eachEvent(range, (event) => history.apply(event)))) return null;
  const rests = status !== 'running';
  return {
    messages: history.messages(rests),
    streaming: rests ? null : messageIdOf(sessionId, turn.id),
    cursor: history.cursor(rests),
    status,
  };
}
