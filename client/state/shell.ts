import { commandsOf, type PageFocus } from './commands.ts';
import { Layout } from './layout.ts';
import { Palette } from './palette.ts';
import type { Panel } from './panel.ts';
import type { PreferenceStore } from './preference-store.ts';
import { ThemeChoice, type Theme } from './theme-choice.ts';

export interface ShellOptions {
  readonly panel: Panel;
  readonly store: PreferenceStore;
  /** Of the panel, in CSS pixels. */
  readonly width: number;
  readonly theme: Theme;
  /** The person chose a theme. */
  readonly onTheme: (theme: Theme) => void;
}

const LIST_KEY = 'reattach.list';

const nowhere = (): void => undefined;
const noFocus: PageFocus = {
  filter: nowhere,
  list: nowhere,
  graph: nowhere,
  session: nowhere,
  nextPrompt: nowhere,
};

/** The presenter of what is around the panel's content: panes, theme and command palette. */
export class Shell {
  readonly panel: Panel;
  readonly layout: Layout;
  readonly themes: ThemeChoice;
  readonly palette: Palette;
  /** What moves the focus; the view sets it. */
  focus: PageFocus = noFocus;
  readonly #store: PreferenceStore;

  constructor({ panel, store, width, theme, onTheme }: ShellOptions) {
    this.panel = panel;
    this.#store = store;
    this.layout = new Layout(store, panel.listOpen, width);
    this.themes = new ThemeChoice(theme, onTheme);
    this.palette = new Palette(() => commandsOf(this, this.focus));
  }

  /** Shows the panel as it was left. To be called before the panel starts. */
  start(): void {
    this.#showList();
  }

  /** The panel has another width, in CSS pixels. */
  resized(width: number): void {
    this.layout.resized(width);
    this.#showList();
  }

  setListOpen(open: boolean): void {
    this.#store.write(LIST_KEY, open ? null : 'closed');
    this.#showList();
  }

  toggleList(): void {
    this.setListOpen(!this.panel.listOpen.get());
  }

  /** Gives the panes their usual sizes. */
  resetSizes(): void {
    this.layout.resize('list', null);
    this.layout.resize('prompts', null);
    this.setListOpen(true);
  }

  /** Where there is room for one pane, the list is what is behind the session: it is never closed. */
  #showList(): void {
    const open = this.layout.onePane.get() || this.#store.read(LIST_KEY) !== 'closed';
    if (open !== this.panel.listOpen.get()) this.panel.setListOpen(open);
  }
}
