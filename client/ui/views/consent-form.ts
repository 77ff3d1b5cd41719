import { html, nothing, type TemplateResult } from 'lit';
import type { PromptForm } from '../../state/prompt-form.ts';
import type { FormInput } from '../prompt-card.ts';
import { contentView, valueView } from './value-view.ts';

/** A consent: what it is about, and two buttons. */
export function consentForm({
  form,
  busy,
  onAnswer,
}: FormInput<PromptForm & { kind: 'consent' }>): TemplateResult {
  return html`${form.prompt === null ? nothing : contentView(form.prompt)}
    <dl class="consent">
      <dt>Consent</dt>
      <dd>${form.consentType}</dd>
      ${
        form.scope === null
          ? nothing
          : html`<dt>Scope</dt>
              <dd>${valueView(form.scope)}</dd>`
      }
      ${
        form.graphUrl === null
          ? nothing
          : html`<dt>Graph</dt>
              <dd><long-text .text=${form.graphUrl}></long-text></dd>`
      }
    </dl>
    <div class="buttons">
      <button
        type="button"
        class="primary"
        aria-disabled=${busy ? 'true' : 'false'}
        @click=${() => onAnswer({ consent: true })}
      >
        Allow
      </button>
      <button
        type="button"
        aria-disabled=${busy ? 'true' : 'false'}
        @click=${() => onAnswer({ consent: false })}
      >
        Deny
      </button>
    </div>`;
}
