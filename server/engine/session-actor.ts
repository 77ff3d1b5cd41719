// Longer than most: deciding, queueing and telling of commits have one order, which is here.
import type { SessionEvent } from '../../shared/event.ts';
import type { ProducedEvent } from '../../shared/produced-event.ts';
import { evolve, nextWakeAt, type SessionState } from '../../shared/session-state.ts';
import { isFinal } from '../../shared/session.ts';
import { AppError } from '../errors.ts';
import type { Logger } from '../logger.ts';
import type {
  Append,
  IdempotencyRecord,
  ProducerState,
  SessionFacts,
  SessionRecord,
  Store,
  StoredEvent,
} from '../store/store.ts';
import type { Clock } from './clock.ts';
import { decide, type Command } from './decide.ts';
import { isDue, type Decidable, type Decision } from './draft.ts';
import { encodeEvent, isEmission } from './encode-event.ts';
import type { NodeHandler } from './handler.ts';
import type { SessionJournal } from './journal.ts';
import type { Lifetimes } from './lifetimes.ts';
import { NodeRun } from './node-run.ts';
import { isRepeated, stateAfter, type ProducerTurn } from './producer-turn.ts';
import type { FenceReason, RunHost } from './run-host.ts';
import type { Secrets } from './secrets.ts';
import { factsOf, hasToRun } from './session-facts.ts';

/** What an actor needs of its surroundings. */
export interface ActorEnvironment {
  readonly store: Pick<Store, 'create' | 'append'>;
  readonly clock: Clock;
  /** Unix seconds: since when producers can reach this server. */
  readonly since: number;
  readonly logger: Logger;
  readonly newId: () => string;
  /** UTF-8 bytes of JSON. */
  readonly maxEventBytes: number;
  readonly handlerOf: (type: string) => NodeHandler | undefined;
  /** The lives of the session's nodes in this server. */
  readonly lifetimes: Lifetimes;
  /** A commit is done and nothing is queued: the session may be at rest, or at its end. */
  readonly onSettled: (actor: SessionActor) => void;
  /** An append failed; the actor is of no more use and what it knows beyond the log is void. */
  readonly onFailure: (actor: SessionActor, error: unknown) => void;
}

/** Emissions wait for a commit beyond so many characters of queued JSON. */
const MOST_QUEUED = 1024 * 1024;

interface Queued {
  readonly events: readonly StoredEvent[];
  readonly characters: number;
  /** The state after `events`; null when they change nothing but the index. */
  readonly state: SessionState | null;
  readonly idempotency: IdempotencyRecord | undefined;
  /** How far a producer is with `events`, which may be none. */
  readonly producer: ProducerState | undefined;
  readonly onWritten?: () => void;
  readonly onFailed?: (error: unknown) => void;
}

/** What a batch of a producer led to. */
export interface Produced {
  readonly state: SessionState;
  /** The index of the log's last event after the batch. */
  readonly lastIndex: number;
  /** Whether the batch was stored before. */
  readonly duplicate: boolean;
}

/**
 * The one writer of a session that is loaded: it decides, stamps, evolves and queues, in one turn of
 * the event loop, and has one append under way at a time.
 */
export class SessionActor implements Decidable, RunHost {
  readonly record: SessionRecord;
  readonly journal: SessionJournal;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly newId: () => string;
  /** Its access tokens; they outlive the actor. */
  readonly secrets: Secrets;
  state: SessionState;
  readonly #env: ActorEnvironment;
  readonly #runs = new Map<string, NodeRun>();
  /** Nodes that have started and have no run yet, with the index of the start. */
  readonly #starting = new Map<string, number>();
  #active = false;
  #readOnly: boolean;
  #closed: { error: unknown } | null = null;
  #queue: Queued[] = [];
  /** What the append holds that is under way. */
  #underWay: readonly Queued[] = [];
  /** Of an external session: how far each producer is. */
  readonly #producers: Map<string, ProducerState>;
  #queuedCharacters = 0;
  #flushing = false;
  /** What the store was told last of whether code has to run; null before. */
  #toldToRun: boolean | null = null;
  /** When the store was told last that a timer is due; undefined before. */
  #toldDue: number | null | undefined;
  #committed: number;
  #waiters: { index: number; resolve: () => void; reject: (error: unknown) => void }[] = [];

  /** `session` is what is in the store: the initial state for a session yet to be created. */
  constructor(
    env: ActorEnvironment,
    session: Decidable,
    secrets: Secrets,
    producers: readonly ProducerState[] = [],
  ) {
    this.#env = env;
    this.secrets = secrets;
    this.clock = env.clock;
    this.logger = env.logger;
    this.newId = env.newId;
    this.record = session.record;
    this.journal = session.journal;
    this.state = session.state;
    this.#readOnly = session.readOnly;
    this.#committed = session.state.lastIndex;
    this.#producers = new Map(producers.map((producer) => [producer.producerId, producer]));
    if (isFinal(session.state.status)) return;
    for (const node of session.state.nodes.values()) {
      if (node.phase === 'started') this.#starting.set(node.id, this.#committed);
    }
  }

  get sessionId(): string {
    return this.record.sessionId;
  }

  /** Whether it takes no more commands; then the session has to be loaded anew. */
  get closed(): boolean {
    return this.#closed !== null;
  }

  /** Whether everything decided is in the store. */
  get settled(): boolean {
    const { length } = this.#queue;
    return this.#committed === this.state.lastIndex && length + this.#underWay.length === 0;
  }

  get isExternal(): boolean {
    return this.record.runner === 'external';
  }

  /** When something is to happen by itself (Unix seconds): a timer of the state, the end of a lease. */
  get dueAt(): number | null {
    return this.#dueIn(this.state);
  }

  /** Whether it may be let go: all is in the store, and no code of it has anything left to do. */
  get atRest(): boolean {
    return this.settled && !(this.#active && this.#hasToRun(this.state));
  }

  /**
   * Appends what follows from `command`. Returns the state after it at once; it is durable when
   * `whenCommitted(state.lastIndex)` resolves.
   * @throws AppError when the command is refused; then nothing has changed
   */
  submit(
    command: Command,
    idempotency?: (state: SessionState) => IdempotencyRecord | undefined,
  ): SessionState {
    if (this.#closed !== null) throw this.#closed.error;
    const decision = decide(this, command, this.clock.now() / 1000);
    if (decision.events.length > 0)
      this.#append(decision, (state) => ({ idempotency: idempotency?.(state) }));
    return this.state;
  }

  /**
   * Appends what a program elsewhere sent, with how far it has come. Resolves once that is durable; for
   * what it sent before, once that is.
   * Rejects with an AppError when the batch is refused; then nothing has changed.
   */
  async produce(events: readonly ProducedEvent[], turn: ProducerTurn | null): Promise<Produced> {
    if (this.#closed !== null) throw this.#closed.error;
    const before = turn === null ? undefined : this.#producers.get(turn.producerId);
    const duplicate = turn !== null && isRepeated(turn, before);
    const now = this.clock.now() / 1000;
    const decision = duplicate
      ? decide(this, { type: 'hear', producerId: turn.producerId }, now)
      : decide(this, { type: 'produce', events, turn, before }, now);
    if (turn === null && decision.events.length === 0) {
      const { state } = this;
      await this.whenCommitted(state.lastIndex);
      return { state, lastIndex: state.lastIndex, duplicate };
    }
    const written = new Promise<Produced>((resolve, reject) => {
      this.#append(decision, (state) => {
        const { lastIndex } = state;
        const producer = turn === null ? undefined : stateAfter(turn, before, { lastIndex, now });
        if (producer !== undefined) this.#producers.set(producer.producerId, producer);
        const told = { state, lastIndex: producer?.lastIndex ?? lastIndex, duplicate };
        return { producer, onWritten: () => resolve(told), onFailed: reject };
      });
    });
    return written.catch((error: unknown) => {
      throw isTooLarge(error) ? tooLargeIn(events, error) : error;
    });
  }

  /** Queues what was decided. `made` says what belongs to it, given the state after it. */
  #append(
    decision: Decision,
    made: (state: SessionState) => Partial<Omit<Queued, 'events' | 'characters' | 'state'>>,
  ): void {
    const events = decision.events.map((event) => this.secrets.redactEvent(event));
    const stored = events.map((event) =>
      encodeEvent(event, this.#env.maxEventBytes, this.record.runner),
    );
    const redacted = events.some((event, i) => event !== decision.events[i]);
    this.state = redacted ? events.reduce(evolve, this.state) : decision.state;
    for (const event of events) this.#take(event);
    const characters = stored.reduce((sum, event) => sum + event.json.length, 0);
    this.#queuedCharacters += characters;
    this.#queue.push({
      events: stored,
      characters,
      state: events.every(isEmission) ? null : this.state,
      idempotency: undefined,
      producer: undefined,
      ...made(this.state),
    });
    if (!this.#flushing) {
      this.#flushing = true;
      // What follows from it at once shares its append, so that the facts are those of code at rest.
      this.clock.defer(() => this.#flush());
    }
  }

  /** Resolves when the event with this index is durable; rejects when its append fails. */
  whenCommitted(index: number): Promise<void> {
    if (index <= this.#committed) return Promise.resolve();
    const closed = this.#closed;
    if (closed !== null && !this.#flushing) {
      return Promise.reject(closed.error);
    }
    return new Promise((resolve, reject) => {
      this.#waiters.push({ index, resolve, reject });
    });
  }

  isCommitted(index: number): boolean {
    return index <= this.#committed;
  }

  backlogged(): boolean {
    return this.#queuedCharacters > MOST_QUEUED;
  }

  accessToken(): string | undefined {
    return this.secrets.token;
  }

  over(nodeId: string): AbortSignal {
    return this.#env.lifetimes.signalOf(this.sessionId, nodeId);
  }

  redactName(name: string): string {
    return this.secrets.redactName(name);
  }

  /** Whether it was imported to be read and nothing more. */
  get readOnly(): boolean {
    return this.#readOnly;
  }

  /** The store says that it goes on from now on. */
  release(): void {
    this.#readOnly = false;
  }

  /**
   * Begins what the log leaves ready, and runs the handler of every node that has started and not ended.
   * In an external session there is none: what has become due is done.
   */
  run(): void {
    if (this.isExternal) {
      this.#timeUp();
      return;
    }
    this.#active = true;
    if (!this.closed) this.submit({ type: 'takeUp' });
    this.#startRuns();
  }

  #timeUp(): void {
    const { dueAt } = this;
    const now = this.clock.now() / 1000;
    if (this.closed || dueAt === null || !isDue(dueAt, now)) return;
    const silent = this.#leases(this.state).filter(([, until]) => isDue(until, now));
    this.submit({ type: 'timeUp', silent: silent.map(([producerId]) => producerId) });
  }

  #dueIn(state: SessionState): number | null {
    if (this.#readOnly) return null;
    const timer = nextWakeAt(state);
    const times = this.#leases(state).map(([, until]) => until);
    if (timer !== null) times.push(timer);
    return times.length === 0 ? null : Math.min(...times);
  }

  /**
   * The producers that contact can be lost with, and when it will be (Unix seconds). While the server
   * was stopped nobody could reach it: each has its time anew.
   */
  #leases({ status, lost }: SessionState): [producerId: string, until: number][] {
    if (isFinal(status)) return [];
    return [...this.#producers.values()].flatMap(({ producerId, lease, leaseUntil }) =>
      lease === null || leaseUntil === null || lost.has(producerId)
        ? []
        : [[producerId, Math.max(leaseUntil, this.#env.since + lease)]],
    );
  }

  /**
   * Ends the actor's part: nothing more is journalled, and what is under way is told so, or just let
   * go when it is parked. What was queued before is still written.
   */
  close(reason: FenceReason): void {
    if (this.#closed !== null) return;
    this.#closed = { error: new AppError('unavailable', `Session '${this.sessionId}' is closed.`) };
    for (const run of this.#runs.values()) run.fence(reason);
    this.#runs.clear();
  }

  #take(event: SessionEvent): void {
    // No code of this server will ask what its program has emitted.
    if (this.isExternal && isEmission(event)) return;
    this.journal.add(event);
    switch (event.type) {
      case 'nodeStart':
        this.#starting.set(event.nodeId, event.index);
        break;
      case 'nodeEnd':
      case 'nodeError':
        this.#starting.delete(event.nodeId);
        this.#runs.get(event.nodeId)?.fence('ended');
        this.#runs.delete(event.nodeId);
        this.#env.lifetimes.end(this.sessionId, event.nodeId);
        break;
      case 'inputResolved':
      case 'inputWithdrawn':
        this.#runs.get(event.nodeId)?.promptClosed(event);
        break;
      case 'agentEvent':
      case 'thoughtEvent':
        this.#runs.get(event.nodeId)?.wake();
        break;
      case 'graphCancelled':
        for (const run of this.#runs.values()) run.fence('cancelled');
        this.#runs.clear();
        this.#starting.clear();
        this.#env.lifetimes.end(this.sessionId);
        break;
      default:
    }
  }

  #flush(): void {
    const end = this.#queue.findIndex((queued) => queued.idempotency !== undefined);
    const batch = this.#queue.splice(0, end < 0 ? this.#queue.length : end + 1);
    if (batch.length === 0) {
      this.#flushing = false;
      return;
    }
    this.#underWay = batch;
    const events = batch.flatMap((queued) => queued.events);
    const idempotency = batch.at(-1)?.idempotency;
    const producers = latestOf(batch);
    const append: Append = {
      sessionId: this.sessionId,
      events,
      facts: this.#factsAfter(batch),
      ...(idempotency === undefined ? {} : { idempotency }),
      ...(producers.length === 0 ? {} : { producers }),
    };
    const { store } = this.#env;
    const written =
      events[0]?.index === 0 ? store.create(this.record, append) : store.append(append);
    written.then(
      () => {
        this.#committed = events.at(-1)?.index ?? this.#committed;
        this.#underWay = [];
        for (const queued of batch) {
          this.#queuedCharacters -= queued.characters;
          queued.onWritten?.();
        }
        this.#onCommitted();
        this.#flush();
      },
      (error: unknown) => this.#fail(error),
    );
  }

  /** The facts after a batch; null when they are as they were. */
  #factsAfter(batch: readonly Queued[]): SessionFacts | null {
    const said = batch.findLast((queued) => queued.state !== null)?.state;
    const state = said ?? this.state;
    const hasToRun = this.#hasToRun(state);
    const dueAt = this.#dueIn(state);
    // A timer that goes off too early does no harm: only an earlier one has to be told.
    const isTold = dueAt === null || (this.#toldDue != null && this.#toldDue <= dueAt);
    const runs = hasToRun && this.#toldToRun !== true;
    if (said === undefined && !runs && (isTold || !this.isExternal)) return null;
    this.#toldToRun = hasToRun;
    this.#toldDue = dueAt;
    return factsOf(state, hasToRun, dueAt);
  }

  #hasToRun(state: SessionState): boolean {
    return hasToRun(state, this.journal, (nodeId) => this.#runs.get(nodeId)?.released ?? 0);
  }

  #onCommitted(): void {
    const due = this.#waiters.filter((waiter) => waiter.index <= this.#committed);
    this.#waiters = this.#waiters.filter((waiter) => waiter.index > this.#committed);
    for (const { resolve } of due) resolve();
    if (this.#closed !== null) return;
    this.#startRuns();
    for (const run of this.#runs.values()) run.wake();
    if (this.settled) this.#env.onSettled(this);
  }

  #fail(error: unknown): void {
    this.#flushing = false;
    const given = [...this.#underWay, ...this.#queue];
    this.#underWay = [];
    this.#queue = [];
    const waiters = this.#waiters;
    this.#waiters = [];
    const wasClosed = this.closed;
    this.close('failed');
    this.#closed = { error };
    for (const { reject } of waiters) reject(error);
    for (const { onFailed } of given) onFailed?.(error);
    // Whoever closed it has taken its place already.
    if (!wasClosed) this.#env.onFailure(this, error);
  }

  #startRuns(): void {
    if (!this.#active) return;
    for (const [nodeId, index] of this.#starting) {
      if (index > this.#committed) continue;
      this.#starting.delete(nodeId);
      const node = this.record.graph.nodes.find(({ id }) => id === nodeId);
      const handler = node && this.#env.handlerOf(node.type);
      if (node === undefined || handler === undefined) continue;
      const run = new NodeRun(this, node);
      this.#runs.set(nodeId, run);
      run.start(handler);
    }
  }
}
/** How far each producer is after all of these. */
function latestOf(batch: readonly Queued[]): ProducerState[] {
  const latest = new Map<string, ProducerState>();
  for (const { producer } of batch) {
    if (producer !== undefined) latest.set(producer.producerId, producer);
  }
  return [...latest.values()];
}

function isTooLarge(error: unknown): error is AppError {
  return error instanceof AppError && error.code === 'event_too_large';
}

/** Names the event of a batch that is too large: it is its largest. */
function tooLargeIn(events: readonly ProducedEvent[], { code, message }: AppError): AppError {
  const sizes = events.map((event) => Buffer.byteLength(JSON.stringify(event)));
  const event = sizes.indexOf(sizes.reduce((a, b) => Math.max(a, b), 0));
  const details = { field: `events.${event}`, event };
  return new AppError(code, `'events.${event}': ${message}`, { details });
}
