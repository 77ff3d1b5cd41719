import type { Context } from 'hono';
import type { z } from 'zod';
import { parsePosition, type ChatPosition } from '../../shared/chat-position.ts';
import { AppError } from '../errors.ts';
import { complaintOf } from '../issue-message.ts';
import { CHAT_CURSOR_SHAPE, cursors, repeatable } from './parameters.ts';

/**
 * Checks the query against its schema; parameters that the schema does not know are ignored.
 * @throws AppError invalid_cursor or malformed_request, naming the parameter
 */
export function parseQuery<Schema extends z.ZodObject>(
  schema: Schema,
  c: Context,
): z.infer<Schema> {
  const given: Record<string, string | string[]> = {};
  for (const [name, values] of Object.entries(c.req.queries())) {
    if (!Object.hasOwn(schema.shape, name)) continue;
    const [only, ...more] = values;
    if (repeatable.has(name)) given[name] = values;
    else if (only !== undefined && more.length === 0) given[name] = only;
    else throw refuse(name, `'${name}' is given more than once.`);
  }
  const parsed = schema.safeParse(given);
  if (parsed.success) return parsed.data;
  const [name = ''] = parsed.error.issues[0]?.path.map(String) ?? [];
  // The parameter is named, not the place inside of what was made of it.
  const complaint = complaintOf(parsed.error, given, 'The query');
  throw refuse(name, complaint.message.replace(`'${complaint.field}'`, `'${name}'`));
}

/**
 * The cursor of a reader: what it has seen last. The `Last-Event-ID` header wins over the query's
 * `fromQuery`; an empty header is no header.
 * @throws AppError invalid_cursor
 */
export function lastEventId(c: Context, min: number): number | null {
  const header = lastEventIdHeader(c);
  if (header === '') return null;
  const value = /^(?:-1|\d+)$/.test(header) ? Number(header) : Number.NaN;
  if (Number.isSafeInteger(value) && value >= min) return value;
  throw refuse('Last-Event-ID', `'Last-Event-ID' must be an integer of at least ${min}.`);
}

/**
 * The cursor of a reconnecting reader of a chat stream, as `lastEventId`.
 * @throws AppError invalid_cursor
 */
export function lastChatPosition(c: Context): ChatPosition | null {
  const header = lastEventIdHeader(c);
  if (header === '') return null;
  const position = parsePosition(header);
  if (position !== null) return position;
  throw refuse('Last-Event-ID', `'Last-Event-ID' ${CHAT_CURSOR_SHAPE}.`);
}

const lastEventIdHeader = (c: Context) => c.req.header('Last-Event-ID')?.trim() ?? '';

function refuse(name: string, message: string): AppError {
  const code =
    cursors.has(name) || name === 'Last-Event-ID' ? 'invalid_cursor' : 'malformed_request';
  return new AppError(code, message, { details: { field: name } });
}
