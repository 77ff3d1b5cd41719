import { signal } from '@lit-labs/signals';
import { describe, expect, it } from 'vitest';
import { Layout } from './layout.ts';
import { memoryStore } from './preference-store.testing.ts';

function setUp(width: number, entries: Record<string, string> = {}) {
  const store = memoryStore(entries);
  const listOpen = signal(true);
  return { store, listOpen, layout: new Layout(store, listOpen, width) };
}

describe('the width of a pane', () => {
  it('is a usual one until a person chooses', () => {
    const { layout } = setUp(2000);
    expect(layout.list.get()).toEqual({ now: 380, min: 220, max: 800 });
    expect(layout.prompts.get()).toEqual({ now: 520, min: 320, max: 1000 });
  });

  it('is what was chosen, and remembered', () => {
    const { layout, store } = setUp(2000);
    layout.resize('list', 300.4);
    layout.resize('prompts', 700);
    expect(layout.list.get().now).toBe(300);
    expect(new Layout(store, signal(true), 2000).prompts.get().now).toBe(700);
  });

  it('is never chosen beyond what there is room for', () => {
    const { layout } = setUp(1000);
    layout.resize('list', 5000);
    expect(layout.list.get()).toEqual({ now: 600, min: 220, max: 600 });
    layout.resize('list', -5);
    expect(layout.list.get().now).toBe(220);
  });

  it('is cut while the page is small, and what was chosen again when it is large', () => {
    const { layout } = setUp(2000);
    layout.resize('list', 700);
    layout.resized(800);
    expect(layout.list.get().now).toBe(400);
    layout.resized(2000);
    expect(layout.list.get().now).toBe(700);
  });

  it('leaves more to the prompts when the list is closed', () => {
    const { layout, listOpen } = setUp(1400);
    const before = layout.prompts.get().max;
    listOpen.set(false);
    expect(layout.prompts.get().max).toBe(before + layout.list.get().now);
  });

  it('is the usual one again when the choice is taken back', () => {
    const { layout, store } = setUp(2000);
    layout.resize('list', 500);
    layout.resize('list', null);
    expect(layout.list.get().now).toBe(380);
    expect(store.read('reattach.width.list')).toBeNull();
  });

  it('is the usual one when what was stored is nonsense', () => {
    const { layout } = setUp(2000, { 'reattach.width.list': 'wide' });
    expect(layout.list.get().now).toBe(380);
  });
});
