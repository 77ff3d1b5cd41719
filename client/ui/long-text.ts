import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { controls } from '../styles/controls.css.ts';

const CUT = 5_000;

/** A text from a run, never HTML; a very long one is cut until the person asks for all of it. */
export class LongText extends LitElement {
  static override properties = {
    text: { attribute: false },
    code: { type: Boolean, reflect: true },
    whole: { state: true },
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

      :host([code]) .text {
        font: 12px/1.5 var(--mono);
      }
    `,
  ];

  declare text: string;
  declare code: boolean;
  declare whole: boolean;

  constructor() {
    super();
    this.text = '';
    this.code = false;
    this.whole = false;
  }

  override render(): TemplateResult {
    const { text } = this;
    const cut = !this.whole && text.length > CUT;
    return html`<div class="text" dir="auto">${cut ? `${text.slice(0, CUT)}…` : text}</div>
      ${
        cut
          ? html`<button type="button" class="quiet" @click=${this.#showAll}>
              Show all ${text.length.toLocaleString()} characters
            </button>`
          : nothing
      }`;
  }

  #showAll(): void {
    this.whole = true;
  }
}

customElements.define('long-text', LongText);

declare global {
  interface HTMLElementTagNameMap {
    'long-text': LongText;
  }
}
