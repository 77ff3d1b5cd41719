import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { eventBody, eventStamp, type SessionEvent } from '../../shared/event.ts';
import {
  EXPORT_FORMAT,
  EXPORT_VERSION,
  exportHeader,
  type ExportHeader,
} from '../../shared/export.ts';
import { outlineOf, type GraphOutline } from '../../shared/graph.ts';
import { isObject, type Json } from '../../shared/json.ts';
import type { Redaction } from '../../shared/redaction.ts';
import { evolve, initialState, type SessionState } from '../../shared/session-state.ts';
import { isFinal, type ImportState, type SessionStatus } from '../../shared/session.ts';
import { AppError, messageOf } from '../errors.ts';
import { complaintOf } from '../issue-message.ts';
import {
  AppendConflict,
  type SessionRecord,
  type Store,
  type StoredEvent,
} from '../store/store.ts';
import { encodeEvent } from './encode-event.ts';
import { SessionJournal } from './journal.ts';
import { misplaced } from './misplaced.ts';
import { checkEdges, checkGraph, checkInputs, nodeTypesOf } from './plan.ts';
import { factsOf, hasToRun, readOnlyFactsOf } from './session-facts.ts';

/** A line of an export, not empty. */
export interface ExportLine {
  /** From 1. */
  readonly number: number;
  readonly value: Json;
}

export interface ImportRequest {
  /** As they arrive, some at a time. */
  readonly lines: AsyncIterable<Iterable<ExportLine>>;
  /** Whether the session goes on here; else it can be read and nothing more. */
  readonly goOn: boolean;
  /** Whether it gets an id of its own here, whatever it had. */
  readonly asNew: boolean;
  readonly redaction: Redaction;
}

export interface ImportResult {
  readonly sessionId: string;
  readonly status: SessionStatus;
  readonly lastIndex: number;
  readonly imported: ImportState;
}

interface ImportEnvironment {
  readonly store: Pick<Store, 'beginImport'>;
  readonly newId: () => string;
  /** UTF-8 bytes of JSON. */
  readonly maxEventBytes: number;
  /** Called before each write. @throws AppError when no more may be written */
  readonly assertOpen: () => void;
}

/** Characters of JSON that are written together, about: what an import holds in memory. */
const GROUP_LENGTH = 512 * 1024;

/**
 * Reads an export into the store, which has the session when all of it is there and fits.
 * @throws AppError invalid_import, naming the line; event_too_large; session_exists;
 *   session_read_only when it is to go on and was redacted
 */
export async function importSession(
  env: ImportEnvironment,
  request: ImportRequest,
): Promise<ImportResult> {
  const target = env.store.beginImport();
  try {
    return await readInto(target, env, request);
  } catch (error) {
    // Whatever comes of it: the next open purges what is left.
    await target.abandon().catch(() => undefined);
    throw error;
  }
}

async function readInto(
  target: ReturnType<Store['beginImport']>,
  env: ImportEnvironment,
  { lines, goOn, asNew, redaction }: ImportRequest,
): Promise<ImportResult> {
  let log: ImportedLog | null = null;
  let group: StoredEvent[] = [];
  let length = 0;
  let last = 0;
  for await (const arrived of lines) {
    for (const { number, value } of arrived) {
      last = number;
      if (log === null) {
        const record = recordOf(value, redaction, asNew ? env.newId() : null);
        if (goOn && record.redacted !== undefined) throw redacted(record.sessionId);
        log = new ImportedLog(record, redaction, goOn, env.maxEventBytes);
        continue;
      }
      if (length >= GROUP_LENGTH) {
        env.assertOpen();
        await target.append(group);
        [group, length] = [[], 0];
      }
      const event = log.read(value, number);
      group.push(event);
      length += event.json.length;
    }
  }
  if (log === null) throw new AppError('invalid_import', 'The body is empty; expected an export.');
  log.assertWhole(last);
  env.assertOpen();
  const { state, imported } = log;
  const { sessionId } = log.record;
  try {
    const append = { sessionId, events: group, facts: log.facts() };
    await target.finish(log.record, append, imported);
  } catch (error) {
    if (!(error instanceof AppendConflict)) throw error;
    throw new AppError('session_exists', `There is a session '${sessionId}' here already.`, {
      cause: error,
    });
  }
  return { sessionId, status: state.status, lastIndex: state.lastIndex, imported };
}

/** The events of an import, each checked against those before. */
class ImportedLog {
  readonly record: ImportedRecord;
  state: SessionState = initialState;
  readonly #redaction: Redaction;
  readonly #maxEventBytes: number;
  /** Of a session that is to go on. */
  readonly #journal: SessionJournal | null;
  readonly #prompts = new Set<string>();

  constructor(record: ImportedRecord, redaction: Redaction, goOn: boolean, maxEventBytes: number) {
    this.record = record;
    this.#redaction = redaction;
    this.#journal = goOn ? new SessionJournal() : null;
    this.#maxEventBytes = maxEventBytes;
  }

  /** A session that has ended does not go on, whatever is asked. */
  get imported(): ImportState {
    return this.#journal === null || isFinal(this.state.status) ? 'readOnly' : 'continued';
  }

  /** @throws AppError invalid_import or event_too_large, naming the line */
  read(line: Json, number: number): StoredEvent {
    if (!isObject(line)) throw refuse(number, 'it is no JSON object');
    if (this.state.lastIndex >= this.record.lastIndex) {
      throw refuse(number, `the header says that event ${this.record.lastIndex} is the last`);
    }
    const event = this.#redaction.event(this.#renamed(line));
    // One after the other: their intersection would put each event together anew.
    for (const schema of [eventStamp, eventBody]) {
      const { error } = z.safeParse<z.core.$ZodType>(schema, event);
      if (error !== undefined) throw refuse(number, complaintOf(error, event, 'The event').message);
    }
    const checked = event as SessionEvent;
    const fault = misplaced(this.state, checked) ?? this.#strangeness(checked);
    if (fault !== null) throw refuse(number, `${checked.type} cannot stand here: ${fault}`);
    this.state = evolve(this.state, checked);
    this.#journal?.add(checked);
    try {
      return encodeEvent(checked, this.#maxEventBytes, this.record.runner);
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      const message = `Line ${number}: ${error.message}`;
      throw new AppError(error.code, message, { cause: error, details: { line: number } });
    }
  }

  /** @throws AppError invalid_import when there have to be more lines than `last` */
  assertWhole(last: number): void {
    const { lastIndex } = this.record;
    if (this.state.lastIndex === lastIndex) return;
    throw refuse(
      last,
      `the export ends here, with event ${this.state.lastIndex}, and the header says that event ${lastIndex} is the last`,
    );
  }

  facts() {
    return this.#journal === null
      ? readOnlyFactsOf(this.state)
      : factsOf(this.state, hasToRun(this.state, this.#journal));
  }

  /** The line with the id that the session has here. */
  #renamed(line: Record<string, unknown>): Record<string, unknown> {
    const { originalId, sessionId } = this.record;
    return line.sessionId === originalId ? { ...line, sessionId } : line;
  }

  /** What does not fit the record, or the log as a whole. */
  #strangeness(event: SessionEvent): string | null {
    if ('sessionId' in event && event.sessionId !== this.record.sessionId) {
      return `its sessionId '${event.sessionId}' is not the header's`;
    }
    if (event.type === 'inputRequired') {
      if (this.#prompts.has(event.interactionId)) {
        return `prompt '${event.interactionId}' was opened before`;
      }
      this.#prompts.add(event.interactionId);
    }
    if (event.type !== 'graphStart') return null;
    const { graphId, mode, graph, runner } = this.record;
    const isSame =
      event.graphId === graphId &&
      event.mode === mode &&
      (event.runner ?? 'server') === runner &&
      isDeepStrictEqual(structureOf(event.graph), structureOf(outlineOf(graph)));
    return isSame ? null : "its graph, graphId, mode or runner is not the header's";
  }
}

interface ImportedRecord extends SessionRecord {
  /** The id that its events name. */
  readonly originalId: string;
  readonly lastIndex: number;
}

/** @throws AppError invalid_import */
function recordOf(line: Json, redaction: Redaction, newId: string | null): ImportedRecord {
  if (!isObject(line)) throw refuse(1, 'it is no JSON object');
  assertFormat(line);
  const taken = redaction.header(line);
  const parsed = z.safeParse(exportHeader, taken);
  if (!parsed.success) throw refuse(1, complaintOf(parsed.error, taken, 'The header').message);
  const header: ExportHeader = parsed.data;
  const { graph, inputs, runner = 'server' } = header;
  try {
    // A server that lacks a type can show its sessions.
    if (runner === 'external') checkEdges(graph);
    else checkGraph(graph, () => true);
    checkInputs(graph, inputs);
  } catch (error) {
    throw refuse(1, messageOf(error), error);
  }
  const gone = [...new Set([...(header.redacted ?? []), ...redaction.paths])];
  const { format: _, version: __, redacted: ___, ...given } = header;
  return {
    ...given,
    sessionId: newId ?? header.sessionId,
    originalId: header.sessionId,
    runner,
    nodeTypes: runner === 'external' ? [] : nodeTypesOf(graph),
    ...(gone.length === 0 ? {} : { redacted: gone }),
  };
}

function assertFormat({ format, version }: Record<string, unknown>): void {
  if (format !== EXPORT_FORMAT) {
    throw refuse(1, `it is not the header of an export, whose 'format' is '${EXPORT_FORMAT}'`);
  }
  if (typeof version === 'number' && version > EXPORT_VERSION) {
    throw refuse(
      1,
      `the export is of version ${version}, from a newer server; this one knows ${EXPORT_VERSION}`,
    );
  }
}

/** What of a graph is the same in the record and in `graphStart`, also when titles were redacted. */
function structureOf({ nodes, edges }: GraphOutline) {
  return { nodes: nodes.map(({ id, type }) => ({ id, type })), edges };
}

function refuse(line: number, why: string, cause?: unknown): AppError {
  const sentence = why.endsWith('.') ? why : `${why}.`;
  return new AppError('invalid_import', `Line ${line}: ${sentence}`, { cause, details: { line } });
}

function redacted(sessionId: string): AppError {
  return new AppError(
    'session_read_only',
    `Session '${sessionId}' cannot be continued: something was redacted in it.`,
  );
}
