import { html, type TemplateResult } from 'lit';

/** The line between what was replayed and what happened before one's eyes. */
export function liveMark(): TemplateResult {
  return html`<div class="live-mark" role="separator" aria-label="Live from here">
    <span aria-hidden="true">Live from here</span>
  </div>`;
}
