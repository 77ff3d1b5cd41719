import { AppError } from '../errors.ts';
import type { ProducerState } from '../store/store.ts';

/** What a producer says of itself with each of its batches. */
export interface ProducerTurn {
  readonly producerId: string;
  readonly epoch: number;
  readonly seq: number;
  /** In seconds: for how long it may keep silent; 0 for as long as it likes; null as it said before. */
  readonly lease: number | null;
}

/** Whether the batch is stored already: the producer did not hear of it. */
export function isRepeated(turn: ProducerTurn, before: ProducerState | undefined): boolean {
  return before !== undefined && turn.epoch === before.epoch && turn.seq <= before.seq;
}

/** Why a batch that is no repetition is not the next of its producer: fenced, or a gap; else null. */
export function checkTurn(turn: ProducerTurn, before: ProducerState | undefined): AppError | null {
  const { producerId, epoch, seq } = turn;
  if (before !== undefined && epoch < before.epoch) {
    return new AppError(
      'producer_fenced',
      `Producer '${producerId}' goes on in epoch ${before.epoch}; ${epoch} is over.`,
      { details: { epoch: before.epoch } },
    );
  }
  const expected = before?.epoch === epoch ? before.seq + 1 : 0;
  if (seq === expected) return null;
  return new AppError(
    'producer_gap',
    `Producer '${producerId}' sent batch ${seq}; ${expected} comes next in epoch ${epoch}.`,
    { details: { expectedSeq: expected, epoch } },
  );
}

/** How far the producer is with a batch that is stored with it; `now` is in Unix seconds. */
export function stateAfter(
  turn: ProducerTurn,
  before: ProducerState | undefined,
  { lastIndex, now }: { readonly lastIndex: number; readonly now: number },
): ProducerState {
  const sameEpoch = before?.epoch === turn.epoch;
  const lease = turn.lease ?? (sameEpoch ? before.lease : null);
  const { producerId, epoch } = turn;
  return {
    ...(isRepeated(turn, before) && before !== undefined
      ? before
      : { producerId, epoch, seq: turn.seq, lastIndex }),
    lease: lease === 0 ? null : lease,
    leaseUntil: lease === null || lease === 0 ? null : now + lease,
  };
}
