import { html, LitElement, nothing, type TemplateResult } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import { isFinal, type SessionSummary } from '../../shared/session.ts';
import type { SessionListModel } from '../state/session-list.ts';
import { controls } from '../styles/controls.css.ts';
import { sessionListStyles } from '../styles/session-list.css.ts';
import { statusStyles } from '../styles/status.css.ts';
import { moment } from './views/moment.ts';
import { statusMark } from './views/status-mark.ts';

/** What the list shows, and what it says when a person acts. */
export interface SessionListInput {
  readonly model: SessionListModel;
  readonly hidden: ReadonlySet<string>;
  readonly openId: string | null;
  /** Unix seconds. */
  readonly now: number;
  readonly hrefOf: (sessionId: string) => string;
  readonly onOpen: (sessionId: string) => void;
  readonly onCancel: (session: SessionSummary) => void;
  readonly onDelete: (session: SessionSummary) => void;
  readonly onMore: () => void;
  readonly onRetry: () => void;
}

/** The sessions of a graph, newest first. */
export class SessionListElement extends LitElement {
  static override properties = { input: { attribute: false } };
  static override styles = [controls, statusStyles, sessionListStyles];

  declare input: SessionListInput | null;
  /** Who is to have the focus when the control that has it goes, in order of preference. */
  #focused: (string | undefined)[] = [];

  constructor() {
    super();
    this.input = null;
  }

  /** Puts the focus on a session's row or, without that, on the first, or on what is said instead. */
  focusRow(sessionId: string | null | undefined): void {
    const rows = [...this.renderRoot.querySelectorAll<HTMLAnchorElement>('a')];
    const row = rows.find((candidate) => candidate.dataset['session'] === sessionId) ?? rows[0];
    (row ?? this.renderRoot.querySelector<HTMLElement>('.state'))?.focus();
  }

  override willUpdate(): void {
    const focused = this.shadowRoot?.activeElement?.closest('li') ?? null;
    this.#focused = focused === null ? [] : [focused, ...siblingsOf(focused)].map(idOf);
  }

  override updated(): void {
    if (this.#focused.length === 0 || this.shadowRoot?.activeElement != null) return;
    const rows = new Set([...this.renderRoot.querySelectorAll('li')].map(idOf));
    this.focusRow(this.#focused.find((id) => rows.has(id)));
  }

  override render(): TemplateResult {
    if (this.input === null) return html`<p class="state" tabindex="-1">Pick a graph.</p>`;
    const { model, hidden } = this.input;
    const sessions = model.sessions.filter((session) => !hidden.has(session.sessionId));
    return html`${stateView(this.input, sessions.length)}
      <ul aria-label="Sessions">
        ${repeat(
          sessions,
          (session) => session.sessionId,
          (session) => this.#row(session),
        )}
      </ul>
      ${moreView(this.input)}`;
  }

  #row(session: SessionSummary): TemplateResult {
    const { now, openId, hrefOf, onCancel, onDelete } = this.input ?? unreachable();
    const { sessionId, title, status, openPromptCount: prompts, blockedBy, error } = session;
    const open = sessionId === openId;
    return html`<li class=${open ? 'open' : ''}>
      <div class="line">
        <a
          href=${hrefOf(sessionId)}
          data-session=${sessionId}
          aria-current=${open ? 'true' : nothing}
          title=${title}
          @click=${(event: MouseEvent) => this.#open(event, sessionId)}
          ><span class="title" dir="auto">${title}</span></a
        >
        <span class="when">${moment(session.createdAt, now)}</span>
      </div>
      <div class="facts">
        ${statusMark(status)}
        ${
          prompts > 0
            ? html`<span class="prompts"
                >${prompts} open ${prompts === 1 ? 'prompt' : 'prompts'}</span
              >`
            : nothing
        }
        ${
          blockedBy === undefined || blockedBy.length === 0
            ? nothing
            : html`<span class="blocked">blocked by ${blockedBy.join(', ')}</span>`
        }
      </div>
      ${error === null ? nothing : html`<p class="error" title=${error} dir="auto">${error}</p>`}
      <div class="actions">
        ${
          isFinal(status)
            ? nothing
            : html`<button
                type="button"
                class="quiet"
                aria-label="Cancel: ${title}"
                @click=${() => onCancel(session)}
              >
                Cancel
              </button>`
        }
        <button
          type="button"
          class="quiet"
          aria-label="Delete: ${title}"
          @click=${() => onDelete(session)}
        >
          Delete
        </button>
      </div>
    </li>`;
  }

  #open(event: MouseEvent, sessionId: string): void {
    // A click that asks for another tab or window is the browser's.
    if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey)
      return;
    event.preventDefault();
    this.input?.onOpen(sessionId);
  }
}

/** The row below and the row above. */
function siblingsOf(row: Element): Element[] {
  return [row.nextElementSibling, row.previousElementSibling].filter((other) => other !== null);
}

function idOf(row: Element): string | undefined {
  return row.querySelector('a')?.dataset['session'];
}

function stateView({ model, onRetry }: SessionListInput, count: number): TemplateResult {
  if (model.error !== null) {
    return html`<div class="state" tabindex="-1" role="alert">
      <p class="problem">The list could not be read. ${model.error}</p>
      <button type="button" @click=${onRetry}>Try again</button>
    </div>`;
  }
  if (model.phase === 'loading') return html`<p class="state" tabindex="-1">Loading sessions…</p>`;
  if (count === 0 && model.more === 'none') {
    return html`<p class="state" tabindex="-1">No sessions yet. Press <b>Run</b> to start one.</p>`;
  }
  return html``;
}

function moreView({ model, onMore }: SessionListInput): TemplateResult | typeof nothing {
  if (model.more === 'none') return nothing;
  const loading = model.more === 'loading';
  return html`<button type="button" class="more" ?disabled=${loading} @click=${onMore}>
    ${loading ? 'Loading…' : 'Load more'}
  </button>`;
}

function unreachable(): never {
  throw new Error('A row is rendered only with its input.');
}

customElements.define('session-list', SessionListElement);

declare global {
  interface HTMLElementTagNameMap {
    'session-list': SessionListElement;
  }
}
