/**
 * Sends whole frames, in order. A promise, when there is one, resolves once the reader has room again
 * or is gone: what follows is not to be read before. Does nothing for a reader that is gone.
 */
export type Write = (...chunks: readonly (string | Buffer)[]) => Promise<void> | undefined;

/** One reader's end of a connection. */
export interface Sink {
  readonly write: Write;
  /** Aborts when the reader is gone or the server stops. */
  readonly signal: AbortSignal;
}
