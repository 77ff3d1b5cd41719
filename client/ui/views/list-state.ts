import { html, type TemplateResult } from 'lit';
import { SESSIONS_PATH } from '../../../shared/api.ts';
import { isFiltering, NO_FILTER } from '../../state/list-filter.ts';
import type { SessionListInput } from '../session-list.ts';

/** What is said above the rows, or instead of them. */
export function listState(input: SessionListInput): TemplateResult {
  const { model, stale, onRetry, onFilter } = input;
  const { phase, rows, error, more, graphId, filter } = model;
  if (error !== null) {
    return html`<div class="state" tabindex="-1" role="alert">
      <p class="problem">The list could not be read. ${error}</p>
      <button type="button" @click=${onRetry}>Try again</button>
    </div>`;
  }
  if (rows.length === 0 && phase === 'loading') {
    return html`<p class="state" tabindex="-1">Loading sessions…</p>`;
  }
  if (stale) {
    return html`<p class="state stale" tabindex="-1">
      Reconnecting: what is shown may be out of date.
    </p>`;
  }
  if (rows.length > 0 || more !== 'none') return html``;
  if (isFiltering(filter)) {
    return html`<div class="state" tabindex="-1">
      <p>No session matches the filters.</p>
      <button type="button" @click=${() => onFilter(NO_FILTER)}>Clear filters</button>
    </div>`;
  }
  return html`<div class="state" tabindex="-1">
    <p>No sessions yet. Press <b>Run</b> to start one, or</p>
    <pre>
POST ${SESSIONS_PATH}/new
${JSON.stringify({ graphId })}</pre>
  </div>`;
}
