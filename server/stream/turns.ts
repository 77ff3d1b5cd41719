import type { Progress } from './tail.ts';

/**
 * Lets the loops of one connection write in turn, first come, first served: each reads and sends one
 * page, waits until the reader has room, and queues up again behind the others. So a long replay
 * delays another session by one page, and at most one page is held in memory.
 */
export class Turns {
  readonly #signal: AbortSignal;
  #last: Promise<unknown> = Promise.resolve();

  /** `signal` ends the connection: those that still wait for their turn have no use for it then. */
  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  /** The step, made to wait for its turn. */
  inTurn(step: () => Promise<Progress>): () => Promise<Progress> {
    return () => {
      const turn = this.#last.then(() => (this.#signal.aborted ? 'end' : step()));
      // A step that fails ends the connection through its own loop.
      this.#last = turn.catch(() => undefined);
      return turn;
    };
  }
}
