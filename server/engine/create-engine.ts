// Longer than most: the lives of all sessions (loading, parking, waking, deleting) meet here.
import { randomUUID } from 'node:crypto';
import type {
  ProduceRequest,
  ProduceResponse,
  ResumeRequest,
  StartRequest,
} from '../../shared/api.ts';
import type { GraphDescriptor } from '../../shared/graph.ts';
import type { SessionState } from '../../shared/session-state.ts';
import { isFinal, type SessionStatus } from '../../shared/session.ts';
import { AppError } from '../errors.ts';
import type { Logger } from '../logger.ts';
import { SessionGone, type SessionRecord, type Store } from '../store/store.ts';
import { systemClock, type Clock } from './clock.ts';
import { unstarted } from './decide.ts';
import { finality } from './draft.ts';
import type { Engine, IdempotencyKey } from './engine.ts';
import type { NodeTypes } from './handler.ts';
import { Idempotency } from './idempotency.ts';
import { importSession, type ImportRequest, type ImportResult } from './import-session.ts';
import { SessionJournal } from './journal.ts';
import { Lifetimes } from './lifetimes.ts';
import { loadSession } from './load-session.ts';
import { checkEdges, checkGraph, checkInputs, derivedGraphId, nodeTypesOf } from './plan.ts';
import type { ProducerTurn } from './producer-turn.ts';
import { Retention, type RetentionPolicy } from './retention.ts';
import { Secrets } from './secrets.ts';
import { SessionActor, type ActorEnvironment } from './session-actor.ts';
import { factsOf, hasToRun } from './session-facts.ts';

export interface EngineOptions {
  readonly store: Store;
  readonly nodeTypes: NodeTypes;
  /** The graph that the server offers under an id; null when there is none. */
  readonly findGraph: (graphId: string) => Promise<GraphDescriptor | null>;
  readonly logger: Logger;
  /** UTF-8 bytes of JSON; 8 MiB unless given. */
  readonly maxEventBytes?: number;
  /** How long a session at rest keeps its handlers in memory; a minute unless given. */
  readonly parkAfterMs?: number;
  readonly clock?: Clock;
  /** Which of the sessions that have ended are kept; all unless given. */
  readonly retention?: RetentionPolicy;
  readonly newId?: () => string;
}

/** How many sessions are loaded at once when the server starts. */
const RECOVERED_AT_ONCE = 8;

/** How long after a failed commit, or a failed load, a session is loaded again. */
const RELOAD_AFTER_MS = 1000;

export function createEngine(options: EngineOptions): Engine {
  return new SessionEngine(options);
}

class SessionEngine implements Engine {
  readonly #store: Store;
  #types: NodeTypes;
  readonly #findGraph: EngineOptions['findGraph'];
  readonly #logger: Logger;
  readonly #clock: Clock;
  readonly #newId: () => string;
  readonly #parkAfterMs: number;
  readonly #environment: ActorEnvironment;
  readonly #idempotency: Idempotency;
  /** The sessions that are loaded, or being loaded. */
  readonly #actors = new Map<string, Promise<SessionActor>>();
  readonly #deleting = new Set<string>();
  /** The access tokens of sessions that have any, loaded or not. */
  readonly #secrets = new Map<string, Secrets>();
  readonly #lifetimes = new Lifetimes();
  readonly #retention: Retention;
  /** What is to happen to a session by itself: parking while it is loaded, waking while it is not. */
  readonly #timers = new Map<string, () => void>();
  /** Those with handlers of node types that were replaced: let go of as soon as they are at rest. */
  readonly #outdated = new WeakSet<SessionActor>();
  #closing = false;

  constructor(options: EngineOptions) {
    this.#store = options.store;
    this.#types = options.nodeTypes;
    this.#findGraph = options.findGraph;
    this.#logger = options.logger;
    this.#clock = options.clock ?? systemClock;
    this.#newId = options.newId ?? randomUUID;
    this.#parkAfterMs = options.parkAfterMs ?? 60_000;
    this.#idempotency = new Idempotency(this.#store, this.#clock);
    this.#retention = new Retention({
      store: this.#store,
      clock: this.#clock,
      logger: this.#logger,
      policy: options.retention ?? { ageMs: null, perGraph: null },
      remove: (sessionId) => this.delete(sessionId),
    });
    this.#environment = {
      store: this.#store,
      clock: this.#clock,
      since: this.#clock.now() / 1000,
      logger: this.#logger,
      newId: this.#newId,
      maxEventBytes: options.maxEventBytes ?? 8 * 1024 * 1024,
      handlerOf: (type) => (this.#knows(type) ? this.#types[type] : undefined),
      lifetimes: this.#lifetimes,
      onSettled: (actor) => this.#onSettled(actor),
      onFailure: (actor, error) => this.#onFailure(actor, error),
    };
  }

  start(request: StartRequest, key?: IdempotencyKey): Promise<{ sessionId: string }> {
    return this.#idempotency.once(key, async (acknowledge) => {
      this.#assertOpen();
      const record = await this.#newRecord(request);
      const { sessionId } = record;
      const session = unstarted(record, new SessionJournal());
      const actor = new SessionActor(this.#environment, session, new Secrets());
      if (request.accessToken !== undefined) this.#useToken(actor, request.accessToken);
      const response = { sessionId };
      const { lastIndex } = actor.submit({ type: 'start' }, () => acknowledge(response));
      this.#actors.set(sessionId, Promise.resolve(actor));
      actor.run();
      await actor.whenCommitted(lastIndex);
      return response;
    });
  }

  resume(
    sessionId: string,
    { interactionId, response, accessToken }: ResumeRequest,
    key?: IdempotencyKey,
  ): Promise<{ sessionId: string; status: SessionStatus }> {
    return this.#idempotency.once(key, async (acknowledge) => {
      const actor = await this.#actor(sessionId);
      const blockers = actor.readOnly ? [] : this.#unknownTypes(actor.record);
      if (actor.state.prompts.has(interactionId) && blockers.length > 0) {
        throw new AppError(
          'session_blocked',
          `Session '${sessionId}' waits for a server that knows the node type '${blockers.join("', '")}'.`,
          { details: { blockedBy: blockers } },
        );
      }
      if (accessToken !== undefined) actor.secrets.add(accessToken);
      const { status } = await this.#submit(actor, () => {
        try {
          const state = actor.submit({ type: 'answer', interactionId, response }, (answered) =>
            acknowledge({ sessionId, status: answered.status }),
          );
          if (accessToken !== undefined) this.#useToken(actor, accessToken);
          return state;
        } finally {
          // Also after a refusal: loading it has taken the place of whatever was to continue it.
          this.#run(actor);
        }
      });
      return { sessionId, status };
    });
  }

  async produce(
    sessionId: string,
    { events }: ProduceRequest,
    turn: ProducerTurn | null,
  ): Promise<ProduceResponse> {
    const actor = await this.#actor(sessionId);
    if (!actor.isExternal) {
      throw new AppError(
        'not_external',
        `Session '${sessionId}' is run by this server, which alone writes its events.`,
      );
    }
    try {
      const { state, lastIndex, duplicate } = await actor.produce(events, turn);
      return { sessionId, status: state.status, lastIndex, duplicate };
    } catch (error) {
      if (error instanceof SessionGone) throw notFound(sessionId);
      if (error instanceof AppError) await this.#committed(actor, actor.state.lastIndex);
      throw error;
    } finally {
      // Loading it has taken the place of what was to happen by itself.
      actor.run();
    }
  }

  async cancel(sessionId: string): Promise<{ sessionId: string; status: 'cancelled' }> {
    const actor = await this.#actor(sessionId);
    await this.#submit(actor, () => actor.submit({ type: 'cancel' }));
    return { sessionId, status: 'cancelled' };
  }

  async delete(sessionId: string): Promise<void> {
    this.#assertOpen();
    if (this.#deleting.has(sessionId)) throw notFound(sessionId);
    this.#deleting.add(sessionId);
    try {
      const loaded = this.#actors.get(sessionId);
      // One that cannot be loaded has nothing to fence.
      const actor = await loaded?.catch(() => undefined);
      this.#forget(sessionId);
      actor?.close('deleted');
      this.#lifetimes.end(sessionId);
      // What is queued is in the way of nobody then, should the deletion fail.
      await actor?.whenCommitted(actor.state.lastIndex).catch(() => undefined);
      const removed = await this.#store.delete(sessionId, this.#clock.now() / 1000);
      this.#secrets.delete(sessionId);
      if (!removed) throw notFound(sessionId);
    } catch (error) {
      // It is still there, and its handlers are not.
      if (!isNotFound(error)) this.#reloadLater(sessionId);
      throw error;
    } finally {
      this.#deleting.delete(sessionId);
    }
  }

  async rename(sessionId: string, title: string): Promise<void> {
    this.#assertOpen();
    if (!(await this.#store.rename(sessionId, title))) throw notFound(sessionId);
  }

  async import(request: ImportRequest): Promise<ImportResult> {
    this.#assertOpen();
    const result = await importSession(
      {
        store: this.#store,
        newId: this.#newId,
        maxEventBytes: this.#environment.maxEventBytes,
        assertOpen: () => this.#assertOpen(),
      },
      request,
    );
    if (result.imported === 'continued') {
      await this.#block();
      void this.#continue(result.sessionId);
    }
    return result;
  }

  async continueImported(sessionId: string): Promise<{ sessionId: string; status: SessionStatus }> {
    const actor = await this.#actor(sessionId);
    const { record, journal, state } = actor;
    const { status } = state;
    if (!actor.readOnly) return { sessionId, status };
    if (isFinal(status)) throw finality(state);
    if (record.redacted !== undefined) {
      throw new AppError(
        'session_read_only',
        `Session '${sessionId}' cannot be continued: something was redacted in it.`,
      );
    }
    const facts = factsOf(state, hasToRun(state, journal));
    if (!(await this.#store.continueImported(sessionId, facts))) throw notFound(sessionId);
    // Perhaps another was loaded meanwhile, from before.
    (await this.#actor(sessionId)).release();
    await this.#block();
    void this.#continue(sessionId);
    return { sessionId, status };
  }

  async recover(): Promise<void> {
    await this.#block();
    // What is loaded has its own timers, and runs.
    const isAway = (sessionId: string) => !this.#actors.has(sessionId);
    for (const { sessionId, at } of await this.#store.wakes()) {
      if (isAway(sessionId)) this.#wakeAt(sessionId, at);
    }
    const interrupted = (await this.#store.needingRunner()).filter(isAway);
    if (interrupted.length > 0) {
      this.#logger.info({ sessions: interrupted.length }, 'sessions.recovering');
    }
    const queue = interrupted.values();
    for (let i = 0; i < RECOVERED_AT_ONCE; i += 1) {
      void (async () => {
        for (const sessionId of queue) await this.#continue(sessionId);
      })();
    }
    void this.#retention.start();
  }

  async useNodeTypes(types: NodeTypes): Promise<void> {
    this.#assertOpen();
    this.#types = types;
    const loaded = await Promise.allSettled(this.#actors.values());
    // Not between two steps of a command that has just got hold of one.
    await new Promise<void>((resolve) => this.#clock.defer(resolve));
    for (const actor of loaded) {
      if (actor.status !== 'fulfilled') continue;
      this.#outdated.add(actor.value);
      this.#park(actor.value);
    }
    if (!this.#closing) await this.recover();
  }

  async close(): Promise<void> {
    this.#closing = true;
    this.#retention.stop();
    for (const cancel of this.#timers.values()) cancel();
    this.#timers.clear();
    const actors = await Promise.allSettled(this.#actors.values());
    this.#actors.clear();
    for (const actor of actors) {
      if (actor.status === 'fulfilled') actor.value.close('shutdown');
    }
    this.#lifetimes.endAll();
  }

  /** Marks the sessions that need a type which is not here, and no others. */
  async #block(): Promise<void> {
    const types = await this.#store.openTypes();
    const unknown = types.filter((type) => !this.#knows(type));
    if (unknown.length > 0) this.#logger.warn({ types: unknown }, 'sessions.blocked');
    await this.#store.setBlocked(unknown);
  }

  /** The actor of a session, loaded if need be. It does not run handlers until it is told to. */
  async #actor(sessionId: string): Promise<SessionActor> {
    this.#assertOpen();
    if (this.#deleting.has(sessionId)) throw notFound(sessionId);
    const loaded = this.#actors.get(sessionId);
    const actor = await (loaded ?? this.#load(sessionId));
    // Parked or failed between two turns of the event loop: load it anew.
    return actor.closed ? this.#actor(sessionId) : actor;
  }

  #load(sessionId: string): Promise<SessionActor> {
    const loading = loadSession(this.#store, sessionId).then((session) => {
      if (session === null) throw notFound(sessionId);
      const secrets = this.#secrets.get(sessionId) ?? new Secrets();
      return new SessionActor(this.#environment, session, secrets, session.producers);
    });
    this.#stopTimer(sessionId);
    this.#actors.set(sessionId, loading);
    loading.then(
      (actor) => {
        // Perhaps nothing follows: then it is let go again after a while.
        if (this.#actors.get(sessionId) === loading) this.#parkLater(actor);
      },
      (error: unknown) => {
        if (this.#actors.get(sessionId) !== loading) return;
        this.#actors.delete(sessionId);
        if (isNotFound(error)) this.#secrets.delete(sessionId);
        else this.#reloadLater(sessionId);
      },
    );
    return loading;
  }

  /** Loads a session and runs what is to run. */
  async #continue(sessionId: string): Promise<void> {
    try {
      const actor = await this.#actor(sessionId);
      this.#run(actor);
    } catch (error) {
      if (this.#closing || isNotFound(error)) return;
      // Loading it is tried again by itself.
      this.#logger.error({ session: sessionId, err: error }, 'session.load_failed');
    }
  }

  /**
   * Submits what a person asks for and waits until it is durable. A refusal waits as well: it may tell
   * of something that is not durable yet.
   */
  async #submit(actor: SessionActor, submit: () => SessionState): Promise<SessionState> {
    let state: SessionState;
    try {
      state = submit();
    } catch (refusal) {
      await this.#committed(actor, actor.state.lastIndex);
      throw refusal;
    }
    await this.#committed(actor, state.lastIndex);
    return state;
  }

  /** Waits for a commit on behalf of a caller. */
  async #committed(actor: SessionActor, index: number): Promise<void> {
    try {
      await actor.whenCommitted(index);
    } catch (error) {
      throw error instanceof SessionGone ? notFound(actor.sessionId) : error;
    }
  }

  #onSettled(actor: SessionActor): void {
    if (this.#closing || actor.closed) return;
    const mayGo = isFinal(actor.state.status) || this.#outdated.has(actor);
    if (!(mayGo && this.#park(actor))) this.#parkLater(actor);
  }

  /**
   * Lets go of a session after a while, if it is at rest then. What is due in an external one before
   * that is done; code of this server has its own timers.
   */
  #parkLater(actor: SessionActor): void {
    this.#stopTimer(actor.sessionId);
    const time = this.#clock.now() + this.#parkAfterMs;
    const due = actor.isExternal && actor.dueAt !== null ? actor.dueAt * 1000 : time;
    const act = () => {
      if (due < time) actor.run();
      if (due >= time) this.#park(actor);
      else if (!actor.closed) this.#parkLater(actor);
    };
    this.#timers.set(actor.sessionId, this.#clock.at(Math.min(due, time), act));
  }

  /** Lets go of a session that needs nothing but an answer or a timer; false for any other. */
  #park(actor: SessionActor): boolean {
    const { sessionId, state } = actor;
    // What is queued belongs to this actor: one loaded beside it would be in its way.
    if (actor.closed || !actor.atRest) return false;
    this.#forget(sessionId);
    if (isFinal(state.status)) this.#secrets.delete(sessionId);
    actor.close('parked');
    const at = actor.dueAt;
    if (at !== null && this.#mayRun(actor)) this.#wakeAt(sessionId, at);
    return true;
  }

  #onFailure(actor: SessionActor, error: unknown): void {
    const { sessionId } = actor;
    this.#forget(sessionId);
    if (error instanceof SessionGone) {
      this.#secrets.delete(sessionId);
      this.#lifetimes.end(sessionId);
    }
    if (this.#closing || error instanceof SessionGone) return;
    this.#logger.error({ session: sessionId, err: error }, 'session.append_failed');
    this.#reloadLater(sessionId);
  }

  /** Continues a session that could not be loaded, or written to, from its log. */
  #reloadLater(sessionId: string): void {
    if (!this.#closing) this.#wakeAt(sessionId, (this.#clock.now() + RELOAD_AFTER_MS) / 1000);
  }

  /** Continues a session that is not loaded at `time` (Unix seconds). */
  #wakeAt(sessionId: string, time: number): void {
    this.#stopTimer(sessionId);
    const wake = () => {
      this.#timers.delete(sessionId);
      void this.#continue(sessionId);
    };
    this.#timers.set(sessionId, this.#clock.at(time * 1000, wake));
  }

  /** Gives a session a token, for as long as it goes on and the server lives. */
  #useToken({ sessionId, secrets }: SessionActor, token: string): void {
    secrets.use(token);
    this.#secrets.set(sessionId, secrets);
  }

  #forget(sessionId: string): void {
    this.#actors.delete(sessionId);
    this.#stopTimer(sessionId);
  }

  #stopTimer(sessionId: string): void {
    this.#timers.get(sessionId)?.();
    this.#timers.delete(sessionId);
  }

  async #newRecord(request: StartRequest): Promise<SessionRecord> {
    if (request.runner === 'external') return this.#newExternalRecord(request);
    const { mode, inputs, title } = request;
    const graph = request.graph ?? (await this.#offered(request.graphId));
    checkGraph(graph, (type) => this.#knows(type));
    const graphId = request.graphId ?? derivedGraphId(graph);
    checkInputs(graph, inputs);
    return {
      sessionId: this.#newId(),
      graphId,
      graph,
      mode,
      runner: 'server',
      inputs,
      title: title ?? titleOf(graph) ?? graphId,
      createdAt: this.#clock.now() / 1000,
      nodeTypes: nodeTypesOf(graph),
    };
  }

  /** Of a session that a program elsewhere writes, which need not say beforehand what it will do. */
  #newExternalRecord({ mode, inputs, title, ...request }: StartRequest): SessionRecord {
    const graph = request.graph ?? { nodes: [], edges: [] };
    if (request.graph === undefined && request.graphId === undefined) throw missingGraph();
    checkEdges(graph);
    const field = mode === 'headless' ? 'mode' : Object.keys(inputs).length > 0 ? 'inputs' : null;
    if (field !== null) {
      throw new AppError(
        'malformed_request',
        `'${field}' is for runs of this server; the program of an external one asks as it likes.`,
        { details: { field } },
      );
    }
    const graphId = request.graphId ?? derivedGraphId(graph);
    return {
      sessionId: this.#newId(),
      ...{ graphId, graph, mode, inputs },
      runner: 'external',
      title: title ?? titleOf(graph) ?? graphId,
      createdAt: this.#clock.now() / 1000,
      nodeTypes: [],
    };
  }

  async #offered(graphId: string | undefined): Promise<GraphDescriptor> {
    if (graphId === undefined) throw missingGraph();
    const graph = await this.#findGraph(graphId);
    if (graph === null) {
      throw new AppError('graph_not_found', `This server offers no graph '${graphId}'.`);
    }
    return graph;
  }

  /** Runs what is to run, if its code is here and it is not here to be read alone. */
  #run(actor: SessionActor): void {
    if (this.#mayRun(actor)) actor.run();
  }

  #mayRun({ readOnly, record }: SessionActor): boolean {
    return !readOnly && this.#unknownTypes(record).length === 0;
  }

  #unknownTypes({ nodeTypes }: SessionRecord): string[] {
    return nodeTypes.filter((type) => !this.#knows(type));
  }

  #knows(type: string): boolean {
    return Object.hasOwn(this.#types, type);
  }

  #assertOpen(): void {
    if (this.#closing) throw new AppError('unavailable', 'The server is stopping.');
  }
}

function missingGraph(): AppError {
  return new AppError('missing_graph', "Missing 'graph' or 'graphId'");
}

function isNotFound(error: unknown): boolean {
  return error instanceof AppError && error.code === 'session_not_found';
}

function notFound(sessionId: string): AppError {
  return new AppError('session_not_found', `There is no session '${sessionId}'.`);
}

/** What a graph gives its sessions as a title; as the store keeps it, which is well-formed. */
function titleOf({ title }: GraphDescriptor): string | undefined {
  const text = Buffer.from(title?.trim() ?? '').toString();
  return text === '' ? undefined : text;
}
