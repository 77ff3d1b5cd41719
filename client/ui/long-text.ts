import { css, html, LitElement, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { numberText } from '../state/number-text.ts';
import { controls } from '../styles/controls.css.ts';

/** How many characters are shown before all are asked for. */
const CUT = 5_000;
/** How many at most are added at once then, in pieces that the browser lays out one by one. */
const LOT = 1_000_000;
const PIECE = 20_000;

/** A text from a run, never HTML; a very long one is cut until the person asks for all of it. */
export class LongText extends LitElement {
  static override properties = {
    text: { attribute: false },
    code: { type: Boolean, reflect: true },
    shown: { state: true },
  };
  static override styles = [
    controls,
    css`
      :host {
        display: block;
      }

      .text {
        white-space: pre-wrap;
        overflow-wrap: anywhere;
      }

      .piece {
        display: block;
        content-visibility: auto;
        contain-intrinsic-height: auto 4000px;
      }

      :host([code]) .text {
        font: 12px/1.5 var(--mono);
      }
    `,
  ];

  declare text: string;
  declare code: boolean;
  /** How many characters of a long text are shown. */
  declare shown: number;

  constructor() {
    super();
    this.text = '';
    this.code = false;
    this.shown = CUT;
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    // A text that grows stays as far open as it was; another one begins anew.
    const before = changed.get('text');
    if (before !== undefined && !this.text.startsWith(before.slice(0, CUT))) this.shown = CUT;
  }

  override render(): TemplateResult {
    const { text, shown } = this;
    const left = text.length - shown;
    const content = left > 0 || shown > CUT ? this.#pieces() : text;
    // White space in there would be shown.
    return html`<div class="text" dir="auto">${content}</div>
      ${
        left > 0
          ? html`<button type="button" class="quiet" @click=${this.#showMore}>
              ${
                left <= LOT
                  ? `Show all ${numberText(text.length)} characters`
                  : `Show ${numberText(LOT)} of ${numberText(left)} more characters`
              }
            </button>`
          : nothing
      }`;
  }

  #pieces(): unknown {
    const { text, shown } = this;
    if (shown <= CUT) return `${text.slice(0, shown)}…`;
    const end = Math.min(shown, text.length);
    const pieces: string[] = [];
    for (let at = 0; at < end;) {
      // Pieces end with lines where they can.
      const line = text.indexOf('\n', at + PIECE);
      const to = line < 0 || line > at + 2 * PIECE ? at + PIECE : line + 1;
      pieces.push(text.slice(at, Math.min(to, end)));
      at = to;
    }
    return pieces.map((piece) => html`<span class="piece">${piece}</span>`);
  }

  #showMore(): void {
    this.shown = Math.min(this.text.length, this.shown + LOT);
  }
}

customElements.define('reattach-long-text', LongText);

declare global {
  interface HTMLElementTagNameMap {
    'reattach-long-text': LongText;
  }
}
