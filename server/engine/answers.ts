import { dereference, Validator, type ValidationResult } from '@cfworker/json-schema';
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
import { messageOf } from '../errors.ts';

/** Why an answer does not fit its prompt, in a sentence; null when it fits. */
export function misfit(prompt: Prompt, response: Json): string | null {
  switch (prompt.kind) {
    case 'inputNode':
      return formMisfit(prompt.payload.schema, response);
    case 'waitForInput':
      return askMisfit(prompt.payload.skipLabel, response);
    case 'waitForChoice':
      return choiceMisfit(prompt.payload, response);
    case 'queryConsent':
      return isObject(response) && typeof response['consent'] === 'boolean'
        ? null
        : "The answer must be an object whose 'consent' is true or false.";
  }
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

function formMisfit(schema: JsonObject | undefined, response: Json): string | null {
  if (!isObject(response)) return 'The answer must be an object.';
  if (schema === undefined) {
    return isLlmContent(response['request'])
      ? null
      : "The answer must be an object whose 'request' is LLM content.";
  }
  const { valid, errors } = validate(schema, response);
  if (valid) return null;
  // The first error of a nested one only says that something below does not match.
  const telling = errors.filter(({ keyword }) => keyword !== 'properties' && keyword !== 'items');
  const said = (telling.length > 0 ? telling : errors)
    .slice(0, 3)
    .map(({ instanceLocation, error }) => {
      const place = instanceLocation.replace(/^#\/?/, '');
      return place === '' ? error : `'${place}': ${error}`;
    });
  return said.join(' ');
}

/** Nothing fits a schema that cannot be applied: one that refers to itself without end. */
function validate(
  schema: JsonObject,
  response: JsonObject,
): Pick<ValidationResult, 'valid' | 'errors'> {
  try {
    return new Validator(schema, '2020-12', false).validate(response);
  } catch (error) {
    const said = `The form's schema cannot be applied: ${messageOf(error)}`;
    const place = { keyword: '', keywordLocation: '#', instanceLocation: '#' };
    return { valid: false, errors: [{ ...place, error: said }] };
  }
}

function askMisfit(skipLabel: string | undefined, response: Json): string | null {
  if (isSkip(response)) return skipLabel === undefined ? 'This question cannot be skipped.' : null;
  return isObject(response) && isLlmContent(response['input'])
    ? null
    : "The answer must be an object whose 'input' is LLM content.";
}

function choiceMisfit(
  payload: Extract<Prompt, { kind: 'waitForChoice' }>['payload'],
  response: Json,
): string | null {
  const ids = selectedIds(response);
  if (ids === null) return "The answer must be an object whose 'selected.ids' is an array of ids.";
  const offered = new Set(payload.choices.map((choice) => choice.id));
  if (payload.noneOfTheAboveLabel !== undefined) offered.add(NONE_OF_THE_ABOVE);
  const stranger = ids.find((id) => !offered.has(id));
  if (stranger !== undefined) return `'${stranger}' is not one of the choices.`;
  const twice = ids.find((id, at) => ids.indexOf(id) !== at);
  if (twice !== undefined) return `'${twice}' is chosen twice.`;
  if (ids.length === 0) return 'At least one choice is needed.';
  if (ids.length > 1 && ids.includes(NONE_OF_THE_ABOVE)) {
    return `'${NONE_OF_THE_ABOVE}' goes with no other choice.`;
  }
  if (ids.length > 1 && payload.selectionMode === 'single') return 'Only one choice can be made.';
  return null;
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
