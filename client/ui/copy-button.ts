import { html, LitElement, type TemplateResult } from 'lit';
import { controls } from '../styles/controls.css.ts';

/** How long it says how copying went, in milliseconds. */
const TOLD = 2_000;
const words = { rest: 'Copy', done: 'Copied', failed: 'Not copied' };

/** Copies a text, and says whether that worked. */
export class CopyButton extends LitElement {
  static override properties = { text: { attribute: false }, phase: { state: true } };
  static override styles = [controls];

  /** Made when it is asked for: it may be long. */
  declare text: () => string;
  declare phase: keyof typeof words;
  #timer = 0;

  constructor() {
    super();
    this.text = () => '';
    this.phase = 'rest';
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearTimeout(this.#timer);
    this.phase = 'rest';
  }

  override render(): TemplateResult {
    return html`<button type="button" class="quiet" @click=${this.#copy}>
      ${words[this.phase]}
    </button>`;
  }

  async #copy(): Promise<void> {
    this.phase = (await copied(this.text())) ? 'done' : 'failed';
    clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => (this.phase = 'rest'), TOLD);
  }
}

async function copied(text: string): Promise<boolean> {
  try {
    // Not there on a page that is served without TLS over a network.
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copiedBySelection(text);
  }
}

function copiedBySelection(text: string): boolean {
  const field = document.createElement('textarea');
  field.value = text;
  const before = document.activeElement;
  document.body.append(field);
  field.select();
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- the only way there is without TLS
  const done = document.execCommand('copy');
  field.remove();
  if (before instanceof HTMLElement) before.focus();
  return done;
}

customElements.define('reattach-copy-button', CopyButton);

declare global {
  interface HTMLElementTagNameMap {
    'reattach-copy-button': CopyButton;
  }
}
