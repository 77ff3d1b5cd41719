import { isObject, type Json, type JsonObject } from './json.ts';
import { referred } from './json-pointer.ts';
import { enteredOf, type Entered } from './field-value.ts';

/** A field of a form, for one property of a JSON Schema or for an item of an array. */
export interface Field {
  /** The property's key; empty for an item. */
  readonly name: string;
  readonly label: string;
  readonly description: string | null;
  /** What is allowed, in a few words. */
  readonly hint: string | null;
  readonly required: boolean;
  /** Whether null stands for an empty field that is required. */
  readonly nullable: boolean;
  readonly control: Control;
  /** What the field holds before anybody has touched it. */
  readonly initial: Entered;
}

export type Control =
  | { readonly kind: 'text'; readonly type: 'text' | 'email' | 'url' | 'date' }
  | { readonly kind: 'longText' | 'content' | 'number' | 'integer' | 'boolean' | 'json' }
  /** `seconds`: the default has some, so that the control has to show them. */
  | { readonly kind: 'dateTime'; readonly seconds: boolean }
  /** One or several of these. */
  | { readonly kind: 'enum' | 'several'; readonly options: readonly EnumOption[] }
  /** A file's bytes: plain base64, or a `data:` address that tells their type as well. */
  | {
      readonly kind: 'file';
      readonly encoding: 'base64' | 'dataUrl';
      /** As an input's `accept`; empty for any. */
      readonly accept: string;
    }
  | { readonly kind: 'object'; readonly fields: readonly Field[] }
  | { readonly kind: 'array'; readonly item: Field; readonly least: number };

export interface EnumOption {
  readonly label: string;
  readonly value: Json;
}

/** A text that may be longer than this gets an area instead of a line. */
const LONG = 200;
/** What lies deeper is edited as JSON. */
const DEEPEST = 6;

/**
 * The fields for a schema; without one, a single field `request` of LLM content. Null for a schema
 * that tells no properties: it is answered as JSON.
 */
export function fieldsOf(schema: JsonObject | undefined): Field[] | null {
  if (schema === undefined) {
    const request = { title: 'Request', behavior: ['llm-content'] };
    return [fieldOf({ root: {}, depth: 0 }, 'request', request, true)];
  }
  const place = { root: schema, depth: 0 };
  const { rules } = plain(place, schema);
  return isObject(rules['properties']) ? membersOf(place, rules) : null;
}

/** Rules as the schema has them: `unknown`, since nobody has looked at them yet. */
type Rules = Record<string, unknown>;

/** Where in a schema a part of it stands. */
interface Place {
  readonly root: JsonObject;
  readonly depth: number;
}

function membersOf(place: Place, rules: Rules): Field[] {
  const properties = isObject(rules['properties']) ? rules['properties'] : {};
  const required = new Set(Array.isArray(rules['required']) ? rules['required'] : []);
  const defaults = isObject(rules['default']) ? rules['default'] : {};
  return Object.entries(properties).map(([name, property]) => {
    const own = isObject(property) ? property : {};
    const inherited = Object.hasOwn(defaults, name) ? { ...own, default: defaults[name] } : own;
    return fieldOf(place, name, inherited, required.has(name));
  });
}

function fieldOf(place: Place, name: string, given: Rules, required: boolean): Field {
  const { rules, nullable } = plain(place, given);
  const full = controlOf(place, rules);
  // An array that may be left out does not begin with items to fill in.
  const control = full.kind === 'array' && !required ? { ...full, least: 0 } : full;
  return {
    name,
    label: textOr(rules['title'], name),
    description: textOr(rules['description'], null),
    hint: hintOf(control, rules),
    required,
    nullable,
    control,
    initial: enteredOf(control, initialOf(rules, required)),
  };
}

/** What a field begins with: its default, or the one value that it may have at all. */
function initialOf(rules: Rules, required: boolean): Json | undefined {
  // Null is a default like any other.
  const initial = Object.hasOwn(rules, 'default') || !required ? rules['default'] : rules['const'];
  return initial as Json | undefined;
}

/** Rules without a reference, and without the ways to say that null is allowed as well. */
function plain(place: Place, given: Rules): { rules: Rules; nullable: boolean } {
  let rules = given;
  for (let hops = 0; hops < DEEPEST && typeof rules['$ref'] === 'string'; hops += 1) {
    const target = referred(place.root, rules['$ref']);
    const { $ref: _, ...rest } = rules;
    rules = { ...(isObject(target) ? target : {}), ...rest };
  }
  for (const keyword of ['anyOf', 'oneOf']) {
    const others = withoutNull(rules[keyword]);
    if (others === null) continue;
    const { [keyword]: _, ...rest } = rules;
    const [only] = others;
    return others.length === 1 && only !== undefined
      ? { rules: { ...plain(place, only).rules, ...rest }, nullable: true }
      : { rules: { ...rest, [keyword]: others }, nullable: true };
  }
  const { type } = rules;
  if (!Array.isArray(type)) return { rules, nullable: false };
  const types = type.filter((name) => name !== 'null');
  return {
    rules: types.length === 1 ? { ...rules, type: types[0] as unknown } : rules,
    nullable: types.length < type.length,
  };
}

/** The alternatives besides null; null itself when there is none for null. */
function withoutNull(alternatives: unknown): Rules[] | null {
  if (!Array.isArray(alternatives)) return null;
  const others = alternatives.filter(isObject).filter(({ type }) => type !== 'null');
  return others.length < alternatives.length ? others : null;
}

function controlOf(place: Place, rules: Rules): Control {
  const options = optionsOf(rules);
  if (options !== null) return { kind: 'enum', options };
  if (Array.isArray(rules['behavior']) && rules['behavior'].includes('llm-content')) {
    return { kind: 'content' };
  }
  switch (rules['type']) {
    case 'string':
      return stringControl(rules);
    case 'number':
    case 'integer':
    case 'boolean':
      return { kind: rules['type'] };
    case 'object':
      return objectControl(place, rules);
    case 'array':
      return arrayControl(place, rules);
    default:
      return isObject(rules['properties']) ? objectControl(place, rules) : { kind: 'json' };
  }
}

function stringControl(rules: Rules): Control {
  const { format, contentEncoding, contentMediaType, maxLength } = rules;
  const accept = textOr(contentMediaType, '');
  if (format === 'data-url' || format === 'data-uri') {
    return { kind: 'file', encoding: 'dataUrl', accept };
  }
  if (contentEncoding === 'base64' || format === 'byte' || format === 'binary') {
    return { kind: 'file', encoding: 'base64', accept };
  }
  switch (format) {
    case 'date':
    case 'email':
      return { kind: 'text', type: format };
    case 'uri':
    case 'url':
      return { kind: 'text', type: 'url' };
    case 'date-time':
      return { kind: 'dateTime', seconds: /:\d\d:(?!00)/.test(textOr(rules['default'], '')) };
    case 'multiline':
    case 'textarea':
    case 'markdown':
      return { kind: 'longText' };
    default:
      return typeof maxLength === 'number' && maxLength > LONG
        ? { kind: 'longText' }
        : { kind: 'text', type: 'text' };
  }
}

function objectControl(place: Place, rules: Rules): Control {
  if (place.depth >= DEEPEST || !isObject(rules['properties'])) return { kind: 'json' };
  return { kind: 'object', fields: membersOf(deeper(place), rules) };
}

function arrayControl(place: Place, rules: Rules): Control {
  const { items, minItems } = rules;
  if (!isObject(items) || rules['prefixItems'] !== undefined) return { kind: 'json' };
  const options = optionsOf(plain(place, items).rules);
  if (options !== null) return { kind: 'several', options };
  if (place.depth >= DEEPEST) return { kind: 'json' };
  const item = fieldOf(deeper(place), '', items, true);
  // An array of what has no form of its own is edited whole, not piece by piece.
  if (item.control.kind === 'json') return { kind: 'json' };
  return { kind: 'array', item, least: typeof minItems === 'number' ? minItems : 0 };
}

function deeper({ root, depth }: Place): Place {
  return { root, depth: depth + 1 };
}

function optionsOf(rules: Rules): EnumOption[] | null {
  const { enum: values } = rules;
  if (Array.isArray(values) && values.length > 0) {
    const names = Array.isArray(rules['enumNames']) ? rules['enumNames'] : [];
    return values.map((value: Json, n) => ({ value, label: textOr(names[n], shown(value)) }));
  }
  if (rules['const'] !== undefined) {
    const value = rules['const'] as Json;
    return [{ value, label: shown(value) }];
  }
  const alternatives = rules['oneOf'] ?? rules['anyOf'];
  if (!Array.isArray(alternatives) || alternatives.length === 0) return null;
  const options = alternatives.map((choice: unknown): EnumOption | null => {
    if (!isObject(choice) || choice['const'] === undefined) return null;
    const value = choice['const'] as Json;
    return { value, label: textOr(choice['title'], shown(value)) };
  });
  return options.every((option) => option !== null) ? options : null;
}

function hintOf({ kind }: Control, rules: Rules): string | null {
  switch (kind) {
    case 'number':
    case 'integer':
      return range(rules['minimum'], rules['maximum'], '');
    case 'text':
    case 'longText':
      return range(rules['minLength'], rules['maxLength'], ' characters');
    case 'several':
    case 'array':
      return range(rules['minItems'], rules['maxItems'], '');
    case 'json':
      return 'As JSON.';
    default:
      return null;
  }
}

/** `1 to 14`, `at least 1`; null when nothing is said, or nothing that is worth it. */
function range(least: unknown, most: unknown, unit: string): string | null {
  const from = typeof least === 'number' && (unit === '' || least > 1) ? least : null;
  const to = typeof most === 'number' ? most : null;
  if (from === null) return to === null ? null : `At most ${to}${unit}.`;
  if (to === null) return `At least ${from}${unit}.`;
  return from === to ? `Exactly ${from}${unit}.` : `${from} to ${to}${unit}.`;
}

function shown(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function textOr<T>(value: unknown, otherwise: T): string | T {
  return typeof value === 'string' && value !== '' ? value : otherwise;
}
