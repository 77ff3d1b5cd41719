import { html, nothing, type TemplateResult } from 'lit';
import { lostContactAt } from '../../../shared/session-state.ts';
import { isFinal } from '../../../shared/session.ts';
import { handleOf, mayCancel, mayContinue } from '../../state/session-handle.ts';
import type { SessionPaneInput } from '../session-pane.ts';
import '../retry-note.ts';
import { moment } from './moment.ts';
import { responseText } from './response-text.ts';
import { lostContactMark, statusMark } from './status-mark.ts';

/** What the open session is and how it is, what began its turn, and what can be done about it. */
export function sessionHead(input: SessionPaneInput): TemplateResult {
  const { model, summary, streamText, lost, onClose, onRetry, onCancel, onDelete } = input;
  const handle = handleOf(model, summary);
  const gone = model.phase === 'deleted';
  return html`<header>
    <div class="line">
      <button type="button" class="quiet back" @click=${onClose}>
        <span aria-hidden="true">←</span> Sessions
      </button>
      <h2 tabindex="-1" dir="auto" title=${handle.title}>${handle.title}</h2>
      <div class="actions">
        ${
          !gone && mayCancel(handle)
            ? html`<button type="button" class="danger" @click=${() => onCancel(handle)}>
                Cancel run
              </button>`
            : nothing
        }
        ${
          gone
            ? nothing
            : html`<button type="button" @click=${() => onDelete(handle)}>Delete</button>`
        }
        <button
          type="button"
          class="quiet close"
          aria-label="Close session"
          title=${isFinal(handle.status) || gone ? 'Close' : 'Close: the run goes on'}
          @click=${onClose}
        >
          <span aria-hidden="true">✕</span> Close
        </button>
      </div>
    </div>
    <div class="line facts">
      ${gone ? nothing : statusMark(handle.status)}
      ${silentSince(input) === null ? nothing : lostContactMark()}
      <span
        role="status"
        class="stream ${model.phase}"
        aria-live=${model.caughtUp || gone ? 'polite' : 'off'}
        >${streamText}</span
      >
      ${lost === null ? nothing : html`<reattach-retry-note .input=${{ lost, onRetry }}></reattach-retry-note>`}
      ${
        model.phase === 'replaying' && !model.caughtUp
          ? html`<progress
              aria-label="Replayed"
              max=${model.total}
              .value=${model.seen}
            ></progress>`
          : nothing
      }
      ${factsView(input)}
    </div>
    ${turnView(input)} ${blockedView(input)} ${lostView(input)} ${importView(input)}
  </header>`;
}

function factsView({ model, summary, now }: SessionPaneInput): TemplateResult | typeof nothing {
  const createdAt = summary?.createdAt ?? model.report?.createdAt;
  if (createdAt === undefined || model.phase === 'deleted') return nothing;
  return html`<span class="quiet-text">started ${moment(createdAt, now)}</span>`;
}

/** What began the turn: it is known before the replay comes to it. */
function turnView({ model, now }: SessionPaneInput): TemplateResult | typeof nothing {
  const turn = model.caughtUp ? model.state.turn : model.report?.turn;
  if (turn == null || turn.prompt === null || model.phase === 'deleted') return nothing;
  return html`<div class="turn" role="group" aria-label="Current turn">
    <span class="quiet-text">answered ${moment(turn.startedAt, now)}</span>
    <span class="said" dir="auto">${responseText(turn.prompt).replaceAll('\n', ' · ')}</span>
  </div>`;
}

function blockedView({ model, summary }: SessionPaneInput): TemplateResult | typeof nothing {
  const types = summary === undefined ? model.report?.blockedBy : summary.blockedBy;
  if (types === undefined || types.length === 0) return nothing;
  return html`<p class="banner" role="note">
    Blocked: this server has not loaded ${types.length === 1 ? 'the node type' : 'the node types'}
    ${types.map((type, n) => html`${n === 0 ? '' : ', '}<b>${type}</b>`)}. The session continues
    once it has.
  </p>`;
}

/** Since when a producer has been silent for too long (Unix seconds); null while there is contact. */
function silentSince({ model, summary }: SessionPaneInput): number | null {
  if (model.phase === 'deleted') return null;
  if (model.caughtUp) return lostContactAt(model.state);
  return (summary ?? model.report)?.lostContactAt ?? null;
}

function lostView(input: SessionPaneInput): TemplateResult | typeof nothing {
  const since = silentSince(input);
  if (since === null) return nothing;
  return html`<p class="banner" role="note">
    The program that writes this session has been silent for longer than it said: contact was lost
    ${moment(since, input.now)}. The mark goes when the program is back.
  </p>`;
}

function importView({
  model,
  summary,
  onContinue,
}: SessionPaneInput): TemplateResult | typeof nothing {
  const handle = handleOf(model, summary);
  if (handle.imported === undefined || model.phase === 'deleted') return nothing;
  return html`<p class="banner" role="note">
    ${
      handle.imported === 'readOnly'
        ? 'Imported: this session can be read, and not answered or cancelled here.'
        : 'Imported: this session began elsewhere and goes on here.'
    }
    ${
      mayContinue(handle)
        ? html`<button type="button" @click=${() => onContinue(handle)}>Continue here</button>`
        : nothing
    }
  </p>`;
}
