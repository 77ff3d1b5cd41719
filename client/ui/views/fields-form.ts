import { html, type TemplateResult } from 'lit';
import { withValue } from '../../../shared/field-value.ts';
import type { PromptForm } from '../../../shared/prompt-form.ts';
import type { FormInput } from '../prompt-card.ts';
import { membersView } from './field-view.ts';

/** A form with a field for each property of a schema. */
export function fieldsForm(input: FormInput<PromptForm & { kind: 'fields' }>): TemplateResult {
  const { form, draft, problems, busy, fileLimit, onEdit } = input;
  return html`${membersView({
      fields: form.fields,
      values: draft.values,
      pointer: '',
      place: 'field',
      problems,
      busy,
      fileLimit,
      onChange: (name, update, pointer) =>
        onEdit(({ values }) => ({ values: withValue(values, name, update(values)) }), pointer),
    })}
    <div class="buttons">
      <button type="submit" class="primary" aria-disabled=${busy ? 'true' : 'false'}>Submit</button>
    </div>`;
}
