import { css, html, LitElement, type TemplateResult } from 'lit';
import type { SessionHandle } from '../state/panel.ts';
import { controls } from '../styles/controls.css.ts';

/** Asks whether an unfinished session is really to be deleted; closed while there is none. */
export class ConfirmDialog extends LitElement {
  static override properties = {
    session: { attribute: false },
    onAnswer: { attribute: false },
  };
  static override styles = [
    controls,
    css`
      dialog {
        max-width: min(420px, calc(100vw - 32px));
        padding: 16px;
        border: 1px solid var(--border-strong);
        border-radius: 6px;
        background: var(--surface);
        color: var(--text);
        overflow-wrap: anywhere;
      }

      dialog::backdrop {
        background: rgb(0 0 0 / 45%);
      }

      h2 {
        font-size: 15px;
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
  declare onAnswer: (yes: boolean) => void;

  constructor() {
    super();
    this.session = null;
    this.onAnswer = () => undefined;
  }

  override updated(): void {
    const dialog = this.renderRoot.querySelector('dialog');
    if (this.session !== null && dialog?.open === false) dialog.showModal();
    else if (this.session === null && dialog?.open === true) dialog.close();
  }

  override render(): TemplateResult {
    const { session, onAnswer } = this;
    return html`<dialog aria-labelledby="heading" @cancel=${this.#cancelled}>
      <h2 id="heading">Delete this ${session?.status ?? ''} session?</h2>
      <p dir="auto"><b>${session?.title ?? ''}</b></p>
      <p>It has not finished: it is cancelled first. This cannot be undone.</p>
      <div class="buttons">
        <button type="button" autofocus @click=${() => onAnswer(false)}>Keep</button>
        <button type="button" class="primary" @click=${() => onAnswer(true)}>Delete session</button>
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
