import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { secondsLeft, type LostConnection } from '../state/stream-text.ts';
import { controls } from '../styles/controls.css.ts';

export interface RetryNoteInput {
  readonly lost: LostConnection;
  readonly onRetry: () => void;
}

/** Why the connection is lost, when it is tried again, and the way not to wait for that. */
export class RetryNote extends LitElement {
  static override properties = { input: { attribute: false } };
  static override styles = [
    controls,
    css`
      :host {
        display: block;
        min-width: 0;
      }

      .note {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 2px 10px;
        color: var(--suspended);
      }

      .reason {
        min-width: 0;
        overflow-wrap: anywhere;
      }
    `,
  ];

  declare input: RetryNoteInput | null;
  #timer = 0;

  constructor() {
    super();
    this.input = null;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.#timer = window.setInterval(() => this.requestUpdate(), 250);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearInterval(this.#timer);
  }

  override render(): TemplateResult {
    if (this.input === null) return html``;
    const { lost, onRetry } = this.input;
    const seconds = lost.retryAt === null ? null : secondsLeft(lost.retryAt, Date.now());
    return html`<div class="note">
      <span class="reason">${lost.reason}</span>
      <span class="count">${seconds === null ? 'Trying now…' : `Next try in ${seconds} s`}</span>
      ${
        seconds === null
          ? nothing
          : html`<button type="button" @click=${onRetry}>Retry now</button>`
      }
    </div>`;
  }
}

customElements.define('reattach-retry-note', RetryNote);

declare global {
  interface HTMLElementTagNameMap {
    'reattach-retry-note': RetryNote;
  }
}
