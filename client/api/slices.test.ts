import { describe, expect, it } from 'vitest';
import { Slices } from './slices.ts';

/** Each item takes a millisecond; tasks run when the test says so. */
function setUp() {
  let time = 0;
  const tasks: (() => void)[] = [];
  const done: number[] = [];
  const slices = new Slices<number>({
    work: (items) => {
      time += items.length;
      done.push(...items);
    },
    later: (run) => tasks.push(run),
    now: () => time,
  });
  return { slices, done, tasks, runTask: () => tasks.shift()?.() };
}
const numbers = (count: number) => Array.from({ length: count }, (_, n) => n);

describe('a queue in slices', () => {
  it('is worked off in order, in tasks that are short', () => {
    const { slices, done, tasks, runTask } = setUp();
    slices.push(numbers(100));
    expect(done).toEqual([]);
    expect(tasks).toHaveLength(1);
    const lengths: number[] = [];
    while (tasks.length > 0) {
      const before = done.length;
      runTask();
      lengths.push(done.length - before);
    }
    expect(lengths).toEqual([32, 32, 32, 4]);
    expect(done).toEqual(numbers(100));
  });

  it('takes what arrives in between behind what waits', () => {
    const { slices, done, tasks, runTask } = setUp();
    slices.push(numbers(40));
    runTask();
    slices.push([40]);
    while (tasks.length > 0) runTask();
    expect(done).toEqual(numbers(41));
    slices.push([41]);
    runTask();
    expect(done).toEqual(numbers(42));
  });

  it('can be forgotten', () => {
    const { slices, done, tasks, runTask } = setUp();
    slices.push(numbers(40));
    runTask();
    expect(slices.clear()).toEqual(numbers(40).slice(32));
    while (tasks.length > 0) runTask();
    expect(done).toEqual(numbers(32));
  });
});
