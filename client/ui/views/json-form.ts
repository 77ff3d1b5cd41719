import { html, nothing, type TemplateResult } from 'lit';
import { live } from 'lit/directives/live.js';
import { TEXT, textOfDraft, type PromptForm } from '../../../shared/prompt-form.ts';
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
  const edit = (event: Event): void => onEdit({ values: { [TEXT]: textOfTarget(event) } }, '');
  const found = Object.entries(problems).map(([pointer, message]) =>
    pointer === '' ? message : `${pointer}: ${message}`,
  );
  return html`<p class="question">${promptTitle(form)}</p>
    <reattach-long-text code .text=${JSON.stringify(form.payload, null, 2)}></reattach-long-text>
    <div class="field">
      <label for="json">Answer as JSON</label>
      <textarea
        id="json"
        class="mono"
        spellcheck="false"
        ?readonly=${busy}
        aria-invalid=${found.length > 0 ? 'true' : 'false'}
        aria-describedby=${found.length > 0 ? 'json-problem' : nothing}
        aria-errormessage=${found.length > 0 ? 'json-problem' : nothing}
        .value=${live(textOfDraft(draft))}
        @input=${edit}
      ></textarea>
      ${
        found.length === 0
          ? nothing
          : html`<ul id="json-problem" class="problem">
              ${found.map((problem) => html`<li>${problem}</li>`)}
            </ul>`
      }
    </div>
    <div class="buttons">
      <button type="submit" class="primary" aria-disabled=${busy ? 'true' : 'false'}>Answer</button>
    </div>`;
}
