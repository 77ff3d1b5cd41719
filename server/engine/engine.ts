import type {
  ProduceRequest,
  ProduceResponse,
  ResumeRequest,
  StartRequest,
} from '../../shared/api.ts';
import type { SessionStatus } from '../../shared/session.ts';
import type { ImportRequest, ImportResult } from './import-session.ts';
import type { NodeTypes } from './handler.ts';
import type { ProducerTurn } from './producer-turn.ts';

/** An `Idempotency-Key` with what it is bound to. */
export interface IdempotencyKey {
  /** Method and path. */
  readonly scope: string;
  readonly key: string;
  /** A digest of the request's body without its access token. */
  readonly bodyHash: string;
}

/**
 * What can be asked of the engine. A promise that resolves stands for something durable; one that
 * rejects with an `AppError` has changed nothing.
 */
export interface Engine {
  /** Starts a run. @throws AppError missing_graph, graph_not_found, invalid_graph, … */
  start(request: StartRequest, idempotency?: IdempotencyKey): Promise<{ sessionId: string }>;
  /** Answers a prompt. @throws AppError session_not_found, interaction_not_found, … */
  resume(
    sessionId: string,
    request: ResumeRequest,
    idempotency?: IdempotencyKey,
  ): Promise<{ sessionId: string; status: SessionStatus }>;
  /**
   * Appends a batch to an external session, once however often it is sent with the same turn; `turn`
   * is null for a program that does not say who it is.
   * @throws AppError session_not_found, not_external, producer_fenced, producer_gap, invalid_event, …
   */
  produce(
    sessionId: string,
    request: ProduceRequest,
    turn: ProducerTurn | null,
  ): Promise<ProduceResponse>;
  /** @throws AppError session_not_found, session_final */
  cancel(sessionId: string): Promise<{ sessionId: string; status: 'cancelled' }>;
  /** Cancels if need be, then removes all of the session. @throws AppError session_not_found */
  delete(sessionId: string): Promise<void>;
  /**
   * Takes in what `export` gave, all of it or nothing.
   * @throws AppError invalid_import, session_exists, …
   */
  import(request: ImportRequest): Promise<ImportResult>;
  /**
   * Lets a session that was imported to be read alone go on, as after a restart. Changes nothing in
   * one that goes on already. @throws AppError session_not_found, session_read_only
   */
  continueImported(sessionId: string): Promise<{ sessionId: string; status: SessionStatus }>;
  /** @throws AppError session_not_found */
  rename(sessionId: string, title: string): Promise<void>;
  /** Continues what a stop or a kill interrupted. To be called once, before anything else. */
  recover(): Promise<void>;
  /**
   * Takes other node types from now on. Runs that start, and nodes that begin, have them; a session that
   * waits has them when it goes on, and one whose code is at work when it next comes to rest, as after a
   * restart. Sessions whose types are there now go on, those whose types are not are blocked.
   */
  useNodeTypes(types: NodeTypes): Promise<void>;
  /** Fences every running handler and leaves the log exactly as a kill would. */
  close(): Promise<void>;
}
