import { z } from 'zod/mini';
import { isObject, json, jsonObject } from './json.ts';

/** One part of LLM content: text, inline data in base64, or anything else, carried as it is. */
export const contentPart = z.looseObject({
  text: z.optional(z.string()),
  inlineData: z.optional(z.object({ mimeType: z.string(), data: z.string() })),
});

/** Text and media as models exchange them. */
export const llmContent = z.looseObject({
  role: z.optional(z.string()),
  parts: z.array(contentPart),
});

/** The id that stands for "none of the above" in an answer to a choice. */
export const NONE_OF_THE_ABOVE = '__none_of_the_above__';

/** The text that skips a question, for clients that can send nothing else. */
export const SKIPPED_TEXT = '__skipped__';

export const inputNodePrompt = z.looseObject({ schema: z.optional(jsonObject) });

export const waitForInputPrompt = z.looseObject({
  requestId: z.optional(z.string()),
  prompt: llmContent,
  inputType: z.string(),
  skipLabel: z.optional(z.string()),
});

export const waitForChoicePrompt = z.looseObject({
  requestId: z.optional(z.string()),
  prompt: llmContent,
  choices: z.array(z.looseObject({ id: z.string(), content: llmContent })),
  selectionMode: z.enum(['single', 'multiple']),
  layout: z.optional(z.enum(['list', 'row', 'grid'])),
  noneOfTheAboveLabel: z.optional(z.string()),
});

export const queryConsentPrompt = z.looseObject({
  requestId: z.optional(z.string()),
  prompt: z.optional(llmContent),
  consentType: z.string(),
  scope: z.optional(json),
  graphUrl: z.optional(z.string()),
});

/** A prompt as the log carries it: an object whose one key is its kind. */
export const suspendEvent = z.record(z.string(), json);

/** A prompt of a known kind, parsed; the kind is the discriminant. */
export const prompt = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('inputNode'), payload: inputNodePrompt }),
  z.object({ kind: z.literal('waitForInput'), payload: waitForInputPrompt }),
  z.object({ kind: z.literal('waitForChoice'), payload: waitForChoicePrompt }),
  z.object({ kind: z.literal('queryConsent'), payload: queryConsentPrompt }),
]);

export type ContentPart = z.infer<typeof contentPart>;
export type LlmContent = z.infer<typeof llmContent>;
export type Prompt = z.infer<typeof prompt>;
export type SuspendEvent = z.infer<typeof suspendEvent>;

/** The kind of a suspend event: its one key, or `unknown` for one that has none. */
export function kindOf(event: SuspendEvent | undefined): string {
  return Object.keys(event ?? {})[0] ?? 'unknown';
}

/** The parsed prompt, or null when its kind or its shape is not one that this version knows. */
export function parsePrompt(event: SuspendEvent | undefined): Prompt | null {
  const kind = kindOf(event);
  const parsed = prompt.safeParse({ kind, payload: event?.[kind] });
  return parsed.success ? parsed.data : null;
}

/** The suspend event that carries `prompt`. */
export function toSuspendEvent({ kind, payload }: Prompt): SuspendEvent {
  return { [kind]: payload as SuspendEvent[string] };
}

/** LLM content made of one text. */
export function textContent(text: string, role = 'user'): LlmContent {
  return { role, parts: [{ text }] };
}

/** The texts of LLM content, joined; empty when it has none. */
export function textOf(content: LlmContent | undefined): string {
  return (content?.parts ?? []).map((part) => part.text ?? '').join('');
}

/** Whether `value` is LLM content: an object with an array of parts. */
export function isLlmContent(value: unknown): value is LlmContent {
  return isObject(value) && llmContent.safeParse(value).success;
}
