import { html, type TemplateResult } from 'lit';
import { numberText } from '../../state/number-text.ts';
import type { BulkProgress } from '../../state/bulk-run.ts';

export interface SelectionBarInput {
  readonly count: number;
  readonly progress: BulkProgress | null;
  readonly onCancel: () => void;
  readonly onDelete: () => void;
  readonly onClear: () => void;
}

/** What can be done to the selected sessions together, and how far it is. */
export function selectionBar(input: SelectionBarInput): TemplateResult {
  const { count, progress, onCancel, onDelete, onClear } = input;
  return html`<div class="selection" role="group" aria-label="Selected sessions">
    ${
      progress === null
        ? html`<span role="status">${numberText(count)} selected</span>
            <button type="button" aria-label="Cancel selected" @click=${onCancel}>Cancel</button>
            <button type="button" aria-label="Delete selected" @click=${onDelete}>Delete</button>
            <button type="button" class="quiet" aria-label="Clear selection" @click=${onClear}>
              Clear
            </button>`
        : html`<span role="status"
              >${progress.action === 'cancel' ? 'Cancelling' : 'Deleting'}
              ${numberText(progress.done)} of ${numberText(progress.total)}</span
            >
            <progress
              aria-label=${progress.action === 'cancel' ? 'Cancelled' : 'Deleted'}
              max=${progress.total}
              .value=${progress.done}
            ></progress>`
    }
  </div>`;
}
