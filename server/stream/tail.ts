import type { WakeUp } from './wake-ups.ts';

/** How far a step came: there is more to read, it reached the end of the log, or all is told. */
export type Progress = 'more' | 'head' | 'end';

export interface TailOptions {
  /** Rings when there may be something to read. Closed at the end. */
  readonly wakeUp: WakeUp;
  /** Ends the loop. */
  readonly signal: AbortSignal;
  /**
   * Reads a page of what follows the cursor, sends it and moves the cursor. Says `head` only when the
   * snapshot that it read held nothing beyond what it sent.
   */
  readonly step: () => Promise<Progress>;
}

/**
 * The loop of every reader: arm the wake-up; read what follows the cursor; send it; at the head,
 * await the wake-up; repeat. Replay is the same loop with a small cursor. Between pages it lets the
 * event loop turn, so that a long replay delays nobody. Rejects with whatever `step` rejects with.
 */
export async function tail({ wakeUp, signal, step }: TailOptions): Promise<void> {
  // A flag of its own: the signal's is slow to read, and this is the loop of every reader.
  let over = signal.aborted;
  const stop = () => {
    over = true;
    wakeUp.ring();
  };
  signal.addEventListener('abort', stop);
  try {
    while (!over) {
      wakeUp.arm();
      const progress = await step();
      if (progress === 'end') return;
      if (progress === 'more') await nextTurn();
      else await wakeUp.rung();
    }
  } finally {
    signal.removeEventListener('abort', stop);
    wakeUp.close();
  }
}

/** Resolves once the event loop has looked after everything else that is ready. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
