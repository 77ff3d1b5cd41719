// Over 300 lines: the keys, the focus and the scroll position of one grid depend on each other.
import { VirtualizerController, defaultRangeExtractor } from '@tanstack/lit-virtual';
import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { createRef, ref } from 'lit/directives/ref.js';
import { repeat } from 'lit/directives/repeat.js';
import type { SessionSummary } from '../../shared/session.ts';
import type { BulkProgress } from '../state/bulk-run.ts';
import type { ListFilter } from '../state/list-filter.ts';
import { numberText } from '../state/number-text.ts';
import type { RenameModel } from '../state/rename.ts';
import type { SessionListModel } from '../state/session-list.ts';
import { placeIn, type RowKey } from '../state/session-order.ts';
import { shortcutOf } from '../state/shortcuts.ts';
import { controls } from '../styles/controls.css.ts';
import { sessionListStyles } from '../styles/session-list.css.ts';
import { statusStyles } from '../styles/status.css.ts';
import { keyPressOf } from './key-press.ts';
import { listFilters } from './views/list-filters.ts';
import { listRow } from './views/list-row.ts';
import { listState } from './views/list-state.ts';
import { needsYou, type NeedsYouInput } from './views/needs-you.ts';
import { selectionBar } from './views/selection-bar.ts';

/** What the list shows, and what it says when a person acts. */
export interface SessionListInput {
  readonly model: SessionListModel;
  /** The filter as its controls say it: ahead of the model's while it is typed. */
  readonly filter: ListFilter;
  /** How many sessions there are, in words; empty while that is not known. */
  readonly count: string;
  /** The connection is lost: what is shown may be out of date. */
  readonly stale: boolean;
  readonly selected: ReadonlySet<string>;
  readonly progress: BulkProgress | null;
  readonly rename: RenameModel | null;
  readonly openId: string | null;
  /** Unix seconds. */
  readonly now: number;
  readonly find: (sessionId: string) => SessionSummary | undefined;
  readonly hrefOf: (sessionId: string) => string;
  readonly onOpen: (sessionId: string) => void;
  readonly onCancel: (session: SessionSummary) => void;
  readonly onDelete: (session: SessionSummary) => void;
  readonly onMore: () => void;
  readonly onRetry: () => void;
  readonly onFilter: (filter: ListFilter) => void;
  readonly onAtTop: (atTop: boolean) => void;
  readonly onToggle: (row: RowKey) => void;
  readonly onExtend: (from: RowKey, to: RowKey) => void;
  readonly onSelectAll: () => void;
  readonly onClearSelection: () => void;
  readonly onCancelSelected: () => void;
  readonly onDeleteSelected: () => void;
  readonly onRename: (session: SessionSummary) => void;
  readonly onRenameEdit: (text: string) => void;
  readonly onRenameSave: () => void;
  readonly onRenameCancel: () => void;
}

/** The height of a row in pixels: the same for all, so that the place of each is known. */
const ROW = 48;
/** So many rows before the end of what is loaded, the next page is asked for. */
const AHEAD = 30;

/** What needs the person, and the sessions of a graph, newest first. */
export class SessionListElement extends LitElement {
  static override properties = { input: { attribute: false }, needs: { attribute: false } };
  static override styles = [controls, statusStyles, sessionListStyles];

  declare input: SessionListInput | null;
  declare needs: NeedsYouInput | null;
  readonly #scroller = createRef<HTMLElement>();
  readonly #virtual = new VirtualizerController<HTMLElement, HTMLElement>(this, {
    count: 0,
    getScrollElement: () => this.#scroller.value ?? null,
    estimateSize: () => ROW,
    overscan: 8,
    // Until it has been measured: rows that are there are drawn at once.
    initialRect: { width: 0, height: innerHeight },
  });
  /** The row that the keys move from; the Tab key comes to it. */
  #active: RowKey | null = null;
  #rows: readonly RowKey[] = [];
  /** Who has the focus, by what is drawn: it is to have it afterwards too. */
  #focused: { readonly inRow: boolean; readonly index: number } | null = null;
  /** The row that is to have the focus once it is drawn. */
  #focusWanted = false;
  /** What had the focus then. */
  #wantedFrom: Element | null = null;
  /** Where to scroll once the rows are drawn. */
  #scrollTo: number | null = null;

  constructor() {
    super();
    this.input = null;
    this.needs = null;
  }

  /** Puts the focus on a session's row or, without that, on the first, or on what is said instead. */
  focusRow(sessionId?: string | null): void {
    const row = this.#rows.find((candidate) => candidate.sessionId === sessionId);
    const first = row ?? this.#active ?? this.#rows[0];
    if (first === undefined) this.renderRoot.querySelector<HTMLElement>('.state')?.focus();
    else this.#moveTo(placeIn(this.#rows, first));
  }

  /** Puts the focus on the filter's text. */
  focusFilter(): void {
    this.renderRoot.querySelector<HTMLInputElement>('input[type="search"]')?.select();
    this.renderRoot.querySelector<HTMLInputElement>('input[type="search"]')?.focus();
  }

  override willUpdate(changed: PropertyValues<this>): void {
    const rows = this.input?.model.rows ?? [];
    const focused = this.shadowRoot?.activeElement ?? null;
    const inRow = focused?.closest('[role="row"]') != null;
    this.#focused =
      focused === null || focused.closest('.needs') !== null
        ? null
        : { inRow, index: this.#index() };
    if (rows !== this.#rows) this.#take(rows, changed.get('input')?.model);
    const { input } = this;
    if (
      input?.rename != null &&
      changed.get('input')?.rename?.sessionId !== input.rename.sessionId
    ) {
      this.#active = rows.find(({ sessionId }) => sessionId === input.rename?.sessionId) ?? null;
    }
    const active = this.#index();
    this.#virtual.getVirtualizer().setOptions({
      ...this.#virtual.getVirtualizer().options,
      count: rows.length,
      // The row that may have the focus stays, wherever the list is scrolled.
      rangeExtractor: (range) => {
        const places = defaultRangeExtractor(range);
        if (active >= rows.length || places.includes(active)) return places;
        return active < (places[0] ?? 0) ? [active, ...places] : [...places, active];
      },
    });
  }

  override updated(changed: PropertyValues<this>): void {
    const scroller = this.#scroller.value;
    if (this.#scrollTo !== null && scroller !== undefined) scroller.scrollTop = this.#scrollTo;
    this.#scrollTo = null;
    this.#keepFocus(changed);
    this.#askForMore();
  }

  override render(): TemplateResult {
    const { input, needs } = this;
    return html`${needs === null ? nothing : needsYou(needs)}
    ${
      input === null
        ? html`<p class="state" tabindex="-1">Pick a graph.</p>`
        : html`${listFilters({ filter: input.filter, count: input.count, onFilter: input.onFilter })}
            ${listState(input)}
            <div class="body">
              <div class="scroller" ${ref(this.#scroller)} @scroll=${this.#scrolled}>
                ${this.#grid(input)} ${this.#end(input)}
              </div>
              ${this.#newer(input)}
            </div>
            ${this.#selection(input)}`
    }`;
  }

  #grid(input: SessionListInput): TemplateResult | typeof nothing {
    const { model, selected } = input;
    if (model.rows.length === 0) return nothing;
    const virtualizer = this.#virtual.getVirtualizer();
    const drawn = virtualizer.getVirtualItems().flatMap((item) => {
      const row = model.rows[item.index];
      const session = row === undefined ? undefined : input.find(row.sessionId);
      return row === undefined || session === undefined ? [] : [{ item, row, session }];
    });
    return html`<div
      role="grid"
      aria-label="Sessions"
      aria-multiselectable="true"
      aria-busy=${model.phase === 'loading' ? 'true' : 'false'}
      aria-rowcount=${model.more === 'none' ? model.rows.length : -1}
      class="grid ${selected.size > 0 ? 'selecting' : ''}"
      .style=${`height: ${virtualizer.getTotalSize()}px`}
      @keydown=${this.#keys}
      @focusin=${this.#focusedIn}
    >
      ${repeat(
        drawn,
        ({ row }) => row.sessionId,
        ({ item, row, session }) => this.#row(input, session, row, item.index),
      )}
    </div>`;
  }

  #row(input: SessionListInput, session: SessionSummary, row: RowKey, index: number) {
    const { sessionId } = row;
    const rename = input.rename?.sessionId === sessionId ? input.rename : null;
    return listRow({
      ...{ session, index, top: index * ROW, rename, now: input.now },
      open: sessionId === input.openId,
      selected: input.selected.has(sessionId),
      tabbable: index === this.#index(),
      href: input.hrefOf(sessionId),
      onOpen: (event) => this.#open(event, sessionId),
      onSelect: (event) => this.#select(event, row),
      onCancel: () => input.onCancel(session),
      onRename: () => input.onRename(session),
      onDelete: () => input.onDelete(session),
      onRenameEdit: input.onRenameEdit,
      onRenameSave: input.onRenameSave,
      onRenameCancel: input.onRenameCancel,
    });
  }

  #end({ model, onMore }: SessionListInput): TemplateResult | typeof nothing {
    if (model.rows.length === 0 || model.more === 'none') return nothing;
    if (model.error !== null) {
      return html`<button type="button" class="more" @click=${onMore}>Load more</button>`;
    }
    return html`<p class="more quiet-text">Loading more…</p>`;
  }

  #newer({ model }: SessionListInput): TemplateResult | typeof nothing {
    if (model.newCount === 0) return nothing;
    return html`<button type="button" class="newer" @click=${this.#toTop}>
      <span aria-hidden="true">↑</span> ${numberText(model.newCount)} new
    </button>`;
  }

  #selection(input: SessionListInput): TemplateResult | typeof nothing {
    const { selected, progress, onCancelSelected, onDeleteSelected } = input;
    if (selected.size === 0 && progress === null) return nothing;
    return selectionBar({
      ...{ count: selected.size, progress, onCancel: onCancelSelected, onDelete: onDeleteSelected },
      onClear: input.onClearSelection,
    });
  }

  /** The place of the row that the Tab key comes to. */
  #index(): number {
    const { openId = null } = this.input ?? {};
    if (this.#active !== null) {
      return Math.min(placeIn(this.#rows, this.#active), Math.max(0, this.#rows.length - 1));
    }
    const open = openId === null ? undefined : this.input?.find(openId);
    const place = open === undefined ? 0 : placeIn(this.#rows, open);
    return this.#rows[place]?.sessionId === openId ? place : 0;
  }

  /** Other rows: what the person looks at stays where it is, unless they look at the newest. */
  #take(rows: readonly RowKey[], before: SessionListModel | undefined): void {
    const model = this.input?.model;
    const virtualizer = this.#virtual.getVirtualizer();
    const offset = this.#scroller.value?.scrollTop ?? 0;
    const first = this.#rows[Math.floor(offset / ROW)];
    const isSameList = before?.graphId === model?.graphId && before?.filter === model?.filter;
    if (!isSameList) {
      this.#active = null;
      this.#scrollTo = 0;
      virtualizer.scrollOffset = 0;
    } else if (offset > 0 && first !== undefined) {
      const moved = placeIn(rows, first) - Math.floor(offset / ROW);
      if (moved !== 0) {
        this.#scrollTo = Math.max(0, offset + moved * ROW);
        virtualizer.scrollOffset = this.#scrollTo;
      }
    }
    this.#rows = rows;
  }

  #keepFocus(changed: PropertyValues<this>): void {
    const focused = this.#focused;
    this.#focused = null;
    const renamed = changed.get('input')?.rename;
    const { rename } = this.input ?? {};
    if (rename != null && renamed?.sessionId !== rename.sessionId) {
      this.#scrollToRow(this.#index());
      this.renderRoot.querySelector<HTMLInputElement>('input.rename')?.select();
      this.renderRoot.querySelector<HTMLInputElement>('input.rename')?.focus();
      return;
    }
    const lost = focused !== null && this.shadowRoot?.activeElement == null;
    const wanted = this.#focusWanted && !this.#isElsewhere();
    this.#focusWanted = false;
    if (!lost && !wanted) return;
    if (this.#rows.length === 0) {
      (
        this.renderRoot.querySelector<HTMLElement>('.state') ??
        this.renderRoot.querySelector<HTMLElement>('input[type="search"]')
      )?.focus();
      return;
    }
    const index =
      lost && focused.inRow ? Math.min(focused.index, this.#rows.length - 1) : this.#index();
    const row = this.#rows[index];
    if (row === undefined) return;
    const link = this.#linkOf(row);
    if (link !== null) link.focus({ preventScroll: true });
    else if (!wanted) this.#moveTo(index);
    // It is drawn when there is room: nothing but that is waited for.
    else this.#focusWanted = true;
  }

  /** Whether the person has gone on to another part of the page since the focus was wanted here. */
  #isElsewhere(): boolean {
    const focused = this.#focusedPart();
    return focused !== null && focused !== this && focused !== this.#wantedFrom;
  }

  /** The part of the page that has the focus; null for none. */
  #focusedPart(): Element | null {
    const root = this.getRootNode();
    return root instanceof ShadowRoot ? root.activeElement : null;
  }

  #linkOf({ sessionId }: RowKey): HTMLElement | null {
    const links = this.renderRoot.querySelectorAll<HTMLElement>('a[data-session]');
    return [...links].find(({ dataset }) => dataset['session'] === sessionId) ?? null;
  }

  #moveTo(index: number): void {
    const row = this.#rows[Math.max(0, Math.min(index, this.#rows.length - 1))];
    if (row === undefined) return;
    this.#active = row;
    this.#focusWanted = true;
    this.#wantedFrom = this.#focusedPart();
    this.#scrollToRow(placeIn(this.#rows, row));
    this.requestUpdate();
  }

  /** Brings a row into sight, without more movement than that takes. */
  #scrollToRow(index: number): void {
    const scroller = this.#scroller.value;
    if (scroller === undefined) return;
    const { scrollTop, clientHeight } = scroller;
    const top = index * ROW;
    if (top < scrollTop) scroller.scrollTop = top;
    else if (top + ROW > scrollTop + clientHeight) scroller.scrollTop = top + ROW - clientHeight;
  }

  #askForMore(): void {
    const { model, onMore } = this.input ?? {};
    if (model?.more !== 'available' || model.error !== null) return;
    const last = this.#virtual.getVirtualizer().range?.endIndex ?? 0;
    const scroller = this.#scroller.value;
    // A list that nobody sees asks for nothing.
    if (scroller === undefined || scroller.clientHeight === 0) return;
    if (last + AHEAD >= model.rows.length) onMore?.();
  }

  readonly #scrolled = (): void => {
    const offset = this.#scroller.value?.scrollTop ?? 0;
    this.input?.onAtTop(offset < ROW / 2);
  };

  readonly #toTop = (): void => {
    const scroller = this.#scroller.value;
    if (scroller !== undefined) scroller.scrollTop = 0;
    this.input?.onAtTop(true);
    this.#moveTo(0);
  };

  readonly #focusedIn = (event: FocusEvent): void => {
    const { target } = event;
    const id = target instanceof HTMLElement ? rowIdOf(target) : undefined;
    const row = this.#rows.find(({ sessionId }) => sessionId === id);
    if (row === undefined || row.sessionId === this.#active?.sessionId) return;
    this.#active = row;
    this.requestUpdate();
  };

  #open(event: MouseEvent, sessionId: string): void {
    // A click that asks for another tab or window is the browser's.
    if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey)
      return;
    event.preventDefault();
    this.input?.onOpen(sessionId);
  }

  #select(event: MouseEvent, row: RowKey): void {
    if (event.shiftKey) this.input?.onExtend(this.#rows[this.#index()] ?? row, row);
    else this.input?.onToggle(row);
    this.#active = row;
    this.requestUpdate();
  }

  readonly #keys = (event: KeyboardEvent): void => {
    const { input } = this;
    const row = this.#rows[this.#index()];
    if (input === null || row === undefined || event.defaultPrevented) return;
    if (this.#act(event, input, row)) event.preventDefault();
  };

  /** Does what a key means. False when it means nothing here. */
  #act(event: KeyboardEvent, input: SessionListInput, row: RowKey): boolean {
    const { target, key } = event;
    const session = input.find(row.sessionId);
    const index = this.#index();
    const page = Math.max(1, Math.floor((this.#scroller.value?.clientHeight ?? 0) / ROW) - 1);
    switch (shortcutOf(keyPressOf(event), ['list'])) {
      case 'next-row':
        this.#moveTo(index + 1);
        return true;
      case 'previous-row':
        this.#moveTo(index - 1);
        return true;
      case 'next-page':
        this.#moveTo(index + page);
        return true;
      case 'previous-page':
        this.#moveTo(index - page);
        return true;
      case 'first-row':
        this.#moveTo(0);
        return true;
      case 'last-row':
        this.#moveTo(this.#rows.length - 1);
        return true;
      case 'select-more': {
        const to = index + (key === 'ArrowDown' ? 1 : -1);
        input.onExtend(row, this.#rows[to] ?? row);
        this.#moveTo(to);
        return true;
      }
      case 'in-row':
        return this.#moveInRow(target, key === 'ArrowRight' ? 1 : -1);
      case 'select':
        if (!(target instanceof HTMLAnchorElement)) return false;
        input.onToggle(row);
        return true;
      case 'rename':
        if (session !== undefined) input.onRename(session);
        return true;
      case 'delete':
        if (input.selected.has(row.sessionId)) input.onDeleteSelected();
        else if (session !== undefined) input.onDelete(session);
        return true;
      case 'select-all':
        input.onSelectAll();
        return true;
      case 'select-none':
        if (input.selected.size === 0) return false;
        input.onClearSelection();
        return true;
      default:
        return false;
    }
  }

  #moveInRow(target: EventTarget | null, by: number): boolean {
    const row = target instanceof HTMLElement ? target.closest('[role="row"]') : null;
    const stops = [...(row?.querySelectorAll<HTMLElement>('a, button, input') ?? [])];
    const at = stops.findIndex((stop) => stop === target);
    stops[at + by]?.focus();
    return at !== -1;
  }
}

function rowIdOf(element: HTMLElement): string | undefined {
  return element.closest<HTMLElement>('[role="row"]')?.dataset['session'];
}

customElements.define('reattach-session-list', SessionListElement);

declare global {
  interface HTMLElementTagNameMap {
    'reattach-session-list': SessionListElement;
  }
}
