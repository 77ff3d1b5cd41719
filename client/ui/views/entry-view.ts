import { html, nothing, type TemplateResult } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import '../long-text.ts';
import type { Json } from '../../../shared/json.ts';
import type { Entry, SleepEntry, StepEntry } from '../../../shared/session-view.ts';
import { duration } from './moment.ts';
import { promptEntry } from './prompt-entry.ts';
import { upstreamView } from './upstream-view.ts';
import { valueView } from './value-view.ts';

/** One thing that happened in a node, as an item of a list. */
export function entryView(entry: Entry): TemplateResult {
  switch (entry.kind) {
    case 'text':
      return html`<li class="text"><long-text .text=${entry.text}></long-text></li>`;
    case 'thought':
      return html`<li class="thought">
        <span class="tag">thought</span><long-text .text=${entry.text}></long-text>
      </li>`;
    case 'agent':
      return agentView(entry.name, entry.value);
    case 'step':
      return stepView(entry);
    case 'sleep':
      return sleepView(entry);
    case 'prompt':
      return promptEntry(entry);
  }
}

function agentView(name: string, value: Json): TemplateResult {
  if (name === 'upstream') return upstreamView(value);
  return html`<li class="agent">
    <details>
      <summary>
        <span class="tag">${name}</span> <span class="preview">${preview(value)}</span>
      </summary>
      ${valueView(value)}
    </details>
  </li>`;
}

function stepView(step: StepEntry): TemplateResult {
  const attempt = step.attempt > 1 ? `, attempt ${step.attempt}` : '';
  const length = step.endedAt === null ? '' : `, ${duration(step.endedAt - step.startedAt)}`;
  const words = {
    running: 'running',
    retrying: 'will be tried again',
    ended: 'done',
    failed: 'failed',
  };
  return html`<li class="step ${step.state}">
    <div class="line">
      <span class="tag">step</span> <b dir="auto">${step.name}</b>
      <span class="quiet-text">${words[step.state]}${attempt}${length}</span>
    </div>
    ${
      step.entries.length === 0
        ? nothing
        : html`<ol class="entries">
            ${repeat(step.entries, (entry) => entry.key, entryView)}
          </ol>`
    }
    ${
      step.error === null
        ? nothing
        : html`<div class="problem"><long-text .text=${step.error}></long-text></div>`
    }
    ${
      step.result === undefined || step.result === null
        ? nothing
        : html`<details>
            <summary>
              <span class="tag">result</span> <span class="preview">${preview(step.result)}</span>
            </summary>
            ${valueView(step.result)}
          </details>`
    }
  </li>`;
}

function sleepView({ until }: SleepEntry): TemplateResult {
  const time = new Date(until * 1000);
  return html`<li class="sleep">
    <span class="tag">sleep</span> sleeps until
    <time datetime=${time.toISOString()}>${time.toLocaleString()}</time>
  </li>`;
}

function preview(value: Json): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > 120 ? `${text.slice(0, 120)}…` : text;
}
