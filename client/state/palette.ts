import { computed, signal } from '@lit-labs/signals';
import type { Command } from './commands.ts';
import { fuzzyMatch } from './fuzzy-match.ts';

/** More than this is not looked through; what is typed narrows it. */
const MOST = 50;

/** The presenter of the command palette, and of the sheet of shortcuts beside it. */
export class Palette {
  readonly open = signal(false);
  readonly sheetOpen = signal(false);
  readonly query = signal('');
  /** What fits the query, best first. */
  readonly matches = computed((): readonly Command[] => {
    const query = this.query.get();
    return this.#commands()
      .flatMap((command, order) => {
        const score = fuzzyMatch(query, command.title);
        return score === null ? [] : [{ command, score, order }];
      })
      .sort((a, b) => b.score - a.score || a.order - b.order)
      .slice(0, MOST)
      .map(({ command }) => command);
  });
  /** The position of the match that Enter runs; -1 without one. */
  readonly active = computed((): number => {
    const matches = this.matches.get();
    const marked = matches.findIndex(({ id }) => id === this.#marked.get());
    return marked < 0 ? Math.min(0, matches.length - 1) : marked;
  });
  readonly #commands: () => readonly Command[];
  /** The id of the command that was moved to: it stays so when others come and go. */
  readonly #marked = signal<string | null>(null);

  constructor(commands: () => readonly Command[]) {
    this.#commands = commands;
  }

  show(): void {
    this.type('');
    this.open.set(true);
  }

  hide(): void {
    this.open.set(false);
  }

  showSheet(): void {
    this.sheetOpen.set(true);
  }

  hideSheet(): void {
    this.sheetOpen.set(false);
  }

  type(query: string): void {
    this.query.set(query);
    this.#marked.set(null);
  }

  /** Moves on to the next match or the one before, round the ends. */
  move(by: 1 | -1): void {
    const matches = this.matches.get();
    const to = (this.active.get() + by + matches.length) % matches.length;
    this.#marked.set(matches[to]?.id ?? null);
  }
}
