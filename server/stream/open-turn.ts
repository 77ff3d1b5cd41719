import { ChatAttempts } from '../../shared/chat-attempts.ts';
import type { ChatPosition } from '../../shared/chat-position.ts';
import type { Store } from '../store/store.ts';
import { eachEvent } from './each-event.ts';
import { restOf, TurnReading } from './turn-reading.ts';
import type { TurnCursor } from './turn-resumption.ts';

export interface TurnQuery extends TurnCursor {
  readonly sessionId: string;
}

/** What there is to read for it. */
export type TurnOpening =
  /** It has everything, or asked for nothing that is still to come. */
  | { readonly kind: 'nothing' }
  /** Its cursor is in no turn that goes on; this is the end of the latest. */
  | { readonly kind: 'end'; readonly at: ChatPosition }
  | { readonly kind: 'turn'; readonly reading: TurnReading };

/**
 * Finds the place of a reader in the latest turn, and reads no event before that turn; null when
 * there is no such session.
 *
 * The turn is read twice: first for the attempts that were superseded, so that nothing is told that
 * would have to be taken back.
 */
export async function openTurn(store: Store, query: TurnQuery): Promise<TurnOpening | null> {
  const { sessionId, after, reopen } = query;
  const stored = await store.status(sessionId);
  if (stored === null) return null;
  const rest = restOf(stored);
  if (after === null && rest !== null) return { kind: 'nothing' };
  const { lastIndex, turn } = stored;
  const turnId = turn.id;
  const attempts = new ChatAttempts();
  const range = { store, sessionId, after: turnId - 1, last: lastIndex };
  if (!(await eachEvent(range, (event) => attempts.see(event)))) return null;
  const from = (cursor: TurnCursor) =>
    new TurnReading({ store, sessionId, turnId, attempts, cursor });
  const anew = (): TurnOpening => {
    return { kind: 'turn', reading: from({ after: null, reopen: false }) };
  };
  if (after === null || after.index === turnId - 1) return anew();

  const isInTurn = after.index >= turnId && after.index <= lastIndex;
  if (isInTurn && after.edition <= attempts.edition) {
    // What the reader has of it was taken back: its message cannot be continued.
    if (attempts.tookBack(after.edition, after.index)) return anew();
    const reading = from({ after, reopen });
    const passed = { ...range, last: after.index };
    if (!(await eachEvent(passed, (event) => reading.pass(event)))) return null;
    if (reading.hasFrame(after, rest)) {
      return reading.lacksSomething(rest) ? { kind: 'turn', reading } : { kind: 'nothing' };
    }
    // Its stream had ended, and so has the SDK's reader of it: a new one needs a `start`.
    if (reading.mayHaveRested(after)) return anew();
  }
  // The cursor is of another turn, or of another log.
  if (rest === null) return anew();
  const whole = from({ after: { index: lastIndex, edition: 0, frame: Infinity }, reopen: false });
  if (!(await eachEvent(range, (event) => whole.pass(event)))) return null;
  return { kind: 'end', at: whole.endOf(rest) };
}
