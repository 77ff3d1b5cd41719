import { expect, test } from 'vitest';
import { HandClock } from './hand-clock.ts';

function standing(): { clock: HandClock; start: number } {
  const clock = new HandClock();
  clock.stop();
  return { clock, start: clock.now() };
}

test('a clock that stands shows one time until it is moved', async () => {
  const { clock, start } = standing();
  await clock.advance(0);
  expect(clock.now()).toBe(start);
  await clock.advance(86_400_000);
  expect(clock.now()).toBe(start + 86_400_000);
});

test('what falls due on the way happens in order, each at its own time', async () => {
  const { clock, start } = standing();
  const seen: [string, number][] = [];
  const note = (name: string) => () => void seen.push([name, clock.now() - start]);
  clock.at(start + 30, note('third'));
  clock.at(start + 10, note('first'));
  clock.at(start + 30, note('fourth'));
  clock.at(start + 20, note('second'));
  clock.at(start + 31, note('later'));
  await clock.advance(30);
  expect(seen).toEqual([
    ['first', 10],
    ['second', 20],
    ['third', 30],
    ['fourth', 30],
  ]);
});

test('what is set off goes on, and sets timers of its own, before time moves on', async () => {
  const { clock, start } = standing();
  const seen: number[] = [];
  const again = () => {
    seen.push(clock.now() - start);
    // As code that goes on after an await and a commit.
    setImmediate(() => void clock.at(clock.now() + 10, again));
  };
  clock.at(start + 10, again);
  await clock.advance(35);
  expect(seen).toEqual([10, 20, 30]);
});

test('a timer that was taken back, or that is due already, is taken at its word', async () => {
  const { clock, start } = standing();
  const seen: string[] = [];
  clock.at(start + 1, () => seen.push('never'))();
  clock.at(start - 1, () => seen.push('nor this'))();
  const due = new Promise<void>((resolve) => void clock.at(start - 1, resolve));
  await due;
  await clock.advance(10);
  expect(seen).toEqual([]);
});

test('a clock that is started again goes on from where it was', async () => {
  const { clock, start } = standing();
  await clock.advance(1_000_000);
  const due = new Promise<void>((resolve) => void clock.at(start + 1_000_005, resolve));
  clock.start();
  await due;
  expect(clock.now()).toBeGreaterThanOrEqual(start + 1_000_005);
});

test('a clock that runs is not moved by hand, nor one that stands moved back', async () => {
  const clock = new HandClock();
  await expect(clock.advance(1)).rejects.toThrow('The clock runs by itself: stop() it first.');
  clock.stop();
  await expect(clock.advance(-1)).rejects.toThrow(RangeError);
});
