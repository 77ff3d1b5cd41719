import { describe, expect, it } from 'vitest';
import type { EventBody } from '../../shared/event.ts';
import { SessionViewFold } from '../../shared/session-view-fold.ts';
import { nodeRows, type NodeRow } from './node-rows.ts';

/** The rows of a node in which this happened. */
function rowsOf(...bodies: readonly EventBody[]): NodeRow[] {
  const fold = new SessionViewFold();
  [{ type: 'nodeStart' as const, nodeId: 'n' }, ...bodies].forEach((body, index) =>
    fold.apply({ ...body, index, time: index }),
  );
  const [node] = fold.snapshot().nodes;
  return node === undefined ? [] : nodeRows(node);
}

const step = (op: string): EventBody => ({
  ...{ type: 'stepStart', nodeId: 'n', op, step: op, attempt: 1 },
});
const said = (name: string, op?: string): EventBody => ({
  ...{ type: 'agentEvent', nodeId: 'n', event: { [name]: 1 } },
  ...(op === undefined ? {} : { op, attempt: 1 }),
});
const times = (count: number, body: EventBody) => Array.from({ length: count }, () => body);

describe('the rows of a node', () => {
  it('tell about how many lines each has, by which what is not drawn is given its room', () => {
    const rows = rowsOf(...times(3, said('a')), step('s'), ...times(5, said('b', 's')), said('c'));
    expect(rows.map(({ lines }) => lines)).toEqual([3, 6, 1]);
    expect(rowsOf(step('s')).map(({ lines }) => lines)).toEqual([1]);
  });

  it('take a long history in pieces, in a step as well', () => {
    const kinds = (rows: readonly NodeRow[]) => rows.map(({ kind, lines }) => `${kind} ${lines}`);
    expect(kinds(rowsOf(...times(50, said('a'))))).toEqual(['entries 40', 'entries 10']);
    expect(kinds(rowsOf(step('s'), ...times(50, said('a', 's'))))).toEqual([
      ...['head 1', 'inner 40', 'inner 10', 'tail 1'],
    ]);
  });
});
