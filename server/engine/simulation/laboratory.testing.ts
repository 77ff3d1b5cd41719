import { isDeepStrictEqual } from 'node:util';
import type { SessionEvent } from '../../../shared/event.ts';
import type { Json } from '../../../shared/json.ts';
import { isFinal } from '../../../shared/session.ts';
import type { Disk } from './disk.testing.ts';
import type { OperationRef, RunObserver, Surroundings } from './program.testing.ts';
import type { Life, Scheduler } from './scheduler.testing.ts';

interface Released {
  readonly op: string;
  readonly value: Json;
}

/** Watches the code of all handlers, over all lives, and compares what it is let do with the log. */
export class Laboratory {
  readonly #disk: Disk;
  readonly #scheduler: Scheduler;
  readonly #report: (problem: string) => void;
  readonly #attempts = new Set<string>();
  /** What reached the handler of a node in its latest run. */
  readonly #latest = new Map<string, Released[]>();
  /** How often a handler has begun at its top. */
  runs = 0;

  constructor(disk: Disk, scheduler: Scheduler, report: (problem: string) => void) {
    this.#disk = disk;
    this.#scheduler = scheduler;
    this.#report = report;
  }

  surroundings(life: Life): Surroundings {
    return {
      work: () => this.#scheduler.turn('work', life),
      runBegins: (sessionId, nodeId) => this.#runBegins(sessionId, nodeId),
      failuresOf: ({ sessionId, nodeId, op }) =>
        this.#disk
          .log(sessionId)
          .filter((event) => event.type === 'stepError' && isOf(event, nodeId, op)).length,
    };
  }

  #runBegins(sessionId: string, nodeId: string): RunObserver {
    this.runs += 1;
    const node = `${sessionId} ${nodeId}`;
    const log = this.#disk.log(sessionId);
    if (!log.some((event) => event.type === 'nodeStart' && event.nodeId === nodeId)) {
      this.#report(`${node} runs before its start is stored`);
    }
    // What is in the log has happened: it has to happen again, in this order, before anything else.
    const known = completedOperations(log, nodeId);
    const owed = (this.#latest.get(node) ?? []).filter(({ op }) => known.has(op));
    const released: Released[] = [];
    this.#latest.set(node, released);
    return {
      attemptBegins: (ref, attempt) => this.#attemptBegins(ref, attempt),
      released: (ref, value) => {
        const before = owed[released.length];
        released.push({ op: ref.op, value });
        if (before !== undefined && !isDeepStrictEqual(before, released.at(-1))) {
          this.#report(
            `${node} got ${ref.op} = ${JSON.stringify(value)} where it had got ${before.op} = ${JSON.stringify(before.value)}`,
          );
        }
        this.#checkReleased(ref, value);
      },
    };
  }

  #attemptBegins({ sessionId, nodeId, op }: OperationRef, attempt: number): void {
    const name = `attempt ${attempt} of ${op} in ${sessionId} ${nodeId}`;
    this.#scheduler.trace.push(name);
    const log = this.#disk.log(sessionId).filter((event) => isOf(event, nodeId, op));
    if (this.#attempts.has(name)) this.#report(`${name} ran twice`);
    this.#attempts.add(name);
    if (!log.some((event) => event.type === 'stepStart' && event.attempt === attempt)) {
      this.#report(`${name} ran before its start was stored`);
    }
    if (log.some(isStepsEnd)) this.#report(`${name} ran although its step had ended`);
    if (this.#disk.deleted.has(sessionId)) this.#report(`${name} ran after the deletion`);
    if (isFinal(this.#disk.state(sessionId).status)) this.#report(`${name} ran after the end`);
  }

  #checkReleased({ sessionId, nodeId, op }: OperationRef, value: Json): void {
    this.#scheduler.trace.push(`${op} in ${sessionId} ${nodeId} gave ${JSON.stringify(value)}`);
    // An emission may well go on before its commit.
    if (op.startsWith('emit:') || op.startsWith('thought:')) return;
    const log = this.#disk.log(sessionId);
    if (!completedOperations(log, nodeId).has(op)) {
      this.#report(`${op} in ${sessionId} ${nodeId} gave a result that is not stored`);
    }
    const end = log.find((event) => event.type === 'stepEnd' && isOf(event, nodeId, op));
    if (end?.type === 'stepEnd' && !isDeepStrictEqual(end.result, value)) {
      this.#report(`${op} in ${sessionId} ${nodeId} gave something else than is stored`);
    }
  }
}

function isOf(event: SessionEvent, nodeId: string, op: string): boolean {
  return 'op' in event && event.op === op && event.nodeId === nodeId;
}

function isStepsEnd(event: SessionEvent): boolean {
  return event.type === 'stepEnd' || (event.type === 'stepError' && event.final);
}

/** The operations of a node that the log knows the end of. */
function completedOperations(log: readonly SessionEvent[], nodeId: string): Set<string> {
  const completed = new Set<string>();
  const prompts = new Map<string, string>();
  let emits = 0;
  let thoughts = 0;
  for (const event of log) {
    if (!('nodeId' in event) || event.nodeId !== nodeId) continue;
    if (isStepsEnd(event) && 'op' in event && event.op !== undefined) completed.add(event.op);
    else if (event.type === 'sleepEnd') completed.add(event.op);
    else if (event.type === 'inputRequired') prompts.set(event.interactionId, event.op);
    else if (event.type === 'inputResolved' || event.type === 'inputWithdrawn') {
      const op = prompts.get(event.interactionId);
      if (op !== undefined && !op.startsWith('step:')) completed.add(op);
    } else if (event.type === 'agentEvent' && event.op === undefined) {
      completed.add(`emit:emit:${emits}`);
      emits += 1;
    } else if (event.type === 'thoughtEvent' && event.op === undefined) {
      completed.add(`thought:thought:${thoughts}`);
      thoughts += 1;
    }
  }
  return completed;
}
