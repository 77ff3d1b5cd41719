import { html, nothing, type TemplateResult } from 'lit';
import { live } from 'lit/directives/live.js';
import { NONE_OF_THE_ABOVE, type LlmContent } from '../../../shared/prompt.ts';
import { toggled, type PromptForm } from '../../../shared/prompt-form.ts';
import type { FormInput } from '../prompt-card.ts';
import { isChecked } from './field-values.ts';
import { richText } from './rich-text.ts';

type Input = FormInput<PromptForm & { kind: 'choice' }>;

/** A choice: radios for one, checkboxes for several, in a list, a row or a grid. */
export function choiceForm(input: Input): TemplateResult {
  const { form, busy } = input;
  return html`<fieldset>
      <legend dir="auto">${richText(form.prompt)}</legend>
      <div class="choices ${form.layout}">
        ${form.choices.map(({ id, content }, n) => choice(input, id, content, digitOf(n)))}
        ${
          form.noneLabel === null
            ? nothing
            : choice(input, NONE_OF_THE_ABOVE, { parts: [{ text: form.noneLabel }] }, '0')
        }
      </div>
    </fieldset>
    <div class="buttons">
      <button type="submit" class="primary" aria-disabled=${busy ? 'true' : 'false'}>Answer</button>
      ${form.multiple ? html`<span class="quiet-text">Any number of them.</span>` : nothing}
    </div>`;
}

/** The digit that chooses the nth; there are nine, and 0 for none of the above. */
function digitOf(n: number): string {
  return n < 9 ? String(n + 1) : '';
}

function choice(
  { form, draft, onEdit }: Input,
  id: string,
  content: LlmContent,
  digit: string,
): TemplateResult {
  const change = (event: Event): void => {
    const on = isChecked(event);
    onEdit(({ ids }) => ({ ids: toggled(form, ids, id, on) }), '');
  };
  return html`<label class="choice ${id === NONE_OF_THE_ABOVE ? 'none' : ''}">
    <input
      type=${form.multiple ? 'checkbox' : 'radio'}
      name="choice"
      value=${id}
      data-digit=${digit === '' ? nothing : digit}
      aria-keyshortcuts=${digit === '' ? nothing : digit}
      .checked=${live(draft.ids.includes(id))}
      @change=${change}
    />
    <span class="content" dir="auto">${richText(content)}</span>
    ${digit === '' ? nothing : html`<kbd aria-hidden="true">${digit}</kbd>`}
  </label>`;
}
