import { html, type TemplateResult } from 'lit';
import { live } from 'lit/directives/live.js';
import { NONE_OF_THE_ABOVE, type LlmContent } from '../../../shared/prompt.ts';
import { toggled, type PromptForm } from '../../state/prompt-form.ts';
import type { FormInput } from '../prompt-card.ts';
import { isChecked } from './field-values.ts';
import { contentView } from './value-view.ts';

/** A choice: radios for one, checkboxes for several, in a list, a row or a grid. */
export function choiceForm(input: FormInput<PromptForm & { kind: 'choice' }>): TemplateResult {
  const { form, busy } = input;
  return html`<fieldset>
      <legend>${contentView(form.prompt)}</legend>
      <div class="choices ${form.layout}">
        ${form.choices.map(({ id, content }) => choice(input, id, content))}
        ${
          form.noneLabel === null
            ? ''
            : choice(input, NONE_OF_THE_ABOVE, { parts: [{ text: form.noneLabel }] })
        }
      </div>
    </fieldset>
    <div class="buttons">
      <button type="submit" class="primary" aria-disabled=${busy ? 'true' : 'false'}>Answer</button>
    </div>`;
}

function choice(
  { form, draft, onEdit }: FormInput<PromptForm & { kind: 'choice' }>,
  id: string,
  content: LlmContent,
): TemplateResult {
  const change = (event: Event): void =>
    onEdit({ ids: toggled(form, draft.ids, id, isChecked(event)) });
  return html`<label class="choice">
    <input
      type=${form.multiple ? 'checkbox' : 'radio'}
      name="choice"
      value=${id}
      .checked=${live(draft.ids.includes(id))}
      @change=${change}
    />
    <span>${contentView(content)}</span>
  </label>`;
}
