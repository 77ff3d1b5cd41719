import { expect, it } from 'vitest';
import { appendOf, factsOf, start, waitingOn, wholeList } from './store-fixtures.testing.ts';
import type { OpenStore } from './store.testing.ts';
import type { ChangesQuery, Store } from './store.ts';

const revisionOf = async (store: Store) => (await store.list({ limit: 1 })).revision;

/** The ids that changed, in order; those of deleted sessions with a dagger. */
async function changed(store: Store, query: Partial<ChangesQuery> = {}): Promise<string[]> {
  const { entries } = await store.changes({ since: 0, tombstonesFor: null, limit: 100, ...query });
  return entries.map(({ sessionId, status }) =>
    status === 'deleted' ? `${sessionId}†` : sessionId,
  );
}

/** Revisions, changes and tombstones. */
export function describeFeed(open: OpenStore): void {
  it('moves the revision by what a summary shows, and by nothing else', async () => {
    const { store } = await open();
    const moves = async (write: () => Promise<unknown>) => {
      const before = await revisionOf(store);
      await write();
      return (await revisionOf(store)) > before;
    };
    let index = 0;
    const append = (facts: Parameters<typeof appendOf>[2]) => () =>
      store.append(appendOf('a', (index += 1), facts));
    expect(await moves(() => start(store, 'a', { nodeTypes: ['odd'] }))).toBe(true);
    expect(await moves(append(null))).toBe(false);
    expect(await moves(append(factsOf()))).toBe(false);
    expect(await moves(append(factsOf({ needsRunner: false, nextWakeAt: 5 })))).toBe(false);
    expect(await moves(append(factsOf({ turn: { id: 1, prompt: 'x', startedAt: 2 } })))).toBe(
      false,
    );
    expect(await moves(append(waitingOn('p')))).toBe(true);
    expect(await moves(append(waitingOn('p')))).toBe(false);
    expect(await moves(append(waitingOn('q')))).toBe(true);
    expect(await moves(append(waitingOn('q', 'r')))).toBe(true);
    expect(await moves(append(waitingOn('r', 'q')))).toBe(false);
    expect(await moves(append({ ...waitingOn('q', 'r'), openPromptCount: 1 }))).toBe(true);
    expect(await moves(() => store.rename('a', 'Another'))).toBe(true);
    expect(await moves(() => store.rename('a', 'Another'))).toBe(false);
    expect(await moves(() => store.setBlocked(['other']))).toBe(false);
    expect(await moves(() => store.setBlocked(['odd']))).toBe(true);
    expect(await moves(() => store.setBlocked(['odd', 'other']))).toBe(false);
    expect(await moves(append(factsOf({ status: 'failed', error: 'e' })))).toBe(true);
    expect(await moves(() => store.setBlocked([]))).toBe(false);
    expect(await moves(() => store.delete('a', 2000))).toBe(true);
  });

  it('tells what changed after a revision, each session once, in the order of changes', async () => {
    const { store } = await open();
    for (const id of ['a', 'b', 'c']) await start(store, id);
    const since = await revisionOf(store);
    expect(await changed(store)).toEqual(['a', 'b', 'c']);
    expect(await changed(store, { since })).toEqual([]);
    await store.rename('b', 'Another');
    await store.append(appendOf('a', 1, waitingOn('p')));
    await store.rename('b', 'A third');
    expect(await changed(store)).toEqual(['c', 'a', 'b']);
    expect(await changed(store, { since })).toEqual(['a', 'b']);
    expect((await store.changes({ since, tombstonesFor: null, limit: 9 })).entries).toEqual(
      (await wholeList(store)).filter((s) => s.sessionId !== 'c').reverse(),
    );
  });

  it('cuts what changed by the limit, and says that there is more', async () => {
    const { store } = await open();
    for (const id of ['a', 'b', 'c', 'd']) await start(store, id);
    await store.delete('b', 2000);
    const read = (limit: number) => store.changes({ since: 0, tombstonesFor: 99, limit });
    const revision = await revisionOf(store);
    expect(await read(2)).toMatchObject({
      entries: [{ sessionId: 'a' }, { sessionId: 'c' }],
      more: true,
      revision,
    });
    expect((await read(3)).more).toBe(true);
    expect(await read(4)).toMatchObject({
      entries: [{ sessionId: 'a' }, { sessionId: 'c' }, { sessionId: 'd' }, { sessionId: 'b' }],
      more: false,
      revision,
    });
  });

  it('gives tombstones only of sessions that existed at the revision asked for', async () => {
    const { store } = await open();
    await start(store, 'a', { createdAt: 7 });
    const since = await revisionOf(store);
    await start(store, 'b');
    await store.delete('b', 2000);
    await store.delete('a', 2001);
    const revision = await revisionOf(store);
    expect((await store.changes({ since, tombstonesFor: since, limit: 9 })).entries).toEqual([
      { sessionId: 'a', status: 'deleted', createdAt: 7, revision },
    ]);
    expect(await changed(store, { since, tombstonesFor: null })).toEqual([]);
    expect(await changed(store, { since, tombstonesFor: revision })).toEqual(['b†', 'a†']);
    expect(await changed(store, { since: revision, tombstonesFor: revision })).toEqual([]);
  });

  it('keeps the graphs apart', async () => {
    const { store } = await open();
    await start(store, 'a', { graphId: 'g' });
    await start(store, 'b', { graphId: 'h' });
    await start(store, 'c', { graphId: 'g' });
    await start(store, 'd', { graphId: 'h' });
    await store.delete('b', 2000);
    await store.delete('c', 2000);
    expect(await changed(store, { graphId: 'g', tombstonesFor: 99 })).toEqual(['a', 'c†']);
    expect(await changed(store, { graphId: 'h', tombstonesFor: 99 })).toEqual(['d', 'b†']);
    expect(await changed(store, { graphId: 'i', tombstonesFor: 99 })).toEqual([]);
  });

  it('never lets the revision fall, whatever is deleted', async () => {
    const { store, reopen } = await open({ keepTombstones: 0 });
    await start(store, 'a');
    await store.delete('a', 2000);
    const before = await revisionOf(store);
    const later = reopen ? await reopen() : store;
    expect(await revisionOf(later)).toBe(before);
    await start(later, 'b');
    expect(await revisionOf(later)).toBeGreaterThan(before);
  });

  it('drops the oldest tombstones beyond what it keeps, and says up to where', async () => {
    const { store } = await open({ keepTombstones: 2 });
    const ids = ['a', 'b', 'c', 'd', 'e'];
    for (const id of ids) await start(store, id);
    const deletedAt = new Map<string, number>();
    for (const id of ids) {
      await store.delete(id, 2000);
      deletedAt.set(id, await revisionOf(store));
    }
    // They are dropped in the background: each look lets it go on.
    const look = () => store.changes({ since: 0, tombstonesFor: 99, limit: 9 });
    await expect.poll(async () => (await look()).tombstonesFrom).toBe(deletedAt.get('c'));
    expect(await changed(store, { tombstonesFor: 99 })).toEqual(['d†', 'e†']);
  });
}
