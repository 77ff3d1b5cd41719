import { AsyncLocalStorage } from 'node:async_hooks';

/** The node, and the step within it, whose code runs. */
export interface Scope {
  readonly run: { stray(error: unknown): void };
  /** The step's operation; null outside of steps. */
  readonly step: string | null;
}

/** Follows a handler's code through everything that it awaits. */
export const scope = new AsyncLocalStorage<Scope>();

/**
 * Blames a rejection that nobody handled, or an exception that nobody caught, on the node whose code
 * let it go: that node fails. To be called in the process-wide event's own turn. False when no
 * handler's code was running.
 */
export function blameStray(error: unknown): boolean {
  const current = scope.getStore();
  current?.run.stray(error);
  return current !== undefined;
}
