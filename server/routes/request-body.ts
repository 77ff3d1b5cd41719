import type { Context } from 'hono';
import { z } from 'zod';
import type { Json } from '../../shared/json.ts';
import { AppError } from '../errors.ts';
import { complaintOf } from '../issue-message.ts';

/** Values nested deeper than this are refused: what walks JSON recursively would run out of stack. */
export const MAX_DEPTH = 500;

/**
 * Reads a body as JSON.
 * @throws AppError payload_too_large, or malformed_request
 */
export async function readJson(c: Context, maxBytes: number): Promise<Json> {
  const text = decode(await readBytes(c, maxBytes));
  if (text.trim() === '') throw malformed('The body is empty; expected JSON.');
  let value: Json;
  try {
    value = JSON.parse(text) as Json;
  } catch (error) {
    throw malformed(`The body is not JSON: ${error instanceof Error ? error.message : ''}.`, error);
  }
  if (isDeeperThan(value, MAX_DEPTH)) {
    throw malformed(`The body is nested more than ${MAX_DEPTH} levels deep.`);
  }
  return value;
}

/**
 * Checks a body against its schema.
 * @throws AppError malformed_request, naming the field
 */
export function parseBody<Schema extends z.core.$ZodType>(
  schema: Schema,
  body: Json,
): z.infer<Schema> {
  const parsed = z.safeParse(schema, body);
  if (parsed.success) return parsed.data;
  const { field, message } = complaintOf(parsed.error, body, 'The body');
  throw new AppError('malformed_request', message, { details: { field } });
}

/** The body as it arrives; null when there is none. */
export function bodyOf(c: Context): AsyncIterable<Uint8Array> | null {
  // The web's types leave open what a body's chunks are.
  return c.req.raw.body as AsyncIterable<Uint8Array> | null;
}

async function readBytes(c: Context, maxBytes: number): Promise<Uint8Array> {
  const tooLarge = () =>
    new AppError('payload_too_large', `The body is larger than ${maxBytes} bytes.`, {
      details: { maxBytes },
    });
  const declared = c.req.header('Content-Length');
  if (declared !== undefined && c.req.header('Transfer-Encoding') === undefined) {
    if (Number(declared) > maxBytes) throw tooLarge();
    // The HTTP parser hands over no more than what was declared.
    const bytes = new Uint8Array(await c.req.arrayBuffer());
    if (bytes.byteLength > maxBytes) throw tooLarge();
    return bytes;
  }
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of bodyOf(c) ?? []) {
    size += chunk.byteLength;
    if (size > maxBytes) throw tooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, size);
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw malformed('The body is not UTF-8.', error);
  }
}

/** Whether the members of objects and arrays are nested deeper than `depth` levels. */
export function isDeeperThan(value: Json, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (depth < 0) return true;
  const members = Array.isArray(value) ? value : Object.values(value);
  return members.some((member) => isDeeperThan(member, depth - 1));
}

const malformed = (message: string, cause?: unknown) =>
  new AppError('malformed_request', message, { cause });
