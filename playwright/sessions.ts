import { randomUUID } from 'node:crypto';
import type { GraphSource } from '../shared/graph.ts';
import type { JsonObject } from '../shared/json.ts';
import type { SessionStatus } from '../shared/session.ts';
import { readyGraph, WORK_TITLE, writeReadyLog, type PromptKind } from './ready-sessions.ts';
import type { ReattachApi } from './reattach-api.ts';
import { SessionLog } from './session-log.ts';

/** What a session may have that was put there. */
export interface PutOptions {
  /** What it waits on: a form unless given. Of a session that never asked, no matter. */
  readonly prompt?: PromptKind;
  /** How many events it has, at least; as few as it takes unless given. */
  readonly events?: number;
  /** `ready-sessions` unless given. */
  readonly graphId?: string;
  /** The status, with a capital, unless given. */
  readonly title?: string;
  /** Unix seconds; now unless given. */
  readonly createdAt?: number;
  /** It can be read and nothing more: not answered, not cancelled. */
  readonly readOnly?: boolean;
}

/** A session that was put there. */
export interface PutSession {
  readonly sessionId: string;
  readonly graphId: string;
  readonly title: string;
  /** The title of the node that asks or works. */
  readonly node: string;
  /** The id of its prompt, open or not. */
  readonly interactionId: string;
}

/** What a session is started with whose log is written by hand. */
export interface WriteOptions {
  readonly graph: GraphSource;
  readonly graphId?: string;
  readonly title?: string;
  readonly mode?: 'interactive' | 'headless';
  readonly inputs?: JsonObject;
  readonly createdAt?: number;
  readonly sessionId?: string;
  readonly readOnly?: boolean;
}

/** Puts sessions into a server without running them: by import, in milliseconds. */
export class Sessions {
  readonly #api: ReattachApi;
  readonly #now: () => number;

  /** @param now Unix seconds */
  constructor(api: ReattachApi, now: () => number) {
    this.#api = api;
    this.#now = now;
  }

  /**
   * A session in any state, of a graph with a node that emits, one that asks or works, and an output.
   * The server takes it up as after a restart: `running` sleeps an hour and then completes, `suspended`
   * completes once it is answered.
   */
  async put(status: SessionStatus, options: PutOptions = {}): Promise<PutSession> {
    const { events = 0, prompt = 'form', createdAt, readOnly } = options;
    const kind = status === 'running' || status === 'failed' ? 'none' : prompt;
    const title = options.title ?? `${status.charAt(0).toUpperCase()}${status.slice(1)}`;
    const { graphId = 'ready-sessions' } = options;
    const interactionId = randomUUID();
    const sessionId = await this.write(
      {
        ...{ graph: readyGraph(title, kind), graphId, title },
        ...(createdAt === undefined ? {} : { createdAt }),
        ...(readOnly === undefined ? {} : { readOnly }),
      },
      (log) => writeReadyLog(log, { status, prompt: kind, events, interactionId }),
    );
    return { sessionId, graphId, title, node: WORK_TITLE, interactionId };
  }

  /**
   * A session of any graph, whose log `write` writes; the server starts the nodes that are ready by then.
   * Gives its id.
   * @throws Error naming the line, when no run could have written it
   */
  write(options: WriteOptions, write: (log: SessionLog) => void): Promise<string> {
    const { graph, mode = 'interactive', inputs = {}, readOnly } = options;
    const { sessionId = randomUUID(), createdAt = this.#now(), graphId = 'written' } = options;
    const title = options.title ?? graph.title ?? graphId;
    const log = new SessionLog({ sessionId, graphId, graph, title, mode, inputs, createdAt });
    write(log);
    return this.#api.import(String(log), readOnly === undefined ? {} : { readOnly });
  }
}
