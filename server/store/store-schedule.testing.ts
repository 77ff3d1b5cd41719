import { expect, it } from 'vitest';
import { appendOf, factsOf, start, waitingOn } from './store-fixtures.testing.ts';
import type { OpenStore } from './store.testing.ts';

/** What a start and a timer look for, and the graphs. */
export function describeSchedule(open: OpenStore): void {
  it('knows the node types of the sessions that have not ended', async () => {
    const { store } = await open();
    await start(store, 'a', { nodeTypes: ['ask', 'odd'] });
    await start(store, 'b', { nodeTypes: ['ask', 'fetch'] });
    await start(store, 'c', { nodeTypes: ['ended'] }, factsOf({ status: 'completed' }));
    expect(await store.openTypes()).toEqual(['ask', 'fetch', 'odd']);
    await store.append(appendOf('a', 1, factsOf({ status: 'cancelled' })));
    expect(await store.openTypes()).toEqual(['ask', 'fetch']);
    await store.delete('b', 2000);
    expect(await store.openTypes()).toEqual([]);
  });

  it('marks the sessions that need a type as blocked by it, and no others', async () => {
    const { store } = await open();
    await start(store, 'a', { nodeTypes: ['odd', 'ask', 'even'] });
    await start(store, 'b', { nodeTypes: ['even'] });
    await start(store, 'c', { nodeTypes: ['odd'] }, factsOf({ status: 'failed' }));
    const blocked = async () =>
      Object.fromEntries(
        (await store.list({ limit: 9 })).sessions.map((s) => [s.sessionId, s.blockedBy]),
      );
    await store.setBlocked(['odd', 'even', 'odd']);
    expect(await blocked()).toEqual({ a: ['even', 'odd'], b: ['even'], c: undefined });
    expect((await store.status('a'))!.blockedBy).toEqual(['even', 'odd']);
    await store.setBlocked(['odd']);
    expect(await blocked()).toEqual({ a: ['odd'], b: undefined, c: undefined });
    await store.append(appendOf('a', 1, factsOf({ status: 'cancelled' })));
    expect(await blocked()).toEqual({ a: undefined, b: undefined, c: undefined });
  });

  it('finds the sessions that need their code to run, in the order of their creation', async () => {
    const { store } = await open();
    await start(store, 'b', { createdAt: 1 });
    await start(store, 'a', { createdAt: 2 });
    await start(store, 'waits', {}, waitingOn('p'));
    await start(store, 'odd', { nodeTypes: ['odd'] });
    await start(store, 'ended', {}, factsOf({ status: 'completed', needsRunner: true }));
    await store.setBlocked(['odd']);
    expect(await store.needingRunner()).toEqual(['b', 'a']);
    await store.append(appendOf('b', 1, waitingOn('p')));
    await store.append(appendOf('waits', 1, factsOf()));
    await store.setBlocked([]);
    expect(await store.needingRunner()).toEqual(['a', 'waits', 'odd']);
  });

  it('finds the timers of the sessions that need nothing else, by when they are due', async () => {
    const { store } = await open();
    const sleeping = (nextWakeAt: number) => factsOf({ needsRunner: false, nextWakeAt });
    await start(store, 'a', {}, sleeping(30));
    await start(store, 'b', {}, sleeping(10.5));
    await start(store, 'odd', { nodeTypes: ['odd'] }, sleeping(1));
    await start(store, 'runs', {}, factsOf({ needsRunner: true, nextWakeAt: 2 }));
    await start(store, 'ended', {}, { ...sleeping(3), status: 'completed' });
    await start(store, 'waits', {}, waitingOn('p'));
    await store.setBlocked(['odd']);
    expect(await store.wakes()).toEqual([
      { sessionId: 'b', at: 10.5 },
      { sessionId: 'a', at: 30 },
    ]);
    await store.append(appendOf('a', 1, sleeping(5)));
    await store.append(appendOf('b', 1, waitingOn('p')));
    expect(await store.wakes()).toEqual([{ sessionId: 'a', at: 5 }]);
  });

  it('counts the sessions of each graph by status', async () => {
    const { store } = await open();
    await start(store, 'a', { graphId: 'g' });
    await start(store, 'b', { graphId: 'g' });
    await start(store, 'c', { graphId: 'g' }, waitingOn('p'));
    await start(store, 'd', { graphId: 'h' });
    await store.append(appendOf('b', 1, waitingOn('p')));
    await store.append(appendOf('b', 2, waitingOn('q')));
    await store.delete('d', 2000);
    expect(await store.graphCounts()).toEqual(new Map([['g', { running: 1, suspended: 2 }]]));
  });

  it('finds the newest session of a graph', async () => {
    const { store } = await open();
    await start(store, 'b', { graphId: 'g', createdAt: 5 });
    await start(store, 'a', { graphId: 'g', createdAt: 5 });
    await start(store, 'c', { graphId: 'g', createdAt: 4 });
    await start(store, 'd', { graphId: 'h', createdAt: 9 });
    expect(await store.newestOf('g')).toBe('b');
    expect(await store.newestOf('none')).toBeNull();
  });
}
