import { html, nothing, type TemplateResult } from 'lit';
import { live } from 'lit/directives/live.js';
import type { DraftFile } from '../../../shared/field-value.ts';
import { TEXT, textOfDraft, type PromptForm } from '../../../shared/prompt-form.ts';
import '../file-picker.ts';
import type { FormInput } from '../prompt-card.ts';
import { textOfTarget } from './field-values.ts';
import { promptTitle } from './prompt-title.ts';
import { richText } from './rich-text.ts';

type Input = FormInput<PromptForm & { kind: 'question' }>;

/** A question, answered in words, with files or both; with a button to skip where that is allowed. */
export function questionForm(input: Input): TemplateResult {
  const { form, busy, onAnswer } = input;
  return html`<div class="question" dir="auto">${richText(form.prompt)}</div>
    ${form.accepts === 'files' ? nothing : textField(input)}
    ${form.accepts === 'text' ? nothing : fileField(input)}
    <div class="buttons">
      <button type="submit" class="primary" aria-disabled=${busy ? 'true' : 'false'}>Answer</button>
      ${
        form.skipLabel === null
          ? nothing
          : html`<button
              type="button"
              dir="auto"
              aria-disabled=${busy ? 'true' : 'false'}
              @click=${() => onAnswer({ skipped: true })}
            >
              ${form.skipLabel}
            </button>`
      }
    </div>`;
}

function textField({ form, draft, problems, busy, onEdit }: Input): TemplateResult {
  const [problem] = Object.values(problems);
  return html`<textarea
    dir="auto"
    aria-label=${promptTitle(form)}
    ?readonly=${busy}
    aria-invalid=${problem === undefined ? 'false' : 'true'}
    aria-errormessage=${problem === undefined ? nothing : 'problem'}
    .value=${live(textOfDraft(draft))}
    @input=${(event: Event) => onEdit({ values: { [TEXT]: textOfTarget(event) } }, '')}
  ></textarea>`;
}

function fileField({ form, draft, busy, fileLimit, problems, onEdit }: Input): TemplateResult {
  const input = {
    label: 'Files',
    description: '',
    problem: form.accepts === 'files' ? (Object.values(problems)[0] ?? null) : null,
    required: false,
    multiple: true,
    accept: '',
    files: draft.files,
    limit: fileLimit,
    busy,
    onAdd: (added: readonly DraftFile[]) =>
      onEdit(({ files }) => ({ files: [...files, ...added] }), ''),
    onRemove: (file: DraftFile) =>
      onEdit(({ files }) => ({ files: files.filter((other) => other !== file) }), ''),
  };
  return html`<reattach-file-picker .input=${input}></reattach-file-picker>`;
}
