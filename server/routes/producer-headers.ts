import type { Context } from 'hono';
import { z } from 'zod';
import type { ProducerTurn } from '../engine/producer-turn.ts';
import { AppError } from '../errors.ts';
import { integer, seconds } from './parameters.ts';

/** The longest lease, in seconds. */
const MAX_LEASE_SECONDS = 7 * 24 * 60 * 60;

const leaseMessage = `must be a number of seconds, of at most ${MAX_LEASE_SECONDS}`;

const name = z.string().max(200, 'must be of at most 200 characters');
const count = integer(0);
const lease = seconds.pipe(z.number().max(MAX_LEASE_SECONDS, leaseMessage));

/**
 * Who sends a batch, and which one it is; null for a program that does not say.
 * @throws AppError malformed_request, naming the header that is missing or wrong
 */
export function producerTurn(c: Context): ProducerTurn | null {
  const producerId = header(c, 'Producer-Id', name);
  const epoch = header(c, 'Producer-Epoch', count);
  const seq = header(c, 'Producer-Seq', count);
  const leaseSeconds = header(c, 'Producer-Lease', lease);
  if (producerId !== null && epoch !== null && seq !== null) {
    return { producerId, epoch, seq, lease: leaseSeconds };
  }
  if (producerId === null && epoch === null && seq === null && leaseSeconds === null) return null;
  const missing =
    producerId === null ? 'Producer-Id' : epoch === null ? 'Producer-Epoch' : 'Producer-Seq';
  throw refuse(missing, `'${missing}' is missing: the producer's headers go together.`);
}

/** Null when the request has no such header, or an empty one. */
function header<Value>(c: Context, field: string, schema: z.ZodType<Value>): Value | null {
  const text = c.req.header(field)?.trim() ?? '';
  if (text === '') return null;
  const parsed = schema.safeParse(text);
  if (parsed.success) return parsed.data;
  throw refuse(field, `'${field}' ${parsed.error.issues[0]?.message ?? 'is wrong'}.`);
}

function refuse(field: string, message: string): AppError {
  return new AppError('malformed_request', message, { details: { field } });
}
