import { Validator, type OutputUnit } from '@cfworker/json-schema';
import { decodeSegment, memberOf, pointerTo, referred } from './json-pointer.ts';
import type { Json, JsonObject } from './json.ts';

/** What is wrong with one value of an answer. */
export interface Problem {
  /** Which value, as a JSON Pointer (RFC 6901) into the answer; empty for the whole of it. */
  readonly pointer: string;
  /** A sentence that can stand beside the field: `Must be a whole number.` */
  readonly message: string;
}

/** How many are told; a long array of wrong items would say nothing more. */
const MOST = 100;

/** Why `value` is not valid against `schema` (2020-12), field by field; empty when it is. */
export function schemaProblems(schema: JsonObject, value: Json): Problem[] {
  const { valid, errors } = validate(schema, value);
  if (valid) return [];
  const leaves = errors.filter(({ keyword }) => !wrappers.has(keyword));
  const telling = (leaves.length > 0 ? leaves : errors).filter(
    (error) => !isInsideOfAlternatives(error, errors),
  );
  const found = new Map<string, Problem>();
  for (const error of telling) {
    const problem = problemOf(schema, error);
    // The first that is said of a value is the plainest.
    if (!found.has(problem.pointer)) found.set(problem.pointer, problem);
    if (found.size === MOST) break;
  }
  return [...found.values()];
}

/** Keywords whose errors say only that there is another below. */
const wrappers = new Set([
  ...['properties', 'patternProperties', 'additionalProperties', 'unevaluatedProperties'],
  ...['items', 'prefixItems', 'additionalItems', 'unevaluatedItems', 'dependentSchemas'],
  ...['allOf', '$ref', '$dynamicRef', '$recursiveRef', 'if', 'then', 'else'],
]);

/** Nothing fits a schema that cannot be applied: one that refers to itself without end. */
function validate(schema: JsonObject, value: Json): { valid: boolean; errors: OutputUnit[] } {
  try {
    return new Validator(schema, '2020-12', false).validate(value);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const said = `The form's schema cannot be applied: ${reason}`;
    const place = { keyword: '', keywordLocation: '#', instanceLocation: '#' };
    return { valid: false, errors: [{ ...place, error: said }] };
  }
}

/** What each alternative says of a value that fits none of them contradicts the others. */
function isInsideOfAlternatives(error: OutputUnit, errors: readonly OutputUnit[]): boolean {
  return errors.some(
    ({ keyword, keywordLocation }) =>
      (keyword === 'anyOf' || keyword === 'oneOf') &&
      error.keywordLocation.startsWith(`${keywordLocation}/`),
  );
}

function problemOf(schema: JsonObject, error: OutputUnit): Problem {
  const pointer = decodeSegment(error.instanceLocation.slice(1));
  if (error.keyword === 'required') {
    const missing = /required property "(.*)"\.$/s.exec(error.error)?.[1];
    if (missing !== undefined) {
      return { pointer: pointerTo(pointer, missing), message: 'Must be given.' };
    }
  }
  return { pointer, message: messageOf(error, ruleAt(schema, error.keywordLocation)) };
}

function messageOf({ keyword, error }: OutputUnit, rule: Json | undefined): string {
  if (keyword === 'false') return 'Is not asked for.';
  if (keyword === 'anyOf' || keyword === 'oneOf') return 'Must be one of the alternatives.';
  if (keyword === 'not') return 'Is one of the values that are ruled out.';
  if (keyword === 'uniqueItems') return 'Must not hold the same twice.';
  if (rule === undefined) return error;
  switch (keyword) {
    case 'type':
      return `Must be ${[rule].flat().map(typeName).join(' or ')}.`;
    case 'enum':
      return `Must be one of ${[rule].flat().map(shown).join(', ')}.`;
    case 'const':
      return `Must be ${shown(rule)}.`;
    case 'format':
      return `Must be ${formats[shown(rule)] ?? `in the format ${shown(rule)}`}.`;
    case 'pattern':
      return `Must match the pattern ${shown(rule)}`;
    case 'minimum':
      return `Must be at least ${shown(rule)}.`;
    case 'maximum':
      return `Must be at most ${shown(rule)}.`;
    case 'exclusiveMinimum':
      return `Must be more than ${shown(rule)}.`;
    case 'exclusiveMaximum':
      return `Must be less than ${shown(rule)}.`;
    case 'multipleOf':
      return `Must be a multiple of ${shown(rule)}.`;
    case 'minLength':
      return `Must have at least ${counted(rule, 'character')}.`;
    case 'maxLength':
      return `Must have at most ${counted(rule, 'character')}.`;
    case 'minItems':
      return `Must hold at least ${counted(rule, 'item')}.`;
    case 'maxItems':
      return `Must hold at most ${counted(rule, 'item')}.`;
    default:
      return error;
  }
}

const formats: Readonly<Record<string, string>> = {
  date: 'a date',
  'date-time': 'a date and a time',
  time: 'a time with its zone, as in 14:30:00Z',
  email: 'an email address',
  uri: 'an address, as in https://example.com',
};

function typeName(type: Json): string {
  const names: Record<string, string> = {
    string: 'text',
    number: 'a number',
    integer: 'a whole number',
    boolean: 'true or false',
    array: 'an array',
    object: 'an object',
    null: 'null',
  };
  return names[shown(type)] ?? shown(type);
}

function shown(value: Json): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function counted(count: Json, noun: string): string {
  return `${shown(count)} ${noun}${count === 1 ? '' : 's'}`;
}

/** What the schema says at a keyword's location; references to within it are followed. */
function ruleAt(schema: JsonObject, location: string): Json | undefined {
  let at: Json | undefined = schema;
  const keys = location.split('/').slice(1);
  for (const key of keys) {
    at = memberOf(at, key);
    if (key === '$ref' && typeof at === 'string') at = referred(schema, at);
    if (at === undefined) return undefined;
  }
  return at;
}
