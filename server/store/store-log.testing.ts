// Long, because it is a list: the cases of one contract, each a few lines.
import { expect, it } from 'vitest';
import {
  ALL,
  appendOf,
  eventsOf,
  factsOf,
  promptOf,
  recordOf,
  start,
  waitingOn,
} from './store-fixtures.testing.ts';
import type { OpenStore } from './store.testing.ts';
import {
  AppendConflict,
  SessionGone,
  type Commit,
  type IdempotencyRecord,
  type StoredEvent,
} from './store.ts';

const answered: IdempotencyRecord = {
  scope: 'POST /new',
  key: 'k',
  bodyHash: 'h',
  response: { sessionId: 'a' },
  expiresAt: 5000,
};

/** Sessions, their logs, group commit, idempotency keys, and the store's life. */
export function describeLog(open: OpenStore): void {
  it('gives back the record as it was, also after a rename', async () => {
    const { store } = await open();
    const record = recordOf('a', {
      mode: 'headless',
      runner: 'external',
      inputs: { n: { text: 'é\u0000\u2028' } },
      nodeTypes: ['ask', 'output'],
      graph: { nodes: [{ id: 'n', type: 'ask' }], edges: [], custom: [1, null] },
    });
    await store.create(record, appendOf('a', 0, factsOf()));
    await store.rename('a', 'Another');
    expect(await store.record('a')).toEqual(record);
  });

  it('gives back each event as the text that it was', async () => {
    const { store } = await open();
    const texts = ['{ "spaced" : 1.0 }', '"\\u0000 \\ud800"', '"é 🦊 \u2028"', 'null', ''];
    const events = texts.map((json, index): StoredEvent => ({ ...eventsOf(index)[0]!, json }));
    await store.create(recordOf('a'), { sessionId: 'a', events, facts: factsOf() });
    expect(await store.events('a', -1, ALL)).toEqual({
      events: texts.map((json, index) => ({ index, json })),
      status: 'running',
      lastIndex: 4,
    });
  });

  it('knows nothing of a session that is not there', async () => {
    const { store } = await open();
    expect(await store.record('a')).toBeNull();
    expect(await store.journal('a')).toBeNull();
    expect(await store.events('a', -1, ALL)).toBeNull();
    expect(await store.status('a')).toBeNull();
    expect(await store.rename('a', 'Another')).toBe(false);
    expect(await store.delete('a', 2000)).toBe(false);
    await expect(store.append(appendOf('a', 0))).rejects.toThrow(SessionGone);
  });

  it('cuts a page by events and by bytes, and gives at least one event', async () => {
    const { store } = await open();
    const events = Array.from({ length: 6 }, (_, index) => ({
      ...eventsOf(index)[0]!,
      // Two bytes a character: 40 bytes with the quotes.
      json: `"${'é'.repeat(19)}"`,
    }));
    await store.create(recordOf('a'), { sessionId: 'a', events, facts: factsOf() });
    const indices = async (after: number, count: number, bytes: number) =>
      (await store.events('a', after, { events: count, bytes }))!.events.map(({ index }) => index);
    expect(await indices(-1, 2, 1000)).toEqual([0, 1]);
    expect(await indices(-1, 100, 120)).toEqual([0, 1, 2]);
    expect(await indices(-1, 100, 119)).toEqual([0, 1]);
    expect(await indices(2, 100, 240)).toEqual([3, 4, 5]);
    expect(await indices(2, 100, 0)).toEqual([3]);
    expect(await indices(2, 0, 1000)).toEqual([3]);
    expect(await indices(5, 100, 1000)).toEqual([]);
    expect(await indices(70, 100, 1000)).toEqual([]);
    expect(await indices(-9, 1, 1000)).toEqual([0]);
  });

  it('gives a page as one text, cut as the page is', async () => {
    const { store } = await open();
    const jsons = ['"é"', '"“”"', `"${'x'.repeat(100)}"`, '{"a":"\\u0000"}'];
    const events = Array.from({ length: 44 }, (_, index) => ({
      ...eventsOf(index)[0]!,
      json: jsons[index] ?? '1'.repeat(1 + (index % 3)),
    }));
    await store.create(recordOf('a'), { sessionId: 'a', events, facts: factsOf() });
    const limits = [ALL, { events: 3, bytes: 1e6 }, { events: 100, bytes: 30 }];
    const form = { beforeJson: '“', afterJson: '”\n' };
    for (const beforeIndex of ['i', null]) {
      for (const limit of limits) {
        for (let after = -2; after < 46; after += 1) {
          const page = (await store.events('a', after, limit))!;
          const text = page.events
            .map(({ index, json }) => `${beforeIndex === null ? '' : `i${index}`}“${json}”\n`)
            .join('');
          const { status, lastIndex } = page;
          const last = page.events.at(-1)?.index ?? after;
          const read = (await store.eventText('a', after, limit, { ...form, beforeIndex }))!;
          expect({ ...read, text: read.text?.toString() ?? '' }).toEqual({
            ...{ text, last, status, lastIndex },
          });
        }
      }
    }
    expect((await store.eventText('a', 43, ALL, { ...form, beforeIndex: null }))!.text).toBeNull();
    expect(await store.eventText('b', -1, ALL, { ...form, beforeIndex: null })).toBeNull();
  });

  it('gives the journal: whole, marked, and without what a step emitted', async () => {
    const { store } = await open();
    const emitted = { type: 'agentEvent', nodeId: 'n' };
    const events: StoredEvent[] = [
      ...eventsOf(0, 1, { type: 'graphStart', nodeId: null }),
      ...eventsOf(1, 1, { ...emitted, journal: 'none' }),
      ...eventsOf(2, 1, { ...emitted, journal: 'mark' }),
      ...eventsOf(3),
    ];
    await store.create(recordOf('a'), { sessionId: 'a', events, facts: factsOf() });
    await store.append({
      sessionId: 'a',
      events: eventsOf(4, 1, { journal: 'none' }),
      facts: null,
    });
    expect(await store.journal('a')).toEqual({
      rows: [
        { index: 0, type: 'graphStart', nodeId: null, json: events[0]!.json },
        { index: 2, type: 'agentEvent', nodeId: 'n', json: null },
        { index: 3, type: 'nodeStart', nodeId: 'n', json: events[3]!.json },
      ],
      lastIndex: 4,
      time: 1004,
      imported: null,
    });
  });

  it('tells the status as of the last event', async () => {
    const { store } = await open();
    await start(store, 'a');
    const turn = { id: 1, prompt: { input: 'é' }, startedAt: 1001 };
    const facts = { ...waitingOn('p', 'q'), openPromptCount: 1, turn };
    await store.append(appendOf('a', 1, facts));
    await store.append(appendOf('a', 2));
    const { revision } = await store.list({ limit: 1 });
    expect(await store.status('a')).toEqual({
      sessionId: 'a',
      graphId: 'g',
      status: 'suspended',
      title: 'Title of a',
      createdAt: 1000,
      updatedAt: 1002,
      lastIndex: 2,
      turn,
      openPrompts: [promptOf('p'), promptOf('q')],
      blockedBy: [],
      runner: 'server',
      lostContactAt: null,
      error: null,
      imported: null,
      revision,
    });
  });

  it.each([
    ['a gap', [eventsOf(2)]],
    ['an index that is taken', [eventsOf(0)]],
    ['a gap inside', [[...eventsOf(1), ...eventsOf(3)]]],
    ['a repetition inside', [[...eventsOf(1), ...eventsOf(1)]]],
  ])('refuses %s and writes nothing of it', async (_, [events]) => {
    const { store } = await open();
    await start(store, 'a');
    const before = await store.status('a');
    const append = {
      sessionId: 'a',
      events: events!,
      facts: waitingOn('p'),
      idempotency: answered,
    };
    await expect(store.append(append)).rejects.toThrow(AppendConflict);
    expect(await store.status('a')).toEqual(before);
    expect((await store.events('a', -1, ALL))!.events).toHaveLength(1);
    expect(await store.idempotent(answered.scope, answered.key, 0)).toBeNull();
    await store.append(appendOf('a', 1));
  });

  it('refuses to create a session that exists, or with a first event other than 0', async () => {
    const { store } = await open();
    await start(store, 'a');
    await expect(start(store, 'a', { title: 'Another' })).rejects.toThrow(AppendConflict);
    await expect(store.create(recordOf('b'), appendOf('b', 1, factsOf()))).rejects.toThrow(
      AppendConflict,
    );
    expect((await store.record('a'))!.title).toBe('Title of a');
    expect(await store.status('b')).toBeNull();
  });

  it('commits what arrives together once, and fails a conflict alone', async () => {
    const { store } = await open();
    await start(store, 'a');
    await start(store, 'b');
    const commits: Commit[] = [];
    store.onCommit((commit) => commits.push(commit));
    const outcomes = await Promise.allSettled([
      store.append(appendOf('a', 1)),
      store.append(appendOf('b', 7)),
      store.append(appendOf('a', 2, waitingOn('p'))),
      start(store, 'a'),
      start(store, 'c'),
      store.append(appendOf('c', 1)),
      store.delete('b', 2000),
      store.append(appendOf('b', 1)),
    ]);
    expect(outcomes.map(({ status }) => status === 'fulfilled')).toEqual([
      true,
      false,
      true,
      false,
      true,
      true,
      true,
      false,
    ]);
    expect(commits).toEqual([{ sessions: new Set(['a', 'c', 'b']), feed: true }]);
    expect((await store.events('a', -1, ALL))!.lastIndex).toBe(2);
    expect((await store.events('c', -1, ALL))!.lastIndex).toBe(1);
  });

  it('tells of a commit which sessions have new events and whether the feed moved', async () => {
    const { store } = await open();
    await start(store, 'a');
    const commits: Commit[] = [];
    store.onCommit((commit) => commits.push(commit));
    await store.append(appendOf('a', 1));
    await store.append(appendOf('a', 2, factsOf({ turn: { id: 2, prompt: 1, startedAt: 9 } })));
    await store.rename('a', 'Another');
    await store.rename('a', 'Another');
    await expect(store.append(appendOf('a', 9))).rejects.toThrow(AppendConflict);
    await store.delete('a', 2000);
    expect(commits).toEqual([
      { sessions: new Set(['a']), feed: false },
      { sessions: new Set(['a']), feed: false },
      { sessions: new Set(), feed: true },
      { sessions: new Set(['a']), feed: true },
    ]);
  });

  it('lets a listener throw, and stops calling one that unsubscribed', async () => {
    const { store } = await open();
    const calls: string[] = [];
    store.onCommit(() => {
      calls.push('throws');
      throw new Error('from a listener');
    });
    const stop = store.onCommit(() => calls.push('stops'));
    store.onCommit(() => calls.push('stays'));
    await start(store, 'a');
    stop();
    await store.append(appendOf('a', 1));
    expect(calls).toEqual(['throws', 'stops', 'stays', 'throws', 'stays']);
  });

  it('shows a write to whoever hears of its commit', async () => {
    const { store } = await open();
    const heard = new Promise<number | undefined>((resolve) => {
      store.onCommit(() => {
        void store.events('a', -1, ALL).then((page) => resolve(page?.lastIndex));
      });
    });
    await start(store, 'a');
    expect(await heard).toBe(0);
  });

  it('keeps what was answered to an idempotency key until it expires', async () => {
    const { store } = await open();
    await store.create(recordOf('a'), {
      ...appendOf('a', 0, factsOf()),
      idempotency: answered,
    });
    expect(await store.idempotent('POST /new', 'k', 4999)).toEqual(answered);
    expect(await store.idempotent('POST /new', 'k', 5000)).toBeNull();
    expect(await store.idempotent('POST /new', 'other', 0)).toBeNull();
    expect(await store.idempotent('POST /other', 'k', 0)).toBeNull();
    const again = { ...answered, response: { status: 'running' }, expiresAt: 9000 };
    await store.append({ ...appendOf('a', 1), idempotency: again });
    expect(await store.idempotent('POST /new', 'k', 5000)).toEqual(again);
  });

  it('deletes everything of a session but its tombstone, and takes no late write', async () => {
    const { store } = await open();
    await start(store, 'a');
    expect(await store.delete('a', 2000)).toBe(true);
    expect(await store.record('a')).toBeNull();
    expect(await store.journal('a')).toBeNull();
    expect(await store.events('a', -1, ALL)).toBeNull();
    expect(await store.status('a')).toBeNull();
    expect(await store.delete('a', 2001)).toBe(false);
    await expect(store.append(appendOf('a', 1))).rejects.toThrow(SessionGone);
  });

  it('gives a session created anew none of the events of the deleted one', async () => {
    const { store } = await open();
    await store.create(recordOf('a'), { sessionId: 'a', events: eventsOf(0, 9), facts: factsOf() });
    const outcomes = await Promise.all([store.delete('a', 2000), start(store, 'a')]);
    expect(outcomes).toEqual([true, undefined]);
    expect((await store.events('a', -1, ALL))!.events).toHaveLength(1);
  });

  it('writes what is queued before it closes, and refuses all that is asked for later', async () => {
    const { store, reopen } = await open();
    const queued = start(store, 'a');
    await store.close();
    await queued;
    await store.close();
    const refused = 'The store is closed.';
    await expect(store.append(appendOf('a', 1))).rejects.toThrow(refused);
    await expect(store.delete('a', 2000)).rejects.toThrow(refused);
    await expect(store.status('a')).rejects.toThrow(refused);
    await expect(store.list({ limit: 1 })).rejects.toThrow(refused);
    if (reopen) expect((await (await reopen()).status('a'))!.lastIndex).toBe(0);
  });

  it('is the same store after it was opened again', async (context) => {
    const { store, reopen } = await open();
    if (!reopen) return context.skip();
    await start(store, 'a', { nodeTypes: ['odd'] }, waitingOn('p'));
    await store.append({ ...appendOf('a', 1), idempotency: answered });
    await start(store, 'b');
    await store.setBlocked(['odd']);
    await store.delete('b', 2000);
    const seen = async (of: typeof store) => [
      of.storeId,
      await of.record('a'),
      await of.journal('a'),
      await of.events('a', -1, ALL),
      await of.status('a'),
      await of.list({ limit: 9 }),
      await of.changes({ since: 0, tombstonesFor: 99, limit: 9 }),
      await of.idempotent(answered.scope, answered.key, 0),
      await of.graphCounts(),
    ];
    const before = await seen(store);
    expect(await seen(await reopen())).toEqual(before);
  });

  it('gives each database an identity of its own', async () => {
    const [one, other] = [await open(), await open()];
    expect(one.store.storeId).not.toBe(other.store.storeId);
  });
}
