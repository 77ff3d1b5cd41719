import { describe, expect, it } from 'vitest';
import type { Json, JsonObject } from '../../shared/json.ts';
import { NONE_OF_THE_ABOVE, SKIPPED_TEXT, textContent, type Prompt } from '../../shared/prompt.ts';
import { emptyResponse, misfit, problemsOf, responseFor, schemaFault, valueOf } from './answers.ts';

const hello: Json = { role: 'user', parts: [{ text: 'hello' }] };

const form = (schema?: JsonObject): Prompt => ({
  kind: 'inputNode',
  payload: schema === undefined ? {} : { schema },
});
const ask = (skipLabel?: string): Prompt => ({
  kind: 'waitForInput',
  payload: {
    prompt: textContent('?'),
    inputType: 'text',
    ...(skipLabel === undefined ? {} : { skipLabel }),
  },
});
const choose = (selectionMode: 'single' | 'multiple', noneOfTheAboveLabel?: string): Prompt => ({
  kind: 'waitForChoice',
  payload: {
    prompt: textContent('?'),
    choices: ['a', 'b', 'c'].map((id) => ({ id, content: textContent(id) })),
    selectionMode,
    ...(noneOfTheAboveLabel === undefined ? {} : { noneOfTheAboveLabel }),
  },
});
const consent: Prompt = { kind: 'queryConsent', payload: { consentType: 'general' } };

const selected = (...ids: Json[]): Json => ({ selected: { ids } });

describe('an answer to a question', () => {
  const needed = "The answer must be an object whose 'input' is LLM content.";

  it('is LLM content', () => {
    expect(misfit(ask(), { input: hello })).toBe(null);
    expect(valueOf(ask(), { input: hello })).toEqual(hello);
  });

  it.each<[string, Json]>([
    ['no object', 'hello'],
    ['null', null],
    ['an empty object', {}],
    ['a bare text', { input: 'hello' }],
    ['parts that are none', { input: { parts: 'hello' } }],
    ['a text that is none', { input: { parts: [{ text: 1 }] } }],
  ])('does not fit as %s', (_name, response) => {
    expect(misfit(ask('Skip'), response)).toBe(needed);
  });

  it.each<[string, Json]>([
    ['{skipped: true}', { skipped: true }],
    ['the text that skips', SKIPPED_TEXT],
    ['the text that skips as input', { input: SKIPPED_TEXT }],
    ['content of the text that skips', { input: { parts: [{ text: SKIPPED_TEXT }] } }],
  ])('skips with %s where it may, and gives null', (_name, response) => {
    expect(misfit(ask('Skip'), response)).toBe(null);
    expect(valueOf(ask('Skip'), response)).toBe(null);
    expect(misfit(ask(), response)).toBe('This question cannot be skipped.');
  });
});

describe('an answer to a choice', () => {
  it('is the ids that were chosen', () => {
    expect(misfit(choose('single'), selected('b'))).toBe(null);
    expect(misfit(choose('multiple'), selected('c', 'a'))).toBe(null);
    expect(valueOf(choose('multiple'), selected('c', 'a'))).toEqual(['c', 'a']);
  });

  it('may be none of the above, alone, where that is offered, and gives no id', () => {
    const offered = choose('multiple', 'None');
    expect(misfit(offered, selected(NONE_OF_THE_ABOVE))).toBe(null);
    expect(valueOf(offered, selected(NONE_OF_THE_ABOVE))).toEqual([]);
    expect(misfit(offered, selected('a', NONE_OF_THE_ABOVE))).toBe(
      "'__none_of_the_above__' goes with no other choice.",
    );
    expect(misfit(choose('multiple'), selected(NONE_OF_THE_ABOVE))).toBe(
      "'__none_of_the_above__' is not one of the choices.",
    );
  });

  it.each<[Json, string]>([
    [selected(), 'At least one choice is needed.'],
    [selected('z'), "'z' is not one of the choices."],
    [selected('a', 'b'), 'Only one choice can be made.'],
    [selected('a', 'a'), "'a' is chosen twice."],
    [selected(1), "The answer must be an object whose 'selected.ids' is an array of ids."],
    [{ selected: 'a' }, "The answer must be an object whose 'selected.ids' is an array of ids."],
    [['a'], "The answer must be an object whose 'selected.ids' is an array of ids."],
  ])('%j does not fit a single choice', (response, fault) => {
    expect(misfit(choose('single'), response)).toBe(fault);
  });
});

describe('an answer to a consent', () => {
  it('is true or false, and nothing else', () => {
    expect(misfit(consent, { consent: false })).toBe(null);
    expect(valueOf(consent, { consent: false })).toBe(false);
    expect(valueOf(consent, { consent: true })).toBe(true);
    for (const response of [{}, { consent: 'yes' }, true, null] as Json[]) {
      expect(misfit(consent, response)).toBe(
        "The answer must be an object whose 'consent' is true or false.",
      );
    }
  });
});

describe('an answer to a form', () => {
  const schema: JsonObject = {
    type: 'object',
    properties: {
      name: { type: 'string', minLength: 2 },
      age: { type: 'integer' },
      tags: { type: 'array', items: { type: 'string' } },
    },
    required: ['name'],
  };

  it("is an object with the schema's properties", () => {
    const response = { name: 'Ada', age: 36, tags: ['x'] };
    expect(misfit(form(schema), response)).toBe(null);
    expect(valueOf(form(schema), response)).toEqual(response);
  });

  it.each<[Json, string, string]>([
    [{}, '/name', "'name' must be given."],
    [{ name: 1 }, '/name', "'name' must be text."],
    [{ name: 'A' }, '/name', "'name' must have at least 2 characters."],
    [{ name: 'Ada', age: 1.5 }, '/age', "'age' must be a whole number."],
    [{ name: 'Ada', tags: [1] }, '/tags/0', "'tags/0' must be text."],
  ])('%j does not fit, and the fault names the place', (response, pointer, fault) => {
    expect(misfit(form(schema), response)).toBe(fault);
    expect(problemsOf(form(schema), response).map((problem) => problem.pointer)).toEqual([pointer]);
  });

  it.each<Json>([null, 'x', [], 1])('%j is no object', (response) => {
    expect(misfit(form(schema), response)).toBe('The answer must be an object.');
    expect(misfit(form(), response)).toBe('The answer must be an object.');
  });

  it('is one field of LLM content without a schema', () => {
    expect(misfit(form(), { request: hello })).toBe(null);
    expect(misfit(form(), { request: 'hello' })).toBe(
      "The answer must be an object whose 'request' is LLM content.",
    );
  });

  it('does not fit a schema that cannot be applied to it', () => {
    const endless: JsonObject = { properties: { a: { $ref: '#/properties/a' } } };
    expect(misfit(form(endless), { a: 1 })).toMatch(/schema/);
  });
});

describe('a schema is refused', () => {
  it('when a pattern in it is none', () => {
    expect(schemaFault({ properties: { a: { type: 'string', pattern: '(' } } })).toMatch(
      /regular expression/i,
    );
  });

  it('when the name of a property is to match a pattern that is none', () => {
    expect(schemaFault({ properties: { a: { patternProperties: { '(': {} } } } })).toMatch(
      /regular expression/i,
    );
  });

  it('when it refers to what it does not have, at any depth', () => {
    expect(schemaFault({ properties: { a: { $ref: '#/$defs/none' } } })).toMatch(/\$defs\/none/);
    expect(schemaFault({ $ref: 'https://example.com/schema.json' })).toMatch(/example\.com/);
  });

  it('not when it is usable', () => {
    expect(
      schemaFault({
        $defs: { text: { type: 'string', pattern: '^a' } },
        properties: { a: { $ref: '#/$defs/text' }, pattern: { type: 'string' } },
        required: ['a'],
      }),
    ).toBe(null);
    expect(schemaFault({ $id: 'https://example.com/s', $ref: '#/$defs/x', $defs: { x: {} } })).toBe(
      null,
    );
  });
});

describe('the response that says a value', () => {
  it('is content for a question, of a text, of content or of a skip', () => {
    expect(responseFor(ask(), 'hello')).toEqual({ input: hello });
    expect(responseFor(ask(), hello)).toEqual({ input: hello });
    expect(responseFor(ask(), null)).toEqual({ skipped: true });
  });

  it('is the ids for a choice, of one, of several or of none', () => {
    expect(responseFor(choose('single'), 'a')).toEqual(selected('a'));
    expect(responseFor(choose('multiple'), ['a', 'b'])).toEqual(selected('a', 'b'));
    expect(responseFor(choose('multiple', 'None'), [])).toEqual(selected(NONE_OF_THE_ABOVE));
    expect(responseFor(choose('multiple'), [])).toEqual(selected());
  });

  it('is the object for a form, and its one field without a schema', () => {
    expect(responseFor(form({}), { a: 1 })).toEqual({ a: 1 });
    expect(responseFor(form(), 'hello')).toEqual({ request: hello });
    expect(responseFor(form(), { request: hello })).toEqual({ request: hello });
  });

  it('is the boolean for a consent', () => {
    expect(responseFor(consent, true)).toEqual({ consent: true });
  });

  it.each<[Prompt, Json]>([
    [ask(), 7],
    [choose('single'), 7],
    [form({ type: 'object' }), 'x'],
    [consent, 'yes'],
  ])('does not fit where the value does not', (prompt, value) => {
    expect(misfit(prompt, responseFor(prompt, value))).not.toBe(null);
  });
});

describe('the answer that says nothing', () => {
  it('gives an empty form, a skip, no choice and no consent', () => {
    const values = [form({}), ask(), choose('single'), consent].map((prompt) =>
      valueOf(prompt, emptyResponse(prompt)),
    );
    expect(values).toEqual([{}, null, [], false]);
  });
});
