import { dereference, Validator } from '@cfworker/json-schema';
import { isObject, type Json, type JsonObject } from '../../shared/json.ts';
import {
  isLlmContent,
  NONE_OF_THE_ABOVE,
  SKIPPED_TEXT,
  textContent,
  textOf,
  type LlmContent,
  type Prompt,
} from '../../shared/prompt.ts';
import { schemaProblems, type Problem } from '../../shared/schema-problems.ts';
import { messageOf } from '../errors.ts';

/** Why an answer does not fit its prompt, value by value; empty when it fits. */
export function problemsOf(prompt: Prompt, response: Json): readonly Problem[] {
  switch (prompt.kind) {
    case 'inputNode':
      return formProblems(prompt.payload.schema, response);
    case 'waitForInput':
      return askProblems(prompt.payload.skipLabel, response);
    case 'waitForChoice':
      return choiceProblems(prompt.payload, response);
    case 'queryConsent':
      return isObject(response) && typeof response['consent'] === 'boolean'
        ? []
        : wrong('/consent', "The answer must be an object whose 'consent' is true or false.");
  }
}

/** Why an answer does not fit its prompt, in a sentence or a few; null when it fits. */
export function misfit(prompt: Prompt, response: Json): string | null {
  const problems = problemsOf(prompt, response);
  if (problems.length === 0) return null;
  const isForm = prompt.kind === 'inputNode';
  return problems
    .slice(0, 3)
    .map(({ pointer, message }) => (isForm ? aboutField(pointer, message) : message))
    .join(' ');
}

/** What the prompt's operation returns to the handler for a response that fits. */
export function valueOf(prompt: Prompt, response: Json): Json {
  const answer: JsonObject = isObject(response) ? response : {};
  switch (prompt.kind) {
    case 'inputNode':
      return answer;
    case 'waitForInput':
      return isSkip(response) ? null : (answer['input'] ?? null);
    case 'waitForChoice':
      return selectedIds(response)?.filter((id) => id !== NONE_OF_THE_ABOVE) ?? [];
    case 'queryConsent':
      return answer['consent'] === true;
  }
}

/**
 * The response that says `value`, in the terms of a handler's `default` or of a run's `inputs`: a
 * form's object, a question's LLM content or text or null, a choice's id or ids, a consent's boolean.
 */
export function responseFor(prompt: Prompt, value: Json): Json {
  switch (prompt.kind) {
    case 'inputNode':
      if (prompt.payload.schema !== undefined) return value;
      return typeof value === 'string' || isLlmContent(value)
        ? { request: asContent(value) }
        : value;
    case 'waitForInput':
      return value === null ? { skipped: true } : { input: asContent(value) };
    case 'waitForChoice': {
      const ids = Array.isArray(value) ? value : [value];
      const none = ids.length === 0 && prompt.payload.noneOfTheAboveLabel !== undefined;
      return { selected: { ids: none ? [NONE_OF_THE_ABOVE] : ids } };
    }
    case 'queryConsent':
      return { consent: value };
  }
}

/** The answer that says nothing, for a prompt that a headless run need not answer. */
export function emptyResponse(prompt: Prompt): Json {
  switch (prompt.kind) {
    case 'inputNode':
      return {};
    case 'waitForInput':
      return { skipped: true };
    case 'waitForChoice':
      return { selected: { ids: [] } };
    case 'queryConsent':
      return { consent: false };
  }
}

/** Why no form can be made of `schema`, in a sentence; null when one can. */
export function schemaFault(schema: JsonObject): string | null {
  try {
    // Patterns are compiled, and references followed, only where a value meets them: look at all now.
    for (const pattern of patternsIn(schema)) new RegExp(pattern, 'u');
    const known = dereference(schema);
    for (const part of Object.values(known)) {
      if (typeof part === 'boolean' || part.$ref === undefined) continue;
      if (known[part.__absolute_ref__ ?? part.$ref] === undefined) {
        return `Nothing is at '${part.$ref}'.`;
      }
    }
    new Validator(schema, '2020-12', false).validate({});
    return null;
  } catch (error) {
    return messageOf(error);
  }
}

function wrong(pointer: string, message: string): Problem[] {
  return [{ pointer, message }];
}

/** `'days/0' must be a whole number.` */
function aboutField(pointer: string, message: string): string {
  if (pointer === '' || message.startsWith('The answer')) return message;
  return `'${pointer.slice(1)}' ${message.charAt(0).toLowerCase()}${message.slice(1)}`;
}

function formProblems(schema: JsonObject | undefined, response: Json): Problem[] {
  if (!isObject(response)) return wrong('', 'The answer must be an object.');
  if (schema !== undefined) return schemaProblems(schema, response);
  return isLlmContent(response['request'])
    ? []
    : wrong('/request', "The answer must be an object whose 'request' is LLM content.");
}

function askProblems(skipLabel: string | undefined, response: Json): Problem[] {
  if (isSkip(response)) {
    return skipLabel === undefined ? wrong('', 'This question cannot be skipped.') : [];
  }
  return isObject(response) && isLlmContent(response['input'])
    ? []
    : wrong('/input', "The answer must be an object whose 'input' is LLM content.");
}

function choiceProblems(
  payload: Extract<Prompt, { kind: 'waitForChoice' }>['payload'],
  response: Json,
): Problem[] {
  const ids = selectedIds(response);
  const place = '/selected/ids';
  if (ids === null) {
    return wrong(place, "The answer must be an object whose 'selected.ids' is an array of ids.");
  }
  const offered = new Set(payload.choices.map((choice) => choice.id));
  if (payload.noneOfTheAboveLabel !== undefined) offered.add(NONE_OF_THE_ABOVE);
  const stranger = ids.findIndex((id) => !offered.has(id));
  if (stranger >= 0) {
    return wrong(`${place}/${stranger}`, `'${ids[stranger]}' is not one of the choices.`);
  }
  const twice = ids.findIndex((id, at) => ids.indexOf(id) !== at);
  if (twice >= 0) return wrong(`${place}/${twice}`, `'${ids[twice]}' is chosen twice.`);
  if (ids.length === 0) return wrong(place, 'At least one choice is needed.');
  if (ids.length > 1 && ids.includes(NONE_OF_THE_ABOVE)) {
    return wrong(place, `'${NONE_OF_THE_ABOVE}' goes with no other choice.`);
  }
  if (ids.length > 1 && payload.selectionMode === 'single') {
    return wrong(place, 'Only one choice can be made.');
  }
  return [];
}

function selectedIds(response: Json): string[] | null {
  const selected = isObject(response) ? response['selected'] : null;
  const ids = isObject(selected) ? selected['ids'] : null;
  return Array.isArray(ids) && ids.every((id) => typeof id === 'string') ? ids : null;
}

function isSkip(response: Json): boolean {
  if (response === SKIPPED_TEXT) return true;
  if (!isObject(response)) return false;
  if (response['skipped'] === true) return true;
  const input = response['input'];
  return input === SKIPPED_TEXT || (isLlmContent(input) && textOf(input) === SKIPPED_TEXT);
}

function asContent(value: Json): Json {
  return typeof value === 'string'
    ? (textContent(value) satisfies LlmContent as JsonObject)
    : value;
}

function patternsIn(schema: Json): string[] {
  if (Array.isArray(schema)) return schema.flatMap(patternsIn);
  if (!isObject(schema)) return [];
  return Object.entries(schema).flatMap(([key, value]) =>
    key === 'pattern' && typeof value === 'string'
      ? [value]
      : [
          ...(key === 'patternProperties' && isObject(value) ? Object.keys(value) : []),
          ...patternsIn(value),
        ],
  );
}
