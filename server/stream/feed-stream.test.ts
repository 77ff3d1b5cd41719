import { expect, test } from 'vitest';
import { openHarness, type Harness, type Reader } from './streams.testing.ts';
import { nextTurn } from './tail.ts';

/** The frames so far in short: `r4 a running`, `r5 b deleted`, `reset 5`, `marker r5`. */
async function told(reader: Reader, count: number): Promise<string[]> {
  await reader.lines(count);
  return reader.frames.map(({ id, event, data }) => {
    const parsed = JSON.parse(data) as Record<string, unknown>;
    if (event === 'reset') return `reset ${String(parsed.revision)} ${id ?? ''}`.trim();
    expect(id).toBe(String(parsed.revision));
    if (event === 'snapshotComplete') return `marker r${id}`;
    expect(event).toBe('sessionStatus');
    return `r${id} ${String(parsed.sessionId)} ${String(parsed.status)}`;
  });
}

/** Three sessions at the revisions 1, 2 and 3. */
async function withThree(h: Harness): Promise<void> {
  for (const id of ['a', 'b', 'c']) await h.log.create(id);
}

/** Resolves once the store has dropped the tombstones up to a revision, which it does in its time. */
async function tombstonesKeptFrom(h: Harness, revision: number): Promise<void> {
  const query = { since: 0, tombstonesFor: null, limit: 1 };
  while ((await h.store.changes(query)).tombstonesFrom < revision) await nextTurn();
}

test('a feed tells of each session once, in the order of revisions, then of changes', async () => {
  await using h = await openHarness();
  await withThree(h);
  await h.log.append('a', [0], 'suspended');
  const reader = await h.connect('/feed');
  expect(await told(reader, 3)).toEqual(['r2 b running', 'r3 c running', 'r4 a suspended']);
  await h.log.append('b', [0], 'completed');
  await h.store.delete('c', 2);
  expect((await told(reader, 5)).slice(3)).toEqual(['r5 b completed', 'r6 c deleted']);
});

test('an entry is the whole summary, and a tombstone says what is left', async () => {
  await using h = await openHarness();
  await h.log.create('a');
  const reader = await h.connect('/feed');
  await reader.lines(1);
  await h.store.delete('a', 2);
  await reader.lines(2);
  expect(reader.frames.map(({ data }) => JSON.parse(data) as unknown)).toEqual([
    {
      ...{
        sessionId: 'a',
        graphId: 'G',
        status: 'running',
        title: 'a',
        createdAt: 1,
        updatedAt: 1,
      },
      ...{ eventCount: 1, openPromptCount: 0, error: null, revision: 1 },
    },
    { sessionId: 'a', status: 'deleted', createdAt: 1, revision: 2 },
  ]);
});

test('an append that changes no summary is not told', async () => {
  await using h = await openHarness();
  await h.log.create('a');
  const reader = await h.connect('/feed');
  await told(reader, 1);
  await h.log.append('a', [0, 0]);
  await h.log.append('a', [0], 'suspended');
  expect(await told(reader, 2)).toEqual(['r1 a running', 'r2 a suspended']);
});

test('a feed of one graph tells of no other', async () => {
  await using h = await openHarness();
  await h.log.create('a', 'G');
  await h.log.create('b', 'H');
  const reader = await h.connect('/feed?graphId=H&since=0');
  expect(await told(reader, 2)).toEqual(['r2 b running', 'marker r2']);
  await h.store.delete('a', 2);
  await h.store.delete('b', 2);
  expect((await told(reader, 3)).slice(2)).toEqual(['r4 b deleted']);
});

test('since 0 is a full snapshot with the marker, and without tombstones', async () => {
  await using h = await openHarness();
  await withThree(h);
  await h.store.delete('b', 2);
  const reader = await h.connect('/feed?since=0');
  expect(await told(reader, 3)).toEqual(['r1 a running', 'r3 c running', 'marker r4']);
  const { data } = reader.frames[2]!;
  expect(JSON.parse(data)).toEqual({ revision: 4, storeId: h.store.storeId });
});

test('an empty store has an empty snapshot', async () => {
  await using h = await openHarness();
  const reader = await h.connect('/feed?since=0');
  expect(await told(reader, 1)).toEqual(['marker r0']);
  await h.log.create('a');
  expect((await told(reader, 2)).slice(1)).toEqual(['r1 a running']);
});

test('since R tells what changed after it, and what existed at it and has gone', async () => {
  await using h = await openHarness();
  await withThree(h);
  await h.log.create('d');
  await h.store.delete('d', 2);
  await h.store.delete('a', 2);
  await h.log.append('b', [0], 'suspended');
  const reader = await h.connect('/feed?since=3');
  expect(await told(reader, 3)).toEqual(['r6 a deleted', 'r7 b suspended', 'marker r7']);
  const knowsAll = await h.connect('/feed?since=7');
  expect(await told(knowsAll, 1)).toEqual(['marker r7']);
});

test('a session that was told and is deleted is told as such, whatever the cursor began with', async () => {
  await using h = await openHarness();
  await h.log.create('a');
  const readers = [await h.connect('/feed'), await h.connect('/feed?since=0')];
  for (const reader of readers) await reader.lines(1);
  await h.log.create('b');
  for (const reader of readers) {
    await reader.until(({ raw }) => raw.includes('"b"'));
  }
  await h.store.delete('b', 2);
  for (const reader of readers) {
    await reader.until(({ raw }) => raw.includes('deleted'));
    expect((await told(reader, 0)).at(-1)).toBe('r3 b deleted');
  }
});

test.each([
  ['a revision above the counter', 'since=4', "The revision 4 is above the store's, 3."],
  ['another store', 'since=2&store=other', /^The cursor belongs to the store other; this is .+\.$/],
])('%s is reset, and a full snapshot follows', async (_, query, reason) => {
  await using h = await openHarness();
  await withThree(h);
  const reader = await h.connect(`/feed?${query}`);
  const snapshot = ['reset 3', 'r1 a running', 'r2 b running', 'r3 c running', 'marker r3'];
  expect(await told(reader, 5)).toEqual(snapshot);
  expect(JSON.parse(reader.frames[0]!.data)).toEqual({
    reason: typeof reason === 'string' ? reason : (expect.stringMatching(reason) as unknown),
    revision: 3,
  });
});

test('a reader that was away for longer than tombstones are kept is reset', async () => {
  await using h = await openHarness({ keepTombstones: 1 });
  await withThree(h);
  await h.store.delete('a', 2);
  await h.store.delete('b', 2);
  await tombstonesKeptFrom(h, 4);
  const kept = await h.connect('/feed?since=4');
  expect(await told(kept, 2)).toEqual(['r5 b deleted', 'marker r5']);
  const away = await h.connect('/feed?since=3');
  expect(await told(away, 3)).toEqual(['reset 5', 'r3 c running', 'marker r5']);
});
