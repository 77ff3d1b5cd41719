import { expect, test } from 'vitest';
import { nextTurn } from './tail.ts';
import { WakeUps, type WakeUp } from './wake-ups.ts';

const commit = (sessions: string[], feed = false) => ({ sessions: new Set(sessions), feed });

/** Counts how often a wake-up rings. */
function count(wakeUp: WakeUp): { rings: number } {
  const counter = { rings: 0 };
  const follow = async (): Promise<void> => {
    wakeUp.arm();
    await wakeUp.rung();
    counter.rings += 1;
    await follow();
  };
  void follow();
  return counter;
}

test('a commit wakes the readers of the sessions that it touches, and no others', async () => {
  const wakeUps = new WakeUps();
  const [a, again, b, feed] = [
    count(wakeUps.session('a')),
    count(wakeUps.session('a')),
    count(wakeUps.session('b')),
    count(wakeUps.feed()),
  ];
  wakeUps.touch(commit(['a', 'unknown']));
  await nextTurn();
  expect([a.rings, again.rings, b.rings, feed.rings]).toEqual([1, 1, 0, 0]);
  wakeUps.touch(commit([], true));
  await nextTurn();
  expect([a.rings, again.rings, b.rings, feed.rings]).toEqual([1, 1, 0, 1]);
});

test('many commits in one turn wake a reader once', async () => {
  const wakeUps = new WakeUps();
  const a = count(wakeUps.session('a'));
  for (let i = 0; i < 100; i++) wakeUps.touch(commit(['a']));
  await nextTurn();
  await nextTurn();
  expect(a.rings).toBe(1);
});

test('a ring between arming and waiting is not lost, and arming forgets it', async () => {
  const wakeUps = new WakeUps();
  const wakeUp = wakeUps.session('a');
  wakeUp.arm();
  wakeUps.touch(commit(['a']));
  await nextTurn();
  await wakeUp.rung();
  wakeUp.arm();
  let rung = false;
  void wakeUp.rung().then(() => (rung = true));
  await nextTurn();
  expect(rung).toBe(false);
  wakeUps.touch(commit(['a']));
  await nextTurn();
  await nextTurn();
  expect(rung).toBe(true);
});

test('a closed wake-up is forgotten, and whoever waits for it is released', async () => {
  const wakeUps = new WakeUps();
  const [first, second, feed] = [wakeUps.session('a'), wakeUps.session('a'), wakeUps.feed()];
  expect(wakeUps.size).toBe(3);
  const released = first.rung();
  first.close();
  await released;
  second.close();
  second.close();
  feed.close();
  expect(wakeUps.size).toBe(0);
  const later = count(wakeUps.session('a'));
  wakeUps.touch(commit(['a']));
  await nextTurn();
  expect([later.rings, wakeUps.size]).toEqual([1, 1]);
});
