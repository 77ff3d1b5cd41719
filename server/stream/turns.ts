import type { Progress } from './tail.ts';

/**
 * Lets the loops of one connection write in turn, first come, first served: each reads and sends one
 * page, waits until the reader has room, and queues up again behind the others. So a long replay
 * delays another session by one page, and at most one page is held in memory.
 */
export class Turns {
  #last: Promise<unknown> = Promise.resolve();

  /** The step, made to wait for its turn. */
  inTurn(step: () => Promise<Progress>): () => Promise<Progress> {
    return () => {
      const turn = this.#last.then(step);
      // A step that fails ends the connection through its own loop.
      this.#last = turn.catch(() => undefined);
      return turn;
    };
  }
}
