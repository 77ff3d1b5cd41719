import { expect, it } from 'vitest';
import {
  ALL,
  appendOf,
  eventsOf,
  factsOf,
  recordOf,
  start,
  waitingOn,
  wholeList,
} from './store-fixtures.testing.ts';
import type { OpenStore } from './store.testing.ts';
import { AppendConflict } from './store.ts';

/** Sessions that come from an export. */
export function describeImport(open: OpenStore): void {
  it('has a session that is imported in groups when the last of them is there, and not before', async () => {
    const { store } = await open();
    const commits: string[][] = [];
    store.onCommit(({ sessions }) => commits.push([...sessions]));
    const target = store.beginImport();
    await target.append(eventsOf(0, 3));
    await start(store, 'b');
    await target.append(eventsOf(3, 2));
    expect(await store.status('a')).toBeNull();
    expect(commits).toEqual([['b']]);
    await target.finish(
      recordOf('a', { redacted: ['/text'] }),
      appendOf('a', 5, waitingOn('p')),
      'readOnly',
    );
    expect(commits).toEqual([['b'], ['a']]);
    expect((await store.events('a', -1, ALL))!.events.map(({ json }) => json)).toEqual(
      eventsOf(0, 6).map(({ json }) => json),
    );
    expect(await store.record('a')).toMatchObject({ redacted: ['/text'] });
    expect(await wholeList(store)).toContainEqual(
      expect.objectContaining({ sessionId: 'a', imported: 'readOnly', eventCount: 6 }),
    );
    await store.append(appendOf('b', 1));
    expect((await store.events('b', -1, ALL))!.events).toHaveLength(2);
  });

  it('needs no type of a session that can be read alone, until that goes on', async () => {
    const { store } = await open();
    const record = recordOf('a', { nodeTypes: ['odd'] });
    const idle = factsOf({ status: 'suspended', needsRunner: false });
    await store.beginImport().finish(record, appendOf('a', 0, idle), 'readOnly');
    expect(await store.openTypes()).toEqual([]);
    const { revision } = (await store.status('a'))!;
    expect(await store.continueImported('a', factsOf({ nextWakeAt: 5 }))).toBe(true);
    expect(await store.openTypes()).toEqual(['odd']);
    expect(await store.needingRunner()).toEqual(['a']);
    const status = (await store.status('a'))!;
    expect(status).toMatchObject({ imported: 'continued', status: 'running', lastIndex: 0 });
    expect(status.revision).toBeGreaterThan(revision);
    expect(await store.continueImported('none', factsOf())).toBe(false);
  });

  it('refuses an import of an id that is here, and of events that do not follow', async () => {
    const { store } = await open();
    await start(store, 'a');
    const before = await wholeList(store);
    const target = store.beginImport();
    await target.append(eventsOf(0));
    await expect(target.append(eventsOf(2))).rejects.toThrow(AppendConflict);
    const finish = target.finish(recordOf('a'), appendOf('a', 1, factsOf()), 'readOnly');
    await expect(finish).rejects.toThrow(AppendConflict);
    await target.abandon();
    await target.abandon();
    expect(await wholeList(store)).toEqual(before);
    expect((await store.events('a', -1, ALL))!.events).toHaveLength(1);
  });

  it('forgets an import that was cut short, and gives its number to nobody', async () => {
    const { store, reopen } = await open();
    if (reopen === undefined) return;
    await store.beginImport().append(eventsOf(0, 300));
    const again = await reopen();
    await again.beginImport().append(eventsOf(0, 3));
    await start(again, 'b');
    expect(await wholeList(again)).toHaveLength(1);
    expect((await again.events('b', -1, ALL))!.events).toHaveLength(1);
  });
}
