import type { Context, Hono } from 'hono';
import type { Json } from '../../shared/json.ts';
import { isObject } from '../../shared/json.ts';
import { AppError } from '../errors.ts';
import { refusalOf, type Authorize, type Call } from './authorize-rule.ts';
import type { Handlers } from './handlers.ts';
import { operations, type Operation, type OperationId } from './operations.ts';
import { parseBody, readJson } from './request-body.ts';
import { parseQuery } from './request-query.ts';

export interface RegisterOptions {
  readonly handlers: Handlers;
  readonly maxBodyBytes: number;
  /** Decides on each call but the one that asks whether the server is up. */
  readonly authorize?: Authorize | undefined;
}

/**
 * Adds a route for each operation: its requests are checked against its schemas, decided on, and given
 * to its handler. Other methods on the same paths get 405, and OPTIONS says what there is.
 */
export function registerOperations(app: Hono, options: RegisterOptions): void {
  const ids = Object.keys(operations).filter(isOperationId);
  // What an id could be mistaken for comes before the id: `new`, then `{sessionId}:resume`.
  const paths = [...new Set(ids.map((id) => operations[id].path))].sort(
    (a, b) => vagueness(a) - vagueness(b),
  );
  for (const path of paths) {
    const here = ids.filter((id) => operations[id].path === path);
    for (const id of here) register(app, id, options);
    const methods = here.map((id) => operations[id].method);
    app.all(patternOf(path), (c) => answerOther(c, methods));
  }
}

function vagueness(path: string): number {
  if (!path.includes('{')) return 0;
  return path.includes('}:') ? 1 : 2;
}

function register(app: Hono, id: OperationId, options: RegisterOptions): void {
  const { handlers, maxBodyBytes } = options;
  const authorize = id === 'getHealth' ? undefined : options.authorize;
  const { method, path, query, body }: Operation = operations[id];
  // What is parsed with the table's schemas has the types that the handler infers from the table.
  const handle = handlers[id] as (request: ParsedRequest) => Response | Promise<Response>;
  app.on(method, patternOf(path), async (c) => {
    const named = idIn(c, path);
    const asked = query === undefined ? {} : parseQuery(query, c);
    if (authorize !== undefined) {
      const refusal = await refusalOf(authorize, c, callOf(id, named, asked));
      if (refusal !== null) return refusal;
    }
    const json = body === undefined ? null : await readJson(c, maxBodyBytes);
    return handle({
      c,
      id: named,
      query: asked,
      body: body === undefined ? undefined : parseBody(body, json),
      json,
    });
  });
}

interface ParsedRequest {
  readonly c: Context;
  readonly id: string;
  readonly query: unknown;
  readonly body: unknown;
  readonly json: Json;
}

/** The router's pattern of an OpenAPI path. `{id}:verb` is one segment, matched whole. */
function patternOf(path: string): string {
  return path.replace(/\{\w+\}(:\w+)?/, (_, verb: string | undefined) =>
    verb === undefined ? ':id' : `:id{[^/]+${verb.replace(':', '(?::|%3[aA])')}}`,
  );
}

/** The id in the path, decoded and without a verb. */
function idIn(c: Context, path: string): string {
  const segment = c.req.param('id') ?? '';
  const [, verb = ''] = /\{\w+\}(:\w+)/.exec(path) ?? [];
  return segment.slice(0, segment.length - verb.length);
}

/** What a call names, in its path or its query. */
function callOf(operation: OperationId, named: string, query: Record<string, unknown>): Call {
  const [, parameter] = /\{(\w+)\}/.exec(operations[operation].path) ?? [];
  const { graphId, feed, session } = query;
  const graph = parameter === 'graphId' ? named : (feed ?? graphId);
  const sessions = Array.isArray(session) ? session : [];
  return {
    operation,
    sessionIds: [
      ...(parameter === 'sessionId' ? [named] : []),
      ...sessions.flatMap((one) => (isObject(one) ? [String(one.sessionId)] : [])),
    ],
    // Empty as it comes from a form or a template: the same as absent.
    graphId: typeof graph === 'string' && graph !== '' ? graph : null,
    lists: operation === 'listSessions' || operation === 'listGraphs' || feed !== undefined,
  };
}

function answerOther(c: Context, methods: readonly string[]): Response {
  const allowed = [...methods, ...(methods.includes('GET') ? ['HEAD'] : []), 'OPTIONS'].join(', ');
  c.header('Allow', allowed);
  if (c.req.method === 'OPTIONS') return c.body(null, 204);
  throw new AppError(
    'method_not_allowed',
    `${c.req.method} is not for this path; it takes ${allowed}.`,
  );
}

function isOperationId(id: string): id is OperationId {
  return Object.hasOwn(operations, id);
}
