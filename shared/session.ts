import { z } from 'zod/mini';
import { json } from './json.ts';

export const finalStatuses = ['completed', 'failed', 'cancelled'] as const;
export const sessionStatuses = ['running', 'suspended', ...finalStatuses] as const;
export const sessionStatus = z.enum(sessionStatuses);
export type SessionStatus = (typeof sessionStatuses)[number];
export type FinalStatus = (typeof finalStatuses)[number];

/** Whether nothing can follow in the log of a session with this status. */
export function isFinal(status: string): status is FinalStatus {
  return (finalStatuses as readonly string[]).includes(status);
}

/**
 * What became of a session that was imported: it can be read and nothing more, or somebody let it go
 * on here.
 */
export const importStates = ['readOnly', 'continued'] as const;
export const importState = z.enum(importStates);
export type ImportState = (typeof importStates)[number];

/** An open prompt, as a status tells of it: enough to show and answer it. */
export const openPrompt = z.object({
  interactionId: z.string(),
  nodeId: z.string(),
  kind: z.string(),
  /** The prompt's payload: the value under the one key of its suspend event. */
  prompt: json,
  idle: z.optional(z.boolean()),
});

/**
 * A turn runs from the start, or from an answer given at rest, to the next rest, and stays until
 * the next. `id` is the index of the event that began it; `prompt` the response that did, null for
 * the start.
 */
export const turn = z.object({ id: z.int(), prompt: json, startedAt: z.number() });

/** What only sessions have that a program elsewhere writes. */
const externalFacts = {
  runner: z.optional(z.literal('external')),
  /** Since when (Unix seconds) a producer has kept silent for longer than it said it would. */
  lostContactAt: z.optional(z.number()),
};

/** A row of the session list and a frame of the monitor feed. Times are Unix seconds. */
export const sessionSummary = z.object({
  sessionId: z.string(),
  graphId: z.string(),
  status: sessionStatus,
  title: z.string(),
  createdAt: z.number(),
  /** The time of the last event as of `revision`. */
  updatedAt: z.number(),
  /** The number of events as of `revision`. */
  eventCount: z.int(),
  /** How many prompts keep a person waiting; idle ones do not count. */
  openPromptCount: z.int(),
  error: z.nullable(z.string()),
  /** Node types of the graph that this server has not loaded; absent when it has them all. */
  blockedBy: z.optional(z.array(z.string())),
  /** Absent for a session that was started here. */
  imported: z.optional(importState),
  ...externalFacts,
  /** The store-wide revision at which this row last changed. */
  revision: z.int(),
});

/** What the feed says of a session that was deleted. */
export const sessionTombstone = z.object({
  sessionId: z.string(),
  status: z.literal('deleted'),
  createdAt: z.number(),
  revision: z.int(),
});

/** The data of a `sessionStatus` frame. */
export const feedEntry = z.union([sessionSummary, sessionTombstone]);

/** The answer of the status endpoint. */
export const sessionStatusReport = z.object({
  sessionId: z.string(),
  graphId: z.string(),
  storeId: z.string(),
  status: sessionStatus,
  title: z.string(),
  createdAt: z.number(),
  updatedAt: z.number(),
  eventCount: z.int(),
  lastIndex: z.int(),
  turn,
  openPrompts: z.array(openPrompt),
  blockedBy: z.optional(z.array(z.string())),
  imported: z.optional(importState),
  ...externalFacts,
  error: z.optional(z.string()),
});

export type OpenPrompt = z.infer<typeof openPrompt>;
export type Turn = z.infer<typeof turn>;
export type SessionSummary = z.infer<typeof sessionSummary>;
export type SessionTombstone = z.infer<typeof sessionTombstone>;
export type FeedEntry = z.infer<typeof feedEntry>;
export type SessionStatusReport = z.infer<typeof sessionStatusReport>;
