import { html, nothing, type TemplateResult } from 'lit';
import { MAX_TITLE_LENGTH } from '../../../shared/api.ts';
import type { SessionSummary } from '../../../shared/session.ts';
import { mayCancel } from '../../state/session-handle.ts';
import type { RenameModel } from '../../state/rename.ts';
import { textOfTarget } from './field-values.ts';
import { duration, moment } from './moment.ts';
import { lostContactMark, statusMark } from './status-mark.ts';

export interface ListRowInput {
  readonly session: SessionSummary;
  /** Its place in the list, from 0. */
  readonly index: number;
  /** Where it lies in the list, in pixels. */
  readonly top: number;
  readonly open: boolean;
  readonly selected: boolean;
  /** Whether the Tab key comes to this row. */
  readonly tabbable: boolean;
  /** Its title as it is being changed. */
  readonly rename: RenameModel | null;
  /** Unix seconds. */
  readonly now: number;
  readonly href: string;
  readonly onOpen: (event: MouseEvent) => void;
  readonly onSelect: (event: MouseEvent) => void;
  readonly onCancel: () => void;
  readonly onRename: () => void;
  readonly onDelete: () => void;
  readonly onRenameEdit: (text: string) => void;
  readonly onRenameSave: () => void;
  readonly onRenameCancel: () => void;
}

/** A session as a row of the grid. */
export function listRow(input: ListRowInput): TemplateResult {
  const { session, index, top, open, selected, rename, now } = input;
  const { sessionId, title, error } = session;
  return html`<div
    role="row"
    class="row ${open ? 'open' : ''} ${selected ? 'selected' : ''}"
    aria-rowindex=${index + 1}
    aria-selected=${selected ? 'true' : 'false'}
    data-session=${sessionId}
    .style=${`transform: translateY(${top}px)`}
  >
    <div role="gridcell" class="pick">
      <input
        type="checkbox"
        tabindex="-1"
        aria-label="Select: ${title}"
        .checked=${selected}
        @click=${input.onSelect}
      />
    </div>
    <div role="gridcell" class="name">
      ${rename === null ? linkView(input) : renameView(input, rename)}
    </div>
    <div role="gridcell" class="when">${moment(session.createdAt, now)}</div>
    <div role="gridcell" class="facts">
      ${
        rename?.error == null
          ? html`${factsView(session, now)}
            ${error === null ? nothing : html`<span class="error" title=${error} dir="auto">${firstLine(error)}</span>`}`
          : html`<span class="error" role="alert" id="rename-error">${rename.error}</span>`
      }
    </div>
    <div role="gridcell" class="actions">${actionsView(input)}</div>
  </div>`;
}

function linkView({ session, open, tabbable, href, onOpen }: ListRowInput): TemplateResult {
  const { sessionId, title } = session;
  return html`<a
    href=${href}
    tabindex=${tabbable ? '0' : '-1'}
    data-session=${sessionId}
    aria-current=${open ? 'true' : nothing}
    title=${title}
    @click=${onOpen}
    ><span class="title" dir="auto">${title}</span></a
  >`;
}

function renameView(input: ListRowInput, { text, phase, error }: RenameModel): TemplateResult {
  const { onRenameEdit, onRenameSave, onRenameCancel } = input;
  const keys = (event: KeyboardEvent) => {
    // The list's own keys mean nothing while a title is written.
    event.stopPropagation();
    if (event.isComposing) return;
    if (event.key === 'Enter') onRenameSave();
    else if (event.key === 'Escape') onRenameCancel();
    else return;
    event.preventDefault();
  };
  return html`<input
    class="rename"
    type="text"
    aria-label="Title"
    dir="auto"
    maxlength=${MAX_TITLE_LENGTH}
    autocomplete="off"
    aria-invalid=${error === null ? 'false' : 'true'}
    aria-describedby=${error === null ? nothing : 'rename-error'}
    ?readonly=${phase === 'saving'}
    .value=${text}
    @input=${(event: Event) => onRenameEdit(textOfTarget(event))}
    @keydown=${keys}
    @blur=${(event: FocusEvent) => {
      // A window that is left, or a row that is redrawn, is no decision.
      if (event.relatedTarget !== null) onRenameSave();
    }}
  />`;
}

function factsView(session: SessionSummary, now: number): TemplateResult {
  const { status, createdAt, updatedAt, openPromptCount: prompts, blockedBy } = session;
  const { imported, lostContactAt } = session;
  const end = status === 'running' ? Math.max(now, updatedAt) : updatedAt;
  return html`${statusMark(status)} ${lostContactAt === undefined ? nothing : lostContactMark()}
    <span class="duration" title="Duration">${duration(Math.max(0, end - createdAt))}</span>
    ${
      prompts > 0
        ? html`<span class="prompts">${prompts} open ${prompts === 1 ? 'prompt' : 'prompts'}</span>`
        : nothing
    }
    ${
      blockedBy === undefined || blockedBy.length === 0
        ? nothing
        : html`<span class="blocked">blocked by ${blockedBy.join(', ')}</span>`
    }
    ${
      imported === undefined
        ? nothing
        : html`<span class="imported"
            >${imported === 'readOnly' ? 'imported, read-only' : 'imported'}</span
          >`
    }`;
}

function actionsView({ session, onCancel, onRename, onDelete }: ListRowInput): TemplateResult {
  const { title } = session;
  const button = (name: string, onClick: () => void) =>
    html`<button
      type="button"
      class="quiet"
      tabindex="-1"
      aria-label="${name}: ${title}"
      @click=${onClick}
    >
      ${name}
    </button>`;
  return html`${mayCancel(session) ? button('Cancel', onCancel) : nothing}
  ${button('Rename', onRename)} ${button('Delete', onDelete)}`;
}

function firstLine(text: string): string {
  return text.trimStart().split('\n', 1).join('').slice(0, 300);
}
