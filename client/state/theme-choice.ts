import { signal } from '@lit-labs/signals';

/** The colours of the panel: those of the page around it, or the person's choice. */
export type Theme = 'system' | 'light' | 'dark';

const THEMES: readonly Theme[] = ['system', 'light', 'dark'];

/** The chosen theme, which the page around the panel may choose as well. */
export class ThemeChoice {
  readonly theme;
  readonly #onChoose: (theme: Theme) => void;

  /** `onChoose` is told of what the person chooses. */
  constructor(theme: Theme, onChoose: (theme: Theme) => void) {
    this.theme = signal(theme);
    this.#onChoose = onChoose;
  }

  choose(theme: Theme): void {
    this.theme.set(theme);
    this.#onChoose(theme);
  }

  /** System, light, dark, and round again. */
  next(): void {
    const at = THEMES.indexOf(this.theme.get());
    this.choose(THEMES[(at + 1) % THEMES.length] ?? 'system');
  }
}

/** The theme of this name; the system's for any other. */
export function themeOf(name: string | null): Theme {
  return THEMES.find((theme) => theme === name) ?? 'system';
}
