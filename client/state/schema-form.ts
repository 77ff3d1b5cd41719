import { isObject, type Json, type JsonObject } from '../../shared/json.ts';
import { textContent } from '../../shared/prompt.ts';

/** A field of a form, for one property of a JSON Schema. */
export interface Field {
  /** The property's key. */
  readonly name: string;
  readonly label: string;
  readonly description: string | null;
  readonly required: boolean;
  readonly control:
    | { readonly kind: 'text' | 'longText' | 'content' | 'number' | 'integer' | 'boolean' | 'json' }
    | { readonly kind: 'enum'; readonly options: readonly EnumOption[] };
  /** What the field holds before anybody has touched it. */
  readonly initial: string | boolean;
}

export interface EnumOption {
  readonly label: string;
  readonly value: Json;
}

/** What a person has put in the fields, by name; a field not touched is absent. */
export type FieldValues = Readonly<Record<string, string | boolean>>;

/** By field name, why its value does not do. */
export type Problems = Readonly<Record<string, string>>;

const LONG = 200;

/**
 * The fields for a schema; without one, a single field `request` of LLM content. Null for a schema
 * that tells no properties: it is answered as JSON.
 */
export function fieldsOf(schema: JsonObject | undefined): Field[] | null {
  if (schema === undefined) {
    const control = { kind: 'content' } as const;
    return [
      {
        name: 'request',
        label: 'Request',
        description: null,
        required: true,
        control,
        initial: '',
      },
    ];
  }
  const { properties } = schema;
  if (!isObject(properties)) return null;
  const required = new Set(Array.isArray(schema['required']) ? schema['required'] : []);
  return Object.entries(properties).map(([name, property]) => {
    const rules = isObject(property) ? property : {};
    const control = controlOf(rules);
    return {
      name,
      label: textOr(rules['title'], name),
      description: textOr(rules['description'], null),
      required: required.has(name),
      control,
      initial: initialOf(control, rules['default']),
    };
  });
}

/** The value that a field holds: what was put in, or its initial one. */
export function valueOf(field: Field, values: FieldValues): string | boolean {
  return values[field.name] ?? field.initial;
}

/** The object that the fields make, or why they make none. Optional fields left empty are absent. */
export function objectOf(
  fields: readonly Field[],
  values: FieldValues,
): { ok: true; value: JsonObject } | { ok: false; problems: Problems } {
  const value: JsonObject = {};
  const problems: Record<string, string> = {};
  for (const field of fields) {
    const read = readField(field, valueOf(field, values));
    if ('problem' in read) problems[field.name] = read.problem;
    else if (read.value !== undefined) value[field.name] = read.value;
  }
  return Object.keys(problems).length === 0 ? { ok: true, value } : { ok: false, problems };
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

type Read = { value: Json | undefined } | { problem: string };

function readField({ control, required }: Field, value: string | boolean): Read {
  if (typeof value === 'boolean') return { value };
  if (value.trim() === '') return required ? { problem: 'Fill this in.' } : { value: undefined };
  switch (control.kind) {
    case 'number':
    case 'integer':
      return readNumber(value, control.kind);
    case 'enum':
      return { value: control.options[Number(value)]?.value };
    case 'json':
      return readJson(value);
    case 'content':
      return { value: textContent(value) as JsonObject };
    default:
      return { value };
  }
}

function readNumber(text: string, kind: 'number' | 'integer'): Read {
  const value = Number(text.trim());
  if (!Number.isFinite(value)) return { problem: 'Give a number.' };
  if (kind === 'integer' && !Number.isInteger(value)) return { problem: 'Give a whole number.' };
  return { value };
}

function controlOf(rules: Record<string, unknown>): Field['control'] {
  const options = optionsOf(rules);
  if (options !== null) return { kind: 'enum', options };
  if (Array.isArray(rules['behavior']) && rules['behavior'].includes('llm-content')) {
    return { kind: 'content' };
  }
  switch (typeOf(rules)) {
    case 'string':
      return { kind: isLong(rules) ? 'longText' : 'text' };
    case 'number':
      return { kind: 'number' };
    case 'integer':
      return { kind: 'integer' };
    case 'boolean':
      return { kind: 'boolean' };
    default:
      return { kind: 'json' };
  }
}

/** The one type besides null that a property may have. */
function typeOf({ type }: Record<string, unknown>): unknown {
  if (!Array.isArray(type)) return type;
  const types = type.filter((name) => name !== 'null');
  return types.length === 1 ? types[0] : undefined;
}

function isLong({ format, maxLength }: Record<string, unknown>): boolean {
  if (typeof maxLength === 'number' && maxLength > LONG) return true;
  return format === 'multiline' || format === 'textarea' || format === 'markdown';
}

function optionsOf(rules: Record<string, unknown>): EnumOption[] | null {
  const { enum: values, oneOf } = rules;
  if (Array.isArray(values) && values.length > 0) {
    const names = Array.isArray(rules['enumNames']) ? rules['enumNames'] : [];
    return values.map((value: Json, n) => ({ value, label: textOr(names[n], shown(value)) }));
  }
  if (!Array.isArray(oneOf) || oneOf.length === 0) return null;
  const options = oneOf.map((choice: unknown): EnumOption | null => {
    if (!isObject(choice) || choice['const'] === undefined) return null;
    const value = choice['const'] as Json;
    return { value, label: textOr(choice['title'], shown(value)) };
  });
  return options.every((option) => option !== null) ? options : null;
}

function initialOf(control: Field['control'], initial: unknown): string | boolean {
  if (control.kind === 'boolean') return initial === true;
  if (initial === undefined) return '';
  if (control.kind === 'enum') {
    const found = control.options.findIndex((o) => shown(o.value) === shown(initial));
    return found < 0 ? '' : String(found);
  }
  return typeof initial === 'string' && control.kind !== 'json' ? initial : JSON.stringify(initial);
}

function shown(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function textOr<T>(value: unknown, otherwise: T): string | T {
  return typeof value === 'string' && value !== '' ? value : otherwise;
}
