import { describe, expect, it } from 'vitest';
import { RowWindow } from './row-window.ts';

const blocks = (count: number, lines = 1) =>
  Array.from({ length: count }, (_, n) => ({ key: String(n), lines }));

function windowOf(count: number, lines = 1): RowWindow {
  const rows = new RowWindow();
  rows.setBlocks(blocks(count, lines));
  return rows;
}

describe('the window of a long list', () => {
  it('holds the blocks that are near, and the room of all the others', () => {
    const rows = windowOf(1_000);
    expect(rows.range(200, 300)).toEqual({ from: 10, to: 16, above: 200, below: 984 * 20 });
    expect(rows.range(-500, 90)).toEqual({ from: 0, to: 5, above: 0, below: 995 * 20 });
    expect(rows.range(1e6, 2e6)).toEqual({ from: 999, to: 1_000, above: 999 * 20, below: 0 });
    expect(new RowWindow().range(0, 100)).toEqual({ from: 0, to: 0, above: 0, below: 0 });
  });

  it('takes measured heights as they are, and tells the others from them', () => {
    const rows = windowOf(10, 2);
    expect(rows.measure('0', 2, 100)).toBe(true);
    expect(rows.measure('0', 2, 100)).toBe(false);
    expect(rows.range(0, 0)).toEqual({ from: 0, to: 1, above: 0, below: 900 });
    rows.measure('1', 2, 60);
    // 160 pixels for four lines: the others have 80 each.
    expect(rows.range(165, 170)).toEqual({ from: 2, to: 3, above: 160, below: 560 });
    rows.measure('0', 2, 20);
    expect(rows.range(85, 90)).toEqual({ from: 2, to: 3, above: 80, below: 280 });
  });

  it('settles for a height of a line, so that nothing moves that is not near', () => {
    const rows = windowOf(100);
    for (let n = 0; n < 40; n += 1) rows.measure(String(n), 1, 30);
    const above = rows.range(2_000, 2_000);
    for (let n = 70; n < 90; n += 1) rows.measure(String(n), 1, 90);
    expect(rows.range(2_000, 2_000)).toMatchObject({ from: above.from, above: above.above });
  });

  it('tells where a block begins, which changes with each that is measured', () => {
    const rows = windowOf(10, 2);
    expect(rows.offsetOf(5)).toBe(200);
    rows.measure('0', 2, 12);
    expect(rows.offsetOf(5)).toBe(60);
    expect(rows.offsetOf(11)).toBe(120);
  });

  it('keeps what it measured when the list grows', () => {
    const rows = windowOf(2);
    rows.measure('0', 1, 50);
    rows.setBlocks(blocks(4));
    expect(rows.range(0, 0)).toEqual({ from: 0, to: 1, above: 0, below: 150 });
  });
});
