import { describe, expect, it } from 'vitest';
import type { Json } from '../../shared/json.ts';
import { jsonPreview, jsonRows, type JsonTreeState } from './json-rows.ts';

const fresh: JsonTreeState = { toggled: new Map(), shown: new Map() };
const lines = (value: Json, state: Partial<JsonTreeState> = {}) =>
  jsonRows(value, { ...fresh, ...state }).map(
    ({ level, name, isOpen, size, more, value: shown }) =>
      `${'  '.repeat(level - 1)}${name ?? ''}${more === undefined ? '' : `… ${more}`} ${
        size === null ? JSON.stringify(shown) : `${isOpen ? '-' : '+'}${size}`
      }`,
  );

describe('a JSON tree', () => {
  it('is open at first where it is small', () => {
    const value = {
      a: { b: { c: { d: 1 } } },
      many: Array.from({ length: 21 }, () => 0),
      none: [],
    };
    expect(lines(value)).toEqual([' -3', '  a -1', '    b +1', '  many +21', '  none +0']);
    expect(lines('x')).toEqual([' "x"']);
  });

  it('opens and closes where it is told to', () => {
    const toggled = new Map([
      ['/a', false],
      ['/b', true],
    ]);
    const value = { a: [1], b: Array.from({ length: 21 }, () => 0) };
    expect(lines(value, { toggled }).slice(0, 4)).toEqual([' -2', '  a +1', '  b -21', '    0 0']);
  });

  it('lists the members of a long array by and by', () => {
    const value = Array.from({ length: 250 }, (_, n) => n);
    const toggled = new Map([['', true]]);
    const first = lines(value, { toggled });
    expect(first).toHaveLength(102);
    expect(first.at(-1)).toBe('  … 150 null');
    expect(lines(value, { toggled, shown: new Map([['', 250]]) })).toHaveLength(251);
  });

  it('tells members apart whatever their names are', () => {
    const rows = jsonRows({ 'a/b': { c: 1 }, a: { 'b/c': 1 }, '': 1 }, fresh);
    expect(new Set(rows.map(({ path }) => path)).size).toBe(rows.length);
  });
});

describe('a preview', () => {
  it('is the text of a small value', () => {
    expect(jsonPreview({ a: [1, null, 'x'], b: {} }, 50)).toBe('{a: [1, null, "x"], b: {}}');
    expect(jsonPreview('a text', 50)).toBe('a text');
  });

  it('ends where it is long enough', () => {
    expect(jsonPreview('x'.repeat(99), 5)).toBe('xxxxx…');
    let looked = 0;
    const list = new Proxy<number[]>([...Array(100).keys()], {
      get(target, key) {
        looked += 1;
        return Reflect.get(target, key) as unknown;
      },
    });
    expect(jsonPreview(list, 5)).toBe('[0, 1…');
    expect(looked).toBeLessThan(10);
  });
});
