import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { shortcuts, type Scope } from '../state/shortcuts.ts';
import { controls } from '../styles/controls.css.ts';
import { dialogStyles } from '../styles/dialog.css.ts';
import { ModalDialog } from './modal-dialog.ts';
import { keyCaps } from './views/key-caps.ts';

const SCOPES: Readonly<Record<Scope, string>> = {
  anywhere: 'Everywhere',
  page: 'On the page',
  list: 'In the list of sessions',
  prompt: 'In a prompt',
};

/** The keyboard contract, for people. */
export class ShortcutSheet extends LitElement {
  static override properties = { open: { attribute: false }, onClose: { attribute: false } };
  static override styles = [
    controls,
    dialogStyles,
    css`
      dialog {
        width: min(560px, calc(100vw - 24px));
        max-width: none;
        max-height: calc(100vh - 32px);
        overflow-y: auto;
      }

      .head {
        display: flex;
        align-items: center;
        justify-content: space-between;
      }

      table {
        width: 100%;
        margin-top: 12px;
        border-spacing: 0;
      }

      caption {
        padding: 4px 0;
        color: var(--text-quiet);
        font-size: 12px;
        text-align: start;
      }

      th,
      td {
        border-top: 1px solid var(--border);
        padding: 4px 0;
        font-weight: 400;
        text-align: start;
        vertical-align: top;
      }

      td {
        width: 40%;
        text-align: end;
      }

      .keys {
        white-space: normal;
      }
    `,
  ];

  declare open: boolean;
  declare onClose: () => void;
  readonly #dialog = new ModalDialog(
    this,
    () => this.open,
    () => this.onClose(),
  );

  constructor() {
    super();
    this.open = false;
    this.onClose = () => undefined;
  }

  override render(): TemplateResult {
    return html`<dialog aria-labelledby="heading" @close=${this.#dialog.closed}>
      ${this.open ? this.#content() : nothing}
    </dialog>`;
  }

  #content(): TemplateResult {
    return html`<div class="head">
        <h2 id="heading">Keyboard shortcuts</h2>
        <button type="button" @click=${() => this.onClose()}>Close</button>
      </div>
      ${(['anywhere', 'page', 'list', 'prompt'] as const).map(
        (scope) =>
          html`<table>
            <caption>
              ${SCOPES[scope]}
            </caption>
            <tbody>
              ${shortcuts
                .filter(({ when }) => when === scope)
                .map(
                  ({ name, keys }) =>
                    html`<tr>
                      <th scope="row">${name}</th>
                      <td>${keyCaps(keys)}</td>
                    </tr>`,
                )}
            </tbody>
          </table>`,
      )}`;
  }
}

customElements.define('reattach-shortcut-sheet', ShortcutSheet);

declare global {
  interface HTMLElementTagNameMap {
    'reattach-shortcut-sheet': ShortcutSheet;
  }
}
