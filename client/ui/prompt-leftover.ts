import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import type { ClosedPrompt } from '../state/answers.ts';
import { draftText } from '../state/draft-text.ts';
import type { Draft } from '../../shared/prompt-form.ts';
import { controls } from '../styles/controls.css.ts';
import './long-text.ts';

/** What is left of a prompt that closed over a draft. */
export interface PromptLeftoverInput {
  readonly closed: ClosedPrompt;
  readonly nodeTitle: string;
  readonly draft: Draft;
  /** Whether the draft was sent, and not taken. */
  readonly isRefused: boolean;
  readonly onDismiss: () => void;
}

/** How a prompt closed, and what was entered for it, to read and to copy. */
export class PromptLeftover extends LitElement {
  static override properties = { input: { attribute: false }, copied: { state: true } };
  static override styles = [
    controls,
    css`
      :host {
        display: block;
        margin-bottom: 10px;
      }

      .leftover {
        display: grid;
        gap: 6px;
        padding: 8px 12px;
        border: 1px solid var(--border-strong);
        border-inline-start-width: 3px;
        border-radius: var(--radius);
        background: var(--surface);
      }

      h3 {
        font-weight: 400;
        font-size: 12px;
      }

      .entered {
        max-height: 30vh;
        overflow-y: auto;
        margin: 4px 0;
        padding: 6px 8px;
        border-radius: var(--radius);
        background: var(--surface-sunken);
      }

      summary {
        cursor: pointer;
      }

      .buttons {
        display: flex;
        gap: 8px;
      }
    `,
  ];

  declare input: PromptLeftoverInput | null;
  declare copied: string;

  constructor() {
    super();
    this.input = null;
    this.copied = '';
  }

  override render(): TemplateResult {
    if (this.input === null) return html``;
    const { closed, nodeTitle, draft, isRefused, onDismiss } = this.input;
    const said = isRefused ? `Your answer was not taken. ${closed.message}` : closed.message;
    const text = draftText(closed.form, draft);
    return html`<div
      class="leftover"
      role=${closed.live ? 'alert' : 'group'}
      aria-label="Closed prompt of ${nodeTitle}"
    >
      <h3 class="quiet-text" dir="auto">${nodeTitle}</h3>
      <p dir="auto">${said}</p>
      <details>
        <summary>What you had entered</summary>
        <div class="entered" tabindex="0">
          <reattach-long-text .text=${text}></reattach-long-text>
        </div>
      </details>
      <div class="buttons">
        <button type="button" @click=${() => void this.#copy(text)}>Copy</button>
        <button type="button" class="quiet" @click=${onDismiss}>Dismiss</button>
        ${this.copied === '' ? nothing : html`<span role="status">${this.copied}</span>`}
      </div>
    </div>`;
  }

  async #copy(text: string): Promise<void> {
    try {
      await navigator.clipboard.writeText(text);
      this.copied = 'Copied.';
    } catch {
      // There is no clipboard on a page without TLS: the person copies by hand.
      this.renderRoot.querySelector('details')?.setAttribute('open', '');
      const entered = this.renderRoot.querySelector('.entered');
      if (entered !== null) getSelection()?.selectAllChildren(entered);
      this.copied = 'Select and copy it by hand.';
    }
  }
}

customElements.define('reattach-prompt-leftover', PromptLeftover);

declare global {
  interface HTMLElementTagNameMap {
    'reattach-prompt-leftover': PromptLeftover;
  }
}
