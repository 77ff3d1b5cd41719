import { describe, expect, it } from 'vitest';
import { RowSelection } from './row-selection.ts';

const rows = ['a', 'b', 'c', 'd', 'e'].map((sessionId, n) => ({ sessionId, createdAt: 9 - n }));
const [a, b, c, d] = rows as [
  (typeof rows)[0],
  (typeof rows)[0],
  (typeof rows)[0],
  (typeof rows)[0],
];

function setUp() {
  const selection = new RowSelection();
  return { selection, ids: () => [...selection.ids.get()].join('') };
}

describe('the selection', () => {
  it('takes and leaves one row at a time', () => {
    const { selection, ids } = setUp();
    selection.toggle(a);
    selection.toggle(c);
    expect(ids()).toBe('ac');
    selection.toggle(a);
    expect(ids()).toBe('c');
  });

  it('is extended from where it began, both ways', () => {
    const { selection, ids } = setUp();
    selection.extend(rows, c, d);
    expect(ids()).toBe('cd');
    selection.extend(rows, d, b);
    expect(ids()).toBe('bc');
    selection.toggle(a);
    selection.extend(rows, b, c);
    expect(ids()).toBe('abc');
  });

  it('loses what is gone, and all when it is cleared', () => {
    const { selection, ids } = setUp();
    selection.all(rows);
    selection.drop('b');
    expect(ids()).toBe('acde');
    selection.keep(['d', 'x']);
    expect(ids()).toBe('d');
    selection.clear();
    selection.extend(rows, a, a);
    expect(ids()).toBe('a');
  });
});
