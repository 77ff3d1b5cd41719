import { describe, expect, it } from 'vitest';
import { fuzzyMatch } from './fuzzy-match.ts';

/** The texts that fit, best first. */
function ranked(query: string, texts: readonly string[]): string[] {
  return texts
    .flatMap((text) => {
      const score = fuzzyMatch(query, text);
      return score === null ? [] : [{ text, score }];
    })
    .sort((a, b) => b.score - a.score)
    .map(({ text }) => text);
}

describe('what is typed', () => {
  it('fits a text that has its letters in order, whatever their case', () => {
    expect(ranked('TGL', ['Toggle the list', 'The list', 'Theme'])).toEqual(['Toggle the list']);
  });

  it('does not fit a text that has its letters here and there', () => {
    expect(ranked('theme', ['Go to the next prompt that needs an answer'])).toEqual([]);
  });

  it('fits everything when it is nothing', () => {
    expect(ranked(' ', ['One', 'Two'])).toEqual(['One', 'Two']);
  });

  it('fits best what has it as a whole, and what begins words before the rest', () => {
    expect(ranked('run', ['Return', 'Prune', 'Cancel run', 'Rather unlikely names'])).toEqual([
      'Cancel run',
      'Prune',
      'Rather unlikely names',
      'Return',
    ]);
  });

  it('may be words in any order, each of which has to be there', () => {
    expect(ranked('dark the', ['Theme: dark', 'Theme: light', 'Dark'])).toEqual(['Theme: dark']);
  });
});
