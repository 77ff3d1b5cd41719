import type { JsonObject } from './wire.ts';

/** The server's answer to a call that it refused. `code` is a word of PROTOCOL.md, "Errors". */
export class ReattachError extends Error {
  override readonly name = 'ReattachError';
  readonly status: number;
  readonly code: string;
  readonly details: JsonObject;

  constructor(status: number, code: string, message: string, details: JsonObject = {}) {
    super(message);
    this.status = status;
    this.code = code;
    this.details = details;
  }
}

/** The run is over, and not by this program: it was cancelled, deleted, or another has taken over. */
export class SessionOver extends Error {
  override readonly name = 'SessionOver';
  readonly how: 'cancelled' | 'completed' | 'failed' | 'deleted' | 'fenced' | 'detached';

  constructor(how: SessionOver['how'], options?: ErrorOptions) {
    super(`The session goes no further for this program: it is ${how}.`, options);
    this.how = how;
  }
}

/** Nobody answered: the prompt's time ran out and it has no default, or it was taken back. */
export class PromptWithdrawn extends Error {
  override readonly name = 'PromptWithdrawn';
}

/** What a session's status means for its program; null while the session goes on. */
export function overOf(status: string): SessionOver | null {
  const isFinal = status === 'completed' || status === 'failed' || status === 'cancelled';
  return isFinal ? new SessionOver(status) : null;
}

/** What a refused call means for the session; the refusal itself when it means no end. */
export function overOr(error: unknown): unknown {
  if (!(error instanceof ReattachError)) return error;
  const options = { cause: error };
  if (error.code === 'producer_fenced') return new SessionOver('fenced', options);
  if (error.code === 'session_not_found') return new SessionOver('deleted', options);
  if (error.code !== 'session_final') return error;
  const { status } = error.details;
  return new SessionOver(
    status === 'completed' || status === 'failed' ? status : 'cancelled',
    options,
  );
}
