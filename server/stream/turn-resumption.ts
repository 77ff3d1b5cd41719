import type { ChatPosition } from '../../shared/chat-position.ts';
import type { ChatChunk } from '../../shared/chat.ts';
import { chatFrame } from './sse.ts';

/** A chunk at its place. */
export interface TurnFrame {
  readonly position: ChatPosition;
  readonly chunk: ChatChunk;
  /** The reader had it already: to be told of it again must not move its cursor back. */
  readonly isRepeated?: true;
}

/** What a reader of the latest turn has and wants. */
export interface TurnCursor {
  /** The last frame that it has; null for none. */
  readonly after: ChatPosition | null;
  /** Whether the part that was open at the cursor is to be sent again from its start. */
  readonly reopen: boolean;
}

/** Stands for a step of which nothing but its start was told; no part has this id. */
const STEP = 'step';

/** Finds out what a reader lacks, by being shown everything up to the event of its cursor. */
export class TurnResumption {
  readonly #cursor: TurnCursor;
  #pending: TurnFrame[] = [];
  #lacks = false;
  /** The frames that began the parts which are open to the reader, in their order. */
  readonly #open = new Map<string, TurnFrame>();

  constructor(cursor: TurnCursor) {
    this.#cursor = cursor;
  }

  /** Whether it lacks a frame that was passed. */
  get lacks(): boolean {
    return this.#lacks;
  }

  isNew({ position }: TurnFrame): boolean {
    const { after } = this.#cursor;
    if (after === null || position.index !== after.index) {
      return after === null || position.index > after.index;
    }
    return position.frame > after.frame;
  }

  pass(frame: TurnFrame): void {
    if (this.isNew(frame)) {
      this.#lacks = true;
      this.#pending.push(frame);
    } else if (this.#cursor.reopen) {
      this.#follow(frame);
      if (this.#open.size === 0) this.#pending = [];
      else this.#pending.push(frame);
    }
  }

  /**
   * What is to be sent of what was passed. To a reader whose message ends before the first part that is
   * open: all since that began, but for what belongs to parts that began earlier, which it has whole.
   */
  take(): TurnFrame[] {
    const pending = this.#pending;
    const [first] = this.#open.values();
    this.#pending = [];
    this.#open.clear();
    if (first === undefined) return pending;
    const begun = new Set<string>();
    return pending
      .slice(pending.indexOf(first))
      .filter(({ chunk }) => {
        const part = partOf(chunk);
        if (part !== null && chunk.type.endsWith('-start')) begun.add(part);
        return part === null || begun.has(part);
      })
      .map((frame) => (this.isNew(frame) ? frame : { ...frame, isRepeated: true }));
  }

  #follow(frame: TurnFrame): void {
    const { chunk } = frame;
    // The SDK shows a step only with what follows its start.
    this.#open.delete(STEP);
    if (chunk.type === 'start-step') this.#open.set(STEP, frame);
    const part = partOf(chunk);
    if (part === null) return;
    if (chunk.type.endsWith('-start')) this.#open.set(part, frame);
    if (chunk.type.endsWith('-end')) this.#open.delete(part);
  }
}

/** The frames of chunks, the first of them at `place`. */
export function framesFrom(place: ChatPosition, chunks: readonly ChatChunk[]): TurnFrame[] {
  return chunks.map((chunk, n) => ({ position: { ...place, frame: place.frame + n }, chunk }));
}

export function encodeFrames(frames: readonly TurnFrame[]): string {
  return frames
    .map(({ chunk, position, isRepeated }) => chatFrame(chunk, isRepeated ? undefined : position))
    .join('');
}

/** The text or the reasoning that a chunk is about. */
function partOf(chunk: ChatChunk): string | null {
  switch (chunk.type) {
    case 'text-start':
    case 'text-delta':
    case 'text-end':
    case 'reasoning-start':
    case 'reasoning-delta':
    case 'reasoning-end':
      return chunk.id;
    default:
      return null;
  }
}
