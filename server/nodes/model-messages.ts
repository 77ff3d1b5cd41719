import type { FilePart, ModelMessage, TextPart, ToolResultPart } from 'ai';
import type { Json, JsonObject } from '../../shared/json.ts';
import { isLlmContent, type ContentPart } from '../../shared/prompt.ts';
import type { Text } from '../engine/handler.ts';
import { renderJson, renderText } from './slots.ts';

/** What a model answered, as its step records it. */
export type AnswerPart =
  | {
      readonly type: 'text' | 'reasoning';
      readonly text: string;
      readonly providerOptions?: Options;
    }
  | ToolCall;

/** A call of a tool that a model asked for. */
export interface ToolCall {
  readonly type: 'tool-call';
  readonly toolCallId: string;
  readonly toolName: string;
  /** A text when it is no JSON. */
  readonly input: Json;
  readonly providerOptions?: Options;
}

/** What a provider wants to see again, by its name. */
export type Options = Record<string, JsonObject>;

/** The first message: the node's prompt. A prompt that is one slot takes the value with its media. */
export function promptMessage(prompt: Text, inputs: JsonObject): ModelMessage {
  const value = typeof prompt === 'string' ? renderJson(prompt, inputs) : null;
  // What somebody else wrote is no template.
  const content = isLlmContent(value) ? value : renderText(prompt, inputs);
  if (typeof content === 'string') return { role: 'user', content };
  return { role: 'user', content: content.parts.flatMap(userPart) };
}

function userPart({ text, inlineData }: ContentPart): (TextPart | FilePart)[] {
  if (text !== undefined) return [{ type: 'text', text }];
  if (inlineData === undefined) return [];
  return [{ type: 'file', data: inlineData.data, mediaType: inlineData.mimeType }];
}

/** An answer as the next call sends it along. */
export function answerMessage(content: readonly AnswerPart[]): ModelMessage {
  return { role: 'assistant', content: content.map((part) => ({ ...part })) };
}

/** The results of an answer's tool calls. */
export function resultsMessage(results: readonly ToolResultPart[]): ModelMessage {
  return { role: 'tool', content: [...results] };
}
