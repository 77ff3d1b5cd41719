import type { SessionEvent } from '../../shared/event.ts';
import { evolve, type SessionState } from '../../shared/session-state.ts';
import { isFinal } from '../../shared/session.ts';
import { AppError } from '../errors.ts';
import type { Logger } from '../logger.ts';
import type {
  Append,
  IdempotencyRecord,
  SessionFacts,
  SessionRecord,
  Store,
  StoredEvent,
} from '../store/store.ts';
import type { Clock } from './clock.ts';
import { decide, type Command, type Decidable } from './decide.ts';
import { encodeEvent, isEmission } from './encode-event.ts';
import type { NodeHandler } from './handler.ts';
import type { SessionJournal } from './journal.ts';
import type { Lifetimes } from './lifetimes.ts';
import { NodeRun } from './node-run.ts';
import type { FenceReason, RunHost } from './run-host.ts';
import type { Secrets } from './secrets.ts';
import { factsOf, hasToRun } from './session-facts.ts';

/** What an actor needs of its surroundings. */
export interface ActorEnvironment {
  readonly store: Pick<Store, 'create' | 'append'>;
  readonly clock: Clock;
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
  #queuedCharacters = 0;
  #flushing = false;
  /** What the store was told last of whether code has to run; null before. */
  #toldToRun: boolean | null = null;
  #committed: number;
  #waiters: { index: number; resolve: () => void; reject: (error: unknown) => void }[] = [];

  /** `session.state` is what is in the store: the initial state for a session yet to be created. */
  constructor(env: ActorEnvironment, session: Decidable, secrets: Secrets) {
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
    return this.#committed === this.state.lastIndex;
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
    if (decision.events.length === 0) return this.state;
    const events = decision.events.map((event) => this.secrets.redactEvent(event));
    const stored = events.map((event) => encodeEvent(event, this.#env.maxEventBytes));
    const redacted = events.some((event, i) => event !== decision.events[i]);
    this.state = redacted ? events.reduce(evolve, this.state) : decision.state;
    for (const event of events) this.#take(event);
    const characters = stored.reduce((sum, event) => sum + event.json.length, 0);
    this.#queuedCharacters += characters;
    this.#queue.push({
      events: stored,
      characters,
      state: events.every(isEmission) ? null : this.state,
      idempotency: idempotency?.(this.state),
    });
    if (!this.#flushing) {
      this.#flushing = true;
      // What follows from it at once shares its append, so that the facts are those of code at rest.
      this.clock.defer(() => this.#flush());
    }
    return this.state;
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

  /** Runs the handler of every node that has started and not ended. */
  run(): void {
    this.#active = true;
    this.#startRuns();
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
    const events = batch.flatMap((queued) => queued.events);
    const last = events.at(-1);
    if (last === undefined) {
      this.#flushing = false;
      return;
    }
    const idempotency = batch.at(-1)?.idempotency;
    const append: Append = {
      sessionId: this.sessionId,
      events,
      facts: this.#factsAfter(batch),
      ...(idempotency === undefined ? {} : { idempotency }),
    };
    const { store } = this.#env;
    const written =
      events[0]?.index === 0 ? store.create(this.record, append) : store.append(append);
    written.then(
      () => {
        this.#committed = last.index;
        for (const queued of batch) this.#queuedCharacters -= queued.characters;
        this.#onCommitted();
        this.#flush();
      },
      (error: unknown) => this.#fail(error),
    );
  }

  /** The facts after a batch; null when they are as they were. */
  #factsAfter(batch: readonly Queued[]): SessionFacts | null {
    const said = batch.findLast((queued) => queued.state !== null)?.state;
    const hasToRun = this.#hasToRun(said ?? this.state);
    if (said === undefined && (!hasToRun || this.#toldToRun === true)) return null;
    this.#toldToRun = hasToRun;
    return factsOf(said ?? this.state, hasToRun);
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
    this.#queue = [];
    const waiters = this.#waiters;
    this.#waiters = [];
    const wasClosed = this.closed;
    this.close('failed');
    this.#closed = { error };
    for (const { reject } of waiters) reject(error);
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
