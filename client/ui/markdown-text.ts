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

/** Drawing that takes so long, in milliseconds, is followed by a rest of so many times that. */
const QUICK = 2;
const REST = 12;

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
  #timer = 0;
  /** A text that takes long to draw is drawn less often while it grows. */
  #restUntil = 0;
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

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearTimeout(this.#timer);
    this.#timer = 0;
    this.#restUntil = 0;
  }

  override updated(): void {
    if (this.#timer !== 0) return;
    const began = performance.now();
    if (began < this.#restUntil) {
      this.#timer = window.setTimeout(() => {
        this.#timer = 0;
        this.#draw();
      }, this.#restUntil - began);
      return;
    }
    this.#draw();
  }

  #draw(): void {
    const began = performance.now();
    this.#drawNow();
    const took = performance.now() - began;
    this.#restUntil = took < QUICK ? 0 : began + took * REST;
  }

  #drawNow(): void {
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

customElements.define('reattach-markdown-text', MarkdownText);

declare global {
  interface HTMLElementTagNameMap {
    'reattach-markdown-text': MarkdownText;
  }
}
