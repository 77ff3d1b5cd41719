import { expect, test } from 'vitest';
import { nextTurn } from './tail.ts';
import { openHarness } from './streams.testing.ts';

const never = new AbortController().signal;
const LONG = 60_000;

test('a wait ends with the first of its statuses', async () => {
  await using h = await openHarness();
  await h.log.create('s');
  let over = false;
  const waiting = h.streams.waitForStatus('s', new Set(['suspended', 'failed']), LONG, never);
  void waiting.then(() => (over = true));
  await h.log.append('s', [0]);
  await nextTurn();
  await nextTurn();
  expect(over).toBe(false);
  await h.log.append('s', [0], 'suspended');
  expect(await waiting).toMatchObject({ sessionId: 's', status: 'suspended', lastIndex: 2 });
});

test('a wait for what is already so ends at once, and so does one for what can not come', async () => {
  await using h = await openHarness();
  await h.log.create('s');
  const { streams } = h;
  expect(await streams.waitForStatus('s', new Set(['running']), LONG, never)).toMatchObject({
    status: 'running',
  });
  await h.log.append('s', [0], 'failed');
  expect(await streams.waitForStatus('s', new Set(['running']), LONG, never)).toMatchObject({
    status: 'failed',
  });
});

test('a wait ends with null when the session is deleted, or is not there', async () => {
  await using h = await openHarness();
  await h.log.create('s');
  const waiting = h.streams.waitForStatus('s', new Set(['failed']), LONG, never);
  await h.store.delete('s', 2);
  expect(await waiting).toBeNull();
  expect(await h.streams.waitForStatus('s', new Set(['failed']), LONG, never)).toBeNull();
});

test('a wait ends with the status as it is after its time, on a signal, and when the server stops', async () => {
  await using h = await openHarness();
  await h.log.create('s');
  const wanted = new Set(['failed']);
  const { streams } = h;
  const running = { status: 'running', lastIndex: 0 };
  expect(await streams.waitForStatus('s', wanted, 1, never)).toMatchObject(running);
  const gone = new AbortController();
  const waiting = streams.waitForStatus('s', wanted, LONG, gone.signal);
  gone.abort();
  expect(await waiting).toMatchObject(running);
  expect(await streams.waitForStatus('s', wanted, LONG, gone.signal)).toMatchObject(running);
  const stopped = streams.waitForStatus('s', wanted, LONG, never);
  h.stop();
  expect(await stopped).toMatchObject(running);
});
