import { html, svg, type TemplateResult } from 'lit';
import type { SessionStatus } from '../../../shared/session.ts';
import type { NodeActivity } from '../../../shared/session-state.ts';

const ring = svg`<circle class="turning" cx="5" cy="5" r="4" stroke-dasharray="17 8" />`;
const hourglass = svg`<path class="solid" d="M5 0 10 5 5 10 0 5Z" />`;
const tick = svg`<path d="M1 5.5 4 8.5 9 1.5" />`;
const cross = svg`<path d="M1.5 1.5 8.5 8.5M8.5 1.5 1.5 8.5" />`;
const barred = svg`<circle cx="5" cy="5" r="4" /><path d="M2.2 7.8 7.8 2.2" />`;
const hollow = svg`<circle cx="5" cy="5" r="4" />`;
const bars = svg`<path d="M3 1.5V8.5M7 1.5V8.5" />`;
const dash = svg`<path d="M1.5 5H8.5" />`;

const brokenLine = svg`<path d="M1 5H3.5M6.5 5H9M4 8 6 2" />`;

const marks = {
  running: ring,
  started: ring,
  suspended: hourglass,
  waiting: hourglass,
  completed: tick,
  ended: tick,
  failed: cross,
  cancelled: barred,
  pending: hollow,
  sleeping: bars,
  skipped: dash,
} satisfies Record<SessionStatus | NodeActivity, TemplateResult>;

const words: Partial<Record<SessionStatus | NodeActivity, string>> = {
  started: 'running',
  ended: 'done',
};

/** That a producer has been silent for too long, as a mark and words. */
export function lostContactMark(): TemplateResult {
  return html`<span class="status lost"
    ><svg viewBox="0 0 10 10" aria-hidden="true">${brokenLine}</svg><span>lost contact</span></span
  >`;
}

/** A status as a mark and a word. */
export function statusMark(status: SessionStatus | NodeActivity): TemplateResult {
  return html`<span class="status ${status}"
    ><svg viewBox="0 0 10 10" aria-hidden="true">${marks[status]}</svg
    ><span>${words[status] ?? status}</span></span
  >`;
}
