import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { newestFirst, placeIn, SessionOrder, type RowKey } from './session-order.ts';

const key = fc.record({
  sessionId: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g'),
  createdAt: fc.constant(0),
});
/** The creation follows from the id: a session has one place. */
const withTime = ({ sessionId }: RowKey): RowKey => ({
  sessionId,
  createdAt: sessionId.charCodeAt(0) % 3,
});

describe('the order of rows', () => {
  it('is what sorting them would give, after any changes', () => {
    fc.assert(
      fc.property(fc.array(fc.array(key, { maxLength: 5 }), { maxLength: 8 }), (changes) => {
        const order = new SessionOrder();
        const model = new Map<string, RowKey>();
        for (const change of changes) {
          const touched = new Map(change.map((row) => [row.sessionId, withTime(row)]));
          const added = [...touched.values()].filter(({ sessionId }) => !model.has(sessionId));
          const removed = [...touched.keys()].filter((id) => model.has(id));
          for (const row of added) model.set(row.sessionId, row);
          for (const id of removed) model.delete(id);
          order.change(added, new Set(removed));
          expect(order.rows).toEqual([...model.values()].sort(newestFirst));
          for (const [place, row] of order.rows.entries()) {
            expect(placeIn(order.rows, row)).toBe(place);
            expect(order.has(row.sessionId)).toBe(true);
          }
          for (const id of removed) expect(order.has(id)).toBe(false);
        }
      }),
    );
  });

  it('is the same array while nothing comes or goes', () => {
    const order = new SessionOrder();
    order.change([{ sessionId: 'a', createdAt: 1 }], new Set());
    const { rows } = order;
    order.change([], new Set());
    expect(order.rows).toBe(rows);
  });

  it('tells where a row would be that is not there', () => {
    const rows = [5, 3, 1].map((createdAt) => ({ sessionId: `s${createdAt}`, createdAt }));
    const placeOf = (createdAt: number) => placeIn(rows, { sessionId: 'x', createdAt });
    expect([6, 4, 2, 0].map(placeOf)).toEqual([0, 1, 2, 3]);
  });

  it('takes what comes into a hundred thousand rows without comparing them all to each other', () => {
    const order = new SessionOrder();
    order.replace(
      Array.from({ length: 100_000 }, (_, n) => ({ sessionId: `s${n}`, createdAt: 200_000 - n })),
    );
    let looks = 0;
    const counted = (n: number): RowKey => ({
      sessionId: `new${n}`,
      get createdAt() {
        looks += 1;
        return 300_000 + n;
      },
    });
    order.change([counted(1), counted(0)], new Set(['s50000']));
    expect(order.rows).toHaveLength(100_001);
    expect(order.rows.slice(0, 3).map(({ sessionId }) => sessionId)).toEqual([
      'new1',
      'new0',
      's0',
    ]);
    expect(looks).toBeLessThan(100);
  });
});
