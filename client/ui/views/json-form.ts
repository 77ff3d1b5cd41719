import { html, type TemplateResult } from 'lit';
import { live } from 'lit/directives/live.js';
import { TEXT, type PromptForm } from '../../state/prompt-form.ts';
import type { FormInput } from '../prompt-card.ts';
import { textOfTarget } from './field-values.ts';
import { promptTitle } from './prompt-title.ts';

/** A prompt that this panel has no form for: its JSON, and JSON for an answer. */
export function jsonForm({
  form,
  draft,
  problems,
  busy,
  onEdit,
}: FormInput<PromptForm & { kind: 'json' }>): TemplateResult {
  const edit = (event: Event): void => onEdit({ values: { [TEXT]: textOfTarget(event) } });
  return html`<p>${promptTitle(form)}</p>
    <long-text code .text=${JSON.stringify(form.payload, null, 2)}></long-text>
    <label class="field">
      <span>Answer as JSON</span>
      <textarea
        class="mono"
        spellcheck="false"
        ?readonly=${busy}
        aria-invalid=${'' in problems ? 'true' : 'false'}
        .value=${live(String(draft.values[TEXT] ?? ''))}
        @input=${edit}
      ></textarea>
    </label>
    <div class="buttons">
      <button type="submit" class="primary" aria-disabled=${busy ? 'true' : 'false'}>Answer</button>
    </div>`;
}
