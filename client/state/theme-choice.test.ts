import { describe, expect, it } from 'vitest';
import { ThemeChoice, themeOf } from './theme-choice.ts';

describe('the theme', () => {
  it('goes round, and each choice is told', () => {
    const told: string[] = [];
    const choice = new ThemeChoice('system', (theme) => told.push(theme));
    for (let n = 0; n < 3; n += 1) choice.next();
    expect(told).toEqual(['light', 'dark', 'system']);
    expect(choice.theme.get()).toBe('system');
  });

  it('is the system’s where a name is none', () => {
    expect([null, '', 'pink', 'dark'].map(themeOf)).toEqual(['system', 'system', 'system', 'dark']);
  });
});
