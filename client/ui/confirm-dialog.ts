import { css, html, LitElement, type TemplateResult } from 'lit';
import type { SessionHandle } from '../state/panel.ts';
import { controls } from '../styles/controls.css.ts';
import { dialogStyles } from '../styles/dialog.css.ts';

/** A question in words of its own. */
export interface Question {
  readonly heading: string;
  readonly what: string;
  readonly text: string;
  /** The button that says yes. */
  readonly yes: string;
}

/** Asks whether what has not finished is really to be deleted; closed while there is no question. */
export class ConfirmDialog extends LitElement {
  static override properties = {
    session: { attribute: false },
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

  declare session: SessionHandle | null;
  /** Instead of the session. */
  declare question: Question | null;
  declare onAnswer: (yes: boolean) => void;

  constructor() {
    super();
    this.session = null;
    this.question = null;
    this.onAnswer = () => undefined;
  }

  override updated(): void {
    const dialog = this.renderRoot.querySelector('dialog');
    const asks = this.session !== null || this.question !== null;
    if (asks && dialog?.open === false) dialog.showModal();
    else if (!asks && dialog?.open === true) dialog.close();
  }

  override render(): TemplateResult {
    const { session, onAnswer } = this;
    const question = this.question ?? {
      heading: `Delete this ${session?.status ?? ''} session?`,
      what: session?.title ?? '',
      text: 'It has not finished: it is cancelled first. This cannot be undone.',
      yes: 'Delete session',
    };
    return html`<dialog aria-labelledby="heading" @cancel=${this.#cancelled}>
      <h2 id="heading">${question.heading}</h2>
      <p dir="auto"><b>${question.what}</b></p>
      <p>${question.text}</p>
      <div class="buttons">
        <button type="button" autofocus @click=${() => onAnswer(false)}>Keep</button>
        <button type="button" class="primary" @click=${() => onAnswer(true)}>
          ${question.yes}
        </button>
      </div>
    </dialog>`;
  }

  #cancelled(event: Event): void {
    event.preventDefault();
    this.onAnswer(false);
  }
}

customElements.define('confirm-dialog', ConfirmDialog);

declare global {
  interface HTMLElementTagNameMap {
    'confirm-dialog': ConfirmDialog;
  }
}
