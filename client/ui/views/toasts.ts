import { html, type TemplateResult } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import type { Notice } from '../../state/notices.ts';
import type { PendingDelete } from '../../state/pending-deletes.ts';

export interface ToastsInput {
  readonly undoable: readonly PendingDelete[];
  readonly notices: readonly Notice[];
  readonly onUndo: (sessionId: string) => void;
  readonly onDismiss: (id: number) => void;
}

/** What can be undone, and what went wrong. */
export function toasts({ undoable, notices, onUndo, onDismiss }: ToastsInput): TemplateResult {
  return html`<div class="toasts">
    <div role="status">
      ${repeat(
        undoable,
        ({ sessionId }) => sessionId,
        ({ sessionId, title, others = [] }) =>
          html`<div class="toast">
            <p dir="auto">
              ${others.length === 0 ? `Deleted “${title}”` : `Deleted ${others.length + 1} sessions`}
            </p>
            <button type="button" @click=${() => onUndo(sessionId)}>Undo</button>
          </div>`,
      )}
    </div>
    <div role="alert">
      ${repeat(
        notices,
        ({ id }) => id,
        ({ id, text }) =>
          html`<div class="toast wrong">
            <p dir="auto">${text}</p>
            <button type="button" @click=${() => onDismiss(id)}>Dismiss</button>
          </div>`,
      )}
    </div>
  </div>`;
}
