import { z } from 'zod/mini';
import { runMode, runner } from './event.ts';
import { graphDescriptor, graphOutline } from './graph.ts';
import { json } from './json.ts';
import { producedEvent } from './produced-event.ts';
import { importState, sessionStatus, sessionSummary } from './session.ts';
import { isWellFormed } from './well-formed.ts';

/** Answers whoever asks, with what a client may want to know of the server. */
export const HEALTH_PATH = '/healthz';

/** Everything else of the wire lives under this path. */
export const API_PREFIX = '/v1beta1';
export const SESSIONS_PATH = `${API_PREFIX}/graphSessions`;
export const WATCH_PATH = `${API_PREFIX}/watch`;
export const GRAPHS_PATH = `${API_PREFIX}/graphs`;

/** The paths of one session. */
export const sessionPaths = (sessionId: string) => {
  const base = `${SESSIONS_PATH}/${encodeURIComponent(sessionId)}`;
  return {
    stream: base,
    events: `${base}/events`,
    status: `${base}/status`,
    messages: `${base}/messages`,
    uiStream: `${base}/ui-stream`,
    resume: `${base}:resume`,
    cancel: `${base}:cancel`,
    continue: `${base}:continue`,
    export: `${base}/export`,
  };
};

/** The longest title that a person may give. */
export const MAX_TITLE_LENGTH = 300;

const title = z
  .string()
  .check(z.trim(), z.minLength(1), z.maxLength(MAX_TITLE_LENGTH), isWellFormed);

export const startRequest = z.object({
  graph: z.optional(graphDescriptor),
  graphId: z.optional(z.string().check(z.minLength(1), z.maxLength(200), isWellFormed)),
  mode: z._default(runMode, 'interactive'),
  runner: z._default(runner, 'server'),
  inputs: z._default(z.record(z.string(), json), {}),
  accessToken: z.optional(z.string().check(z.minLength(1))),
  title: z.optional(title),
});
export const startResponse = z.object({ sessionId: z.string() });

export const resumeRequest = z.object({
  interactionId: z.string(),
  response: json,
  accessToken: z.optional(z.string().check(z.minLength(1))),
});
export const sessionStatusResponse = z.object({ sessionId: z.string(), status: sessionStatus });

/** `lastIndex` is that of the imported log. */
export const importResponse = z.object({
  sessionId: z.string(),
  status: sessionStatus,
  lastIndex: z.int(),
  imported: importState,
});

/** The most events of one batch of a producer. */
const MAX_BATCH = 10_000;
export const produceRequest = z.object({
  events: z.array(producedEvent).check(z.maxLength(MAX_BATCH)),
});
export const produceResponse = z.object({
  sessionId: z.string(),
  status: sessionStatus,
  /** The index of the log's last event right after the batch. */
  lastIndex: z.int(),
  /** Whether the batch was stored before. */
  duplicate: z.boolean(),
});

export const renameRequest = z.object({
  title,
});
export const renameResponse = z.object({ sessionId: z.string(), title: z.string() });

export const deleteResponse = z.object({ ok: z.literal(true) });

/** `events` are session events, in order; a client skips the types that it does not know. */
export const eventsResponse = z.object({
  events: z.array(json),
  lastIndex: z.int(),
  status: sessionStatus,
});

/** Messages of the AI SDK; PROTOCOL.md tells of their parts. */
export const messagesResponse = z.object({
  messages: z.array(
    z.looseObject({
      id: z.string(),
      role: z.enum(['user', 'assistant']),
      parts: z.array(z.looseObject({ type: z.string() })),
    }),
  ),
  /** The id of the message that the stream is telling; null when no turn is under way. */
  streaming: z.nullable(z.string()),
  /** For a stream that goes on from here. */
  cursor: z.string(),
  status: sessionStatus,
});

export const listResponse = z.object({
  sessions: z.array(sessionSummary),
  nextPageToken: z.optional(z.string()),
  revision: z.int(),
  storeId: z.string(),
});

/** A graph that can be run here, or that has sessions here, or both. */
export const graphListing = z.object({
  graphId: z.string(),
  title: z.optional(z.string()),
  description: z.optional(z.string()),
  /** Whether a start with this `graphId` alone works. */
  offered: z.boolean(),
  /** Why a graph file of this name cannot be run. */
  error: z.optional(z.string()),
  /** How many sessions it has in each status; a status without sessions is absent. */
  counts: z.partialRecord(sessionStatus, z.int()),
  graph: z.optional(graphOutline),
});
export const graphsResponse = z.object({ graphs: z.array(graphListing) });
export const graphResponse = z.object({ graphId: z.string(), graph: graphDescriptor });

/** Every error on the wire: a sentence for people, a stable word for programs. */
export const errorResponse = z.object({
  error: z.string(),
  code: z.string(),
  details: z.optional(z.record(z.string(), json)),
});

export const healthResponse = z.object({
  ok: z.literal(true),
  version: z.string(),
  protocol: z.literal('v1beta1'),
  storeId: z.string(),
  /** In bytes: the longest body of a request, and the longest event that a request may write. */
  limits: z.object({ body: z.int(), event: z.int() }),
});

/** The frames of a session stream that carry no event of the log. */
export const streamStart = z.object({
  sessionId: z.string(),
  storeId: z.string(),
  status: sessionStatus,
  lastIndex: z.int(),
});
export const replayComplete = z.object({ type: z.literal('replayComplete'), index: z.int() });
export const streamReset = z.object({ reason: z.string(), lastIndex: z.int() });
export const streamDone = z.object({ status: sessionStatus, lastIndex: z.int() });
export const streamDeleted = z.object({ sessionId: z.string() });

/** The marker after a feed's snapshot. */
export const snapshotComplete = z.object({ revision: z.int(), storeId: z.string() });
/** Tells a feed's reader to forget what it knows: a full snapshot follows. */
export const feedReset = z.object({ reason: z.string(), revision: z.int() });

export type StartRequest = z.infer<typeof startRequest>;
export type ProduceRequest = z.infer<typeof produceRequest>;
export type ProduceResponse = z.infer<typeof produceResponse>;
export type ResumeRequest = z.infer<typeof resumeRequest>;
export type ListResponse = z.infer<typeof listResponse>;
export type GraphListing = z.infer<typeof graphListing>;
export type Limits = z.infer<typeof healthResponse>['limits'];
export type ErrorResponse = z.infer<typeof errorResponse>;
