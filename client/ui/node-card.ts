import { html, LitElement, nothing, type TemplateResult } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import type { Json, JsonObject } from '../../shared/json.ts';
import type { NodeActivity } from '../../shared/session-state.ts';
import type { Entry, NodeView } from '../../shared/session-view.ts';
import { controls } from '../styles/controls.css.ts';
import { nodeCardStyles } from '../styles/node-card.css.ts';
import { statusStyles } from '../styles/status.css.ts';
import { entryView } from './views/entry-view.ts';
import { duration } from './views/moment.ts';
import { statusMark } from './views/status-mark.ts';
import { valueView } from './views/value-view.ts';

/** A node of the open session. */
export interface NodeCardInput {
  readonly id: string;
  readonly title: string;
  readonly type: string;
  readonly activity: NodeActivity;
  /** Null for a node that has not begun. */
  readonly view: NodeView | null;
}

/** How many entries are shown before the person asks for earlier ones, and how many more then. */
const SHOWN = 200;
const LOT = 100;
/** In seconds. */
const LONG_SLEEP = 5;

/** What happened in one node. Renders anew only when its node changed. */
export class NodeCard extends LitElement {
  static override properties = {
    input: { attribute: false, hasChanged: differs },
    shown: { state: true },
  };
  static override styles = [controls, statusStyles, nodeCardStyles];

  declare input: NodeCardInput | null;
  declare shown: number;

  constructor() {
    super();
    this.input = null;
    this.shown = SHOWN;
  }

  override render(): TemplateResult {
    if (this.input === null) return html``;
    const { id, title, type, activity, view } = this.input;
    return html`<article aria-label="Node ${title}" data-node=${id} class=${activity}>
      <header>
        <h3 dir="auto">${title}</h3>
        <span class="type mono">${type}</span>
        <span class="time">${lengthOf(view)}</span>
        ${statusMark(activity)}
      </header>
      ${view === null ? nothing : this.#body(view)}
    </article>`;
  }

  #body(view: NodeView): TemplateResult {
    const entries = view.entries.filter(isWorthALine);
    const hidden = hiddenOf(entries.length, this.shown);
    return html`${
      hidden === 0
        ? nothing
        : html`<button type="button" class="quiet earlier" @click=${this.#showEarlier}>
            Show ${Math.min(hidden, SHOWN).toLocaleString()} of ${hidden.toLocaleString()} earlier
            entries
          </button>`
    }
    ${
      view.entries.length === 0
        ? nothing
        : html`<ol class="entries">
            ${repeat(
              hidden === 0 ? entries : entries.slice(hidden),
              (entry) => entry.key,
              entryView,
            )}
          </ol>`
    }
    ${outputsView(view)}
    ${
      view.error === null || view.entries.some((entry) => tells(entry, view.error))
        ? nothing
        : html`<div class="failure" role="group" aria-label="Error">
            <long-text .text=${view.error}></long-text>
          </div>`
    }
    ${view.skipped === null ? nothing : html`<p class="quiet-text skipped">${view.skipped}</p>`}`;
  }

  #showEarlier(): void {
    this.shown += SHOWN;
  }
}

/** How many entries stay away: in whole lots, so that streaming adds at the end and seldom removes. */
function hiddenOf(count: number, shown: number): number {
  return Math.max(0, Math.ceil((count - shown) / LOT) * LOT);
}

/** A short sleep is a pause in what is streamed; a line that comes and goes would only flicker. */
function isWorthALine(entry: Entry): boolean {
  return entry.kind !== 'sleep' || entry.until - entry.startedAt >= LONG_SLEEP;
}

/** Whether a step has said the error already. */
function tells(entry: Entry, error: string | null): boolean {
  return entry.kind === 'step' && entry.state === 'failed' && entry.error === error;
}

function outputsView({ outputs }: NodeView): TemplateResult | typeof nothing {
  const ports = portsOf(outputs ?? {});
  if (ports.length === 0) return nothing;
  return html`<dl class="outputs" aria-label="Outputs">
    ${ports.map(
      ([port, value]) =>
        html`<dt class="mono">${port}</dt>
          <dd>${valueView(value)}</dd>`,
    )}
  </dl>`;
}

/** The ports to show: `output` is left out where the others say the same. */
function portsOf({ output, ...others }: JsonObject): [string, Json][] {
  const ports = Object.entries(others);
  const same = ports.length > 0 && JSON.stringify(output) === JSON.stringify(others);
  return output === undefined || same ? ports : [...ports, ['output', output]];
}

function lengthOf(view: NodeView | null): string {
  const { startedAt, endedAt } = view ?? { startedAt: null, endedAt: null };
  return startedAt === null || endedAt === null ? '' : duration(endedAt - startedAt);
}

function differs(a: NodeCardInput | null, b: NodeCardInput | null | undefined): boolean {
  if (a === null || b == null) return a !== b;
  return a.view !== b.view || a.activity !== b.activity || a.title !== b.title || a.id !== b.id;
}

customElements.define('node-card', NodeCard);

declare global {
  interface HTMLElementTagNameMap {
    'node-card': NodeCard;
  }
}
