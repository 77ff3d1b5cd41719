// Longer than most: the operations share the gate through which every result reaches the handler.
import type { EventOf } from '../../shared/event.ts';
import type { GraphNode } from '../../shared/graph.ts';
import { isObject, type JsonObject } from '../../shared/json.ts';
import { AppError } from '../errors.ts';
import { valueOf } from './answers.ts';
import type {
  AttemptError,
  NodeContext,
  NodeHandler,
  StepContext,
  StepOptions,
} from './handler.ts';
import type { Completion } from './journal.ts';
import { operationId, type OperationKind } from './operation.ts';
import { gatherInputs } from './plan.ts';
import { checkedEvent, checkedText, plain } from './plain-json.ts';
import {
  isDuration,
  promptRequest,
  type PromptOperation,
  type PromptOperations,
} from './prompt-request.ts';
import {
  errorText,
  Fenced,
  OperationMisused,
  PromptExpired,
  StepFailed,
  type FenceReason,
  type RunHost,
} from './run-host.ts';
import { scope } from './scope.ts';
import { StepRun } from './step-run.ts';

interface Pending {
  readonly kind: OperationKind;
  readonly name: string;
  readonly settle: (completion: Completion) => void;
  readonly reject: (error: unknown) => void;
}

/** Operations that have no name of their own may well be under way twice. */
const nameless = new Set<OperationKind>(['sleep', 'emit', 'thought']);

/**
 * One execution of a node's handler, from its top. Each operation of its context is looked up in the
 * journal, and begun only when the journal does not know its end. Results pass one gate, in log
 * order, each when the code that the one before released has come to rest: so a handler that runs
 * again sees what it saw before, in the same order.
 */
export class NodeRun {
  readonly #host: RunHost;
  readonly #node: GraphNode;
  readonly #abort = new AbortController();
  readonly #occurrences = new Map<string, number>();
  readonly #pending = new Map<string, Pending>();
  readonly #steps = new Map<string, StepRun>();
  readonly #timers = new Set<() => void>();
  #fenced: FenceReason | null = null;
  #waking = false;
  #released = 0;

  constructor(host: RunHost, node: GraphNode) {
    this.#host = host;
    this.#node = node;
  }

  /** How many results have reached the handler. */
  get released(): number {
    return this.#released;
  }

  /** Runs `handler`; its end is the node's. */
  start(handler: NodeHandler): void {
    const context = this.#context();
    scope.run({ run: this, step: null }, () => {
      // The handler may be a plain function that throws.
      void Promise.resolve()
        .then(() => handler(context))
        .then(
          (result) => this.#finish(result),
          (error: unknown) => this.#failNode(error),
        );
    });
  }

  /** Lets through what has become durable. */
  wake(): void {
    if (this.#waking || this.#fenced !== null || this.#pending.size === 0) return;
    this.#waking = true;
    this.#host.clock.defer(() => {
      this.#waking = false;
      this.#release();
    });
  }

  /** Tells steps that a prompt was answered or withdrawn. */
  promptClosed(event: EventOf<'inputResolved'> | EventOf<'inputWithdrawn'>): void {
    for (const step of this.#steps.values()) step.promptClosed(event);
  }

  /**
   * Cuts the handler off: nothing of it is journalled any more. Its signal aborts and its running
   * operations reject, but for one that is parked, which is just let go; a prompt or a sleep never
   * settles.
   */
  fence(reason: FenceReason): void {
    if (this.#isFenced()) return;
    this.#fenced = reason;
    for (const stop of this.#timers) stop();
    this.#timers.clear();
    if (reason !== 'parked') {
      const error = new Fenced(reason);
      for (const step of this.#steps.values()) step.end(reason);
      for (const { kind, reject } of this.#pending.values()) {
        if (kind === 'step' || kind === 'emit' || kind === 'thought') reject(error);
      }
      this.#abort.abort(error);
    }
    this.#pending.clear();
  }

  /** Takes the blame for what a handler's code let go. */
  stray(error: unknown): void {
    this.#failNode(error);
  }

  #isFenced(): boolean {
    return this.#fenced !== null;
  }

  #context(): NodeContext {
    const host = this.#host;
    const { record, state } = host;
    const { id, configuration } = this.#node;
    return {
      sessionId: record.sessionId,
      nodeId: id,
      inputs: structuredClone(gatherInputs(record.graph, state, id).inputs ?? {}),
      configuration: structuredClone(configuration ?? {}),
      signal: this.#abort.signal,
      get over() {
        return host.over(id);
      },
      accessToken: () => this.#host.accessToken(),
      step: (name, work, options) => this.#step(name, work, options),
      sleep: (ms) => this.#sleep(ms),
      ask: (options) => this.#prompt('ask', options),
      choose: (options) => this.#prompt('choose', options),
      form: (options) => this.#prompt('form', options),
      consent: (options) => this.#prompt('consent', options),
      emit: (event) => this.#emission('emit', () => ({ type: 'emit', event: checkedEvent(event) })),
      thought: (text) =>
        this.#emission('thought', () => ({ type: 'thought', text: checkedText(text) })),
    };
  }

  #emission(
    kind: 'emit' | 'thought',
    what: () => { type: 'emit'; event: JsonObject } | { type: 'thought'; text: string },
  ): Promise<void> {
    return this.#perform(
      kind,
      kind,
      () => {
        this.#host.submit({ ...what(), nodeId: this.#node.id, step: null });
      },
      () => undefined,
    );
  }

  #sleep(ms: number): Promise<void> {
    return this.#perform(
      'sleep',
      'sleep',
      (op) => {
        if (!isDuration(ms)) throw new TypeError('sleep() takes a number of milliseconds.');
        const ref = { nodeId: this.#node.id, op };
        if (this.#open(op) === undefined) this.#host.submit({ type: 'startSleep', ...ref, ms });
        const open = this.#open(op);
        if (open?.kind !== 'sleep') return;
        this.#at(open.until, () => {
          this.#host.submit({ type: 'endSleep', ...ref });
        });
      },
      () => undefined,
    );
  }

  #prompt<K extends PromptOperation, T>(operation: K, options: PromptOperations[K]): Promise<T> {
    const nodeId = this.#node.id;
    const name =
      isObject(options) && typeof options['key'] === 'string' ? options['key'] : operation;
    return this.#perform<T>(
      operation,
      name,
      (op) => {
        const request = promptRequest(operation, options);
        if (this.#openPrompt(op) === undefined) {
          const interactionId = this.#host.newId();
          const command = { type: 'openPrompt', nodeId, op, attempt: null, interactionId } as const;
          this.#host.submit({ ...command, ...request });
        }
        const open = this.#openPrompt(op);
        if (open === undefined || open.expiresAt === null) return;
        const { interactionId, expiresAt } = open;
        this.#at(expiresAt, () => {
          this.#host.submit({ type: 'expire', interactionId, fallback: request.fallback });
        });
      },
      ({ outcome }) => {
        if (!outcome.ok) throw new PromptExpired(`No answer: ${outcome.error}.`);
        const { prompt } = promptRequest(operation, options);
        // A copy: the handler may change what it got, and the journal must not. The prompt's kind
        // decides the type.
        return structuredClone(valueOf(prompt, outcome.value ?? null)) as T;
      },
    );
  }

  #step<T>(
    name: string,
    work: (step: StepContext) => T | Promise<T>,
    { retries = 0 }: StepOptions = {},
  ): Promise<T> {
    return this.#perform<T>(
      'step',
      name,
      (op) => {
        if (typeof name !== 'string' || name === '' || typeof work !== 'function') {
          throw new TypeError('step() takes a name and a function.');
        }
        const open = this.#open(op);
        const retryAt = open?.kind === 'step' ? open.retryAt : null;
        const attempt = () => void this.#attempt({ op, name, work, retries });
        if (retryAt === null) attempt();
        else this.#at(retryAt, attempt);
      },
      ({ outcome }) => {
        if (!outcome.ok) throw new StepFailed(outcome.error);
        // A copy: the handler may change what it got, and the journal must not.
        return structuredClone(outcome.value) as T;
      },
    );
  }

  /** Runs one attempt of a step once its start is durable, and records how it ended. */
  async #attempt<T>(step: {
    op: string;
    name: string;
    work: (step: StepContext) => T | Promise<T>;
    retries: number;
  }): Promise<void> {
    const { op, name, work, retries } = step;
    const nodeId = this.#node.id;
    const { lastIndex } = this.#host.submit({
      type: 'beginStep',
      nodeId,
      op,
      step: this.#host.redactName(name),
    });
    const open = this.#open(op);
    if (open?.kind !== 'step' || open.retryAt !== null) return;
    const ref = { nodeId, op, attempt: open.attempt };
    const run = new StepRun(this.#host, ref);
    this.#steps.set(op, run);
    try {
      await this.#host.whenCommitted(lastIndex);
    } catch {
      // The append failed: the actor has told everybody, and this run is fenced.
      return;
    }
    if (this.#isFenced()) return;
    let failure: unknown;
    try {
      const result = await scope.run({ run: this, step: op }, () => work(run.context));
      if (this.#isFenced()) return;
      const { forgotten: forget } = run;
      this.#host.submit({ type: 'endStep', ...ref, result: plain(result), forget });
      run.end('the step has ended');
      return;
    } catch (error) {
      failure = error;
    }
    run.end('the step has failed');
    if (this.#isFenced()) return;
    const { id: node } = this.#node;
    const { sessionId: session } = this.#host.record;
    this.#host.logger.warn(
      { session, node, step: name, attempt: ref.attempt, err: failure },
      'step.failed',
    );
    // What came out cannot be stored, and would not be smaller next time.
    const isTooLarge = failure instanceof AppError && failure.code === 'event_too_large';
    const { final, retryAfterMs } = hintsOf(failure);
    const error = errorText(failure);
    const { forgotten: forget } = run;
    const left = isTooLarge || final ? -1 : retries;
    this.#host.submit({ type: 'failStep', ...ref, error, retries: left, retryAfterMs, forget });
    const next = this.#open(op);
    if (next?.kind === 'step' && next.retryAt !== null) {
      this.#at(next.retryAt, () => void this.#attempt(step));
    }
  }

  /**
   * The way of every operation: counts its occurrence, begins it unless the journal has its end, and
   * waits for that end to pass the gate.
   */
  #perform<T>(
    kind: OperationKind,
    name: string,
    begin: (op: string) => void,
    end: (completion: Completion) => T,
  ): Promise<T> {
    const misuse = this.#misuse(kind, name);
    if (misuse !== null) return Promise.reject(misuse);
    if (this.#fenced === 'parked') return new Promise(() => undefined);
    if (this.#fenced !== null) return Promise.reject(new Fenced(this.#fenced));
    const identity = this.#host.redactName(name);
    const counter = `${kind}:${identity}`;
    const occurrence = this.#occurrences.get(counter) ?? 0;
    this.#occurrences.set(counter, occurrence + 1);
    const op = operationId(kind, identity, occurrence);
    return new Promise<T>((resolve, reject) => {
      const settle = (completion: Completion) => {
        try {
          resolve(end(completion));
        } catch (error) {
          reject(error);
        }
      };
      this.#pending.set(op, { kind, name, settle, reject });
      try {
        if (this.#completion(op) === undefined) begin(op);
      } catch (error) {
        this.#pending.delete(op);
        reject(error);
      }
      this.wake();
    });
  }

  #misuse(kind: OperationKind, name: string): OperationMisused | null {
    const current = scope.getStore();
    if (current?.run === this && current.step !== null) {
      return new OperationMisused(
        `ctx.${kind}() was called inside the step '${current.step}': use the step's own, or call it outside.`,
      );
    }
    if (nameless.has(kind)) return null;
    for (const other of this.#pending.values()) {
      if (other.kind !== kind || other.name !== name) continue;
      return new OperationMisused(
        `Two concurrent operations are called '${name}': give each ${kind} a ${kind === 'step' ? 'name' : 'key'} of its own.`,
      );
    }
    return null;
  }

  /** Lets the earliest result through, then waits for the code that it releases. */
  #release(): void {
    if (this.#isFenced()) return;
    let first: { op: string; pending: Pending; completion: Completion } | null = null;
    for (const [op, pending] of this.#pending) {
      const completion = this.#completion(op);
      if (completion === undefined) continue;
      if (first === null || completion.index < first.completion.index) {
        first = { op, pending, completion };
      }
    }
    if (first === null) return;
    const { op, pending, completion } = first;
    const isEmission = pending.kind === 'emit' || pending.kind === 'thought';
    const mayPass =
      this.#host.isCommitted(completion.index) || (isEmission && !this.#host.backlogged());
    // The commit that it waits for wakes the run.
    if (!mayPass) return;
    this.#pending.delete(op);
    this.#steps.delete(op);
    this.#released += 1;
    pending.settle(completion);
    this.wake();
  }

  #finish(result: unknown): void {
    if (this.#isFenced()) return;
    try {
      const value = plain(result);
      const outputs = isObject(value) ? value : { output: value ?? null };
      this.#host.submit({ type: 'endNode', nodeId: this.#node.id, outputs });
    } catch (error) {
      this.#failNode(error);
    }
  }

  #failNode(error: unknown): void {
    if (this.#isFenced()) return;
    const { id: node } = this.#node;
    const { sessionId: session } = this.#host.record;
    this.#host.logger.warn({ session, node, err: error }, 'node.failed');
    this.#host.submit({ type: 'failNode', nodeId: node, error: errorText(error) });
  }

  #completion(op: string): Completion | undefined {
    return this.#host.journal.node(this.#node.id).completions.get(op);
  }

  #open(op: string) {
    return this.#host.state.nodes.get(this.#node.id)?.open.get(op);
  }

  #openPrompt(op: string) {
    for (const prompt of this.#host.state.prompts.values()) {
      if (prompt.nodeId === this.#node.id && prompt.op === op) return prompt;
    }
    return undefined;
  }

  /** Calls `act` at `time` (Unix seconds), unless the run is fenced before. */
  #at(time: number, act: () => void): void {
    const stop = this.#host.clock.at(time * 1000, () => {
      this.#timers.delete(stop);
      if (this.#fenced === null) act();
    });
    this.#timers.add(stop);
  }
}

/** What an error says of further attempts; a value that makes no sense says nothing. */
function hintsOf(error: unknown): { final: boolean; retryAfterMs: number } {
  const { final, retryAfterMs } = (error instanceof Error ? error : {}) as Partial<AttemptError>;
  return {
    final: final === true,
    retryAfterMs: isDuration(retryAfterMs) ? retryAfterMs : 0,
  };
}
