import { html, nothing, type TemplateResult } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import { guard } from 'lit/directives/guard.js';
import '../folded-value.ts';
import '../long-text.ts';
import '../markdown-text.ts';
import type { Json } from '../../../shared/json.ts';
import {
  entriesOf,
  type Entry,
  type SleepEntry,
  type StepEntry,
} from '../../../shared/session-view.ts';
import { duration } from './moment.ts';
import { promptEntry } from './prompt-entry.ts';
import { upstreamView } from './upstream-view.ts';
import { mediaView } from './value-view.ts';

/** One thing that happened in a node, as an item of a list. */
function entryView(entry: Entry): TemplateResult {
  switch (entry.kind) {
    case 'text':
      return html`<li class="text">
        <reattach-markdown-text .text=${entry.text} .fence=${entry.fence}></reattach-markdown-text>
      </li>`;
    case 'thought':
      return html`<li class="thought">
        <span class="tag">thought</span
        ><reattach-long-text .text=${entry.text}></reattach-long-text>
      </li>`;
    case 'agent':
      return agentView(entry.name, entry.value);
    case 'step':
      return html`<li class="step ${entry.state}">
        ${stepHead(entry)}
        ${
          entry.blocks.length === 0
            ? nothing
            : html`<ol class="entries">
                ${repeat(entriesOf(entry.blocks), (inner) => inner.key, drawnOnce)}
              </ol>`
        }
        ${stepTail(entry)}
      </li>`;
    case 'sleep':
      return sleepView(entry);
    case 'prompt':
      return promptEntry(entry);
  }
}

/** An entry that is drawn anew only when it is another. */
export function drawnOnce(entry: Entry): unknown {
  return guard([entry], () => entryView(entry));
}

/** What a step is, and how far it is. */
export function stepHead(step: StepEntry): TemplateResult {
  const attempt = step.attempt > 1 ? `, attempt ${step.attempt}` : '';
  const length = step.endedAt === null ? '' : `, ${duration(step.endedAt - step.startedAt)}`;
  const again =
    step.retryAt === null ? '' : ` at ${new Date(step.retryAt * 1000).toLocaleTimeString()}`;
  const words = {
    running: 'running',
    retrying: `will be tried again${again}`,
    ended: 'done',
    failed: 'failed',
  };
  return html`<div class="line">
    <span class="tag">step</span> <b dir="auto">${step.name}</b>
    <span class="quiet-text">${words[step.state]}${attempt}${length}</span>
  </div>`;
}

/** What came of a step; nothing while there is nothing to tell. */
export function stepTail(step: StepEntry): TemplateResult {
  return html`${
    step.error === null
      ? nothing
      : html`<div class="problem">
          <reattach-long-text .text=${step.error}></reattach-long-text>
        </div>`
  }
  ${step.result === undefined || step.result === null ? nothing : foldedView('result', step.result)}`;
}

function agentView(name: string, value: Json): TemplateResult {
  if (name === 'upstream') return upstreamView(value);
  const media = mediaView(name, value);
  if (media !== null) return html`<li class="media">${media}</li>`;
  return html`<li class="agent">${foldedView(name, value)}</li>`;
}

/** A value behind its name and a preview, drawn once it is unfolded. */
function foldedView(name: string, value: Json): TemplateResult {
  return html`<reattach-folded-value .name=${name} .value=${value}></reattach-folded-value>`;
}

function sleepView({ until }: SleepEntry): TemplateResult {
  const time = new Date(until * 1000);
  return html`<li class="sleep">
    <span class="tag">sleep</span> sleeps until
    <time datetime=${time.toISOString()}>${time.toLocaleString()}</time>
  </li>`;
}
