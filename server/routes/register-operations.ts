import type { Context, Hono } from 'hono';
import type { Json } from '../../shared/json.ts';
import { AppError } from '../errors.ts';
import type { Handlers } from './handlers.ts';
import { operations, type Operation, type OperationId } from './operations.ts';
import { parseBody, readJson } from './request-body.ts';
import { parseQuery } from './request-query.ts';

/**
 * Adds a route for each operation: its requests are checked against its schemas and given to its
 * handler. Other methods on the same paths get 405, and OPTIONS says what there is.
 */
export function registerOperations(app: Hono, handlers: Handlers, maxBodyBytes: number): void {
  const ids = Object.keys(operations).filter(isOperationId);
  // What an id could be mistaken for comes before the id: `new`, then `{sessionId}:resume`.
  const paths = [...new Set(ids.map((id) => operations[id].path))].sort(
    (a, b) => vagueness(a) - vagueness(b),
  );
  for (const path of paths) {
    const here = ids.filter((id) => operations[id].path === path);
    for (const id of here) register(app, id, handlers, maxBodyBytes);
    const methods = here.map((id) => operations[id].method);
    app.all(patternOf(path), (c) => answerOther(c, methods));
  }
}

function vagueness(path: string): number {
  if (!path.includes('{')) return 0;
  return path.includes('}:') ? 1 : 2;
}

function register(app: Hono, id: OperationId, handlers: Handlers, maxBodyBytes: number): void {
  const { method, path, query, body }: Operation = operations[id];
  // What is parsed with the table's schemas has the types that the handler infers from the table.
  const handle = handlers[id] as (request: ParsedRequest) => Response | Promise<Response>;
  app.on(method, patternOf(path), async (c) => {
    const json = body === undefined ? null : await readJson(c, maxBodyBytes);
    return handle({
      c,
      id: idIn(c, path),
      query: query === undefined ? {} : parseQuery(query, c),
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
