import { isUtf8 } from 'node:buffer';
import type { Json } from '../../shared/json.ts';
import type { ExportLine } from '../engine/import-session.ts';
import { AppError, messageOf } from '../errors.ts';
import { isDeeperThan, MAX_DEPTH } from './request-body.ts';

const NEW_LINE = 10;

/**
 * The lines of a body of newline-delimited JSON, as they arrive: those of a chunk together, each parsed
 * when it is taken. The body is read no faster than that. Empty lines are left out.
 * @param maxBytes of one line; the body may have any number of them
 * @throws AppError invalid_import or payload_too_large, naming the line
 */
export async function* exportLines(
  body: AsyncIterable<Uint8Array> | null,
  maxBytes: number,
): AsyncGenerator<Iterable<ExportLine>> {
  const splitter = new LineSplitter(maxBytes);
  for await (const chunk of body ?? []) yield parsed(splitter.push(chunk));
  yield parsed(splitter.end());
}

interface RawLine {
  readonly number: number;
  readonly bytes: Buffer;
}

class LineSplitter {
  readonly #maxBytes: number;
  /** Of the line that has not ended. */
  #parts: Buffer[] = [];
  #size = 0;
  #number = 1;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** The lines that end in a chunk; it has to be asked for all of them. */
  *push({ buffer, byteOffset, byteLength }: Uint8Array): Generator<RawLine> {
    const chunk = Buffer.from(buffer, byteOffset, byteLength);
    let start = 0;
    for (let end = chunk.indexOf(NEW_LINE); end !== -1; end = chunk.indexOf(NEW_LINE, start)) {
      this.#take(chunk.subarray(start, end));
      yield this.#line();
      start = end + 1;
    }
    this.#take(chunk.subarray(start));
  }

  /** The last line, when nothing ends it. */
  *end(): Generator<RawLine> {
    if (this.#size > 0) yield this.#line();
  }

  #take(part: Buffer): void {
    this.#size += part.length;
    if (this.#size > this.#maxBytes) {
      throw new AppError(
        'payload_too_large',
        `Line ${this.#number} is larger than ${this.#maxBytes} bytes.`,
        { details: { maxBytes: this.#maxBytes, line: this.#number } },
      );
    }
    this.#parts.push(part);
  }

  #line(): RawLine {
    const [only, ...more] = this.#parts;
    const bytes = only !== undefined && more.length === 0 ? only : Buffer.concat(this.#parts);
    [this.#parts, this.#size] = [[], 0];
    return { number: this.#number++, bytes };
  }
}

function* parsed(lines: Iterable<RawLine>): Generator<ExportLine> {
  for (const { number, bytes } of lines) {
    const text = textOf(bytes, number);
    if (text.trim() !== '') yield { number, value: parse(text, number) };
  }
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
