import { html, nothing, type TemplateResult } from 'lit';
import type { GraphListing } from '../../../shared/api.ts';
import type { GraphsModel } from '../../state/graph-picker.ts';
import type { Theme } from '../../state/theme-choice.ts';
import { textOfTarget } from './field-values.ts';
import { brandIcon, panesIcon, searchIcon, themeIcons } from './icons.ts';

export interface GraphBarInput {
  /** Whether the bar heads a page, and not a part of one. */
  readonly wholePage: boolean;
  readonly model: GraphsModel;
  readonly graphId: string | null;
  readonly starting: boolean;
  /** How the connection is; empty while all is well. */
  readonly connection: string;
  readonly onPick: (graphId: string) => void;
  readonly onRun: () => void;
  readonly onRefresh: () => void;
  readonly onRetry: () => void;
  readonly listOpen: boolean;
  readonly theme: Theme;
  readonly onToggleList: () => void;
  readonly onNextTheme: () => void;
  readonly onPalette: () => void;
}

/** The bar on top: which graph, its Run, and how the connection is. */
export function graphBar(input: GraphBarInput): TemplateResult {
  const { wholePage, model, graphId, starting, connection, listOpen, theme } = input;
  const { onPick, onRun, onRefresh } = input;
  const picked = model.graphs.find((graph) => graph.graphId === graphId);
  return html`<div
    class="bar"
    role=${wholePage ? 'banner' : 'group'}
    aria-label=${wholePage ? nothing : 'Graph and commands'}
  >
    <button
      type="button"
      class="quiet icon list-toggle"
      aria-label="Session list"
      aria-expanded=${listOpen ? 'true' : 'false'}
      title="${listOpen ? 'Close' : 'Open'} the session list"
      @click=${input.onToggleList}
    >
      ${panesIcon}
    </button>
    <div class="brand" role="heading" aria-level=${wholePage ? '1' : '2'}>
      ${brandIcon}<span>Reattach</span>
    </div>
    <select
      aria-label="Graph"
      @change=${(event: Event) => onPick(textOfTarget(event))}
      @focus=${onRefresh}
    >
      ${graphId === null ? html`<option value="" selected disabled>${emptyText(model)}</option>` : nothing}
      ${
        graphId !== null && picked === undefined
          ? html`<option value=${graphId} selected>${graphId}</option>`
          : nothing
      }
      ${model.graphs.map((graph) => optionView(graph, graphId))}
    </select>
    <button
      type="button"
      class="primary"
      ?disabled=${starting || picked?.offered !== true}
      @click=${onRun}
    >
      Run
    </button>
    <div class="notes">${notes(input, picked)}</div>
    <div role="status" class="connection">${connection}</div>
    ${
      connection === '' || connection === 'Connecting…'
        ? nothing
        : html`<button type="button" class="retry" @click=${input.onRetry}>Retry now</button>`
    }
    <button
      type="button"
      class="quiet icon"
      aria-label="Commands"
      title="Commands (Ctrl or ⌘ + K)"
      @click=${input.onPalette}
    >
      ${searchIcon}
    </button>
    <button
      type="button"
      class="quiet icon"
      aria-label="Theme: ${theme}"
      title="Theme: ${theme}"
      @click=${input.onNextTheme}
    >
      ${themeIcons[theme]}
    </button>
  </div>`;
}

function optionView({ graphId, title }: GraphListing, current: string | null): TemplateResult {
  return html`<option value=${graphId} ?selected=${graphId === current}>
    ${title ?? graphId}
  </option>`;
}

function notes(
  { model, graphId }: GraphBarInput,
  picked: GraphListing | undefined,
): TemplateResult | typeof nothing {
  if (model.error !== null && model.phase === 'failed') {
    return html`<span class="problem">The graphs could not be read. ${model.error}</span>`;
  }
  if (picked?.error !== undefined) {
    return html`<span class="problem" title=${picked.error}>Cannot be run: ${picked.error}</span>`;
  }
  if (picked?.offered === false || (graphId !== null && model.phase === 'ready' && !picked)) {
    return html`<span class="quiet-text">No graph file here: nothing to run.</span>`;
  }
  if (picked?.description === undefined) return nothing;
  return html`<span class="quiet-text" title=${picked.description}>${picked.description}</span>`;
}

function emptyText({ phase }: GraphsModel): string {
  return phase === 'loading' ? 'Loading…' : 'No graph';
}
