// Longer than most: it draws a part of a list whose heights are known only once drawn, and the
// drawing, the measuring and the room for the rest have to agree.
import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { guard } from 'lit/directives/guard.js';
import { repeat } from 'lit/directives/repeat.js';
import type { Json, JsonObject } from '../../shared/json.ts';
import type { NodeActivity } from '../../shared/session-state.ts';
import { indexOf, type Entry, type NodeView } from '../../shared/session-view.ts';
import { entriesOfRow, nodeRows, type NodeRow } from '../state/node-rows.ts';
import { RowWindow, type WindowRange } from '../state/row-window.ts';
import { controls } from '../styles/controls.css.ts';
import { liveMarkStyles } from '../styles/live-mark.css.ts';
import { nodeCardStyles } from '../styles/node-card.css.ts';
import { statusStyles } from '../styles/status.css.ts';
import { drawnOnce, stepHead, stepTail } from './views/entry-view.ts';
import { liveMark } from './views/live-mark.ts';
import { duration } from './views/moment.ts';
import { statusMark } from './views/status-mark.ts';
import { valueView } from './views/value-view.ts';

/** A node of the open session. */
export interface NodeCardInput {
  readonly id: string;
  readonly title: string;
  readonly type: string;
  readonly activity: NodeActivity;
  /** Null for a node that has not begun. */
  readonly view: NodeView | null;
  /** The index of the first event that was not replayed, if the node had begun before. */
  readonly liveFrom: number | null;
  /** Unix seconds; what is not over has lasted until then. */
  readonly now: number;
  /** Whether the end of the log is followed. */
  readonly following: boolean;
}

/** From so many lines on only what is near the screen is drawn. */
const WHOLE_LINES = 400;
/** How far above and below the screen it is drawn as well, in pixels. */
const AROUND = 800;
const SCREEN = 1_000;

/** What happened in one node. Renders anew only when its node changed or was scrolled. */
export class NodeCard extends LitElement {
  static override properties = { input: { attribute: false, hasChanged: differs } };
  static override styles = [controls, statusStyles, liveMarkStyles, nodeCardStyles];

  declare input: NodeCardInput | null;
  readonly #window = new RowWindow();
  #rows: readonly NodeRow[] = [];
  #range: WindowRange = { from: 0, to: 0, above: 0, below: 0 };
  /**
   * What is to be seen, in pixels from where `row` begins, the first that was drawn when the log said
   * so; null until then. Where that row is among the others changes with each one that is measured.
   */
  #place: { row: number; top: number; bottom: number } | null = null;
  /** How high that row and all behind it were then. */
  #height = 0;
  #liveKey: string | null = null;
  /** How many rows have been searched for the first that was not replayed. */
  #searched = 0;
  readonly #sizes = new ResizeObserver((entries) => this.#measure(entries));
  #watched = new Set<Element>();

  constructor() {
    super();
    this.input = null;
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#sizes.disconnect();
    this.#watched.clear();
  }

  /** Draws what there is between two places of the screen, in pixels from its top. */
  look(top: number, bottom: number): void {
    const list = this.renderRoot.querySelector('.rows');
    if (list === null || !this.#isLong) return;
    const { from: row, to: end, above } = this.#range;
    const begin = list.getBoundingClientRect().top + above;
    this.#place = { row, top: top - begin, bottom: bottom - begin };
    this.#height = this.#window.height - this.#window.offsetOf(row);
    const { from, to } = this.#rangeNow();
    // As long as what is drawn reaches, it stays: each change costs a layout.
    if (from !== row || to !== end) this.requestUpdate();
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    const view = this.input?.view ?? null;
    if (changed.has('input')) {
      const before = changed.get('input');
      if (before?.id !== this.input?.id) this.#reset();
      if (view !== before?.view) this.#rows = view === null ? [] : nodeRows(view);
      this.#window.setBlocks(this.#rows);
      this.#findLive();
    }
    if (!this.#isLong) {
      this.#range = { from: 0, to: this.#rows.length, above: 0, below: 0 };
      return;
    }
    // Whoever follows the end looks further down by as much as it has grown.
    if (this.input?.following === true && this.#place !== null) {
      const { row, top, bottom } = this.#place;
      const height = this.#window.height - this.#window.offsetOf(row);
      const grown = height - this.#height;
      this.#place = { row, top: top + grown, bottom: bottom + grown };
      this.#height = height;
    }
    this.#range = this.#rangeNow();
  }

  override render(): TemplateResult {
    if (this.input === null) return html``;
    const { id, title, type, activity, view } = this.input;
    return html`<article aria-label="Node ${title}" data-node=${id} class=${activity}>
      <header>
        <h3 dir="auto">${title}</h3>
        <span class="type mono">${type}</span>
        <span class="time">${lengthOf(this.input)}</span>
        ${statusMark(activity)}
      </header>
      ${view === null ? nothing : this.#body(view)}
    </article>`;
  }

  override updated(): void {
    const { above, below } = this.#range;
    const rooms = this.renderRoot.querySelectorAll<HTMLElement>('.room');
    [above, below].forEach((height, place) => {
      const room = rooms[place];
      if (room !== undefined) room.style.height = `${height}px`;
    });
    this.#watch();
  }

  get #isLong(): boolean {
    return this.#window.lines > WHOLE_LINES;
  }

  #rangeNow(): WindowRange {
    const { height } = this.#window;
    const start = this.input?.following === true ? height - SCREEN : 0;
    const { row, top, bottom } = this.#place ?? { row: 0, top: start, bottom: start + SCREEN };
    const begin = this.#window.offsetOf(row);
    return this.#window.range(begin + top - AROUND, begin + bottom + AROUND);
  }

  #reset(): void {
    this.#place = null;
    this.#rows = [];
    this.#liveKey = null;
    this.#searched = 0;
  }

  #body(view: NodeView): TemplateResult {
    const { from, to } = this.#range;
    const drawn = this.#rows.slice(from, to);
    return html`${
      drawn.length === 0
        ? nothing
        : html`<div class="rows">
            <div class="room"></div>
            ${repeat(
              drawn,
              (row) => row.key,
              (row) => guard([row, this.#liveKey], () => this.#row(row)),
            )}
            <div class="room"></div>
          </div>`
    }
    ${guard([view.outputs], () => outputsView(view))}
    ${
      view.error === null || isTold(view, view.error)
        ? nothing
        : html`<div class="failure" role="group" aria-label="Error">
            <reattach-long-text .text=${view.error}></reattach-long-text>
          </div>`
    }
    ${view.skipped === null ? nothing : html`<p class="quiet-text skipped">${view.skipped}</p>`}`;
  }

  #row(row: NodeRow): TemplateResult {
    switch (row.kind) {
      case 'entries':
        return html`<ol class="row entries" data-row=${row.key}>
          ${this.#entries(row.entries)}
        </ol>`;
      case 'inner':
        return html`<div class="row step ${row.step.state}" data-row=${row.key}>
          <ol class="entries">
            ${this.#entries(row.entries)}
          </ol>
        </div>`;
      case 'head':
        return html`<div class="row step ${row.step.state}" data-row=${row.key}>
          ${this.#mark(row.step)}${stepHead(row.step)}
        </div>`;
      case 'tail':
        return html`<div class="row step ${row.step.state}" data-row=${row.key}>
          ${stepTail(row.step)}
        </div>`;
    }
  }

  #entries(entries: readonly Entry[]): unknown {
    return repeat(
      entries,
      (entry) => entry.key,
      (entry) =>
        entry.key === this.#liveKey
          ? html`<li>${liveMark()}</li>
              ${drawnOnce(entry)}`
          : drawnOnce(entry),
    );
  }

  #mark(entry: Entry): TemplateResult | typeof nothing {
    return entry.key === this.#liveKey ? liveMark() : nothing;
  }

  /** Looks for the first entry that was not replayed, among the rows that are new. */
  #findLive(): void {
    const { liveFrom } = this.input ?? { liveFrom: null };
    if (liveFrom === null) {
      this.#liveKey = null;
      this.#searched = 0;
      return;
    }
    if (this.#liveKey !== null) return;
    const start = this.#searched === 0 ? 0 : Math.max(0, this.#searched - 2);
    for (const row of this.#rows.slice(start)) {
      const live = entriesOfRow(row).find((entry) => indexOf(entry) >= liveFrom);
      if (live === undefined) continue;
      this.#liveKey = live.key;
      return;
    }
    this.#searched = this.#rows.length;
  }

  #watch(): void {
    const drawn = new Set(this.#isLong ? this.renderRoot.querySelectorAll('[data-row]') : []);
    for (const row of this.#watched) if (!drawn.has(row)) this.#sizes.unobserve(row);
    for (const row of drawn) if (!this.#watched.has(row)) this.#sizes.observe(row);
    this.#watched = drawn;
  }

  #measure(entries: readonly ResizeObserverEntry[]): void {
    const lines = new Map(
      this.#rows.slice(this.#range.from, this.#range.to).map((row) => [row.key, row.lines]),
    );
    for (const { target, borderBoxSize } of entries) {
      const key = target.getAttribute('data-row') ?? '';
      const height = borderBoxSize[0]?.blockSize ?? 0;
      if (height > 0) this.#window.measure(key, lines.get(key) ?? 1, height);
    }
  }
}

/** Whether a step has told the error already. */
function isTold(view: NodeView, error: string): boolean {
  return view.blocks.some(({ entries: [entry] }) => {
    return entry?.kind === 'step' && entry.state === 'failed' && entry.error === error;
  });
}

function outputsView({ outputs }: NodeView): TemplateResult | typeof nothing {
  const ports = portsOf(outputs ?? {});
  if (ports.length === 0) return nothing;
  return html`<dl class="outputs" aria-label="Outputs">
    ${ports.map(
      ([port, value]) =>
        html`<dt class="mono">${port}</dt>
          <dd>${valueView(value)}</dd>`,
    )}
  </dl>`;
}

/** The ports to show: `output` is left out where the others say the same. */
function portsOf({ output, ...others }: JsonObject): [string, Json][] {
  const ports = Object.entries(others);
  const same = ports.length > 0 && JSON.stringify(output) === JSON.stringify(others);
  return output === undefined || same ? ports : [...ports, ['output', output]];
}

function lengthOf({ view, activity, now }: NodeCardInput): string {
  if (view === null || view.startedAt === null || activity === 'pending') return '';
  if (view.endedAt !== null) return duration(view.endedAt - view.startedAt);
  const length = Math.floor(now - view.startedAt);
  return length < 1 ? '' : duration(length).replace('.0 s', ' s');
}

function differs(a: NodeCardInput | null, b: NodeCardInput | null | undefined): boolean {
  if (a === null || b == null) return a !== b;
  if (a.view !== b.view || a.activity !== b.activity || a.liveFrom !== b.liveFrom) return true;
  return a.title !== b.title || a.id !== b.id || lengthOf(a) !== lengthOf(b);
}

customElements.define('reattach-node-card', NodeCard);

declare global {
  interface HTMLElementTagNameMap {
    'reattach-node-card': NodeCard;
  }
}
