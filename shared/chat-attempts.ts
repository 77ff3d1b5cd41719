import { piecesOf } from './chat-pieces.ts';
import type { SessionEvent } from './event.ts';

/** An attempt of a step that said something and was superseded: what it said is taken back. */
interface Retraction {
  /** The index of the first event by which it said something. */
  readonly from: number;
}

/**
 * Knows which attempts of steps were superseded. It is shown events in the order of the log, and then
 * says of each whether it still counts.
 *
 * What was told to a reader cannot be taken back from its message. So the frames of a turn have
 * **editions**: an edition is made without what was superseded when it began, and it ends when
 * something that it told is superseded. Its number is the count of such retractions in the turn.
 */
export class ChatAttempts {
  /** The latest `stepStart` of each operation. */
  readonly #latest = new Map<string, { readonly attempt: number; readonly index: number }>();
  /** The attempt of each operation that has said something, and since when. */
  readonly #told = new Map<string, { readonly attempt: number; readonly from: number }>();
  readonly #retractions: Retraction[] = [];
  #lastIndex = -1;

  /** The index of the last event that it was shown. */
  get lastIndex(): number {
    return this.#lastIndex;
  }

  /** The edition that begins with what it was shown. */
  get edition(): number {
    return this.#retractions.length;
  }

  /** Takes the next event. Returns whether it took back something that was told. */
  see(event: SessionEvent): boolean {
    this.#lastIndex = event.index;
    if (event.type === 'stepStart') {
      const key = operationOf(event.nodeId, event.op);
      this.#latest.set(key, { attempt: event.attempt, index: event.index });
      const told = this.#told.get(key);
      if (told === undefined || told.attempt >= event.attempt) return false;
      this.#told.delete(key);
      this.#retractions.push({ from: told.from });
      return true;
    }
    if (event.type !== 'agentEvent' && event.type !== 'thoughtEvent') return false;
    if (event.op === undefined || this.drops(event) || piecesOf(event).length === 0) return false;
    const key = operationOf(event.nodeId, event.op);
    if (!this.#told.has(key)) {
      this.#told.set(key, { attempt: event.attempt ?? 0, from: event.index });
    }
    return false;
  }

  /** Whether a later attempt of its step has taken the event's place. */
  drops(event: SessionEvent): boolean {
    if (event.type !== 'agentEvent' && event.type !== 'thoughtEvent') return false;
    if (event.op === undefined) return false;
    const latest = this.#latest.get(operationOf(event.nodeId, event.op));
    if (latest === undefined || latest.index < event.index) return false;
    return (event.attempt ?? 0) < latest.attempt;
  }

  /**
   * Whether a reader of an earlier edition has been told something that was taken back since, when it
   * has the frames up to the event at `index`.
   */
  tookBack(edition: number, index: number): boolean {
    return this.#retractions.slice(edition).some(({ from }) => from <= index);
  }
}

function operationOf(nodeId: string, op: string): string {
  return JSON.stringify([nodeId, op]);
}
