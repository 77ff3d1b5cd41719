import { expect, test } from 'vitest';
import type { Store } from '../store/store.ts';
import { eventJson, openHarness } from './streams.testing.ts';

const start = (storeId: string, status: string, lastIndex: number) =>
  `start|${JSON.stringify({ sessionId: 's', storeId, status, lastIndex })}`;
const event = (index: number) => `${index}|event|${eventJson('s', index)}`;
const replayComplete = (index: number) => `event|{"type":"replayComplete","index":${index}}`;
const done = (status: string, lastIndex: number) => `done|${JSON.stringify({ status, lastIndex })}`;

test('a stream replays the log, marks its head, goes on live, and ends after a final event', async () => {
  await using h = await openHarness();
  await h.log.create('s');
  await h.log.append('s', [0, 0]);
  const reader = await h.connect('/session/s');
  const replay = [
    start(h.store.storeId, 'running', 2),
    event(0),
    event(1),
    event(2),
    replayComplete(2),
  ];
  expect(await reader.lines(5)).toEqual(replay);
  await h.log.append('s', [0]);
  expect(await reader.lines(6)).toEqual([...replay, event(3)]);
  await h.log.append('s', [0, 0], 'completed');
  expect(await reader.ended).toBe(true);
  const live = [event(3), event(4), event(5), done('completed', 5)];
  expect(await reader.lines(9)).toEqual([...replay, ...live]);
});

test('it has the headers of a stream, those of the middleware, and a retry hint first', async () => {
  await using h = await openHarness();
  await h.log.create('s');
  const reader = await h.connect('/session/s');
  expect(reader.response.statusCode).toBe(200);
  expect(reader.response.headers).toMatchObject({
    'content-type': 'text/event-stream',
    'cache-control': 'no-cache, no-transform',
    'x-accel-buffering': 'no',
    'x-before': 'yes',
    'x-after': 'yes',
  });
  await reader.lines(3);
  expect(reader.raw.startsWith('retry: 1000\n\n')).toBe(true);
});

test('from every cursor exactly what follows is sent, and the marker never goes beyond it', async () => {
  await using h = await openHarness();
  await h.log.create('s');
  await h.log.append('s', [0, 0, 0], 'failed');
  for (const after of [-1, 0, 1, 2, 3]) {
    const reader = await h.connect(`/session/s?after=${after}`);
    expect(await reader.ended).toBe(true);
    expect(await reader.lines(0)).toEqual([
      start(h.store.storeId, 'failed', 3),
      ...[0, 1, 2, 3].filter((index) => index > after).map(event),
      replayComplete(3),
      done('failed', 3),
    ]);
  }
});

test('a cursor at the head of a running session gets the marker at once, with the cursor', async () => {
  await using h = await openHarness();
  await h.log.create('s');
  const reader = await h.connect('/session/s?after=0');
  expect(await reader.lines(2)).toEqual([start(h.store.storeId, 'running', 0), replayComplete(0)]);
});

test('a cursor beyond the log is reset, and everything is replayed', async () => {
  await using h = await openHarness();
  await h.log.create('s');
  await h.log.append('s', [0]);
  const reader = await h.connect('/session/s?after=9');
  const reason = "The cursor 9 is beyond the session's last index, 1.";
  expect(await reader.lines(5)).toEqual([
    start(h.store.storeId, 'running', 1),
    `reset|${JSON.stringify({ reason, lastIndex: 1 })}`,
    event(0),
    event(1),
    replayComplete(1),
  ]);
});

test('a cursor of another store is reset, one of this store is not', async () => {
  await using h = await openHarness();
  await h.log.create('s');
  await h.log.append('s', [0]);
  const { storeId } = h.store;
  const stranger = await h.connect('/session/s?after=0&store=other');
  const reason = `The cursor belongs to the store other; this is ${storeId}.`;
  expect(await stranger.lines(5)).toEqual([
    start(storeId, 'running', 1),
    `reset|${JSON.stringify({ reason, lastIndex: 1 })}`,
    event(0),
    event(1),
    replayComplete(1),
  ]);
  const friend = await h.connect(`/session/s?after=0&store=${storeId}`);
  expect(await friend.lines(3)).toEqual([
    start(storeId, 'running', 1),
    event(1),
    replayComplete(1),
  ]);
});

test('a deletion is told, and ends the stream', async () => {
  await using h = await openHarness();
  await h.log.create('s');
  const reader = await h.connect('/session/s?after=0');
  await reader.lines(2);
  await h.store.delete('s', 2);
  expect(await reader.ended).toBe(true);
  expect((await reader.lines(3)).at(-1)).toBe('deleted|{"sessionId":"s"}');
});

test('a session that is gone before the first read is told as deleted', async () => {
  await using h = await openHarness();
  const reader = await h.connect('/session/s');
  expect(await reader.ended).toBe(true);
  expect(await reader.lines(1)).toEqual(['deleted|{"sessionId":"s"}']);
});

test('silence is broken by keep-alives', async () => {
  await using h = await openHarness({ keepAliveMs: 5 });
  await h.log.create('s');
  const reader = await h.connect('/session/s');
  await reader.until(({ comments }) => comments.length === 3);
  await h.log.append('s', [0]);
  const lines = await reader.lines(4);
  expect(lines.at(-1)).toBe(event(1));
  expect(new Set(reader.comments)).toEqual(new Set(['keep-alive']));
});

test('a server that stops ends every stream, and one that is opened then', async () => {
  await using h = await openHarness();
  await h.log.create('s');
  const readers = [
    await h.connect('/session/s'),
    await h.connect('/feed'),
    await h.connect('/watch?session=s'),
  ];
  for (const reader of readers) await reader.lines(1);
  h.stop();
  expect(await Promise.all(readers.map(({ ended }) => ended))).toEqual([true, true, true]);
  expect(await (await h.connect('/session/s')).ended).toBe(true);
});

test('a stream whose read fails is cut, so that its reader comes back, and the failure is told', async () => {
  let broken = false;
  const through = (store: Store): Store =>
    new Proxy(store, {
      get(target, name) {
        if (name === 'eventText' && broken) return () => Promise.reject(new Error('disk gone'));
        const value: unknown = Reflect.get(target, name, target);
        return typeof value === 'function' ? (value.bind(target) as unknown) : value;
      },
    });
  await using h = await openHarness({ through });
  await h.log.create('s');
  const reader = await h.connect('/session/s');
  await reader.lines(3);
  broken = true;
  await h.log.append('s', [0]);
  expect(await reader.ended).toBe(false);
  expect(h.errors).toEqual([{ err: new Error('disk gone') }]);
  broken = false;
  const again = await h.connect('/session/s?after=0');
  expect(await again.lines(3)).toEqual([
    start(h.store.storeId, 'running', 1),
    event(1),
    replayComplete(1),
  ]);
});
