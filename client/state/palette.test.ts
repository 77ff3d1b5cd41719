import { signal } from '@lit-labs/signals';
import { describe, expect, it } from 'vitest';
import type { Command } from './commands.ts';
import { Palette } from './palette.ts';

const commands = (...titles: string[]): Command[] =>
  titles.map((title) => ({ id: title, title, kind: 'action', run: () => undefined }));

function setUp(...titles: string[]) {
  const offered = signal(commands(...titles));
  const palette = new Palette(() => offered.get());
  palette.show();
  const seen = () => ({
    titles: palette.matches.get().map(({ title }) => title),
    active: palette.matches.get()[palette.active.get()]?.title ?? null,
  });
  return { palette, offered, seen };
}

describe('the command palette', () => {
  it('shows all at first, and the first is what Enter runs', () => {
    const { seen } = setUp('Run', 'Filter', 'Cancel');
    expect(seen()).toEqual({ titles: ['Run', 'Filter', 'Cancel'], active: 'Run' });
  });

  it('shows what fits, best first, and the best is what Enter runs', () => {
    const { palette, seen } = setUp('Rerun', 'Filter', 'Run');
    palette.move(1);
    palette.type('run');
    expect(seen()).toEqual({ titles: ['Run', 'Rerun'], active: 'Run' });
  });

  it('moves round the ends', () => {
    const { palette, seen } = setUp('A', 'B', 'C');
    const moves = ([1, 1, 1, -1] as const).map((by) => {
      palette.move(by);
      return seen().active;
    });
    expect(moves).toEqual(['B', 'C', 'A', 'C']);
  });

  it('keeps its place when commands come and go', () => {
    const { palette, offered, seen } = setUp('A', 'B');
    palette.move(1);
    offered.set(commands('New', 'A', 'B'));
    expect(seen().active).toBe('B');
    offered.set(commands('New', 'A'));
    expect(seen().active).toBe('New');
  });

  it('has nothing to run when nothing fits', () => {
    const { palette, seen } = setUp('A', 'B');
    palette.type('zebra');
    palette.move(1);
    expect(seen()).toEqual({ titles: [], active: null });
    expect(palette.active.get()).toBe(-1);
  });

  it('begins anew when it is shown again', () => {
    const { palette, seen } = setUp('A', 'B');
    palette.type('b');
    palette.hide();
    palette.show();
    expect(palette.query.get()).toBe('');
    expect(seen().titles).toEqual(['A', 'B']);
  });
});
