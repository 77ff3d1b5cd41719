import type { ChatAttempts } from '../../shared/chat-attempts.ts';
import type { ChatPosition } from '../../shared/chat-position.ts';
import { endOfTurn, restChunks, type ChatRest } from '../../shared/chat-rest.ts';
import { ChatTurn } from '../../shared/chat-turn.ts';
import type { SessionEvent } from '../../shared/event.ts';
import type { Store, StoredStatus } from '../store/store.ts';
import { EVENT_PAGE, parseEvent } from './each-event.ts';
import type { Write } from './sink.ts';
import { chatDone, chatFrame } from './sse.ts';
import type { Progress } from './tail.ts';
import {
  encodeFrames,
  framesFrom,
  TurnResumption,
  type TurnCursor,
  type TurnFrame,
} from './turn-resumption.ts';

export interface TurnReadingOptions {
  readonly store: Store;
  readonly sessionId: string;
  readonly turnId: number;
  /** Has been shown the turn as far as it was known. */
  readonly attempts: ChatAttempts;
  readonly cursor: TurnCursor;
}

/** One reader's way through a turn. */
export class TurnReading {
  readonly sessionId: string;
  readonly #store: Store;
  readonly #turnId: number;
  readonly #attempts: ChatAttempts;
  readonly #edition: number;
  readonly #turn: ChatTurn;
  readonly #resumption: TurnResumption;
  /** The index of the last event that was taken, and how many frames it had. */
  #index: number;
  #frames = 0;
  /** How the turn ended, once another has followed it. */
  #rest: ChatRest | null = null;

  constructor({ store, sessionId, turnId, attempts, cursor }: TurnReadingOptions) {
    this.sessionId = sessionId;
    this.#store = store;
    this.#turnId = turnId;
    this.#attempts = attempts;
    this.#edition = attempts.edition;
    this.#turn = new ChatTurn(sessionId, turnId, attempts);
    this.#resumption = new TurnResumption(cursor);
    this.#index = turnId - 1;
  }

  /** Takes an event of which the reader has some or all, for what it lacks of it. */
  pass(event: SessionEvent): void {
    for (const frame of this.#take(event)) this.#resumption.pass(frame);
  }

  /** Whether there is a frame at `after`, up to which was passed; `rest` when the turn rests. */
  hasFrame(after: ChatPosition, rest: ChatRest | null): boolean {
    if (after.frame < this.#frames) return true;
    return rest?.lastIndex === this.#index && after.frame <= this.endOf(rest).frame;
  }

  /** Whether `after`, up to which was passed, is where the turn may have rested before it went on. */
  mayHaveRested(after: ChatPosition): boolean {
    return after.frame === this.#frames;
  }

  /** Whether there is more for the reader than what was passed: now, or later unless the turn rests. */
  lacksSomething(rest: ChatRest | null): boolean {
    if (rest === null || this.#resumption.lacks || this.#index < rest.lastIndex) return true;
    return this.#restFrames(rest).length > 0;
  }

  /** Where the last frame of a turn stands that rests, when all of it was passed. */
  endOf(rest: ChatRest): ChatPosition {
    const place = this.#place;
    return { ...place, frame: place.frame + restChunks(rest, place).length - 1 };
  }

  /**
   * The step of the tail loop. The stream ends with `[DONE]` when the turn rests. It ends without when
   * something that it told is taken back: the reader comes again, and is told anew.
   */
  step(write: Write): () => Promise<Progress> {
    return async () => {
      const stored = await this.#store.status(this.sessionId);
      const rest = stored === null ? null : await this.#restNow(stored);
      const last = rest?.lastIndex ?? stored?.lastIndex ?? -1;
      const page = await this.#store.events(this.sessionId, this.#index, EVENT_PAGE);
      if (stored === null || page === null) {
        await write(chatFrame({ type: 'abort', reason: 'The session was deleted.' }), chatDone());
        return 'end';
      }
      const frames = this.#resumption.take();
      for (const { index, json } of page.events) {
        if (index > last) break;
        const event = parseEvent(json);
        if (index > this.#attempts.lastIndex && this.#attempts.see(event)) {
          await write(encodeFrames(frames));
          return 'end';
        }
        frames.push(...this.#take(event));
      }
      const isAtEnd = this.#index === last;
      if (isAtEnd && rest !== null) {
        await write(encodeFrames([...frames, ...this.#restFrames(rest)]), chatDone());
        return 'end';
      }
      if (frames.length > 0) await write(encodeFrames(frames));
      return isAtEnd ? 'head' : 'more';
    };
  }

  #take(event: SessionEvent): TurnFrame[] {
    const { index } = event;
    const chunks = this.#turn.apply(event);
    this.#index = index;
    this.#frames = chunks.length;
    return framesFrom({ index, edition: this.#edition, frame: 0 }, chunks);
  }

  /** Behind what was taken. */
  get #place(): ChatPosition {
    return { index: this.#index, edition: this.#edition, frame: this.#frames };
  }

  /** What tells the reader that the turn rests, but for what it has. */
  #restFrames(rest: ChatRest): TurnFrame[] {
    const frames = framesFrom(this.#place, restChunks(rest, this.#place));
    return frames.filter((frame) => this.#resumption.isNew(frame));
  }

  async #restNow(stored: StoredStatus): Promise<ChatRest | null> {
    if (stored.turn.id === this.#turnId) return restOf(stored);
    // A slow reader, or one whose turn was answered the moment it asked: the log knows where it ended.
    if (this.#rest !== null) return this.#rest;
    const journal = await this.#store.journal(this.sessionId);
    const events = (journal?.rows ?? []).flatMap(({ json }) =>
      json === null ? [] : [parseEvent(json)],
    );
    this.#rest = endOfTurn(events, this.#turnId);
    return this.#rest;
  }
}

/** What the latest turn came to; null while it is under way. */
export function restOf({ lastIndex, status, error, openPrompts }: StoredStatus): ChatRest | null {
  if (status === 'running') return null;
  return { lastIndex, status, error, isAsking: openPrompts.some(({ idle }) => idle !== true) };
}
