import { css, html, LitElement, type TemplateResult } from 'lit';
import { controls } from '../styles/controls.css.ts';
import { dialogStyles } from '../styles/dialog.css.ts';
import { ModalDialog } from './modal-dialog.ts';

/** A question in words of its own. */
export interface Question {
  readonly heading: string;
  readonly what: string;
  readonly text: string;
  /** The button that leaves all as it is. */
  readonly no: string;
  /** The button that says yes. */
  readonly yes: string;
}

/** Asks before what cannot be undone; closed while there is no question. */
export class ConfirmDialog extends LitElement {
  static override properties = {
    question: { attribute: false },
    onAnswer: { attribute: false },
  };
  static override styles = [
    controls,
    dialogStyles,
    css`
      h2 {
        margin-bottom: 8px;
      }

      .buttons {
        display: flex;
        justify-content: flex-end;
        gap: 8px;
        margin-top: 16px;
      }
    `,
  ];

  declare question: Question | null;
  declare onAnswer: (yes: boolean) => void;
  readonly #dialog = new ModalDialog(
    this,
    () => this.question !== null,
    () => this.onAnswer(false),
  );

  constructor() {
    super();
    this.question = null;
    this.onAnswer = () => undefined;
  }

  override render(): TemplateResult {
    const { question, onAnswer } = this;
    return html`<dialog aria-labelledby="heading" @close=${this.#dialog.closed}>
      <h2 id="heading">${question?.heading}</h2>
      <p dir="auto"><b>${question?.what}</b></p>
      <p>${question?.text}</p>
      <div class="buttons">
        <button type="button" @click=${() => onAnswer(false)}>${question?.no}</button>
        <button type="button" class="primary" @click=${() => onAnswer(true)}>
          ${question?.yes}
        </button>
      </div>
    </dialog>`;
  }
}

customElements.define('reattach-confirm-dialog', ConfirmDialog);

declare global {
  interface HTMLElementTagNameMap {
    'reattach-confirm-dialog': ConfirmDialog;
  }
}
