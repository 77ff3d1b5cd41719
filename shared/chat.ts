import type { UIMessage, UIMessageChunk } from 'ai';
import { z } from 'zod/mini';
import { json, jsonObject } from './json.ts';

/** What a message tells of itself: which turn of which session it is. */
export const chatMetadata = z.object({
  sessionId: z.string(),
  turnId: z.int(),
  /** Unix seconds. */
  startedAt: z.number(),
  /** Once the turn rests: the cursor of a stream that goes on behind it. */
  cursor: z.optional(z.string()),
});

/**
 * The data of a `data-prompt` part, whose id is the interaction's. What tells of a prompt that an
 * earlier message asked comes transient, and has only what is new.
 */
export const chatPrompt = z.object({
  interactionId: z.string(),
  nodeId: z.string(),
  state: z.enum(['open', 'answered', 'withdrawn']),
  kind: z.optional(z.string()),
  /** The prompt's payload: the value under the one key of its suspend event. */
  prompt: z.optional(json),
  /** Unix seconds. */
  expiresAt: z.optional(z.number()),
  idle: z.optional(z.boolean()),
  /** Of an answered one. */
  response: z.optional(json),
  /** Of a withdrawn one: why. */
  reason: z.optional(z.string()),
});

/** The data of a `data-answer` part: the answer that began a turn, in the message of the person. */
export const chatAnswer = z.object({
  interactionId: z.string(),
  nodeId: z.string(),
  response: json,
});

/** The data of a transient `data-tool-output` part: the end of a call that an earlier message made. */
export const chatToolOutput = z.object({
  toolCallId: z.string(),
  output: z.optional(json),
  errorText: z.optional(z.string()),
});

/** The data of a `data-event` part: an agent event that has no part of its own. */
export const chatEvent = z.object({ nodeId: z.string(), name: z.string(), value: json });

/** The data of a `data-error` part: a node that failed. */
export const chatError = z.object({ nodeId: z.string(), error: z.string() });

/** The data of a `data-outputs` part: what a completed run came to, by node. */
export const chatOutputs = z.object({ outputs: jsonObject });

/** The data parts that a message may have, by what follows `data-` in their type. */
// Not an interface: the library asks for a type that is open.
export type ChatData = {
  prompt: z.infer<typeof chatPrompt>;
  answer: z.infer<typeof chatAnswer>;
  'tool-output': z.infer<typeof chatToolOutput>;
  event: z.infer<typeof chatEvent>;
  error: z.infer<typeof chatError>;
  outputs: z.infer<typeof chatOutputs>;
};

/** A chunk may bring a part of it. */
export type ChatMetadata = Partial<z.infer<typeof chatMetadata>>;
export type ChatPrompt = z.infer<typeof chatPrompt>;

/** A message of the AI SDK, as its `useChat` holds it. */
export type ChatMessage = UIMessage<ChatMetadata, ChatData>;
export type ChatPart = ChatMessage['parts'][number];

/** What the AI SDK's UI message stream is made of. */
export type ChatChunk = UIMessageChunk<ChatMetadata, ChatData>;

/** The id of a turn's message, the same wherever it is told of. */
export function messageIdOf(sessionId: string, turnId: number): string {
  return `${sessionId}:${turnId}`;
}
