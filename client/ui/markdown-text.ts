import { html, LitElement, type TemplateResult } from 'lit';
import { controls } from '../styles/controls.css.ts';
import { markdownStyles } from '../styles/markdown.css.ts';
import type { markdownParts } from './markdown.ts';

/** What draws Markdown; it is asked for when the first text is there, and is not part of the page. */
let parts: typeof markdownParts | null = null;
let loading: Promise<void> | null = null;

async function load(): Promise<void> {
  const module = await import('./markdown.ts');
  parts = module.markdownParts;
}

/**
 * A Markdown text of a run, plain until the page can draw it. A text that grows is drawn anew only
 * where it has changed, so what is selected further up stays selected.
 */
export class MarkdownText extends LitElement {
  static override properties = {
    text: { attribute: false },
    fence: { attribute: false },
  };
  static override styles = [controls, markdownStyles];

  declare text: string;
  /** The line that opened the block of code in which the text begins. */
  declare fence: string | undefined;
  /** What is drawn, in order: how it was written. */
  #drawn: string[] = [];

  constructor() {
    super();
    this.text = '';
    this.fence = undefined;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    if (parts !== null) return;
    loading ??= load();
    // Without it the text stays plain: the page is newer than the server, or the server is away.
    loading.then(
      () => this.requestUpdate(),
      () => (loading = null),
    );
  }

  override render(): TemplateResult {
    if (parts === null) return html`<div class="plain" dir="auto">${this.text}</div>`;
    return html`<div class="rich"></div>`;
  }

  override updated(): void {
    const root = this.renderRoot.querySelector('.rich');
    if (root === null || parts === null) return;
    const text = this.fence === undefined ? this.text : `${this.fence}\n${this.text}`;
    const now = parts(text);
    now.forEach((part, place) => {
      if (this.#drawn[place] === part.raw) return;
      const element = root.children[place] ?? root.appendChild(document.createElement('div'));
      element.setAttribute('dir', 'auto');
      element.replaceChildren(part.draw());
    });
    while (root.children.length > now.length) root.lastElementChild?.remove();
    this.#drawn = now.map(({ raw }) => raw);
  }
}

customElements.define('markdown-text', MarkdownText);

declare global {
  interface HTMLElementTagNameMap {
    'markdown-text': MarkdownText;
  }
}
