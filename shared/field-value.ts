import { isObject, type Json, type JsonObject } from './json.ts';
import { isLlmContent, textContent, textOf } from './prompt.ts';
import { pointerTo } from './json-pointer.ts';
import type { Control, Field } from './schema-form.ts';

/**
 * What a person has put in a field: a text (of an option, its place; of JSON, its text), a yes or no,
 * the places of several options, a file, the fields of an object, the items of an array. An empty
 * text is an empty field of whatever kind.
 */
export type Entered =
  | string
  | boolean
  | { readonly options: readonly string[] }
  | { readonly file: DraftFile }
  | { readonly values: FieldValues }
  | { readonly items: readonly EnteredItem[] };

/** An item of an array; `key` stays with it when it moves. */
export interface EnteredItem {
  readonly key: string;
  readonly value: Entered;
}

export interface DraftFile {
  readonly name: string;
  readonly mimeType: string;
  /** Base64. */
  readonly data: string;
}

/** What was put in the fields, by name; a field not touched is absent. */
export type FieldValues = Readonly<Record<string, Entered>>;

/** By JSON Pointer into the answer, what is wrong there, as a sentence. */
export type Problems = Readonly<Record<string, string>>;

/** What a field holds: what was put in, or its initial value. */
export function heldBy(field: Field, values: FieldValues): Entered {
  return Object.hasOwn(values, field.name) ? (values[field.name] ?? '') : field.initial;
}

/** The values with one of them changed. */
export function withValue(values: FieldValues, name: string, entered: Entered): FieldValues {
  return { ...values, [name]: entered };
}

/** What an array's next item begins as. */
export function newItem(item: Field, items: readonly EnteredItem[]): EnteredItem {
  const key = 1 + Math.max(0, ...items.map((each) => Number(each.key)));
  return { key: String(key), value: item.initial };
}

/**
 * The object that the fields make, or why they make none. What is optional and was left empty is
 * absent. Only what the fields themselves must know is looked at; the rest is the schema's to say.
 */
export function objectOf(
  fields: readonly Field[],
  values: FieldValues,
): { ok: true; value: JsonObject } | { ok: false; problems: Problems } {
  const problems = new Map<string, string>();
  const value = readObject(fields, values, { pointer: '', problems });
  return problems.size === 0
    ? { ok: true, value }
    : { ok: false, problems: Object.fromEntries(problems) };
}

/** The JSON that a text is; a problem for people when it is none. */
export function readJson(text: string): { value: Json } | { problem: string } {
  try {
    return { value: JSON.parse(text) as Json };
  } catch (error) {
    return {
      problem: `This is not JSON: ${error instanceof Error ? error.message : 'unreadable'}`,
    };
  }
}

/** What a control holds to say `value`: the way back from `objectOf`. Nothing for undefined. */
export function enteredOf(control: Control, value: Json | undefined): Entered {
  switch (control.kind) {
    case 'boolean':
      return value === true;
    case 'enum':
      return value === undefined ? '' : placeOf(control.options, value);
    case 'several': {
      const places = Array.isArray(value) ? value.map((v) => placeOf(control.options, v)) : [];
      return { options: places.filter((place) => place !== '') };
    }
    case 'object': {
      if (!isObject(value)) return { values: {} };
      const known = control.fields.filter(({ name }) => Object.hasOwn(value, name));
      const values = known.map((field): [string, Entered] => [
        field.name,
        enteredOf(field.control, value[field.name] as Json),
      ]);
      return { values: Object.fromEntries(values) };
    }
    case 'array': {
      const count = Array.isArray(value) ? value.length : control.least;
      const items = Array.from({ length: Math.min(count, 1000) }, (_, n) => ({
        key: String(n + 1),
        value: Array.isArray(value)
          ? enteredOf(control.item.control, value[n])
          : control.item.initial,
      }));
      return { items };
    }
    case 'file':
      return typeof value === 'string' ? fileOf(control, value) : '';
    case 'json':
      return value === undefined ? '' : JSON.stringify(value, null, 2);
    case 'content':
      if (typeof value === 'string') return value;
      return isLlmContent(value) ? textOf(value) : '';
    case 'dateTime':
      return typeof value === 'string' ? localTime(value) : '';
    default:
      if (value === undefined || value === null) return '';
      return typeof value === 'string' ? value : JSON.stringify(value);
  }
}

/** Where a value is read, and what was found wrong so far. */
interface Reading {
  readonly pointer: string;
  readonly problems: Map<string, string>;
}

function readObject(
  fields: readonly Field[],
  values: FieldValues,
  { pointer, problems }: Reading,
): JsonObject {
  const entries = fields.flatMap((field): [string, Json][] => {
    const at = { pointer: pointerTo(pointer, field.name), problems };
    const value = readField(field, heldBy(field, values), at);
    return value === undefined ? [] : [[field.name, value]];
  });
  return Object.fromEntries(entries);
}

/** Undefined for a field that says nothing. */
function readField(field: Field, entered: Entered, at: Reading): Json | undefined {
  const { control, required, nullable } = field;
  if (isEmpty(field, entered)) {
    if (!required) return undefined;
    if (nullable) return null;
    if (control.kind === 'object') return readObject(control.fields, valuesIn(entered), at);
    if (control.kind === 'array' || control.kind === 'several') return [];
    at.problems.set(at.pointer, control.kind === 'file' ? 'Choose a file.' : 'Fill this in.');
    return undefined;
  }
  const read = readControl(control, entered, at);
  if ('value' in read) return read.value;
  at.problems.set(at.pointer, read.problem);
  return undefined;
}

/** Whether nothing is said: no text, nothing chosen, no item, and only such fields inside. */
function isEmpty({ control }: Field, entered: Entered): boolean {
  if (typeof entered === 'boolean') return false;
  if (typeof entered === 'string') return entered.trim() === '';
  if ('options' in entered) return entered.options.length === 0;
  if ('items' in entered) return entered.items.length === 0;
  if ('file' in entered) return false;
  if (control.kind !== 'object') return true;
  return control.fields.every((field) => {
    const held = heldBy(field, entered.values);
    // A box that was never ticked says nothing of whether the object is meant.
    return held === false || isEmpty(field, held);
  });
}

function readControl(control: Control, entered: Entered, at: Reading): Read {
  if (typeof entered === 'boolean') return { value: entered };
  if (typeof entered === 'string') return readText(control, entered);
  if ('file' in entered) return readFile(control, entered.file);
  if ('options' in entered) {
    if (control.kind !== 'several') return { value: [] };
    const chosen = control.options.filter((_, n) => entered.options.includes(String(n)));
    return { value: chosen.map((option) => option.value) };
  }
  if ('values' in entered) {
    if (control.kind !== 'object') return { value: {} };
    return { value: readObject(control.fields, entered.values, at) };
  }
  if (control.kind !== 'array') return { value: [] };
  const items = entered.items.map(({ value }, n) =>
    readField(control.item, value, { ...at, pointer: pointerTo(at.pointer, n) }),
  );
  // An item that says nothing is a problem already: what stands in for it is never sent.
  return { value: items.map((item) => item ?? null) };
}

type Read = { value: Json } | { problem: string };

function readText(control: Control, text: string): Read {
  switch (control.kind) {
    case 'number':
    case 'integer':
      return readNumber(text, control.kind);
    case 'enum':
      return { value: control.options[Number(text)]?.value ?? null };
    case 'json':
      return readJson(text);
    case 'content':
      return { value: textContent(text) as JsonObject };
    case 'dateTime': {
      const date = new Date(text);
      if (Number.isNaN(date.getTime())) return { problem: 'Must be a date and a time.' };
      return { value: date.toISOString().replace('.000Z', 'Z') };
    }
    default:
      return { value: text };
  }
}

function readNumber(text: string, kind: 'number' | 'integer'): Read {
  const value = Number(text.trim());
  if (!Number.isFinite(value)) return { problem: 'Must be a number.' };
  if (kind === 'integer' && !Number.isInteger(value)) return { problem: 'Must be a whole number.' };
  return { value };
}

function readFile(control: Control, { data, mimeType }: DraftFile): Read {
  const whole = control.kind === 'file' && control.encoding === 'dataUrl';
  return { value: whole ? `data:${mimeType};base64,${data}` : data };
}

function fileOf(control: Control & { kind: 'file' }, text: string): Entered {
  const [, type, data] = /^data:([^;,]*);base64,(.*)$/s.exec(text) ?? [];
  const mimeType = type ?? control.accept;
  return { file: { name: 'file', mimeType, data: data ?? text } };
}

function placeOf(options: readonly { value: Json }[], value: Json): string {
  const text = JSON.stringify(value);
  const place = options.findIndex((option) => JSON.stringify(option.value) === text);
  return place < 0 ? '' : String(place);
}

function valuesIn(entered: Entered): FieldValues {
  return typeof entered === 'object' && 'values' in entered ? entered.values : {};
}

/** A time as `datetime-local` has it: `2026-05-01T14:30`, in the zone of the page. */
function localTime(text: string): string {
  const date = new Date(text);
  if (Number.isNaN(date.getTime())) return '';
  const local = new Date(date.getTime() - date.getTimezoneOffset() * 60_000);
  return local.toISOString().replace(/(:00)?\.\d+Z$/, '');
}
