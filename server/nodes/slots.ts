import { isObject, type Json, type JsonObject } from '../../shared/json.ts';
import { isLlmContent, textOf } from '../../shared/prompt.ts';
import type { Text } from '../engine/handler.ts';

/** `{{port}}`, or `{{port.member.0}}` for a part of its value. */
const SLOT = /\{\{([^{}]*)\}\}/g;

/**
 * `template` with each slot replaced by the text of the value it names: a string as it is, LLM content
 * as its text, an array of these joined by `, `, nothing for null or what is not there, and any other
 * value as JSON. `encode` is applied to each of these texts.
 */
export function renderSlots(
  template: string,
  inputs: JsonObject,
  encode: (text: string, name: string) => string = (text) => text,
): string {
  return template.replace(SLOT, (_slot, name: string) =>
    encode(textOfValue(valueAt(inputs, name.trim())), name.trim()),
  );
}

/** A text, plain or as LLM content, with the slots of each of its texts replaced. */
export function renderText(text: Text, inputs: JsonObject): Text {
  if (typeof text === 'string') return renderSlots(text, inputs);
  return {
    ...text,
    parts: text.parts.map((part) =>
      part.text === undefined ? part : { ...part, text: renderSlots(part.text, inputs) },
    ),
  };
}

/**
 * A JSON value with the slots of its strings replaced. A string that is one slot and nothing else
 * becomes the value itself, be it a number, a list or an object; null where there is none.
 */
export function renderJson(value: Json, inputs: JsonObject): Json {
  if (typeof value === 'string') {
    const [slot, name] = /^\{\{([^{}]*)\}\}$/.exec(value) ?? [];
    if (slot === undefined) return renderSlots(value, inputs);
    return valueAt(inputs, (name ?? '').trim()) ?? null;
  }
  if (Array.isArray(value)) return value.map((item) => renderJson(item, inputs));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [key, renderJson(member, inputs)]),
  );
}

/** A port of exactly that name, else what the dotted path leads to. */
function valueAt(inputs: JsonObject, name: string): Json | undefined {
  if (Object.hasOwn(inputs, name)) return inputs[name];
  let value: unknown = inputs;
  for (const key of name.split('.')) {
    if (!(isObject(value) || Array.isArray(value)) || !Object.hasOwn(value, key)) return undefined;
    value = (value as Record<string, Json>)[key];
  }
  return value as Json;
}

function textOfValue(value: Json | undefined): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'string') return value;
  if (isLlmContent(value)) return textOf(value);
  if (
    Array.isArray(value) &&
    value.every((item) => typeof item === 'string' || isLlmContent(item))
  ) {
    return value.map(textOfValue).join(', ');
  }
  return JSON.stringify(value);
}
