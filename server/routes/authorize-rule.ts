import type { Context } from 'hono';
import { AppError } from '../errors.ts';
import type { OperationId } from './operations.ts';

/** What a request asks for. */
export interface Call {
  /** As in the OpenAPI document: `startSession`, `streamSession`, … */
  readonly operation: OperationId;
  /** The sessions that it names: one in its path, or those of a watch. */
  readonly sessionIds: readonly string[];
  /** The graph that its path or query names, else null. What a start runs is in its body. */
  readonly graphId: string | null;
  /** Whether it lists sessions or graphs: those of `graphId`, and of all graphs when that is null. */
  readonly lists: boolean;
}

/**
 * True lets a call through. False refuses it with 403 `forbidden`, `'unauthenticated'` with 401
 * `unauthorized`, upon which a client asks for a fresh token and tries again; a response is sent
 * instead.
 */
export type Decision = boolean | 'unauthenticated' | Response;

/**
 * Decides on each call but `/healthz`, before its body is read. A stream is decided on once, when it
 * begins. What it throws refuses the call with 500.
 */
export type Authorize = (request: Request, call: Call) => Decision | Promise<Decision>;

/**
 * Asks `authorize` for a call; gives the response that is to be sent instead of the answer, or null.
 * @throws AppError forbidden, unauthorized
 */
export async function refusalOf(
  authorize: Authorize,
  c: Context,
  call: Call,
): Promise<Response | null> {
  const decision = await authorize(c.req.raw, call);
  if (decision === true) return null;
  if (decision instanceof Response) return c.newResponse(decision.body, decision);
  if (decision === 'unauthenticated') {
    c.header('WWW-Authenticate', 'Bearer realm="reattach"');
    throw new AppError('unauthorized', 'This server needs to know who calls.');
  }
  // Also what a function gives that forgot to return.
  throw new AppError('forbidden', 'The caller may not do this.');
}
