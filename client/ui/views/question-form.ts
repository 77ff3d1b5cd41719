import { html, nothing, type TemplateResult } from 'lit';
import { live } from 'lit/directives/live.js';
import { TEXT, type DraftFile, type PromptForm } from '../../state/prompt-form.ts';
import type { FormInput } from '../prompt-card.ts';
import { textOfTarget } from './field-values.ts';
import { promptTitle } from './prompt-title.ts';
import { contentView } from './value-view.ts';

type Input = FormInput<PromptForm & { kind: 'question' }>;

/** A question, answered in words, with files or both; with a button to skip where that is allowed. */
export function questionForm(input: Input): TemplateResult {
  const { form, busy, onAnswer } = input;
  return html`<div class="question">${contentView(form.prompt)}</div>
    ${form.accepts === 'files' ? nothing : textField(input)}
    ${form.accepts === 'text' ? nothing : fileField(input)}
    <div class="buttons">
      <button type="submit" class="primary" aria-disabled=${busy ? 'true' : 'false'}>Answer</button>
      ${
        form.skipLabel === null
          ? nothing
          : html`<button
              type="button"
              aria-disabled=${busy ? 'true' : 'false'}
              @click=${() => onAnswer({ skipped: true })}
            >
              ${form.skipLabel}
            </button>`
      }
    </div>`;
}

function textField({ form, draft, problems, busy, onEdit }: Input): TemplateResult {
  return html`<textarea
    aria-label=${promptTitle(form)}
    ?readonly=${busy}
    aria-invalid=${'' in problems ? 'true' : 'false'}
    .value=${live(String(draft.values[TEXT] ?? ''))}
    @input=${(event: Event) => onEdit({ values: { [TEXT]: textOfTarget(event) } })}
  ></textarea>`;
}

function fileField({ draft, onEdit }: Input): TemplateResult {
  const choose = async (event: Event): Promise<void> => {
    if (!(event.target instanceof HTMLInputElement)) return;
    onEdit({ files: await Promise.all([...(event.target.files ?? [])].map(readFile)) });
  };
  return html`<label class="field">
      <span>Files</span>
      <input type="file" multiple @change=${choose} />
    </label>
    ${
      draft.files.length === 0
        ? nothing
        : html`<p class="quiet-text">${draft.files.map((file) => file.name).join(', ')}</p>`
    }`;
}

async function readFile(file: File): Promise<DraftFile> {
  const url = await new Promise<string>((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(typeof reader.result === 'string' ? reader.result : '');
    reader.onerror = () => reject(new Error(`${file.name} cannot be read.`));
    reader.readAsDataURL(file);
  });
  const mimeType = file.type === '' ? 'application/octet-stream' : file.type;
  return { name: file.name, mimeType, data: url.slice(url.indexOf(',') + 1) };
}
