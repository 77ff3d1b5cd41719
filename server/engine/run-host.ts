import type { SessionState } from '../../shared/session-state.ts';
import type { Logger } from '../logger.ts';
import type { SessionRecord } from '../store/store.ts';
import type { Clock } from './clock.ts';
import type { Command } from './decide.ts';
import type { SessionJournal } from './journal.ts';

/** What the code of a node sees of its session. */
export interface RunHost {
  readonly record: SessionRecord;
  readonly journal: SessionJournal;
  readonly state: SessionState;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly newId: () => string;
  /** Appends what follows from `command`. @throws AppError when it is refused */
  submit(command: Command): SessionState;
  /** Resolves when the event with this index is durable. */
  whenCommitted(index: number): Promise<void>;
  isCommitted(index: number): boolean;
  /** Whether so much is queued that emissions have to wait for a commit. */
  backlogged(): boolean;
  accessToken(): string | undefined;
  /** Aborts when the node is over, for as long as the server lives. */
  over(nodeId: string): AbortSignal;
  /** `name` without the session's access tokens. */
  redactName(name: string): string;
}

/** Why the code of a node is cut off from its session. */
export type FenceReason = 'ended' | 'cancelled' | 'deleted' | 'shutdown' | 'failed' | 'parked';

/** What the operations of a fenced context reject with. Judge by the signal, not by this name. */
export class Fenced extends Error {
  override readonly name = 'Fenced';
  constructor(reason: string) {
    super(`The run goes no further: ${reason}.`);
  }
}

/** A step's last attempt failed; the message is the recorded one. */
export class StepFailed extends Error {
  override readonly name = 'StepFailed';
}

/** A prompt's time ran out, and it has no default. */
export class PromptExpired extends Error {
  override readonly name = 'PromptExpired';
}

/** An operation was called where it must not be. */
export class OperationMisused extends Error {
  override readonly name = 'OperationMisused';
}

/** Errors go into events: an endless message must not make one that is too large. */
const LONGEST_ERROR = 64 * 1024;

/** The message of anything that was thrown, as an event carries it. */
export function errorText(error: unknown): string {
  const message = error instanceof Error ? error.message || error.name : textOf(error);
  return message.length > LONGEST_ERROR ? `${message.slice(0, LONGEST_ERROR)}…` : message;
}

function textOf(thrown: unknown): string {
  if (typeof thrown !== 'object' || thrown === null) return String(thrown);
  try {
    return JSON.stringify(thrown);
  } catch {
    // It is no JSON, and its name says at least what it is.
    return Object.prototype.toString.call(thrown);
  }
}
