import { expect, it } from 'vitest';
import { clockTime } from './clock-time.ts';

const at = (day: number, hour: number) => new Date(2026, 4, day, hour, 2).getTime() / 1000;

it('is the time of day, and has its date when that was another day', () => {
  const time = new Date(2026, 4, 1, 14, 2).toLocaleTimeString(undefined, {
    hour: '2-digit',
    minute: '2-digit',
  });
  expect(clockTime(at(1, 14), at(1, 23))).toBe(time);
  expect(clockTime(at(1, 14), at(2, 1))).toMatch(new RegExp(`2026, ${time}$`));
});
