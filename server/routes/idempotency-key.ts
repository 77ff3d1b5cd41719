import { createHash } from 'node:crypto';
import type { Context } from 'hono';
import type { Json } from '../../shared/json.ts';
import { isObject } from '../../shared/json.ts';
import type { IdempotencyKey } from '../engine/engine.ts';
import { canonicalJson } from '../engine/plan.ts';
import { AppError } from '../errors.ts';

const MAX_KEY_LENGTH = 255;

/**
 * The request's `Idempotency-Key`, bound to its method, path and body; undefined when it has none.
 * The body's access token does not count: a repetition may carry a fresh one.
 * @throws AppError malformed_request
 */
export function idempotencyKey(c: Context, path: string, body: Json): IdempotencyKey | undefined {
  const key = c.req.header('Idempotency-Key')?.trim() ?? '';
  if (key === '') return undefined;
  if (key.length > MAX_KEY_LENGTH) {
    throw new AppError(
      'malformed_request',
      `'Idempotency-Key' is longer than ${MAX_KEY_LENGTH} characters.`,
      { details: { field: 'Idempotency-Key' } },
    );
  }
  const bound = isObject(body)
    ? Object.fromEntries(Object.entries(body).filter(([name]) => name !== 'accessToken'))
    : body;
  const bodyHash = createHash('sha256').update(canonicalJson(bound)).digest('hex');
  return { scope: `${c.req.method} ${path}`, key, bodyHash };
}
