import type { Json, JsonObject, LlmContent } from './wire.ts';

/** Text or LLM content; a plain string is content of one text. */
export type Text = string | LlmContent;

/** What every prompt takes. */
export interface PromptOptions<Answer> {
  /**
   * Names the prompt within its node, so that a program that goes on after a crash finds the answer.
   * Numbered in the order of asking unless given.
   */
  id?: string;
  /** After so many milliseconds the prompt is answered with `default`, or withdrawn if there is none. */
  timeoutMs?: number;
  default?: Answer;
  /** True: nobody is kept waiting, and the prompt is not counted as open. */
  idle?: boolean;
}

export interface AskOptions extends PromptOptions<Text | null> {
  prompt: Text;
  /** `text` unless given. */
  inputType?: string;
  /** Where there is one, the question can be skipped, and the answer is then null. */
  skipLabel?: string;
}

export interface ChooseOptions extends PromptOptions<string | string[]> {
  prompt: Text;
  choices: readonly { id: string; content: Text }[];
  /** `single` unless given. */
  selectionMode?: 'single' | 'multiple';
  layout?: 'list' | 'row' | 'grid';
  noneOfTheAboveLabel?: string;
}

export interface FormOptions extends PromptOptions<JsonObject> {
  /** A JSON Schema of an object. */
  schema: JsonObject;
}

export interface ConsentOptions extends PromptOptions<boolean> {
  prompt?: Text;
  /** What the consent is about; `general` unless given. */
  consentType?: string;
  scope?: Json;
}

/** A kind of prompt: how it is written, and how its response is read. */
export interface PromptKind<Options, Answer> {
  readonly name: string;
  readonly suspendEvent: (options: Options) => JsonObject;
  /** The response that says `answer`. */
  readonly responseOf: (answer: Answer) => Json;
  readonly answerOf: (response: Json) => unknown;
}

const NONE_OF_THE_ABOVE = '__none_of_the_above__';

export const ask: PromptKind<AskOptions, Text | null> = {
  name: 'ask',
  suspendEvent: ({ prompt, inputType = 'text', skipLabel }) => ({
    waitForInput: jsonOf({ prompt: contentOf(prompt), inputType, skipLabel }),
  }),
  responseOf: (answer) =>
    answer === null ? { skipped: true } : jsonOf({ input: contentOf(answer, 'user') }),
  answerOf: (response) => member(response, 'input'),
};

export const choose: PromptKind<ChooseOptions, string | string[]> = {
  name: 'choose',
  suspendEvent: ({ prompt, choices, selectionMode = 'single', layout, noneOfTheAboveLabel }) => ({
    waitForChoice: jsonOf({
      prompt: contentOf(prompt),
      choices: choices.map(({ id, content }) => ({ id, content: contentOf(content) })),
      ...{ selectionMode, layout, noneOfTheAboveLabel },
    }),
  }),
  responseOf: (answer) => ({
    selected: {
      ids:
        answer.length === 0 ? [NONE_OF_THE_ABOVE] : typeof answer === 'string' ? [answer] : answer,
    },
  }),
  answerOf: (response) => {
    const ids = member(member(response, 'selected'), 'ids');
    return Array.isArray(ids) ? ids.filter((id) => id !== NONE_OF_THE_ABOVE) : [];
  },
};

export const form: PromptKind<FormOptions, JsonObject> = {
  name: 'form',
  suspendEvent: ({ schema }) => ({ inputNode: { schema } }),
  responseOf: (answer) => answer,
  answerOf: (response) => response,
};

export const consent: PromptKind<ConsentOptions, boolean> = {
  name: 'consent',
  suspendEvent: ({ prompt, consentType = 'general', scope = null }) => ({
    queryConsent: jsonOf({
      ...(prompt === undefined ? {} : { prompt: contentOf(prompt) }),
      ...{ consentType, scope },
    }),
  }),
  responseOf: (answer) => ({ consent: answer }),
  answerOf: (response) => member(response, 'consent') === true,
};

/** LLM content; of one text for a string. What a program says has the role of the model. */
export function contentOf(text: Text, role = 'model'): LlmContent {
  return typeof text === 'string' ? { role, parts: [{ text }] } : text;
}

/** The texts of LLM content, joined; empty for null. */
export function textOf(content: LlmContent | null): string {
  return (content?.parts ?? []).map(({ text }) => text ?? '').join('');
}

function member(value: Json, name: string): Json {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
  return value[name] ?? null;
}

/** What JSON makes of an object. */
function jsonOf(value: object): JsonObject {
  return JSON.parse(JSON.stringify(value)) as JsonObject;
}
