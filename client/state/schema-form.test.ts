import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../shared/json.ts';
import { objectOf, type FieldValues } from './field-value.ts';
import { fieldsOf } from './schema-form.ts';

const schema: JsonObject = {
  type: 'object',
  required: ['name', 'count', 'size'],
  properties: {
    name: { type: 'string', title: 'Your name', description: 'As it is printed.' },
    story: { type: 'string', format: 'multiline' },
    count: { type: 'integer', default: 2 },
    weight: { type: ['number', 'null'] },
    sure: { type: 'boolean' },
    size: { enum: ['S', 'M', 3] },
    pace: { oneOf: [{ const: 'slow', title: 'Slow and steady' }] },
    extra: { type: 'array' },
  },
};

function fill(values: FieldValues) {
  return objectOf(fieldsOf(schema) ?? [], values);
}

describe('a form', () => {
  it('has a field for each property, of the kind that its rules ask for', () => {
    expect(fieldsOf(schema)?.map(({ name, control }) => [name, control.kind])).toEqual([
      ['name', 'text'],
      ['story', 'longText'],
      ['count', 'integer'],
      ['weight', 'number'],
      ['sure', 'boolean'],
      ['size', 'enum'],
      ['pace', 'enum'],
      ['extra', 'json'],
    ]);
  });

  it('is labelled by the titles, or else by the keys', () => {
    expect(
      fieldsOf(schema)
        ?.map((field) => field.label)
        .slice(0, 2),
    ).toEqual(['Your name', 'story']);
  });

  it('makes an object of what was filled in, and leaves out what was left empty', () => {
    expect(fill({ name: 'Ada', size: '2', weight: ' 1.5 ' })).toEqual({
      ok: true,
      value: { name: 'Ada', count: 2, weight: 1.5, sure: false, size: 3 },
    });
  });

  it('names each field that does not do', () => {
    expect(fill({ name: ' ', count: '1.5', weight: 'heavy' })).toEqual({
      ok: false,
      problems: {
        '/name': 'Fill this in.',
        '/count': 'Must be a whole number.',
        '/weight': 'Must be a number.',
        '/size': 'Fill this in.',
      },
    });
    const broken = fill({ name: 'Ada', size: '0', extra: '[1,' });
    expect(broken.ok ? '' : broken.problems['/extra']).toMatch(/^This is not JSON: /);
  });

  it('asks for one field of content where there is no schema', () => {
    const fields = fieldsOf(undefined) ?? [];
    expect(objectOf(fields, { request: 'a poem' })).toEqual({
      ok: true,
      value: { request: { role: 'user', parts: [{ text: 'a poem' }] } },
    });
  });

  it('has no fields for a schema that tells no properties', () => {
    expect(fieldsOf({ type: 'object' })).toBeNull();
  });

  it('may have no fields at all', () => {
    expect(objectOf(fieldsOf({ properties: {} }) ?? [], {})).toEqual({ ok: true, value: {} });
  });
});
