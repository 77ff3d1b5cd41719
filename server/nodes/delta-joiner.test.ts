import { expect, test } from 'vitest';
import { DeltaJoiner, type Pacing } from './delta-joiner.ts';

/** A clock that stands until it is moved. */
function handClock(): Pacing & { move(ms: number): void } {
  let now = 0;
  let timers: { at: number; run: () => void }[] = [];
  return {
    now: () => now,
    after(ms, run) {
      const timer = { at: now + ms, run };
      timers.push(timer);
      return () => (timers = timers.filter((other) => other !== timer));
    },
    move(ms) {
      now += ms;
      const due = timers.filter(({ at }) => at <= now);
      timers = timers.filter(({ at }) => at > now);
      for (const { run } of due) run();
    },
  };
}

function joiner() {
  const clock = handClock();
  const sent: string[] = [];
  const joined = new DeltaJoiner<{ id: string }>(async ({ id }, text) => {
    sent.push(`${id}: ${text}`);
  }, clock);
  const add = (id: string, text: string) => joined.add({ id }, text);
  return { clock, sent, joined, add };
}

test('a second of many pieces becomes about thirty, with nothing lost', async () => {
  const { clock, sent, joined, add } = joiner();
  for (let ms = 0; ms < 1000; ms += 1) {
    await add('a', 'x');
    clock.move(1);
  }
  await joined.flush();
  expect(sent.length).toBeGreaterThanOrEqual(28);
  expect(sent.length).toBeLessThanOrEqual(32);
  expect(sent.map((line) => line.slice('a: '.length)).join('')).toBe('x'.repeat(1000));
});

test('the first piece goes on at once, the next when its time has come, without another piece', async () => {
  const { clock, sent, add } = joiner();
  await add('a', 'one');
  expect(sent).toEqual(['a: one']);
  await add('a', ' two');
  await add('a', ' three');
  expect(sent).toEqual(['a: one']);
  clock.move(34);
  expect(sent).toEqual(['a: one', 'a:  two three']);
});

test('a part that begins does not overtake what came before it', async () => {
  const { sent, add } = joiner();
  await add('a', 'one');
  await add('a', ' two');
  await add('b', 'three');
  expect(sent).toEqual(['a: one', 'a:  two', 'b: three']);
});

test('each part has thirty a second of its own', async () => {
  const { clock, sent, joined, add } = joiner();
  for (let ms = 0; ms < 500; ms += 1) {
    await add('a', 'x');
    await add('b', 'y');
    clock.move(1);
  }
  await joined.flush();
  expect(sent.length).toBeLessThanOrEqual(34);
});

test('a piece that cannot be sent fails whoever adds the next', async () => {
  const joined = new DeltaJoiner<{ id: string }>(
    () => Promise.reject(new Error('fenced')),
    handClock(),
  );
  await expect(joined.add({ id: 'a' }, 'x')).rejects.toThrow('fenced');
  await expect(joined.add({ id: 'a' }, 'y')).rejects.toThrow('fenced');
});

test('whoever adds waits while the log is full', async () => {
  let open = () => {};
  const joined = new DeltaJoiner<{ id: string }>(
    () => new Promise<void>((resolve) => (open = resolve)),
    handClock(),
  );
  let isThrough = false;
  const added = joined.add({ id: 'a' }, 'x').then(() => (isThrough = true));
  await Promise.resolve();
  expect(isThrough).toBe(false);
  open();
  await added;
  expect(isThrough).toBe(true);
});
