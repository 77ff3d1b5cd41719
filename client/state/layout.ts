import { computed, signal } from '@lit-labs/signals';
import type { PreferenceStore } from './preference-store.ts';

/** A pane whose width a person can choose. */
export type PaneName = 'list' | 'prompts';

/** The width of a pane and what it can be, in CSS pixels. */
export interface PaneSize {
  readonly now: number;
  readonly min: number;
  readonly max: number;
}

/** Below this width of the page, in CSS pixels, there is room for one pane at a time. */
const ONE_PANE_BELOW = 720;

const MINIMUM = { list: 220, prompts: 320 } satisfies Record<PaneName, number>;
/** What resizing leaves to the log, and to the session as a whole. */
const LEAST_LOG = 400;
const LEAST_SESSION = 400;

/**
 * How wide the panes are. What a person chose is remembered as it was chosen, and cut to what the
 * page has room for: a page that was small for a while has the old sizes again when it is large.
 */
export class Layout {
  readonly list = computed((): PaneSize => {
    const width = this.#width.get();
    const max = Math.max(MINIMUM.list, Math.min(800, width - LEAST_SESSION));
    const usual = within(MINIMUM.list + 40, Math.round(width * 0.22), 380);
    return sizeOf(this.#chosen.list.get() ?? usual, MINIMUM.list, max);
  });
  readonly prompts = computed((): PaneSize => {
    const session = this.#width.get() - (this.#listOpen.get() ? this.list.get().now : 0);
    const max = Math.max(MINIMUM.prompts, Math.min(1000, session - LEAST_LOG));
    const usual = within(MINIMUM.prompts, Math.round(session * 0.4), 520);
    return sizeOf(this.#chosen.prompts.get() ?? usual, MINIMUM.prompts, max);
  });
  /** Whether there is room for one pane at a time. */
  readonly onePane = computed((): boolean => this.#width.get() < ONE_PANE_BELOW);
  readonly #store: PreferenceStore;
  readonly #width;
  readonly #listOpen: { get(): boolean };
  readonly #chosen;

  /** `width`: of the page, in CSS pixels. */
  constructor(store: PreferenceStore, listOpen: { get(): boolean }, width: number) {
    this.#store = store;
    this.#listOpen = listOpen;
    this.#width = signal(width);
    this.#chosen = {
      list: signal<number | null>(this.#read('list')),
      prompts: signal<number | null>(this.#read('prompts')),
    };
  }

  /** The page has another width. */
  resized(width: number): void {
    this.#width.set(width);
  }

  /** Gives a pane a width, as far as there is room; null gives it the usual one. */
  resize(pane: PaneName, width: number | null): void {
    const { min, max } = this[pane].get();
    const chosen = width === null ? null : within(min, Math.round(width), max);
    this.#chosen[pane].set(chosen);
    this.#store.write(keyOf(pane), chosen === null ? null : String(chosen));
  }

  #read(pane: PaneName): number | null {
    const stored = Number(this.#store.read(keyOf(pane)));
    return Number.isFinite(stored) && stored > 0 ? stored : null;
  }
}

function keyOf(pane: PaneName): string {
  return `reattach.width.${pane}`;
}

function sizeOf(wanted: number, min: number, max: number): PaneSize {
  return { now: within(min, wanted, max), min, max };
}

function within(min: number, value: number, max: number): number {
  return Math.max(min, Math.min(value, max));
}
