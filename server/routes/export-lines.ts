import { isUtf8 } from 'node:buffer';
import type { Context } from 'hono';
import type { Json } from '../../shared/json.ts';
import type { ExportLine } from '../engine/import-session.ts';
import { AppError, messageOf } from '../errors.ts';
import { isDeeperThan, MAX_DEPTH } from './request-body.ts';

const NEW_LINE = 10;

/**
 * The lines of a body of newline-delimited JSON, as they arrive; the body is read no faster than they
 * are taken. Empty lines are left out.
 * @param maxBytes of one line; the body may have any number of them
 * @throws AppError invalid_import or payload_too_large, naming the line
 */
export async function* exportLines(c: Context, maxBytes: number): AsyncGenerator<ExportLine> {
  let number = 0;
  for await (const bytes of splitLines(c, maxBytes)) {
    number += 1;
    const text = textOf(bytes, number);
    if (text.trim() !== '') yield { number, value: parse(text, number) };
  }
}

async function* splitLines(c: Context, maxBytes: number): AsyncGenerator<Buffer> {
  let parts: Buffer[] = [];
  let size = 0;
  let number = 1;
  const take = (part: Buffer) => {
    size += part.length;
    if (size > maxBytes) {
      throw new AppError('payload_too_large', `Line ${number} is larger than ${maxBytes} bytes.`, {
        details: { maxBytes, line: number },
      });
    }
    parts.push(part);
  };
  // The web's types leave open what a body's chunks are.
  const body = c.req.raw.body as AsyncIterable<Uint8Array> | null;
  for await (const { buffer, byteOffset, byteLength } of body ?? []) {
    const chunk = Buffer.from(buffer, byteOffset, byteLength);
    let start = 0;
    for (let end = chunk.indexOf(NEW_LINE); end !== -1; end = chunk.indexOf(NEW_LINE, start)) {
      take(chunk.subarray(start, end));
      yield joined(parts);
      [parts, size, start] = [[], 0, end + 1];
      number += 1;
    }
    take(chunk.subarray(start));
  }
  if (size > 0) yield joined(parts);
}

function joined(parts: readonly Buffer[]): Buffer {
  const [only, ...more] = parts;
  return only !== undefined && more.length === 0 ? only : Buffer.concat(parts);
}

function textOf(bytes: Buffer, number: number): string {
  if (!isUtf8(bytes)) throw refuse(number, 'it is not UTF-8');
  const text = bytes.toString();
  // What some editors write before all else.
  return number === 1 && text.startsWith('\uFEFF') ? text.slice(1) : text;
}

function parse(text: string, number: number): Json {
  let value: Json;
  try {
    value = JSON.parse(text) as Json;
  } catch (error) {
    throw refuse(number, `it is not JSON: ${messageOf(error)}`, error);
  }
  if (!isDeeperThan(value, MAX_DEPTH)) return value;
  throw refuse(number, `it is nested more than ${MAX_DEPTH} levels deep`);
}

const refuse = (line: number, why: string, cause?: unknown) =>
  new AppError('invalid_import', `Line ${line}: ${why}.`, { cause, details: { line } });
