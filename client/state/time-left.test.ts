import { expect, it } from 'vitest';
import { timeLeft } from './time-left.ts';

it.each([
  [-5, '0:00'],
  [0.2, '0:01'],
  [59, '0:59'],
  [60.5, '1:01'],
  [3_599, '59:59'],
  [3_600, '1 h 0 min'],
  [86_400, '24 h 0 min'],
  [50 * 3_600, '2 d 2 h'],
])('%d seconds that are left are told as %s', (seconds, told) => {
  expect(timeLeft(seconds)).toBe(told);
});
