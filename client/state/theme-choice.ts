import { signal } from '@lit-labs/signals';
import type { PreferenceStore } from './preference-store.ts';

/** The colours of the page: the system's choice, or the person's. */
export type Theme = 'system' | 'light' | 'dark';

const THEMES: readonly Theme[] = ['system', 'light', 'dark'];

/** Under this key `public/theme.js` reads the theme before the page is painted. */
const THEME_KEY = 'reattach.theme';

/** The chosen theme, remembered. */
export class ThemeChoice {
  readonly theme;
  readonly #store: PreferenceStore;

  constructor(store: PreferenceStore) {
    this.#store = store;
    this.theme = signal<Theme>(this.#read());
  }

  choose(theme: Theme): void {
    this.#store.write(THEME_KEY, theme === 'system' ? null : theme);
    this.theme.set(theme);
  }

  /** System, light, dark, and round again. */
  next(): void {
    const at = THEMES.indexOf(this.theme.get());
    this.choose(THEMES[(at + 1) % THEMES.length] ?? 'system');
  }

  /** Another page of this browser may have chosen. */
  refresh(): void {
    this.theme.set(this.#read());
  }

  #read(): Theme {
    const stored = this.#store.read(THEME_KEY);
    return THEMES.find((theme) => theme === stored) ?? 'system';
  }
}
