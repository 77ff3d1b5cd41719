import { html, nothing, type TemplateResult } from 'lit';
import { keyed } from 'lit/directives/keyed.js';
import type { Announcement } from '../../state/announcer.ts';

/** The page's live regions. What is said again is a new element, which is what has it said again. */
export function liveRegions(polite: Announcement, urgent: Announcement): TemplateResult {
  return html`<div class="visually-hidden">
    <div aria-live="polite" data-announced="polite">${said(polite)}</div>
    <div aria-live="assertive" data-announced="urgent">${said(urgent)}</div>
  </div>`;
}

function said({ text, turn }: Announcement): unknown {
  return text === '' ? nothing : keyed(turn, html`<p>${text}</p>`);
}
