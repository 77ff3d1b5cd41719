import { css, html, LitElement, type TemplateResult } from 'lit';
import type { PaneSize } from '../state/layout.ts';

/** What a divider shows, and what it says when a person moves it. */
export interface PaneDividerInput {
  /** Of which pane it is the edge. */
  readonly label: string;
  readonly size: PaneSize;
  /** Whether the pane is before the divider or after it, in reading order. */
  readonly side: 'before' | 'after';
  readonly onResize: (width: number) => void;
  readonly onReset: () => void;
}

/** How far, in CSS pixels, an arrow key moves a divider; with Shift it is four times as far. */
const STEP = 16;

/** The edge between two panes, moved by dragging or by the arrow keys. */
export class PaneDivider extends LitElement {
  static override properties = { input: { attribute: false } };
  static override styles = css`
    :host {
      position: relative;
      z-index: 1;
      width: 1px;
      background: var(--border);
    }

    div {
      position: absolute;
      inset: 0 -4px;
      cursor: col-resize;
      touch-action: none;
    }

    div::after {
      content: '';
      position: absolute;
      inset: 0 3px;
    }

    div:hover::after,
    div.dragging::after {
      background: var(--border-strong);
    }

    div:focus-visible {
      outline: none;
    }

    div:focus-visible::after {
      background: var(--accent);
    }

    @media (forced-colors: active) {
      :host {
        background: CanvasText;
      }

      div:focus-visible::after,
      div:hover::after,
      div.dragging::after {
        forced-color-adjust: none;
        background: Highlight;
      }
    }
  `;

  declare input: PaneDividerInput | null;
  /** Where a drag began, and how wide the pane was. */
  #drag: { readonly pointer: number; readonly x: number; readonly width: number } | null = null;

  constructor() {
    super();
    this.input = null;
  }

  override render(): TemplateResult {
    if (this.input === null) return html``;
    const { label, size, onReset } = this.input;
    return html`<div
      role="separator"
      tabindex="0"
      aria-orientation="vertical"
      aria-label="Width of ${label}"
      aria-valuenow=${size.now}
      aria-valuemin=${size.min}
      aria-valuemax=${size.max}
      aria-valuetext="${size.now} pixels"
      class=${this.#drag === null ? '' : 'dragging'}
      @keydown=${this.#keyPressed}
      @pointerdown=${this.#pressed}
      @pointermove=${this.#moved}
      @lostpointercapture=${this.#released}
      @dblclick=${onReset}
    ></div>`;
  }

  #keyPressed(event: KeyboardEvent): void {
    if (this.input === null || event.ctrlKey || event.metaKey || event.altKey) return;
    const { size, side, onResize } = this.input;
    const step = (event.shiftKey ? 4 : 1) * (side === 'before' ? STEP : -STEP);
    const width = {
      ArrowLeft: size.now - step,
      ArrowRight: size.now + step,
      Home: size.min,
      End: size.max,
    }[event.key];
    if (width === undefined) return;
    event.preventDefault();
    onResize(width);
  }

  #pressed(event: PointerEvent): void {
    const { currentTarget: handle, pointerId: pointer, clientX: x } = event;
    if (event.button !== 0 || !(handle instanceof HTMLElement) || this.input === null) return;
    handle.setPointerCapture(pointer);
    this.#drag = { pointer, x, width: this.input.size.now };
    this.requestUpdate();
  }

  #moved(event: PointerEvent): void {
    if (this.#drag?.pointer !== event.pointerId || this.input === null) return;
    const by = event.clientX - this.#drag.x;
    this.input.onResize(this.#drag.width + (this.input.side === 'before' ? by : -by));
  }

  #released(): void {
    this.#drag = null;
    this.requestUpdate();
  }
}

customElements.define('reattach-pane-divider', PaneDivider);

declare global {
  interface HTMLElementTagNameMap {
    'reattach-pane-divider': PaneDivider;
  }
}
