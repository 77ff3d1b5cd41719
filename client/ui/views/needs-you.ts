import { html, nothing, type TemplateResult } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import type { SessionSummary } from '../../../shared/session.ts';
import { needsCount, type NeedsYouModel } from '../../state/needs-you.ts';
import { moment } from './moment.ts';

export interface NeedsYouInput {
  readonly model: NeedsYouModel;
  readonly openId: string | null;
  /** Unix seconds. */
  readonly now: number;
  /** Whether the person is notified while the page is hidden. */
  readonly notifying: boolean;
  /** Why notifications cannot be turned on. */
  readonly problem: string | null;
  readonly titleOf: (graphId: string) => string;
  readonly hrefOf: (session: SessionSummary) => string;
  readonly onAnswer: (session: SessionSummary) => void;
  readonly onNotify: () => void;
}

/** So many are shown; the rest is a click away. */
const SHOWN = 50;

/** What waits for the person, over all graphs. */
export function needsYou(input: NeedsYouInput): TemplateResult {
  const { model, notifying, problem, onNotify } = input;
  const count = needsCount(model);
  return html`<section class="needs ${count === '' ? '' : 'some'}" aria-labelledby="needs-you">
    <div class="needs-head">
      <h2 id="needs-you">
        Needs you ${count === '' ? nothing : html`<span class="count">${count}</span>`}
      </h2>
      <span class="quiet-text">${restText(model)}</span>
      <button
        type="button"
        class="quiet notify"
        aria-pressed=${notifying ? 'true' : 'false'}
        title="Notify me when a session needs an answer while this page is hidden"
        @click=${onNotify}
      >
        ${notifying ? 'Notifying' : 'Notify'}
      </button>
    </div>
    ${problem === null ? nothing : html`<p class="problem" role="alert">${problem}</p>`}
    ${model.error === null ? nothing : html`<p class="problem">${model.error}</p>`}
    ${
      model.sessions.length === 0
        ? nothing
        : html`<ul aria-label="Needs you">
            ${repeat(
              model.sessions.slice(0, SHOWN),
              ({ sessionId }) => sessionId,
              (session) => itemView(input, session),
            )}
          </ul>`
    }
  </section>`;
}

function itemView(input: NeedsYouInput, session: SessionSummary): TemplateResult {
  const { openId, now, titleOf, hrefOf, onAnswer } = input;
  const { sessionId, graphId, title, openPromptCount: prompts, updatedAt } = session;
  const graph = titleOf(graphId);
  return html`<li>
    <a
      href=${hrefOf(session)}
      title=${title}
      aria-label="Answer: ${title}"
      aria-current=${sessionId === openId ? 'true' : nothing}
      @click=${(event: MouseEvent) => {
        // A click that asks for another tab or window is the browser's.
        if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
        event.preventDefault();
        onAnswer(session);
      }}
      ><span class="title" dir="auto">${title}</span
      ><span class="graph" dir="auto"
        >${prompts > 1 ? `${prompts} prompts` : ''}${
          prompts > 1 && graph !== title ? ' · ' : ''
        }${graph === title ? '' : graph}</span
      ><span class="when">${moment(updatedAt, now)}</span></a
    >
  </li>`;
}

function restText({ phase, sessions }: NeedsYouModel): string {
  if (phase === 'loading') return 'Loading…';
  if (phase === 'failed') return 'could not be read';
  if (sessions.length === 0) return 'nothing';
  return sessions.length > SHOWN ? `the newest ${SHOWN}` : '';
}
