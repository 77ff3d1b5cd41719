import { html, nothing, type TemplateResult } from 'lit';
import { isObject, type Json } from '../../../shared/json.ts';
import type { PromptForm } from '../../../shared/prompt-form.ts';
import type { FormInput } from '../prompt-card.ts';
import { richText } from './rich-text.ts';
import { valueView } from './value-view.ts';

/** A consent: what it is for, and two buttons. */
export function consentForm({
  form,
  busy,
  onAnswer,
}: FormInput<PromptForm & { kind: 'consent' }>): TemplateResult {
  const disabled = busy ? 'true' : 'false';
  return html`${
      form.prompt === null
        ? html`<p class="question">Your consent is asked for.</p>`
        : html`<div class="question" dir="auto">${richText(form.prompt)}</div>`
    }
    <dl class="consent">
      <dt>Consent</dt>
      <dd dir="auto">${form.consentType}</dd>
      ${form.scope === null ? nothing : scopeView(form.scope)}
      ${
        form.graphUrl === null
          ? nothing
          : html`<dt>Graph</dt>
              <dd>${linkView(form.graphUrl)}</dd>`
      }
    </dl>
    <div class="buttons">
      <button
        type="button"
        class="primary"
        aria-disabled=${disabled}
        @click=${() => onAnswer({ consent: true })}
      >
        Allow
      </button>
      <button type="button" aria-disabled=${disabled} @click=${() => onAnswer({ consent: false })}>
        Deny
      </button>
    </div>`;
}

/** What it covers: an object's members one by one, anything else as it is. */
function scopeView(scope: Json): TemplateResult {
  if (!isObject(scope)) {
    return html`<dt>Scope</dt>
      <dd dir="auto">${valueView(scope)}</dd>`;
  }
  return html`${Object.entries(scope).map(
    ([name, value]) =>
      html`<dt dir="auto">${name}</dt>
        <dd dir="auto">${valueView(value)}</dd>`,
  )}`;
}

/** Only an address of the web becomes a link: any other could be code. */
function linkView(address: string): TemplateResult {
  if (!/^https?:\/\//i.test(address) || !URL.canParse(address)) {
    return html`<reattach-long-text .text=${address}></reattach-long-text>`;
  }
  return html`<a href=${address} target="_blank" rel="noopener noreferrer">${address}</a>`;
}
