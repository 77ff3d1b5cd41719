import type { Context } from 'hono';
import { sessionPaths, SESSIONS_PATH, type Limits, type ListResponse } from '../../shared/api.ts';
import { EXPORT_TYPE } from '../../shared/export.ts';
import type { Json } from '../../shared/json.ts';
import { isFinal, type SessionStatusReport } from '../../shared/session.ts';
import type { Engine } from '../engine/engine.ts';
import { AppError } from '../errors.ts';
import type { GraphCatalog } from '../graph-catalog.ts';
import { version } from '../package-info.ts';
import { InvalidPageToken, type Store, type StoredStatus } from '../store/store.ts';
import type { Streams } from '../stream/create-streams.ts';
import { exportSession } from '../stream/export-session.ts';
import { readMessages } from '../stream/read-messages.ts';
import { etagMatches } from './etag.ts';
import { exportLines } from './export-lines.ts';
import { idempotencyKey } from './idempotency-key.ts';
import { createOpenApi } from './openapi.ts';
import {
  MAX_EVENTS,
  MAX_SESSIONS,
  MAX_WAIT_SECONDS,
  type BodyOf,
  type OperationId,
  type QueryOf,
} from './operations.ts';
import { producerTurn } from './producer-headers.ts';
import { preferredType } from './preferred-type.ts';
import { bodyOf } from './request-body.ts';
import { lastChatPosition, lastEventId } from './request-query.ts';
import { bearerToken } from './token-rule.ts';

export interface HandlerOptions {
  store: Store;
  engine: Engine;
  streams: Streams;
  catalog: GraphCatalog;
  /** Whether `Authorization` is a run's: only when the server has no token of its own. */
  takesRunTokens: boolean;
  /** Below which the server is; empty for the root. */
  basePath: string;
  /** What a client may send at most. */
  limits: Limits;
}

/** A request of one operation, its parts checked against the operation's schemas. */
export interface OperationRequest<Id extends OperationId> {
  readonly c: Context;
  /** The segment of the path that the operation names, decoded; empty when it names none. */
  readonly id: string;
  readonly query: QueryOf<Id>;
  readonly body: BodyOf<Id>;
  /** The body as it was sent. */
  readonly json: Json;
}

export type Handlers = {
  readonly [Id in OperationId]: (request: OperationRequest<Id>) => Response | Promise<Response>;
};

/** A page of events is about so long at most, in bytes. */
const PAGE_BYTES = 4 * 1024 * 1024;

/** HTTP in, commands and reads out: one handler for each operation. */
export function createHandlers(options: HandlerOptions): Handlers {
  const { store, engine, streams, catalog, takesRunTokens, limits } = options;
  const openApi = createOpenApi(options.basePath);

  /** A token in the body wins over one in the header. */
  const withRunToken = <Body extends { accessToken?: string | undefined }>(
    c: Context,
    body: Body,
  ) => {
    const accessToken = body.accessToken ?? (takesRunTokens ? bearerToken(c) : undefined);
    return accessToken === undefined ? body : { ...body, accessToken };
  };

  return {
    async startSession({ c, body, json }) {
      const key = idempotencyKey(c, `${SESSIONS_PATH}/new`, json);
      return c.json(await engine.start(withRunToken(c, body), key));
    },

    async listSessions({ c, query }) {
      const { since, store: storeId, status, q, needsAnswer, pageToken } = query;
      const limit = Math.min(query.limit, MAX_SESSIONS);
      // Empty as it comes from a form or a template: the same as absent.
      const graphId = query.graphId === '' ? undefined : query.graphId;
      c.header('Vary', 'Accept', { append: true });
      const type = preferredType(c.req.header('Accept'), ['text/event-stream', 'application/json']);
      if (type === 'text/event-stream') {
        const cursor = lastEventId(c, 0) ?? since ?? null;
        if (c.req.raw.method === 'HEAD') return streamHead(c);
        return streams.feed(c, { graphId, since: cursor, store: storeId });
      }
      try {
        const page = await store.list({
          ...{ graphId, statuses: status, text: q, needsAnswer, limit, pageToken },
        });
        const answer: ListResponse = {
          sessions: [...page.sessions],
          ...(page.next === null ? {} : { nextPageToken: page.next }),
          revision: page.revision,
          storeId: store.storeId,
        };
        return c.json(answer);
      } catch (error) {
        if (!(error instanceof InvalidPageToken)) throw error;
        throw new AppError('malformed_request', "'pageToken' is not one that this server gave.", {
          cause: error,
          details: { field: 'pageToken' },
        });
      }
    },

    async streamSession({ c, id, query }) {
      const reconnecting = lastEventId(c, -1);
      const stored = await store.status(id);
      if (stored === null) throw notFound(id);
      const { status, lastIndex } = stored;
      const isSameStore = query.store === undefined || query.store === store.storeId;
      // Without this a native EventSource would connect again and again.
      if (reconnecting === lastIndex && isFinal(status) && isSameStore) return c.body(null, 204);
      if (c.req.raw.method === 'HEAD') return streamHead(c);
      return streams.session(c, {
        sessionId: id,
        after: reconnecting ?? query.after,
        store: query.store,
      });
    },

    async renameSession({ c, id, body }) {
      await engine.rename(id, body.title);
      return c.json({ sessionId: id, title: body.title });
    },

    async deleteSession({ c, id }) {
      await engine.delete(id);
      return c.json({ ok: true });
    },

    async listEvents({ c, id, query }) {
      const limit = { events: Math.min(query.limit, MAX_EVENTS), bytes: PAGE_BYTES };
      const { after } = query;
      const page =
        query.wait === 0 || c.req.raw.method === 'HEAD'
          ? await store.events(id, after, limit)
          : await streams.waitForEvents(
              { sessionId: id, after, limit },
              Math.min(query.wait, MAX_WAIT_SECONDS) * 1000,
              c.req.raw.signal,
            );
      if (page === null) throw notFound(id);
      // The events are JSON already, and are passed on without being parsed.
      const events = page.events.map(({ json }) => json).join(',');
      const rest = JSON.stringify({ lastIndex: page.lastIndex, status: page.status });
      return c.body(`{"events":[${events}],${rest.slice(1)}`, 200, {
        'Content-Type': 'application/json',
      });
    },

    async streamChat({ c, id, query }) {
      const after = lastChatPosition(c) ?? query.after ?? null;
      if (c.req.raw.method === 'HEAD') {
        if ((await store.status(id)) === null) throw notFound(id);
        return streamHead(c);
      }
      const response = await streams.turn(c, { sessionId: id, after, reopen: query.reopen });
      if (response === null) throw notFound(id);
      return response;
    },

    async listMessages({ c, id }) {
      const read = await readMessages(store, id);
      if (read === null) throw notFound(id);
      return c.json(read);
    },

    async produceEvents({ c, id, body }) {
      return c.json(await engine.produce(id, body, producerTurn(c)));
    },

    async getStatus({ c, id, query }) {
      const stored =
        query.waitFor === undefined || c.req.raw.method === 'HEAD'
          ? await store.status(id)
          : await streams.waitForStatus(
              id,
              new Set(query.waitFor),
              Math.min(query.timeout, MAX_WAIT_SECONDS) * 1000,
              c.req.raw.signal,
            );
      if (stored === null) throw notFound(id);
      const etag = `"${stored.revision}-${stored.lastIndex}"`;
      c.header('ETag', etag);
      c.header('Cache-Control', 'no-cache');
      if (etagMatches(c.req.header('If-None-Match'), etag)) return c.body(null, 304);
      return c.json(reportOf(stored, store.storeId));
    },

    async resumeSession({ c, id, body, json }) {
      const key = idempotencyKey(c, sessionPaths(id).resume, json);
      return c.json(await engine.resume(id, withRunToken(c, body), key));
    },

    async cancelSession({ c, id }) {
      return c.json(await engine.cancel(id));
    },

    async continueSession({ c, id }) {
      return c.json(await engine.continueImported(id));
    },

    async exportSession({ c, id, query }) {
      const lines = await exportSession(store, id, query.redact);
      if (lines === null) throw notFound(id);
      return c.body(lines, 200, {
        'Content-Type': EXPORT_TYPE,
        'Content-Disposition': `attachment; filename="${id.replace(/[^\w.-]/g, '_')}.ndjson"`,
      });
    },

    async importSession({ c, query }) {
      const { continue: goOn, newId: asNew, redact } = query;
      const lines = exportLines(bodyOf(c), limits.body);
      return c.json(await engine.import({ lines, goOn, asNew, redaction: redact }));
    },

    watch({ c, query }) {
      const { feed, since = null, known, session: sessions, store: storeId } = query;
      if (feed === undefined && sessions.length === 0) {
        throw new AppError('malformed_request', "Missing 'feed' or 'session'");
      }
      const ids = sessions.map(({ sessionId }) => sessionId);
      const twice = ids.find((id, at) => ids.indexOf(id) !== at);
      if (twice !== undefined) {
        throw new AppError('malformed_request', `'session' names '${twice}' more than once.`);
      }
      if (c.req.raw.method === 'HEAD') return streamHead(c);
      return streams.watch(c, {
        ...(feed === undefined
          ? {}
          : { feed: { graphId: feed === '' ? undefined : feed, since, known } }),
        sessions,
        store: storeId,
      });
    },

    async listGraphs({ c }) {
      return c.json({ graphs: await catalog.list() });
    },

    async getGraph({ c, id }) {
      return c.json({ graphId: id, graph: await catalog.describe(id) });
    },

    getHealth: ({ c }) =>
      c.json({ ok: true, version, protocol: 'v1beta1', storeId: store.storeId, limits }),

    getOpenApi: ({ c }) => c.json(openApi),
  };
}

function reportOf(stored: StoredStatus, storeId: string): SessionStatusReport {
  const { sessionId, graphId, status, title, createdAt, updatedAt, lastIndex, turn } = stored;
  return {
    ...{ sessionId, graphId, storeId, status, title, createdAt, updatedAt },
    ...{ eventCount: lastIndex + 1, lastIndex, turn },
    openPrompts: [...stored.openPrompts],
    ...(stored.blockedBy.length === 0 ? {} : { blockedBy: [...stored.blockedBy] }),
    ...(stored.imported === null ? {} : { imported: stored.imported }),
    ...(stored.runner === 'server' ? {} : { runner: stored.runner }),
    ...(stored.lostContactAt === null ? {} : { lostContactAt: stored.lostContactAt }),
    ...(stored.error === null ? {} : { error: stored.error }),
  };
}

/** Answers a HEAD: what a stream would say of itself, without one. */
function streamHead(c: Context): Response {
  return c.body(null, 200, {
    'Content-Type': 'text/event-stream',
    'Cache-Control': 'no-cache, no-transform',
  });
}

function notFound(sessionId: string): AppError {
  return new AppError('session_not_found', `There is no session '${sessionId}'.`);
}
