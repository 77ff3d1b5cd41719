import fc from 'fast-check';
import { expect, test } from 'vitest';
import { renderJson, renderSlots, renderText } from './slots.ts';

test('a string goes in as it is', () => {
  expect(renderSlots('Dear {{name}}, dear {{ name }}', { name: 'Ada <b>' })).toBe(
    'Dear Ada <b>, dear Ada <b>',
  );
});

test('LLM content goes in as its text', () => {
  const answer = { role: 'user', parts: [{ text: 'Lis' }, { text: 'bon' }] };
  expect(renderSlots('To {{place}}!', { place: answer })).toBe('To Lisbon!');
});

test('an array of texts is joined', () => {
  const inputs = { ids: ['a', 'b'], mixed: ['a', { parts: [{ text: 'b' }] }], none: [] };
  expect(renderSlots('{{ids}}|{{mixed}}|{{none}}', inputs)).toBe('a, b|a, b|');
});

test('null and a port that is not there leave nothing', () => {
  expect(renderSlots('[{{gone}}{{skipped}}]', { skipped: null })).toBe('[]');
});

test('any other value goes in as JSON', () => {
  expect(
    renderSlots('{{n}} {{yes}} {{list}} {{o}}', { n: 3, yes: true, list: [1], o: { a: 1 } }),
  ).toBe('3 true [1] {"a":1}');
});

test('a dotted path reaches into a value, through objects and arrays', () => {
  const inputs = { trip: { days: [{ city: 'Porto' }] } };
  expect(renderSlots('{{trip.days.0.city}}{{trip.days.1.city}}{{trip.no.such}}', inputs)).toBe(
    'Porto',
  );
});

test('a port whose name has a dot is found by that name first', () => {
  expect(renderSlots('{{a.b}}', { 'a.b': 'port', a: { b: 'path' } })).toBe('port');
});

test('what an object inherits is not reachable', () => {
  expect(renderSlots('[{{constructor}}{{a.__proto__}}{{a.toString}}]', { a: {} })).toBe('[]');
});

test('a value that looks like a slot is not filled again', () => {
  expect(renderSlots('{{a}}{{b}}', { a: '{{b}}', b: '$&' })).toBe('{{b}}$&');
});

test('each text of LLM content has its slots filled, and its other parts stay', () => {
  const image = { inlineData: { mimeType: 'image/png', data: 'AA==' } };
  expect(renderText({ role: 'model', parts: [{ text: '{{a}}' }, image] }, { a: 'x' })).toEqual({
    role: 'model',
    parts: [{ text: 'x' }, image],
  });
});

test('in JSON, a string that is one slot becomes the value itself', () => {
  const body = { n: '{{n}}', text: 'n={{n}}', list: ['{{list}}', '{{gone}}'], keep: 1 };
  expect(renderJson(body, { n: 5, list: [1] })).toEqual({
    n: 5,
    text: 'n=5',
    list: [[1], null],
    keep: 1,
  });
});

test('a text without slots is never changed', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'binary' }).filter((text) => !/\{\{[^{}]*\}\}/.test(text)),
      (text) => {
        expect(renderSlots(text, { a: 'b' })).toBe(text);
      },
    ),
  );
});
