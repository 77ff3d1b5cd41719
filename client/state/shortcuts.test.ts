import { describe, expect, it } from 'vitest';
import { shortcutOf, shortcuts, type KeyPress } from './shortcuts.ts';

const press = (key: string, more: Partial<KeyPress> = {}): KeyPress => ({
  key,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  shiftKey: false,
  composing: false,
  typing: false,
  ...more,
});
const page = ['anywhere', 'page'] as const;

describe('a shortcut', () => {
  it('is found by its key, within its scopes', () => {
    expect(shortcutOf(press('/'), page)).toBe('filter');
    expect(shortcutOf(press('j'), page)).toBe('rows');
    expect(shortcutOf(press('j'), ['list'])).toBe('next-row');
    expect(shortcutOf(press('7'), page)).toBeNull();
    expect(shortcutOf(press('7'), ['prompt'])).toBe('choose');
  });

  it('of a single key never fires while somebody types, or with a modifier', () => {
    const single = shortcuts.filter(({ keys }) => keys.every((key) => key.length === 1));
    expect(single.length).toBeGreaterThan(5);
    for (const { keys, when } of single) {
      for (const key of keys) {
        expect(shortcutOf(press(key), [when])).not.toBeNull();
        expect(shortcutOf(press(key, { typing: true }), [when])).toBeNull();
        for (const modifier of ['ctrlKey', 'metaKey', 'altKey'] as const) {
          expect(shortcutOf(press(key, { [modifier]: true }), [when])).toBeNull();
        }
      }
    }
  });

  it('never fires while an input method is at work', () => {
    for (const { keys, when } of shortcuts) {
      const [first = ''] = keys;
      const key = first.replace(/^(Mod|Shift)\+/, '');
      const held = { ctrlKey: first.startsWith('Mod+'), shiftKey: first.startsWith('Shift+') };
      expect(shortcutOf(press(key, held), [when])).not.toBeNull();
      expect(shortcutOf(press(key, { ...held, composing: true }), [when])).toBeNull();
    }
  });

  it('with Mod is Ctrl or ⌘, also while somebody types', () => {
    expect(shortcutOf(press('k', { ctrlKey: true, typing: true }), page)).toBe('palette');
    expect(shortcutOf(press('k', { metaKey: true }), page)).toBe('palette');
    expect(shortcutOf(press('k', { metaKey: true, shiftKey: true }), page)).toBeNull();
  });

  it('of a letter holds with Caps Lock and not with Shift; a sign may need Shift', () => {
    expect(shortcutOf(press('J'), ['list'])).toBe('next-row');
    expect(shortcutOf(press('J', { shiftKey: true }), ['list'])).toBeNull();
    expect(shortcutOf(press('?', { shiftKey: true }), page)).toBe('sheet');
    expect(shortcutOf(press('/', { shiftKey: true }), page)).toBe('filter');
  });

  it('has one meaning within a scope', () => {
    for (const scopes of [page, ['list'], ['prompt']] as const) {
      const keys = shortcuts
        .filter(({ when }) => (scopes as readonly string[]).includes(when))
        .flatMap((shortcut) => shortcut.keys);
      expect(new Set(keys).size).toBe(keys.length);
    }
  });
});
