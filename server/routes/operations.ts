// The whole HTTP interface as one table: routes, the parsing of requests, `Allow` and the OpenAPI
// document are made of it. It is long because there is one of it.
import { z } from 'zod';
import {
  deleteResponse,
  eventsResponse,
  graphResponse,
  graphsResponse,
  GRAPHS_PATH,
  HEALTH_PATH,
  healthResponse,
  importResponse,
  listResponse,
  messagesResponse,
  produceRequest,
  produceResponse,
  renameRequest,
  renameResponse,
  resumeRequest,
  SESSIONS_PATH,
  sessionStatusResponse,
  startRequest,
  startResponse,
  WATCH_PATH,
} from '../../shared/api.ts';
import { sessionStatusReport } from '../../shared/session.ts';
import type { ErrorCode } from '../errors.ts';
import {
  chatCursor,
  flag,
  integer,
  redaction,
  seconds,
  statuses,
  watchedSession,
} from './parameters.ts';

/** One call of the interface. */
export interface Operation {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** As in OpenAPI: `{name}` stands for one percent-encoded segment, or for one up to a verb. */
  readonly path: string;
  readonly summary: string;
  readonly query?: z.ZodObject<Readonly<Record<string, z.core.$ZodType>>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: z.core.$ZodType;
  /** What the lines of a body of newline-delimited JSON are; the handler reads them as they come. */
  readonly lines?: string;
  /** The JSON that a 200 carries. */
  readonly json?: z.core.$ZodType;
  /** What the frames of a 200 with `text/event-stream` are. */
  readonly stream?: string;
  /** What the lines of a 200 with newline-delimited JSON are. */
  readonly ndjson?: string;
  /** Other answers than 200 and errors, with what they mean. */
  readonly others?: Readonly<Record<number, string>>;
  readonly errors: readonly ErrorCode[];
}

const session = `${SESSIONS_PATH}/{sessionId}`;

/** Without it, everything from the start; `Last-Event-ID` wins. */
const after = integer(-1).default(-1).describe('Only events with a greater index are sent.');
const store = z.string().optional().describe('The storeId that the cursor belongs to.');
const graphId = z.string().optional().describe('Only sessions of this graph.');
const lastEventId = {
  'Last-Event-ID': 'The cursor of a reconnecting reader; wins over the query.',
};
const redact = redaction.describe(
  "A JSON Pointer to what becomes '[redacted]', with * for any member; repeatable.",
);
const idempotencyKey = {
  'Idempotency-Key': 'The same key and body get the first answer again, for 24 hours.',
};

const producer = {
  'Producer-Id': 'Which program sends the batch; the first three go together.',
  'Producer-Epoch': 'Counted up by a program that takes the place of the one before.',
  'Producer-Seq': 'The number of the batch, from 0 in each epoch.',
  'Producer-Lease': 'Contact is lost after so many seconds of silence; 0 for never.',
};

/** How many events, sessions or seconds one request gets at most; it may ask for more. */
export const MAX_EVENTS = 10_000;
export const MAX_SESSIONS = 500;
export const MAX_WAIT_SECONDS = 3600;

export const operations = {
  startSession: {
    method: 'POST',
    path: `${SESSIONS_PATH}/new`,
    summary: 'Start a run of a graph.',
    headers: idempotencyKey,
    body: startRequest,
    json: startResponse,
    errors: [
      'malformed_request',
      'missing_graph',
      'invalid_graph',
      'unsupported_graph',
      'graph_not_found',
      'payload_too_large',
      'event_too_large',
      'idempotency_mismatch',
    ],
  },
  listSessions: {
    method: 'GET',
    path: SESSIONS_PATH,
    summary:
      'The monitor feed or, when Accept prefers application/json, a page of the list, newest first.',
    query: z.object({
      graphId,
      since: integer(0).optional().describe('Of the feed: only what changed after this revision.'),
      store,
      status: statuses.optional().describe('Of the list: any of these statuses.'),
      q: z.string().optional().describe('Of the list: part of the title or of the id.'),
      needsAnswer: flag
        .optional()
        .describe('Of the list: only sessions with an open prompt that is not idle.'),
      limit: integer(1)
        .default(50)
        .describe(`Of the list; more than ${MAX_SESSIONS} are never given.`),
      pageToken: z.string().min(1).optional().describe('The nextPageToken of the page before.'),
    }),
    headers: lastEventId,
    json: listResponse,
    stream: 'Frames sessionStatus, snapshotComplete and reset.',
    errors: ['invalid_cursor', 'malformed_request'],
  },
  streamSession: {
    method: 'GET',
    path: session,
    summary: 'The session stream: replay, replayComplete, then live.',
    query: z.object({ after, store }),
    headers: lastEventId,
    stream: 'Frames start, event, done, reset and deleted.',
    others: { 204: 'Last-Event-ID is the end of a session that has ended.' },
    errors: ['invalid_cursor', 'session_not_found'],
  },
  renameSession: {
    method: 'PATCH',
    path: session,
    summary: 'Change the title.',
    body: renameRequest,
    json: renameResponse,
    errors: ['malformed_request', 'session_not_found', 'payload_too_large'],
  },
  deleteSession: {
    method: 'DELETE',
    path: session,
    summary: 'Cancel if need be, then remove all of the session.',
    json: deleteResponse,
    errors: ['session_not_found'],
  },
  listEvents: {
    method: 'GET',
    path: `${session}/events`,
    summary: 'The events of the session stream as JSON, a page at a time.',
    query: z.object({
      after,
      limit: integer(1)
        .default(1000)
        .describe(
          `A page may be shorter, and has at most ${MAX_EVENTS}; the next begins after the index of its last event.`,
        ),
      wait: seconds
        .default(0)
        .describe(
          `How long to hold the answer until an event follows, in seconds; ${MAX_WAIT_SECONDS} at most.`,
        ),
    }),
    json: eventsResponse,
    errors: ['invalid_cursor', 'malformed_request', 'session_not_found'],
  },
  streamChat: {
    method: 'GET',
    path: `${session}/ui-stream`,
    summary: "The latest turn as the AI SDK's UI message stream.",
    query: z.object({
      after: chatCursor.optional().describe('INDEX:FRAME: only the frames behind it are sent.'),
      reopen: flag
        .default(false)
        .describe('Send the part that was open at the cursor again from its start.'),
    }),
    headers: lastEventId,
    stream: "Chunks of the AI SDK's UI message stream, then [DONE].",
    others: { 204: 'There is nothing to attach to: the reader has all of the turn.' },
    errors: ['invalid_cursor', 'malformed_request', 'session_not_found'],
  },
  listMessages: {
    method: 'GET',
    path: `${session}/messages`,
    summary: "The turns as the AI SDK's messages, without the one that is still streaming.",
    json: messagesResponse,
    errors: ['session_not_found'],
  },
  produceEvents: {
    method: 'POST',
    path: `${session}/events`,
    summary: 'Append a batch of events to a session that a program elsewhere runs.',
    headers: producer,
    body: produceRequest,
    json: produceResponse,
    errors: [
      'malformed_request',
      'session_not_found',
      'not_external',
      'session_final',
      'producer_fenced',
      'producer_gap',
      'invalid_event',
      'payload_too_large',
      'event_too_large',
    ],
  },
  getStatus: {
    method: 'GET',
    path: `${session}/status`,
    summary: 'The status, its open prompts and the current turn.',
    query: z.object({
      waitFor: statuses.optional().describe('Hold the answer until the status is one of these.'),
      timeout: seconds
        .default(30)
        .describe(`How long to hold it, in seconds; ${MAX_WAIT_SECONDS} at most.`),
    }),
    headers: { 'If-None-Match': 'The ETag of an earlier answer.' },
    json: sessionStatusReport,
    others: { 304: 'Nothing has changed since the answer with this ETag.' },
    errors: ['malformed_request', 'session_not_found'],
  },
  resumeSession: {
    method: 'POST',
    path: `${session}:resume`,
    summary: 'Answer a prompt.',
    headers: idempotencyKey,
    body: resumeRequest,
    json: sessionStatusResponse,
    errors: [
      'malformed_request',
      'session_not_found',
      'interaction_not_found',
      'interaction_resolved',
      'prompt_withdrawn',
      'session_final',
      'session_read_only',
      'session_blocked',
      'invalid_answer',
      'payload_too_large',
      'event_too_large',
      'idempotency_mismatch',
    ],
  },
  cancelSession: {
    method: 'POST',
    path: `${session}:cancel`,
    summary: 'Cancel a session that has not ended.',
    json: sessionStatusResponse,
    errors: ['session_not_found', 'session_final', 'session_read_only'],
  },
  continueSession: {
    method: 'POST',
    path: `${session}:continue`,
    summary: 'Let a session go on that was imported to be read alone.',
    json: sessionStatusResponse,
    errors: ['session_not_found', 'session_final', 'session_read_only'],
  },
  exportSession: {
    method: 'GET',
    path: `${session}/export`,
    summary: 'The session as a file: its record, then every event.',
    query: z.object({ redact }),
    ndjson: 'The header, then an event a line.',
    errors: ['malformed_request', 'session_not_found'],
  },
  importSession: {
    method: 'POST',
    path: `${SESSIONS_PATH}/import`,
    summary: 'Take in an exported session, all of it or nothing.',
    query: z.object({
      continue: flag
        .default(false)
        .describe('Let it go on here; else it can be read and nothing more.'),
      newId: flag.default(false).describe('Give it an id of its own here.'),
      redact,
    }),
    lines: 'What export gave.',
    json: importResponse,
    errors: [
      'malformed_request',
      'invalid_import',
      'session_exists',
      'session_read_only',
      'payload_too_large',
      'event_too_large',
    ],
  },
  watch: {
    method: 'GET',
    path: WATCH_PATH,
    summary: 'A feed and any number of sessions on one connection.',
    query: z.object({
      feed: z.string().optional().describe('The graph to follow; empty for all graphs.'),
      since: integer(0).optional().describe('As of the monitor feed.'),
      known: integer(0)
        .optional()
        .describe('Deletions are told of sessions that existed at this revision.'),
      session: z.array(watchedSession).default([]),
      store,
    }),
    stream: 'Feed frames; the frames of a session have its id as their event name.',
    errors: ['invalid_cursor', 'malformed_request'],
  },
  listGraphs: {
    method: 'GET',
    path: GRAPHS_PATH,
    summary: 'The graphs that can be run here or have sessions here.',
    json: graphsResponse,
    errors: [],
  },
  getGraph: {
    method: 'GET',
    path: `${GRAPHS_PATH}/{graphId}`,
    summary: "One graph's descriptor: its file's, or that of its newest session.",
    json: graphResponse,
    errors: ['graph_not_found', 'invalid_graph'],
  },
  getHealth: {
    method: 'GET',
    path: HEALTH_PATH,
    summary: 'Liveness and versions; needs no token.',
    json: healthResponse,
    errors: [],
  },
  getOpenApi: {
    method: 'GET',
    path: '/openapi.json',
    summary: 'This document.',
    json: z.looseObject({ openapi: z.string() }),
    errors: [],
  },
} as const satisfies Record<string, Operation>;

export type OperationId = keyof typeof operations;

/** What the query of an operation is once parsed. */
export type QueryOf<Id extends OperationId> = (typeof operations)[Id] extends {
  query: infer Schema extends z.core.$ZodType;
}
  ? z.infer<Schema>
  : Record<string, never>;

/** What the body of an operation is once parsed. */
export type BodyOf<Id extends OperationId> = (typeof operations)[Id] extends {
  body: infer Schema extends z.core.$ZodType;
}
  ? z.infer<Schema>
  : undefined;
