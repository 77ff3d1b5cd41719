import { expect, it } from 'vitest';
import { promptRequest } from './prompt-request.ts';

const choose = (ids: readonly string[], noneOfTheAboveLabel?: string) =>
  promptRequest('choose', {
    prompt: 'Which?',
    choices: ids.map((id) => ({ id, content: id })),
    ...(noneOfTheAboveLabel === undefined ? {} : { noneOfTheAboveLabel }),
  });

it('offers no choice that nobody could make', () => {
  expect(() => choose([])).toThrow("choose(): 'choices' must offer at least one choice.");
  expect(choose([], 'None').prompt.kind).toBe('waitForChoice');
});

it('offers no two choices of one id', () => {
  expect(() => choose(['a', 'b', 'a'])).toThrow("choose(): 'choices' offers the id 'a' twice.");
});
