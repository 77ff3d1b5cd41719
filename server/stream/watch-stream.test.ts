import { expect, test } from 'vitest';
import { eventJson, openHarness } from './streams.testing.ts';

/** The frames of one name, as the `type` or, for an event of the log, its index. */
function told(frames: readonly { event?: string | undefined; data: string }[], name: string) {
  return frames
    .filter(({ event }) => event === name)
    .map(({ data }) => JSON.parse(data) as { type: string; index: number })
    .map(({ type, index }) => (type === 'thoughtEvent' ? index : type));
}

test('a watch carries a feed and sessions, each by its name, and no ids', async () => {
  await using h = await openHarness();
  await h.log.create('a');
  await h.log.append('a', [0, 0]);
  await h.log.create('b');
  const { storeId } = h.store;
  const reader = await h.connect('/watch?feed=G&since=1&session=a:1&session=b');
  await reader.lines(8);
  expect(reader.raw).not.toMatch(/^id:/m);
  const of = (name: string) =>
    reader.frames.filter(({ event }) => event === name).map(({ data }) => data);
  expect(of('a')).toEqual([
    JSON.stringify({ type: 'start', sessionId: 'a', storeId, status: 'running', lastIndex: 2 }),
    eventJson('a', 2),
    '{"type":"replayComplete","index":2}',
  ]);
  expect(of('b')).toEqual([
    JSON.stringify({ type: 'start', sessionId: 'b', storeId, status: 'running', lastIndex: 0 }),
    eventJson('b', 0),
    '{"type":"replayComplete","index":0}',
  ]);
  expect(
    of('sessionStatus').map((data) => (JSON.parse(data) as { sessionId: string }).sessionId),
  ).toEqual(['b']);
  expect(of('snapshotComplete')).toEqual([JSON.stringify({ revision: 2, storeId })]);
});

test('what ends one session ends no other, nor the stream', async () => {
  await using h = await openHarness();
  for (const id of ['a', 'b', 'c']) await h.log.create(id);
  const reader = await h.connect('/watch?session=a&session=b&session=c&session=unknown');
  await reader.until(
    ({ raw }) => raw.split('replayComplete').length === 4 && raw.includes('unknown'),
  );
  expect(told(reader.frames, 'unknown')).toEqual(['deleted']);
  await h.log.append('a', [0], 'completed');
  await reader.until(({ raw }) => raw.includes('"done"'));
  await h.store.delete('b', 2);
  await reader.until(({ raw }) => raw.split('"deleted"').length === 3);
  await h.log.append('c', [0, 0]);
  await reader.until(({ raw }) => raw.includes('"index":2'));
  expect(told(reader.frames, 'a')).toEqual(['start', 0, 'replayComplete', 1, 'done']);
  expect(told(reader.frames, 'b')).toEqual(['start', 0, 'replayComplete', 'deleted']);
  expect(told(reader.frames, 'c')).toEqual(['start', 0, 'replayComplete', 1, 2]);
  expect(reader.response.closed).toBe(false);
});

test('a session that has ended is told of once more, when it is deleted', async () => {
  await using h = await openHarness();
  await h.log.create('a');
  await h.log.append('a', [0], 'completed');
  const reader = await h.connect('/watch?session=a');
  await reader.until(({ raw }) => raw.includes('"done"'));
  await h.store.delete('a', 2);
  await reader.until(({ raw }) => raw.includes('"deleted"'));
  expect(told(reader.frames, 'a')).toEqual(['start', 0, 1, 'replayComplete', 'done', 'deleted']);
});

test('a watch on behalf of several tells of the end of what any of them knows', async () => {
  await using h = await openHarness();
  await h.log.create('a');
  await h.log.create('b');
  await h.log.create('c');
  await h.store.delete('b', 2);
  await h.store.delete('c', 2);
  const told = async (query: string) => {
    const reader = await h.connect(`/watch?feed=G&since=1${query}`);
    await reader.until(({ raw }) => raw.includes('snapshotComplete'));
    return reader.frames.map(({ data }) => (JSON.parse(data) as { sessionId?: string }).sessionId);
  };
  expect(await told('')).toEqual([undefined]);
  expect(await told('&known=2')).toEqual(['b', undefined]);
  expect(await told('&known=3')).toEqual(['b', 'c', undefined]);
});

test('cursors of another store are reset, each by itself', async () => {
  await using h = await openHarness();
  await h.log.create('a');
  const reader = await h.connect('/watch?feed=G&since=1&session=a:0&store=other');
  await reader.lines(7);
  expect(told(reader.frames, 'a')).toEqual(['start', 'reset', 0, 'replayComplete']);
  const { storeId } = h.store;
  const feed = reader.frames.filter(({ event }) => event !== 'a');
  expect(feed.map(({ event }) => event)).toEqual(['reset', 'sessionStatus', 'snapshotComplete']);
  expect(JSON.parse(feed[0]!.data)).toEqual({
    reason: `The cursor belongs to the store other; this is ${storeId}.`,
    revision: 1,
  });
});

test('a watch stays open when there is nothing left to tell', async () => {
  await using h = await openHarness({ keepAliveMs: 5 });
  await h.log.create('a');
  await h.log.append('a', [0], 'failed');
  const reader = await h.connect('/watch?session=a');
  await reader.until(({ comments }) => comments.length === 2);
  expect(told(reader.frames, 'a')).toEqual(['start', 0, 1, 'replayComplete', 'done']);
  expect(reader.response.closed).toBe(false);
});

test('a long replay delays a live session on the same connection by a page at most', async () => {
  await using h = await openHarness();
  await h.log.create('long');
  for (let i = 0; i < 40; i++) await h.log.append('long', new Array<number>(100).fill(1000));
  await h.log.create('short');
  const reader = await h.connect('/watch?session=long&session=short');
  await reader.until(({ raw }) => raw.includes('{"type":"replayComplete","index":4000}'));
  const short = reader.raw.indexOf('{"type":"replayComplete","index":0}');
  // The long one's first page went before, and no second.
  expect(short).toBeGreaterThan(100_000);
  expect(short).toBeLessThan(145_000);
});
