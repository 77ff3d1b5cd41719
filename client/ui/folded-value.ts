import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import type { Json } from '../../shared/json.ts';
import { jsonPreview } from '../state/json-rows.ts';
import { controls } from '../styles/controls.css.ts';
import { valueView } from './views/value-view.ts';

/** A value behind its name: a log has thousands of them, and few are looked into. */
export class FoldedValue extends LitElement {
  static override properties = {
    name: { attribute: false },
    value: { attribute: false },
    open: { state: true },
  };
  static override styles = [
    controls,
    css`
      :host {
        display: block;
        min-width: 0;
      }

      summary {
        cursor: pointer;
        overflow: hidden;
        text-overflow: ellipsis;
        white-space: nowrap;
      }

      .tag {
        color: var(--text-quiet);
        font: 11px/1.7 var(--mono);
      }

      .preview {
        color: var(--text-quiet);
        font: 12px/1.5 var(--mono);
      }

      .value {
        margin: 4px 0 4px 14px;
      }
    `,
  ];

  declare name: string;
  declare value: Json;
  declare open: boolean;

  constructor() {
    super();
    this.name = '';
    this.value = null;
    this.open = false;
  }

  override render(): TemplateResult {
    const { name, value } = this;
    return html`<details @toggle=${this.#toggled}>
      <summary>
        <span class="tag">${name}</span> <span class="preview">${jsonPreview(value, 120)}</span>
      </summary>
      ${this.open ? html`<div class="value">${valueView(value)}</div>` : nothing}
    </details>`;
  }

  #toggled(event: Event): void {
    if (event.target instanceof HTMLDetailsElement) this.open = event.target.open;
  }
}

customElements.define('reattach-folded-value', FoldedValue);

declare global {
  interface HTMLElementTagNameMap {
    'reattach-folded-value': FoldedValue;
  }
}
