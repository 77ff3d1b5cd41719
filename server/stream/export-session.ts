import { EXPORT_FORMAT, EXPORT_VERSION, type ExportHeader } from '../../shared/export.ts';
import type { JsonObject } from '../../shared/json.ts';
import type { Redaction } from '../../shared/redaction.ts';
import type { EventForm, Store } from '../store/store.ts';
import { nextTurn } from './tail.ts';

/** One read of the log, and one chunk of the body. */
const PAGE = { events: 1000, bytes: 128 * 1024 };

const LINES: EventForm = { beforeIndex: null, beforeJson: '', afterJson: '\n' };

/**
 * A session as newline-delimited JSON: its record, then its log as it is now. The log is read a page
 * at a time, as fast as it is taken. Null when there is no such session; one that is deleted
 * meanwhile breaks the stream.
 */
export async function exportSession(
  store: Pick<Store, 'record' | 'status' | 'eventText'>,
  sessionId: string,
  redaction: Redaction,
): Promise<ReadableStream<Uint8Array> | null> {
  const record = await store.record(sessionId);
  const status = await store.status(sessionId);
  if (record === null || status === null) return null;
  const { graphId, graph, mode, runner, inputs, createdAt, redacted = [] } = record;
  const { title, lastIndex } = status;
  const gone = [...new Set([...redacted, ...redaction.paths])];
  const header = {
    format: EXPORT_FORMAT,
    version: EXPORT_VERSION,
    ...{ sessionId, graphId, title, mode, createdAt, lastIndex },
    ...(runner === 'server' ? {} : { runner }),
    ...(gone.length === 0 ? {} : { redacted: gone }),
    ...{ inputs, graph },
  } satisfies ExportHeader;
  const isRedacted = redaction.paths.length > 0;

  let cursor = -1;
  let first: string | null = `${JSON.stringify(isRedacted ? redaction.header(header) : header)}\n`;
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        if (first !== null) {
          controller.enqueue(Buffer.from(first));
          first = null;
          return;
        }
        const limit = { ...PAGE, events: Math.min(PAGE.events, lastIndex - cursor) };
        const page = await store.eventText(sessionId, cursor, limit, LINES);
        if (page?.text == null) throw new Error(`Session ${sessionId} is deleted.`);
        cursor = page.last;
        controller.enqueue(isRedacted ? redactedText(page.text, redaction) : page.text);
        if (cursor === lastIndex) controller.close();
        // A fast reader must not keep all others waiting.
        else await nextTurn();
      },
    },
    { highWaterMark: 0 },
  );
}

function redactedText(text: Buffer, redaction: Redaction): Buffer {
  const lines = text.toString().trimEnd().split('\n');
  return Buffer.from(
    lines.map((line) => `${JSON.stringify(redaction.event(parse(line)))}\n`).join(''),
  );
}

/** Stored events are JSON objects. */
const parse = (line: string) => JSON.parse(line) as JsonObject;
