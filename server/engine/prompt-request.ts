import { isObject, type Json } from '../../shared/json.ts';
import {
  isLlmContent,
  prompt as promptSchema,
  textContent,
  type LlmContent,
  type Prompt,
} from '../../shared/prompt.ts';
import { misfit, responseFor, schemaFault } from './answers.ts';
import type { AskOptions, ChooseOptions, ConsentOptions, FormOptions, Text } from './handler.ts';

/** The prompt operations, with what each takes. */
export interface PromptOperations {
  ask: AskOptions;
  choose: ChooseOptions;
  form: FormOptions;
  consent: ConsentOptions;
}

export type PromptOperation = keyof PromptOperations;

type Payload<Kind extends Prompt['kind']> = Extract<Prompt, { kind: Kind }>['payload'];

/** A prompt as a handler asked for it, checked. */
export interface PromptRequest {
  readonly prompt: Prompt;
  /** Milliseconds; null for none. */
  readonly timeoutMs: number | null;
  /** The response that stands for the default; undefined for none. */
  readonly fallback: Json | undefined;
  readonly idle: boolean;
}

/**
 * Makes a prompt of what a handler passed.
 * @throws TypeError naming what is wrong with it
 */
export function promptRequest<K extends PromptOperation>(
  operation: K,
  options: PromptOperations[K],
): PromptRequest {
  if (!isObject(options)) throw new TypeError(`${operation}() takes an object.`);
  const {
    key: _,
    timeoutMs,
    default: fallbackValue,
    idle,
    ...payload
  } = jsonOf(operation, options);
  if (timeoutMs !== undefined && !isDuration(timeoutMs)) {
    throw new TypeError(`${operation}(): 'timeoutMs' must be a number of milliseconds.`);
  }
  const prompt = parse(operation, payload);
  const fault = promptFault(prompt);
  if (fault !== null) throw new TypeError(`${operation}(): ${fault}`);
  const fallback =
    fallbackValue === undefined ? undefined : responseFor(prompt, fallbackValue as Json);
  const unfit = fallback === undefined ? null : misfit(prompt, fallback);
  if (unfit !== null) throw new TypeError(`${operation}(): 'default' does not fit: ${unfit}`);
  return { prompt, timeoutMs: timeoutMs ?? null, fallback, idle: idle === true };
}

/** Why a prompt could not be answered: no form can be made of it, or no choice; null when it can. */
export function promptFault(prompt: Prompt): string | null {
  if (prompt.kind === 'inputNode' && prompt.payload.schema !== undefined) {
    const fault = schemaFault(prompt.payload.schema);
    return fault === null ? null : `'schema' is no usable JSON Schema: ${fault}`;
  }
  return prompt.kind === 'waitForChoice' ? choicesFault(prompt.payload) : null;
}

/** No answer could fit, or one would fit two choices. */
function choicesFault({ choices, noneOfTheAboveLabel }: Payload<'waitForChoice'>): string | null {
  if (choices.length === 0 && noneOfTheAboveLabel === undefined) {
    return "'choices' must offer at least one choice.";
  }
  const ids = new Set<string>();
  for (const { id } of choices) {
    if (ids.has(id)) return `'choices' offers the id '${id}' twice.`;
    ids.add(id);
  }
  return null;
}

/** Whether `value` is a length of time: a number that is not negative, and finite. */
export function isDuration(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0;
}

/** What goes on the wire is JSON: anything else about the options is dropped here, not later. */
function jsonOf(operation: string, options: object): Record<string, unknown> {
  try {
    return JSON.parse(JSON.stringify(options)) as Record<string, unknown>;
  } catch (error) {
    throw new TypeError(`${operation}() takes what JSON can carry.`, { cause: error });
  }
}

function parse(operation: PromptOperation, payload: Record<string, unknown>): Prompt {
  const parsed = promptSchema.safeParse(rawPrompt(operation, payload));
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const path = issue?.path.slice(1).join('.') ?? '';
  throw new TypeError(`${operation}(): '${path}' is wrong: ${issue?.message ?? 'no prompt'}`);
}

function rawPrompt(operation: PromptOperation, payload: Record<string, unknown>): unknown {
  const prompt = asContent(payload['prompt']);
  switch (operation) {
    case 'form':
      return { kind: 'inputNode', payload };
    case 'ask':
      return { kind: 'waitForInput', payload: { inputType: 'text', ...payload, prompt } };
    case 'consent':
      return {
        kind: 'queryConsent',
        payload: {
          consentType: 'general',
          scope: null,
          ...payload,
          ...(prompt === undefined ? {} : { prompt }),
        },
      };
    case 'choose': {
      const { choices } = payload;
      return {
        kind: 'waitForChoice',
        payload: {
          selectionMode: 'single',
          ...payload,
          prompt,
          choices: Array.isArray(choices) ? choices.map(asChoice) : choices,
        },
      };
    }
  }
}

function asChoice(choice: unknown): unknown {
  return isObject(choice) ? { ...choice, content: asContent(choice['content']) } : choice;
}

/** Content of one text for a string: what the run says, so its role is the model's. */
function asContent(text: unknown): Text | LlmContent | undefined {
  if (typeof text === 'string') return textContent(text, 'model');
  return isLlmContent(text) ? text : undefined;
}
