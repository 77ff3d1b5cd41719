import { describe, expect, it } from 'vitest';
import { memoryStore } from './preference-store.testing.ts';
import { ThemeChoice } from './theme-choice.ts';

describe('the theme', () => {
  it('is the system’s until one is chosen, and goes round', () => {
    const choice = new ThemeChoice(memoryStore());
    const seen = [choice.theme.get()];
    for (let n = 0; n < 3; n += 1) {
      choice.next();
      seen.push(choice.theme.get());
    }
    expect(seen).toEqual(['system', 'light', 'dark', 'system']);
  });

  it('is remembered, and the system’s is nothing to remember', () => {
    const store = memoryStore();
    const choice = new ThemeChoice(store);
    choice.choose('dark');
    expect(store.read('reattach.theme')).toBe('dark');
    expect(new ThemeChoice(store).theme.get()).toBe('dark');
    choice.choose('system');
    expect(store.read('reattach.theme')).toBeNull();
  });

  it('follows what another page chose, and nothing that is no theme', () => {
    const store = memoryStore({ 'reattach.theme': 'pink' });
    const choice = new ThemeChoice(store);
    expect(choice.theme.get()).toBe('system');
    store.write('reattach.theme', 'light');
    choice.refresh();
    expect(choice.theme.get()).toBe('light');
  });
});
