import type { EventBody, SessionEvent } from '../../shared/event.ts';
import type { Json } from '../../shared/json.ts';
import { evolve, type OpenOperation, type SessionState } from '../../shared/session-state.ts';
import { AppError } from '../errors.ts';
import type { SessionRecord } from '../store/store.ts';
import type { SessionJournal } from './journal.ts';

/** A session as `decide` sees it. */
export interface Decidable {
  readonly record: SessionRecord;
  readonly state: SessionState;
  readonly journal: SessionJournal;
  /** Whether it was imported to be read and nothing more. */
  readonly readOnly: boolean;
}

export interface Decision {
  readonly events: readonly SessionEvent[];
  /** The state after `events`. */
  readonly state: SessionState;
}

/** One attempt of a step. */
export interface StepRef {
  readonly nodeId: string;
  readonly op: string;
  readonly attempt: number;
}

/** The events decided so far, and the state after them. Knows nothing of what may follow. */
export class Draft implements Decision {
  readonly events: SessionEvent[] = [];
  readonly record: SessionRecord;
  readonly journal: SessionJournal;
  readonly now: number;
  readonly readOnly: boolean;
  state: SessionState;

  constructor({ record, state, journal, readOnly }: Decidable, now: number) {
    this.record = record;
    this.readOnly = readOnly;
    this.journal = journal;
    this.state = state;
    // A clock that was set back must not take the log with it.
    this.now = Math.max(state.time, now);
  }

  add(body: EventBody): void {
    const event = { ...body, index: this.state.lastIndex + 1, time: this.now };
    this.events.push(event);
    this.state = evolve(this.state, event);
  }

  isRunning(nodeId: string): boolean {
    return this.state.nodes.get(nodeId)?.phase === 'started';
  }

  memory(nodeId: string): ReadonlyMap<string, Json> {
    return this.state.nodes.get(nodeId)?.memory ?? new Map<string, Json>();
  }

  open({ nodeId, op }: { nodeId: string; op: string }): OpenOperation | undefined {
    return this.state.nodes.get(nodeId)?.open.get(op);
  }

  /** The open step whose attempt `ref` is; null when that attempt has ended. */
  runningStep(ref: StepRef): Extract<OpenOperation, { kind: 'step' }> | null {
    const step = this.open(ref);
    return step?.kind === 'step' && step.attempt === ref.attempt && step.retryAt === null
      ? step
      : null;
  }
}

/** Withdraws the open prompts that `which` holds for. */
export function withdraw(
  draft: Draft,
  which: (prompt: { nodeId: string; op: string }) => boolean,
  reason: string,
): void {
  for (const prompt of [...draft.state.prompts.values()].filter(which)) {
    const { nodeId, interactionId } = prompt;
    draft.add({ type: 'inputWithdrawn', nodeId, interactionId, reason });
  }
}

/** Why nothing can be asked of a session that has ended. */
export function finality({ sessionId, status }: SessionState): AppError {
  return new AppError('session_final', `Session '${sessionId}' is ${status} already.`, {
    details: { status },
  });
}

/** Whether it is time, both in Unix seconds. A timer is exact to the millisecond, and sums are not. */
export function isDue(time: number, now: number): boolean {
  return time - now < 0.000_5;
}

/** Why nothing can be asked of a session that can be read and nothing more. */
export function restraint({ sessionId }: SessionState): AppError {
  return new AppError(
    'session_read_only',
    `Session '${sessionId}' was imported and can only be read, unless it is continued.`,
  );
}
