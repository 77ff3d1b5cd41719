import { describe, expect, it } from 'vitest';
import { ManualTimers } from '../api/manual-timers.testing.ts';
import type { BulkFailure } from './bulk-run.ts';
import { PendingDeletes, UNDO_TIME } from './pending-deletes.ts';

function setUp(remove: () => Promise<void> = async () => undefined, refused: BulkFailure[] = []) {
  const together: (readonly string[])[] = [];
  const timers = new ManualTimers();
  const sent: [string, boolean][] = [];
  const failed: string[] = [];
  const deletes = new PendingDeletes({
    timers,
    remove: (sessionId, leaving) => {
      sent.push([sessionId, leaving]);
      return remove();
    },
    removeAll: async (sessionIds) => {
      together.push(sessionIds);
      return refused;
    },
    onFailed: ({ sessionId }, _error, count) => failed.push(`${sessionId} ×${count}`),
  });
  return { together, timers, sent, failed, deletes };
}

const a = { sessionId: 'a', title: 'A' };
const b = { sessionId: 'b', title: 'B' };
const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('pending deletes', () => {
  it('hide a session at once and send its deletion when the time to undo is over', () => {
    const { timers, sent, deletes } = setUp();
    deletes.add(a);
    expect([...deletes.hidden.get()]).toEqual(['a']);
    timers.advance(UNDO_TIME - 1);
    expect(sent).toEqual([]);
    timers.advance(1);
    expect(sent).toEqual([['a', false]]);
    expect(deletes.undoable.get()).toEqual([]);
    expect([...deletes.hidden.get()]).toEqual(['a']);
  });

  it('send nothing that was undone', () => {
    const { timers, sent, deletes } = setUp();
    deletes.add(a);
    deletes.add(b);
    expect(deletes.undo('a')).toBe(true);
    expect([...deletes.hidden.get()]).toEqual(['b']);
    timers.advance(UNDO_TIME);
    deletes.flush();
    expect(sent).toEqual([['b', false]]);
  });

  it('are not to be undone once they are sent', () => {
    const { timers, deletes } = setUp();
    deletes.add(a);
    timers.advance(UNDO_TIME);
    expect(deletes.undo('a')).toBe(false);
    expect([...deletes.hidden.get()]).toEqual(['a']);
  });

  it('are sent on leaving the page, each once', () => {
    const { timers, sent, deletes } = setUp();
    deletes.add(a);
    timers.advance(UNDO_TIME / 2);
    deletes.add(b);
    deletes.flush();
    timers.advance(UNDO_TIME * 2);
    deletes.flush();
    expect(sent).toEqual([
      ['a', true],
      ['b', true],
    ]);
    expect(timers.pending).toBe(0);
  });

  it('count one deletion of a session that is asked for twice', () => {
    const { timers, sent, deletes } = setUp();
    deletes.add(a);
    deletes.add(a);
    timers.advance(UNDO_TIME);
    expect(sent).toHaveLength(1);
  });

  it('show a session again whose deletion was refused, and say so', async () => {
    const { timers, failed, deletes } = setUp(() => Promise.reject(new Error('no')));
    deletes.add(a);
    timers.advance(UNDO_TIME);
    await settled();
    expect(failed).toEqual(['a ×1']);
    expect([...deletes.hidden.get()]).toEqual([]);
  });

  it('hide, take back and send together what was deleted together', async () => {
    const group = { ...a, others: ['b', 'c'] };
    const { timers, sent, together, deletes } = setUp();
    deletes.add(group);
    expect([...deletes.hidden.get()]).toEqual(['a', 'b', 'c']);
    expect(deletes.undo('a')).toBe(true);
    expect([...deletes.hidden.get()]).toEqual([]);
    deletes.add(group);
    timers.advance(UNDO_TIME);
    await settled();
    expect(together).toEqual([['a', 'b', 'c']]);
    expect(sent).toEqual([]);
  });

  it('show again those of several that were refused', async () => {
    const { timers, failed, deletes } = setUp(undefined, [{ sessionId: 'b', error: new Error() }]);
    deletes.add({ ...a, others: ['b'] });
    timers.advance(UNDO_TIME);
    await settled();
    expect(failed).toEqual(['a ×1']);
    expect([...deletes.hidden.get()]).toEqual(['a']);
  });

  it('hide no longer what is gone, but still what can be taken back', () => {
    const { timers, deletes } = setUp();
    deletes.add(a);
    deletes.forget('a');
    expect([...deletes.hidden.get()]).toEqual(['a']);
    timers.advance(UNDO_TIME);
    deletes.forget('a');
    expect([...deletes.hidden.get()]).toEqual([]);
  });

  it('are each sent on leaving the page, also those that were deleted together', () => {
    const { sent, together, deletes } = setUp();
    deletes.add({ ...a, others: ['b'] });
    deletes.flush();
    expect(sent.toSorted()).toEqual([
      ['a', true],
      ['b', true],
    ]);
    expect(together).toEqual([]);
  });
});
