import type { MiddlewareHandler } from 'hono';
import { AppError } from './errors.ts';

/** What every request passes first. */
export interface Gate {
  readonly pass: MiddlewareHandler;
  /** Lets those in that have come by now, and all others. */
  open(): void;
  /**
   * Lets nobody in any more: requests are answered with `unavailable`. Resolves when those that are
   * inside have been answered, but after `graceMs` at the latest.
   */
  close(graceMs: number): Promise<void>;
}

/** A gate that is not open yet: requests wait before it. */
export function createGate(): Gate {
  let state: 'waiting' | 'open' | 'closed' = 'waiting';
  let release: () => void = () => undefined;
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  let inside = 0;
  let onEmpty: () => void = () => undefined;

  return {
    async pass(_, next) {
      await released;
      if (state === 'closed') throw new AppError('unavailable', 'The server is stopping.');
      inside += 1;
      try {
        await next();
      } finally {
        inside -= 1;
        if (inside === 0) onEmpty();
      }
    },
    open() {
      if (state === 'waiting') state = 'open';
      release();
    },
    async close(graceMs) {
      state = 'closed';
      release();
      if (inside === 0) return;
      let timer: NodeJS.Timeout | undefined;
      await new Promise<void>((resolve) => {
        onEmpty = resolve;
        timer = setTimeout(resolve, graceMs);
      });
      clearTimeout(timer);
    },
  };
}
