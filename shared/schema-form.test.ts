import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Json, JsonObject } from './json.ts';
import { newItem, objectOf, type FieldValues } from './field-value.ts';
import { fieldsOf, type Field } from './schema-form.ts';

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

/** The one field of a form. */
function fieldFor(rules: JsonObject, required = true): Field {
  const [field] = fieldsOf({ properties: { a: rules }, required: required ? ['a'] : [] }) ?? [];
  if (field === undefined) throw new Error('It has no field.');
  return field;
}

/** What the one field of a form makes of what was put in. */
function answer(rules: JsonObject, entered: FieldValues = {}, required = true) {
  const read = objectOf([fieldFor(rules, required)], entered);
  return read.ok ? read.value['a'] : read.problems;
}

describe('a field', () => {
  const choices: Json = [{ const: 1, title: 'One' }, { const: 2 }];

  it.each<[JsonObject, object]>([
    [
      { type: 'string', format: 'email' },
      { kind: 'text', type: 'email' },
    ],
    [
      { type: 'string', format: 'uri' },
      { kind: 'text', type: 'url' },
    ],
    [
      { type: 'string', format: 'date' },
      { kind: 'text', type: 'date' },
    ],
    [
      { type: 'string', format: 'date-time' },
      { kind: 'dateTime', seconds: false },
    ],
    [{ type: 'string', maxLength: 500 }, { kind: 'longText' }],
    [
      { type: 'string', format: 'data-url' },
      { kind: 'file', encoding: 'dataUrl', accept: '' },
    ],
    [
      { type: 'string', contentEncoding: 'base64', contentMediaType: 'image/png' },
      { kind: 'file', encoding: 'base64', accept: 'image/png' },
    ],
    [{ oneOf: choices }, { kind: 'enum' }],
    [{ anyOf: choices }, { kind: 'enum' }],
    [{ const: 'only' }, { kind: 'enum' }],
    [{ type: 'array', items: { enum: ['x', 'y'] } }, { kind: 'several' }],
    [{ type: 'array', items: { anyOf: choices } }, { kind: 'several' }],
    [{ type: 'array', items: { type: 'string' } }, { kind: 'array' }],
    [{ type: 'object', properties: { b: { type: 'string' } } }, { kind: 'object' }],
    [{ type: 'array', items: {} }, { kind: 'json' }],
    [{ type: 'array', items: { type: 'string' }, prefixItems: [{}] }, { kind: 'json' }],
    [{ type: 'object', additionalProperties: { type: 'string' } }, { kind: 'json' }],
    [{ oneOf: [{ type: 'string' }, { type: 'number' }] }, { kind: 'json' }],
  ])('for %j is %j', (rules, control) => {
    expect(fieldFor(rules).control).toMatchObject(control);
  });

  it('names the choices by enumNames, by titles, or as they are', () => {
    const labels = (rules: JsonObject) => {
      const { control } = fieldFor(rules);
      return 'options' in control ? control.options.map(({ label }) => label) : null;
    };
    expect(labels({ enum: ['a', 'b'], enumNames: ['Apple', 'Pear'] })).toEqual(['Apple', 'Pear']);
    expect(labels({ oneOf: choices })).toEqual(['One', '2']);
  });

  it('says in a few words what is allowed', () => {
    const hint = (rules: JsonObject) => fieldFor(rules).hint;
    expect(hint({ type: 'integer', minimum: 1, maximum: 14 })).toBe('1 to 14.');
    expect(hint({ type: 'number', minimum: 0 })).toBe('At least 0.');
    expect(hint({ type: 'string', minLength: 1, maxLength: 9 })).toBe('At most 9 characters.');
    expect(hint({ type: 'array', items: { type: 'string' }, minItems: 2, maxItems: 2 })).toBe(
      'Exactly 2.',
    );
    expect(hint({ type: 'boolean' })).toBeNull();
  });

  it('follows a reference, and ends where it refers to itself', () => {
    const schema: JsonObject = {
      $defs: { tree: { type: 'object', properties: { below: { $ref: '#/$defs/tree' } } } },
      properties: { tree: { $ref: '#/$defs/tree', title: 'Tree' } },
    };
    let [field] = fieldsOf(schema) ?? [];
    expect(field?.label).toBe('Tree');
    let depth = 0;
    while (field?.control.kind === 'object') {
      [field] = field.control.fields;
      depth += 1;
    }
    expect(field?.control.kind).toBe('json');
    expect(depth).toBeLessThan(10);
  });

  it.each<JsonObject>([
    { type: ['string', 'null'] },
    { anyOf: [{ type: 'string' }, { type: 'null' }] },
    { oneOf: [{ type: 'null' }, { type: 'string', format: 'email' }] },
  ])('that may be null, %j, is null when it is required and empty', (rules) => {
    expect(fieldFor(rules)).toMatchObject({ nullable: true, control: { kind: 'text' } });
    expect(answer(rules)).toBe(null);
    expect(answer(rules, {}, false)).toBe(undefined);
  });

  it('begins with its default, or with the only value that it may have', () => {
    expect(answer({ type: 'string', default: 'x' }, {}, false)).toBe('x');
    expect(answer({ const: 'v1' })).toBe('v1');
    expect(answer({ const: 'v1' }, {}, false)).toBe(undefined);
    expect(answer({ enum: ['s', 'l'], default: 'l' })).toBe('l');
    expect(
      answer({ type: 'object', properties: { b: { type: 'integer' } }, default: { b: 2 } }),
    ).toEqual({ b: 2 });
  });
});

describe('a nested object', () => {
  const guest: JsonObject = {
    type: 'object',
    required: ['name'],
    properties: { name: { type: 'string' }, age: { type: 'number' }, kind: { type: 'boolean' } },
  };

  it('that is optional is absent until something is entered, and complete from then on', () => {
    expect(answer(guest, {}, false)).toBe(undefined);
    expect(answer(guest, { a: { values: { kind: false } } }, false)).toBe(undefined);
    expect(answer(guest, { a: { values: { age: '7' } } }, false)).toEqual({
      '/a/name': 'Fill this in.',
    });
    expect(answer(guest, { a: { values: { name: 'Ada', age: '7' } } }, false)).toEqual({
      name: 'Ada',
      age: 7,
      kind: false,
    });
  });

  it('that is required asks for what is required in it', () => {
    expect(answer(guest)).toEqual({ '/a/name': 'Fill this in.' });
  });
});

describe('an array', () => {
  const rules: JsonObject = { type: 'array', items: { type: 'integer' }, minItems: 2 };

  it('that is required begins with as many items as it must have, an optional one with none', () => {
    expect(answer(rules)).toEqual({ '/a/0': 'Fill this in.', '/a/1': 'Fill this in.' });
    expect(answer(rules, {}, false)).toBe(undefined);
  });

  it('tells which item is wrong', () => {
    const items = ['1', 'x', ''].map((value, n) => ({ key: String(n), value }));
    expect(answer(rules, { a: { items } })).toEqual({
      '/a/1': 'Must be a number.',
      '/a/2': 'Fill this in.',
    });
  });

  it('gives each new item a key that none has', () => {
    const { control } = fieldFor(rules);
    if (control.kind !== 'array') throw new Error('It is none.');
    const items = [{ key: '7', value: '' }];
    expect(newItem(control.item, items).key).toBe('8');
    expect(newItem(control.item, []).key).toBe('1');
  });
});

/** A part of a schema, with what fits it. */
interface Part {
  readonly rules: JsonObject;
  readonly values: fc.Arbitrary<Json>;
}

const filled = fc.string({ minLength: 1 }).filter((text) => text.trim() !== '');
const leaf = fc.constantFrom<Part>(
  { rules: { type: 'string' }, values: filled },
  { rules: { type: 'string', format: 'multiline' }, values: filled },
  { rules: { type: 'string', format: 'data-url' }, values: fc.constant('data:a/b;base64,QUI=') },
  { rules: { type: 'string', contentEncoding: 'base64' }, values: fc.constant('QUI=') },
  {
    rules: { type: 'string', format: 'date-time' },
    values: fc
      .integer({ min: 0, max: 40_000 })
      .map((minutes) => new Date(minutes * 60_000).toISOString().replace('.000', '')),
  },
  { rules: { type: 'integer' }, values: fc.integer() },
  { rules: { type: 'number' }, values: fc.double({ noNaN: true, noDefaultInfinity: true }) },
  { rules: { type: 'boolean' }, values: fc.boolean() },
  { rules: { enum: ['a', 1, true, null] }, values: fc.constantFrom('a', 1, true, null) },
  {
    rules: { type: 'array', items: { enum: ['a', 'b', 'c'] } },
    values: fc.subarray(['a', 'b', 'c']),
  },
  { rules: {}, values: fc.jsonValue() as fc.Arbitrary<Json> },
);
const part = fc.letrec<{ part: Part; object: Part; array: Part }>((tie) => ({
  part: fc.oneof({ maxDepth: 3 }, leaf, tie('object'), tie('array')),
  object: fc
    .dictionary(fc.string(), tie('part'), { maxKeys: 4, noNullPrototype: true })
    .map((parts) => ({
      rules: {
        type: 'object',
        required: Object.keys(parts),
        properties: Object.fromEntries(
          Object.entries(parts).map(([name, { rules }]) => [name, rules]),
        ),
      },
      values: fc.record(
        Object.fromEntries(Object.entries(parts).map(([name, { values }]) => [name, values])),
      ),
    })),
  array: tie('part').map(({ rules, values }) => ({
    rules: { type: 'array', items: rules },
    // Of a few values any number is chosen, each once and in their order.
    values: Array.isArray(rules['enum'])
      ? fc.subarray(rules['enum'])
      : fc.array(values, { maxLength: 4 }),
  })),
}));

describe('a form that begins with an answer', () => {
  it('makes that answer again', () => {
    const cases = part.object.chain(({ rules, values }) => fc.tuple(fc.constant(rules), values));
    fc.assert(
      fc.property(cases, ([rules, value]) => {
        const json = JSON.parse(JSON.stringify(value)) as Json;
        const fields = fieldsOf({ ...rules, default: json }) ?? [];
        expect(objectOf(fields, {})).toEqual({ ok: true, value: json });
      }),
      { numRuns: 300 },
    );
  });
});
