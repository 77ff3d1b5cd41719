import { z } from 'zod/mini';
import { eventBody } from './event.ts';
import { json, jsonObject } from './json.ts';
import { suspendEvent } from './prompt.ts';

const id = z.string().check(z.minLength(1), z.maxLength(200));
const attempt = z.int().check(z.minimum(1));
const step = { nodeId: id, op: id, step: z.string().check(z.minLength(1)), attempt };
const emission = { nodeId: id, op: z.optional(id), attempt: z.optional(attempt) };

/**
 * An event that a program elsewhere may append: as in the log, but that the server knows the rest.
 * Answers and cancellations are the server's.
 */
export const producedEvent = z.discriminatedUnion(
  'type',
  [
    z.object({ type: z.literal('nodeStart'), nodeId: id, title: z.optional(z.string()) }),
    z.object({
      type: z.literal('nodeEnd'),
      nodeId: id,
      outputs: z._default(jsonObject, {}),
    }),
    z.object({ type: z.literal('nodeError'), nodeId: id, error: z.string() }),
    z.object({ type: z.literal('nodeSkipped'), nodeId: id, reason: z.string() }),
    z.object({ type: z.literal('stepStart'), ...step }),
    z.object({ type: z.literal('stepEnd'), ...step, result: z.optional(json) }),
    z.object({
      type: z.literal('stepError'),
      ...step,
      error: z.string(),
      final: z.boolean(),
      retryAt: z.optional(z.number()),
    }),
    z.object({ type: z.literal('sleepStart'), nodeId: id, op: id, until: z.number() }),
    z.object({ type: z.literal('sleepEnd'), nodeId: id, op: id }),
    z.object({ type: z.literal('agentEvent'), ...emission, event: jsonObject }),
    z.object({ type: z.literal('thoughtEvent'), ...emission, text: z.string() }),
    z.object({
      type: z.literal('inputRequired'),
      nodeId: id,
      /** The open step that asks; the prompt is an operation of its own unless given. */
      op: z.optional(id),
      /** Unique within the session. */
      interactionId: id,
      suspendEvent: z.optional(suspendEvent),
      expiresAt: z.optional(z.number()),
      fallback: z.optional(json),
      idle: z.optional(z.boolean()),
    }),
    z.object({
      type: z.literal('inputWithdrawn'),
      nodeId: id,
      interactionId: id,
      reason: z.string(),
    }),
    z.object({
      type: z.literal('graphComplete'),
      /** Unless given, those of the nodes that ended and that no edge leaves. */
      outputs: z.optional(jsonObject),
    }),
    z.object({ type: z.literal('graphError'), error: z.string() }),
  ],
  { error: ({ input }) => `must be one that a producer may write${typed(input)}` },
);

export type ProducedEvent = z.infer<typeof producedEvent>;

const known: ReadonlySet<string> = new Set(
  eventBody.def.options.flatMap(({ shape }) => shape.type.def.values),
);

/** A type that is in logs, and yet not for producers, is likely no slip of the pen. */
function typed(input: unknown): string {
  const type = typeof input === 'object' && input !== null && 'type' in input ? input.type : null;
  if (typeof type !== 'string') return '';
  return known.has(type) ? `: '${type}' is the server's` : `, and not '${type}'`;
}
