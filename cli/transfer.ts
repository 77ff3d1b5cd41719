import { createReadStream, createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { Readable, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { importResponse, sessionPaths, SESSIONS_PATH } from '../shared/api.ts';
import { exportHeader } from '../shared/export.ts';
import { CliError } from './cli-error.ts';
import { whyOf } from './read-file.ts';
import { Unreachable, type ServerCalls } from './server-calls.ts';

/** What of an export is not told: paths as in `redact` of the wire. */
export type Redactions = readonly string[];

/**
 * Writes a session as the server exports it, to `file`, or to `stdout` where that is null. A file is
 * there only once all of it is.
 * @throws CliError when the server refuses, the connection ends early, or the file cannot be written
 */
export async function exportSession(
  server: ServerCalls,
  sessionId: string,
  { redact, file, stdout }: { redact: Redactions; file: string | null; stdout: Writable },
): Promise<void> {
  const { body } = await server.open(
    `${sessionPaths(sessionId).export}?${redactionsIn(redact).toString()}`,
  );
  const { url } = server.address;
  if (file === null) {
    await pipeline(wholeExport(body, url), stdout, { end: false });
    return;
  }
  const aside = `${file}.part`;
  try {
    await pipeline(wholeExport(body, url), createWriteStream(aside));
    await rename(aside, file);
  } catch (error) {
    await rm(aside, { force: true });
    if (error instanceof CliError) throw error;
    throw new CliError(`'${file}' cannot be written: ${whyOf(error)}.`, { cause: error });
  }
}

/** Passes an export on, and complains at its end when it is not all there. */
async function* wholeExport(body: ReadableStream<Uint8Array> | null, url: string) {
  let [lines, head, awaited] = [0, '', null as number | null];
  const decoder = new TextDecoder();
  try {
    for await (const chunk of body ?? []) {
      if (awaited === null) {
        head += decoder.decode(chunk, { stream: true });
        if (head.includes('\n')) {
          const header = exportHeader.parse(JSON.parse(head.slice(0, head.indexOf('\n'))));
          awaited = header.lastIndex + 2;
          head = '';
        }
      }
      for (const byte of chunk) if (byte === NEWLINE) lines += 1;
      yield chunk;
    }
  } catch (error) {
    throw new Unreachable(url, error);
  }
  if (lines !== awaited) throw new CliError('The connection ended before all of it had come.');
}

const NEWLINE = 0x0a;

/**
 * Has the server take in an export, read from `file`, or from `stdin` where that is `-`.
 * @throws CliError when it cannot be read, or the server refuses it
 */
export async function importSession(
  server: ServerCalls,
  file: string,
  flags: { goesOn: boolean; newId: boolean; redact: Redactions; stdin: Readable },
) {
  const query = redactionsIn(flags.redact);
  if (flags.goesOn) query.set('continue', 'true');
  if (flags.newId) query.set('newId', 'true');
  const input = file === '-' ? flags.stdin : createReadStream(file);
  let unreadable: unknown = null;
  input.once('error', (error: unknown) => (unreadable = error));
  try {
    return await server.json(importResponse, `${SESSIONS_PATH}/import?${query.toString()}`, {
      method: 'POST',
      body: Readable.toWeb(input),
    });
  } catch (error) {
    if (unreadable === null) throw error;
    throw new CliError(`'${file}' cannot be read: ${whyOf(unreadable)}.`, { cause: unreadable });
  }
}

function redactionsIn(paths: Redactions): URLSearchParams {
  const query = new URLSearchParams();
  for (const path of paths) query.append('redact', path);
  return query;
}
