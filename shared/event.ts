import { z } from 'zod/mini';
import { graphOutline } from './graph.ts';
import { json, jsonObject } from './json.ts';
import { suspendEvent } from './prompt.ts';

const nodeId = z.string();
const op = z.string();
const sessionId = z.string();

/** How a run treats prompts: `headless` runs answer from `inputs` or fail. */
export const runMode = z.enum(['interactive', 'headless']);
export type RunMode = z.infer<typeof runMode>;

/** Who executes a session: this server's node handlers, or a program elsewhere that writes its events. */
export const runner = z.enum(['server', 'external']);
export type Runner = z.infer<typeof runner>;

/** What an event says, before the session's actor has stamped it with its index and time. */
export const eventBody = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('graphStart'),
    sessionId,
    graphId: z.string(),
    mode: runMode,
    graph: graphOutline,
    /** Absent: this server. */
    runner: z.optional(z.literal('external')),
  }),
  z.object({
    type: z.literal('nodeStart'),
    nodeId,
    /** Of a node that is not in the graph: it appears as it starts. */
    title: z.optional(z.string()),
  }),
  z.object({ type: z.literal('nodeEnd'), nodeId, outputs: jsonObject }),
  z.object({ type: z.literal('nodeError'), nodeId, error: z.string() }),
  z.object({ type: z.literal('nodeSkipped'), nodeId, reason: z.string() }),
  z.object({
    type: z.literal('stepStart'),
    nodeId,
    op,
    step: z.string(),
    /** Counts from 1. */
    attempt: z.int(),
  }),
  z.object({
    type: z.literal('stepEnd'),
    nodeId,
    op,
    step: z.string(),
    attempt: z.int(),
    /** Absent when the step returned nothing. */
    result: z.optional(json),
  }),
  z.object({
    type: z.literal('stepError'),
    nodeId,
    op,
    step: z.string(),
    attempt: z.int(),
    error: z.string(),
    /** True: the step has failed. False: it is tried again at `retryAt`. */
    final: z.boolean(),
    retryAt: z.optional(z.number()),
  }),
  z.object({ type: z.literal('sleepStart'), nodeId, op, until: z.number() }),
  z.object({ type: z.literal('sleepEnd'), nodeId, op }),
  z.object({
    type: z.literal('agentEvent'),
    nodeId,
    event: jsonObject,
    op: z.optional(op),
    attempt: z.optional(z.int()),
  }),
  z.object({
    type: z.literal('thoughtEvent'),
    nodeId,
    text: z.string(),
    op: z.optional(op),
    attempt: z.optional(z.int()),
  }),
  z.object({
    type: z.literal('memory'),
    nodeId,
    op,
    attempt: z.int(),
    name: z.string(),
    /** Absent: what was remembered under the name is forgotten. */
    value: z.optional(json),
  }),
  z.object({
    type: z.literal('inputRequired'),
    nodeId,
    op,
    interactionId: z.string(),
    suspendEvent: z.optional(suspendEvent),
    expiresAt: z.optional(z.number()),
    /** The response that is given at `expiresAt`; without one the prompt is withdrawn then. */
    fallback: z.optional(json),
    idle: z.optional(z.boolean()),
  }),
  z.object({
    type: z.literal('inputResolved'),
    nodeId,
    interactionId: z.string(),
    response: json,
  }),
  z.object({
    type: z.literal('inputWithdrawn'),
    nodeId,
    interactionId: z.string(),
    reason: z.string(),
  }),
  z.object({ type: z.literal('contactLost'), producerId: z.string() }),
  z.object({ type: z.literal('contactRegained'), producerId: z.string() }),
  z.object({ type: z.literal('graphComplete'), sessionId, outputs: jsonObject }),
  z.object({ type: z.literal('graphError'), sessionId, error: z.string() }),
  z.object({ type: z.literal('graphCancelled'), sessionId }),
]);

/** What the actor adds: the event's place in the log, and when it was appended (Unix seconds). */
export const eventStamp = z.object({ index: z.int().check(z.minimum(0)), time: z.number() });

/** An event as it is stored and sent. */
export const sessionEvent = z.intersection(eventBody, eventStamp);

export type EventBody = z.infer<typeof eventBody>;
export type EventStamp = z.infer<typeof eventStamp>;
export type SessionEvent = EventBody & EventStamp;
export type EventType = EventBody['type'];
export type EventOf<T extends EventType> = Extract<EventBody, { type: T }> & EventStamp;
