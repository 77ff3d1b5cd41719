import { html, nothing, type TemplateResult } from 'lit';
import { sessionStatuses } from '../../../shared/session.ts';
import type { ListFilter } from '../../state/list-filter.ts';
import { textOfTarget } from './field-values.ts';
import { statusMark } from './status-mark.ts';

export interface ListFiltersInput {
  readonly filter: ListFilter;
  /** How many sessions there are, in words. */
  readonly count: string;
  readonly onFilter: (filter: ListFilter) => void;
}

/** The controls that say which sessions the list shows. */
export function listFilters({ filter, count, onFilter }: ListFiltersInput): TemplateResult {
  const { statuses, text, needsAnswer } = filter;
  return html`<div class="filters" role="search" aria-label="Sessions">
    <div class="line">
      <input
        type="search"
        aria-label="Filter sessions"
        placeholder="Filter by title or id"
        autocomplete="off"
        spellcheck="false"
        .value=${text}
        @input=${(event: Event) => onFilter({ ...filter, text: textOfTarget(event) })}
      />
      ${count === '' ? nothing : html`<span class="count quiet-text">${count}</span>`}
    </div>
    <div class="chips" role="group" aria-label="Show only">
      ${sessionStatuses.map((status) => {
        const pressed = statuses.includes(status);
        const toggled = sessionStatuses.filter(
          (other) => statuses.includes(other) !== (other === status),
        );
        return html`<button
          type="button"
          class="chip"
          aria-pressed=${pressed ? 'true' : 'false'}
          @click=${() => onFilter({ ...filter, statuses: toggled })}
        >
          ${statusMark(status)}
        </button>`;
      })}
      <button
        type="button"
        class="chip"
        aria-pressed=${needsAnswer ? 'true' : 'false'}
        @click=${() => onFilter({ ...filter, needsAnswer: !needsAnswer })}
      >
        needs an answer
      </button>
    </div>
  </div>`;
}
