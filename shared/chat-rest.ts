import { formatPosition, type ChatPosition } from './chat-position.ts';
import type { ChatChunk } from './chat.ts';
import type { SessionEvent } from './event.ts';
import { evolve, initialState, openPromptCount, type SessionState } from './session-state.ts';
import type { SessionStatus } from './session.ts';

/** What a turn came to: it rests, and what follows in the log is another's. */
export interface ChatRest {
  /** The index of its last event. */
  readonly lastIndex: number;
  readonly status: SessionStatus;
  /** Whether it keeps a person waiting for an answer. */
  readonly isAsking: boolean;
  /** Of a failed session. */
  readonly error: string | null;
}

/**
 * How a turn ended that has another after it; null when it has none. Events that only show something
 * may be left out of `events`.
 */
export function endOfTurn(events: Iterable<SessionEvent>, turnId: number): ChatRest | null {
  let state = initialState;
  for (const event of events) {
    const next = evolve(state, event);
    if (next.turn.id > turnId) {
      // The state's own index is that of the last event that was not left out.
      return { ...restOf(state), lastIndex: event.index - 1 };
    }
    state = next;
  }
  return null;
}

/** What the state comes to, when it is that of a turn that rests. */
export function restOf(state: SessionState): ChatRest {
  const { lastIndex, status, error } = state;
  return { lastIndex, status, error, isAsking: openPromptCount(state) > 0 };
}

/**
 * The chunks that end the stream of a turn that rests, the first of them at `place`, behind all others.
 * They are no part of the turn, which may yet go on: they bring its message the cursor of the last of
 * them, before an error, where clients stop to listen.
 */
export function restChunks(
  { status, isAsking, error }: ChatRest,
  place: ChatPosition,
): ChatChunk[] {
  const metadata = (frames: number) => ({
    messageMetadata: { cursor: formatPosition({ ...place, frame: place.frame + frames - 1 }) },
  });
  switch (status) {
    case 'cancelled':
      return [
        { type: 'message-metadata', ...metadata(2) },
        { type: 'abort', reason: 'The run was cancelled.' },
      ];
    case 'failed':
      return [
        { type: 'message-metadata', ...metadata(3) },
        { type: 'error', errorText: error ?? 'The run failed.' },
        { type: 'finish', finishReason: 'error' },
      ];
    default:
      // To the SDK, a turn that waits for a person is one that waits for the result of a tool.
      return [{ type: 'finish', finishReason: isAsking ? 'tool-calls' : 'stop', ...metadata(1) }];
  }
}
