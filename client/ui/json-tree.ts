import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import './copy-button.ts';
import './long-text.ts';
import type { Json } from '../../shared/json.ts';
import { JSON_PAGE, jsonPreview, jsonRows, type JsonRow } from '../state/json-rows.ts';
import { numberText } from '../state/number-text.ts';
import { controls } from '../styles/controls.css.ts';
import { jsonTreeStyles } from '../styles/json-tree.css.ts';

/** From so many characters on a text in a tree is cut until all of it is asked for. */
const LONG = 300;

/**
 * JSON as a tree. The arrow keys move in it, Enter and the space bar open, close and show more; long
 * lists come page by page.
 */
export class JsonTree extends LitElement {
  static override properties = {
    value: { attribute: false },
    toggled: { state: true },
    shown: { state: true },
    whole: { state: true },
    current: { state: true },
  };
  static override styles = [controls, jsonTreeStyles];

  declare value: Json;
  declare toggled: ReadonlyMap<string, boolean>;
  declare shown: ReadonlyMap<string, number>;
  /** The long texts that are shown whole, by path. */
  declare whole: ReadonlySet<string>;
  /** The row that the Tab key leads to. */
  declare current: string;
  #rows: JsonRow[] = [];
  #focusNext = false;

  constructor() {
    super();
    this.value = null;
    this.toggled = new Map();
    this.shown = new Map();
    this.whole = new Set();
    this.current = '';
  }

  protected override willUpdate(): void {
    this.#rows = jsonRows(this.value, this);
    if (!this.#rows.some(({ path }) => path === this.current)) this.current = '';
  }

  override render(): TemplateResult {
    return html`<div class="tools">
        <reattach-copy-button
          .text=${() => JSON.stringify(this.value, null, 2)}
        ></reattach-copy-button>
      </div>
      <div role="tree" aria-label="JSON" @keydown=${this.#key} @click=${this.#click}>
        ${repeat(
          this.#rows,
          ({ path }) => path,
          (row) => this.#row(row),
        )}
      </div>`;
  }

  override updated(changed: PropertyValues<this>): void {
    super.updated(changed);
    if (!this.#focusNext) return;
    this.#focusNext = false;
    this.renderRoot.querySelector<HTMLElement>('[tabindex="0"]')?.focus();
  }

  #row(row: JsonRow): TemplateResult {
    const { path, level, name, size, isOpen, place, siblings, more } = row;
    const canOpen = size !== null && size > 0;
    return html`<div
      role="treeitem"
      class="level-${Math.min(level, 12)}"
      data-path=${path}
      aria-level=${level}
      aria-posinset=${place}
      aria-setsize=${siblings}
      aria-expanded=${canOpen ? String(isOpen) : nothing}
      tabindex=${path === this.current ? 0 : -1}
    >
      <span class="mark" aria-hidden="true">${canOpen ? (isOpen ? '▾' : '▸') : ''}</span
      >${name === null ? nothing : html`<span class="name">${name}</span>:&nbsp;`}${
        more === undefined
          ? this.#value(row)
          : html`<span class="link"
              >Show ${numberText(Math.min(more, JSON_PAGE))} of ${numberText(more)} more</span
            >`
      }
    </div>`;
  }

  #value({ path, value, size, isOpen }: JsonRow): TemplateResult {
    if (size !== null) {
      const [open, close] = Array.isArray(value) ? ['[', ']'] : ['{', '}'];
      const count = `${numberText(size)} ${size === 1 ? 'member' : 'members'}`;
      return html`<span class="quiet-text"
        >${isOpen || size === 0 ? `${open}${size === 0 ? close : ''}` : jsonPreview(value, 80)}
        ${size === 0 ? nothing : html`<span class="count">${count}</span>`}</span
      >`;
    }
    if (typeof value !== 'string') {
      return html`<span class="plain">${JSON.stringify(value)}</span>`;
    }
    const isCut = value.length > LONG && !this.whole.has(path);
    return html`<span class="string" dir="auto"
        >${JSON.stringify(isCut ? value.slice(0, LONG) : value)}</span
      >${
        isCut
          ? html` <span class="link">… Show all ${numberText(value.length)} characters</span>`
          : nothing
      }`;
  }

  #click(event: Event): void {
    const item = event.target instanceof Element ? event.target.closest('[role=treeitem]') : null;
    const row = this.#rows.find(({ path }) => path === item?.getAttribute('data-path'));
    // Whoever selects a text does not want to close what it is in.
    if (row === undefined || (getSelection()?.toString() ?? '') !== '') return;
    this.#go(row);
    this.#act(row);
  }

  #act(row: JsonRow): void {
    const { path, size, isOpen, more, value } = row;
    if (more !== undefined) {
      const parent = path.slice(0, -'//more'.length);
      const before = this.shown.get(parent) ?? JSON_PAGE;
      this.shown = new Map(this.shown).set(parent, before + JSON_PAGE);
      const first = this.#rows[this.#rows.indexOf(row) - 1];
      if (first !== undefined) this.current = first.path;
    } else if (size !== null && size > 0) {
      this.toggled = new Map(this.toggled).set(path, !isOpen);
    } else if (typeof value === 'string') {
      this.whole = new Set(this.whole).add(path);
    }
  }

  #go(row: JsonRow | undefined): void {
    if (row === undefined) return;
    this.current = row.path;
    this.#focusNext = true;
    this.requestUpdate();
  }

  #key(event: KeyboardEvent): void {
    const at = this.#rows.findIndex(({ path }) => path === this.current);
    const row = this.#rows[at];
    if (row === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    const parent = () => this.#rows.slice(0, at).findLast(({ level }) => level < row.level);
    switch (event.key) {
      case 'ArrowDown':
        this.#go(this.#rows[at + 1]);
        break;
      case 'ArrowUp':
        this.#go(this.#rows[at - 1]);
        break;
      case 'ArrowRight':
        if (row.isOpen) this.#go(this.#rows[at + 1]);
        else this.#act(row);
        break;
      case 'ArrowLeft':
        if (row.isOpen) this.#act(row);
        else this.#go(parent());
        break;
      case 'Home':
        this.#go(this.#rows[0]);
        break;
      case 'End':
        this.#go(this.#rows.at(-1));
        break;
      case 'Enter':
      case ' ':
        this.#act(row);
        this.#focusNext = true;
        break;
      default:
        return;
    }
    // The log around it would scroll.
    event.preventDefault();
    event.stopPropagation();
  }
}

customElements.define('reattach-json-tree', JsonTree);

declare global {
  interface HTMLElementTagNameMap {
    'reattach-json-tree': JsonTree;
  }
}
