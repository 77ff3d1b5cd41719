import { describe, expect, it } from 'vitest';
import type { Json, JsonObject } from './json.ts';
import { schemaProblems } from './schema-problems.ts';

const property = (rules: JsonObject): JsonObject => ({ properties: { a: rules } });
const about = (rules: JsonObject, a: Json) => schemaProblems(property(rules), { a });

describe('what is wrong with an answer', () => {
  it.each<[JsonObject, Json, string]>([
    [{ type: 'integer' }, 1.5, 'Must be a whole number.'],
    [{ type: ['string', 'null'] }, 1, 'Must be text or null.'],
    [{ enum: ['S', 3] }, 'M', 'Must be one of S, 3.'],
    [{ const: 'yes' }, 'no', 'Must be yes.'],
    [{ minimum: 2 }, 1, 'Must be at least 2.'],
    [{ maximum: 2 }, 3, 'Must be at most 2.'],
    [{ exclusiveMinimum: 2 }, 2, 'Must be more than 2.'],
    [{ exclusiveMaximum: 2 }, 2, 'Must be less than 2.'],
    [{ multipleOf: 2 }, 3, 'Must be a multiple of 2.'],
    [{ minLength: 1 }, '', 'Must have at least 1 character.'],
    [{ maxLength: 2 }, 'abc', 'Must have at most 2 characters.'],
    [{ pattern: '^[a-z]+$' }, 'A', 'Must match the pattern ^[a-z]+$'],
    [{ format: 'date' }, 'soon', 'Must be a date.'],
    [{ format: 'email' }, 'soon', 'Must be an email address.'],
    [{ format: 'uuid' }, 'soon', 'Must be in the format uuid.'],
    [{ minItems: 1 }, [], 'Must hold at least 1 item.'],
    [{ maxItems: 1 }, [1, 2], 'Must hold at most 1 item.'],
    [{ uniqueItems: true }, [1, 1], 'Must not hold the same twice.'],
    [{ anyOf: [{ const: 1 }, { const: 2 }] }, 3, 'Must be one of the alternatives.'],
    [{ not: { const: 1 } }, 1, 'Is one of the values that are ruled out.'],
  ])('%j: %j', (rules, value, message) => {
    expect(about(rules, value)).toEqual([{ pointer: '/a', message }]);
  });

  it('is said of the member that is missing, of the item that is wrong, and of all of them', () => {
    const schema: JsonObject = {
      properties: {
        guest: { type: 'object', required: ['name'], properties: { age: { minimum: 0 } } },
        tags: { items: { type: 'string' } },
      },
      required: ['guest', 'tags'],
    };
    expect(schemaProblems(schema, { guest: { age: -1 }, tags: ['x', 1, 2] })).toEqual([
      { pointer: '/guest/name', message: 'Must be given.' },
      { pointer: '/guest/age', message: 'Must be at least 0.' },
      { pointer: '/tags/1', message: 'Must be text.' },
      { pointer: '/tags/2', message: 'Must be text.' },
    ]);
  });

  it('is said of the member that nobody asked for', () => {
    expect(schemaProblems({ properties: {}, additionalProperties: false }, { a: 1 })).toEqual([
      { pointer: '/a', message: 'Is not asked for.' },
    ]);
  });

  it('is found behind a reference', () => {
    const schema: JsonObject = {
      $defs: { 'a/b': { minLength: 2 } },
      properties: { x: { $ref: '#/$defs/a~1b' } },
    };
    expect(schemaProblems(schema, { x: '1' })).toEqual([
      { pointer: '/x', message: 'Must have at least 2 characters.' },
    ]);
  });

  it('points to a member whatever its name is', () => {
    const name = 'how many? 100% a/b ~ #é';
    const schema = { properties: { [name]: { type: 'number' } }, required: ['"x".'] };
    expect(schemaProblems(schema, { [name]: 'x' }).map(({ pointer }) => pointer)).toEqual([
      '/"x".',
      '/how many? 100% a~1b ~0 #é',
    ]);
  });

  it('is nothing when it fits', () => {
    expect(about({ type: 'string', format: 'uri' }, 'https://example.com')).toEqual([]);
  });

  it('is that its schema cannot be applied, when it cannot', () => {
    const endless: JsonObject = { properties: { a: { $ref: '#/properties/a' } } };
    expect(schemaProblems(endless, { a: 1 })).toMatchObject([
      { pointer: '', message: expect.stringContaining('cannot be applied') as string },
    ]);
  });
});
