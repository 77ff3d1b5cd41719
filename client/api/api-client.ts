import type { z } from 'zod/mini';
import {
  deleteResponse,
  GRAPHS_PATH,
  graphsResponse,
  HEALTH_PATH,
  healthResponse,
  listResponse,
  renameResponse,
  sessionPaths,
  SESSIONS_PATH,
  sessionStatusResponse,
  startResponse,
  type GraphListing,
  type Limits,
  type ListResponse,
  type ResumeRequest,
} from '../../shared/api.ts';
import {
  sessionStatusReport,
  type SessionStatus,
  type SessionStatusReport,
} from '../../shared/session.ts';
import { ApiError, errorOf, Unreachable } from './api-error.ts';
import type { ServerFetch } from './server-access.ts';

/**
 * The calls that a panel makes. Each throws `ApiError` when the server refuses, `Unreachable` when no
 * answer comes, and the signal's reason when `signal` aborts.
 */
export interface ApiClient {
  graphs(): Promise<GraphListing[]>;
  /** What a request may bring at most. */
  limits(): Promise<Limits>;
  /** A page of a graph's list, or of all graphs'. */
  sessions(query: {
    graphId?: string;
    statuses?: readonly SessionStatus[];
    text?: string;
    needsAnswer?: boolean;
    limit: number;
    pageToken?: string;
    signal?: AbortSignal;
  }): Promise<ListResponse>;
  status(sessionId: string, signal?: AbortSignal): Promise<SessionStatusReport>;
  /** `key` makes a repetition harmless: the first result is given again. */
  start(graphId: string, key: string): Promise<{ sessionId: string }>;
  resume(sessionId: string, request: ResumeRequest, key: string): Promise<void>;
  cancel(sessionId: string): Promise<void>;
  /** Lets an imported session go on. */
  continue(sessionId: string): Promise<void>;
  rename(sessionId: string, title: string): Promise<void>;
  /** Resolves also when the session is gone already. `keepalive` lets it outlive the page. */
  remove(sessionId: string, options?: { keepalive?: boolean }): Promise<void>;
}

/** The calls to a server. */
export function createApiClient(request: ServerFetch): ApiClient {
  async function call<T>(
    schema: z.ZodMiniType<T>,
    path: string,
    init: RequestInit = {},
  ): Promise<T> {
    let response: Response;
    let body: unknown;
    try {
      response = await request(path, {
        ...init,
        headers: Object.assign({ accept: 'application/json' }, init.headers),
      });
      if (!response.ok) throw await errorOf(response);
      body = await response.json();
    } catch (error) {
      if (error instanceof ApiError) throw error;
      init.signal?.throwIfAborted();
      throw new Unreachable(error);
    }
    const parsed = schema.safeParse(body);
    if (parsed.success) return parsed.data;
    throw new ApiError(
      response.status,
      'unexpected_response',
      `The server's answer to ${path} is not understood by this page. Reload to get the page that fits it.`,
    );
  }

  const post = (body: unknown, key?: string): RequestInit => ({
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(key === undefined ? {} : { 'idempotency-key': key }),
    },
    body: JSON.stringify(body),
  });

  return {
    async graphs() {
      return (await call(graphsResponse, GRAPHS_PATH)).graphs;
    },
    async limits() {
      return (await call(healthResponse, HEALTH_PATH)).limits;
    },
    sessions({ graphId, statuses = [], text = '', needsAnswer, limit, pageToken, signal }) {
      const query = new URLSearchParams({ limit: String(limit) });
      if (graphId !== undefined) query.set('graphId', graphId);
      if (statuses.length > 0) query.set('status', statuses.join(','));
      if (text !== '') query.set('q', text);
      if (needsAnswer === true) query.set('needsAnswer', 'true');
      if (pageToken !== undefined) query.set('pageToken', pageToken);
      return call(listResponse, `${SESSIONS_PATH}?${query}`, signal ? { signal } : {});
    },
    status(sessionId, signal) {
      return call(sessionStatusReport, sessionPaths(sessionId).status, signal ? { signal } : {});
    },
    start(graphId, key) {
      return call(startResponse, `${SESSIONS_PATH}/new`, post({ graphId }, key));
    },
    async resume(sessionId, answer, key) {
      await call(sessionStatusResponse, sessionPaths(sessionId).resume, post(answer, key));
    },
    async cancel(sessionId) {
      await call(sessionStatusResponse, sessionPaths(sessionId).cancel, post({}));
    },
    async continue(sessionId) {
      await call(sessionStatusResponse, sessionPaths(sessionId).continue, post({}));
    },
    async rename(sessionId, title) {
      const init = { ...post({ title }), method: 'PATCH' };
      await call(renameResponse, sessionPaths(sessionId).stream, init);
    },
    async remove(sessionId, { keepalive = false } = {}) {
      try {
        await call(deleteResponse, sessionPaths(sessionId).stream, { method: 'DELETE', keepalive });
      } catch (error) {
        if (!(error instanceof ApiError && error.status === 404)) throw error;
      }
    },
  };
}
