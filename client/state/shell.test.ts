import { describe, expect, it } from 'vitest';
import { makePanel } from './panel.testing.ts';
import { memoryStore } from './preference-store.testing.ts';
import { Shell } from './shell.ts';

function setUp(width: number, entries: Record<string, string> = {}) {
  const { panel } = makePanel('?graph=G');
  const store = memoryStore(entries);
  const shell = new Shell({ panel, store, width, theme: 'system', onTheme: () => undefined });
  shell.start();
  return { panel, shell, store };
}

describe('the list’s pane', () => {
  it('is as it was left', () => {
    const { panel, shell, store } = setUp(1600);
    expect(panel.listOpen.get()).toBe(true);
    shell.toggleList();
    expect(panel.listOpen.get()).toBe(false);
    const again = setUp(1600, { 'reattach.list': store.read('reattach.list') ?? '' });
    expect(again.panel.listOpen.get()).toBe(false);
    again.shell.toggleList();
    expect(again.panel.listOpen.get()).toBe(true);
  });

  it('is never closed where there is room for one pane, and is again where there is for two', () => {
    const { panel, shell } = setUp(360, { 'reattach.list': 'closed' });
    expect(panel.listOpen.get()).toBe(true);
    shell.resized(1000);
    expect(panel.listOpen.get()).toBe(false);
    shell.resized(500);
    expect(panel.listOpen.get()).toBe(true);
  });

  it('is there with its usual size when the sizes are reset', () => {
    const { panel, shell } = setUp(1600);
    shell.layout.resize('list', 700);
    shell.toggleList();
    shell.resetSizes();
    expect(panel.listOpen.get()).toBe(true);
    expect(shell.layout.list.get().now).toBe(352);
  });
});
