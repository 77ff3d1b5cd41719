import { html, nothing, type TemplateResult } from 'lit';
import { live } from 'lit/directives/live.js';
import type { PromptForm } from '../../state/prompt-form.ts';
import { valueOf, type EnumOption, type Field } from '../../state/schema-form.ts';
import type { FormInput } from '../prompt-card.ts';
import { isChecked, textOfTarget } from './field-values.ts';

type Input = FormInput<PromptForm & { kind: 'fields' }>;

/** A form with a field for each property of a schema. */
export function fieldsForm(input: Input): TemplateResult {
  return html`${input.form.fields.map((field, place) => fieldView(input, field, place))}
    <div class="buttons">
      <button type="submit" class="primary" aria-disabled=${input.busy ? 'true' : 'false'}>
        Submit
      </button>
    </div>`;
}

function fieldView(input: Input, field: Field, place: number): TemplateResult {
  const problem = input.problems[field.name];
  const id = `field-${place}`;
  const help = `${id}-help`;
  const label = html`<label for=${id}
    >${field.label}${
      field.required && field.control.kind !== 'boolean'
        ? html`<span class="required">required</span>`
        : nothing
    }</label
  >`;
  const control = controlView(input, field, id, help, problem !== undefined);
  return html`<div class="field">
    ${
      field.control.kind === 'boolean'
        ? html`<div class="check">${control}${label}</div>`
        : html`${label}${control}`
    }
    <div id=${help}>
      ${field.description === null ? nothing : html`<p class="quiet-text">${field.description}</p>`}
      ${problem === undefined ? nothing : html`<p class="problem">${problem}</p>`}
    </div>
  </div>`;
}

function controlView(
  { draft, busy, onEdit }: Input,
  field: Field,
  id: string,
  help: string,
  wrong: boolean,
): TemplateResult {
  const value = valueOf(field, draft.values);
  const set = (entered: string | boolean): void =>
    onEdit({ values: { ...draft.values, [field.name]: entered } });
  const setText = (event: Event): void => set(textOfTarget(event));
  const required = field.required ? 'true' : 'false';
  const invalid = wrong ? 'true' : 'false';
  switch (field.control.kind) {
    case 'boolean':
      return html`<input
        type="checkbox"
        id=${id}
        aria-describedby=${help}
        .checked=${live(value === true)}
        @change=${(event: Event) => set(isChecked(event))}
      />`;
    case 'enum':
      return html`<select
        id=${id}
        aria-describedby=${help}
        aria-required=${required}
        aria-invalid=${invalid}
        @change=${setText}
      >
        <option value="" ?selected=${value === ''}>${field.required ? 'Choose…' : 'None'}</option>
        ${field.control.options.map((option, n) => optionView(option, String(n), value))}
      </select>`;
    case 'longText':
    case 'content':
    case 'json':
      return html`<textarea
        id=${id}
        class=${field.control.kind === 'json' ? 'mono' : ''}
        aria-describedby=${help}
        aria-required=${required}
        aria-invalid=${invalid}
        ?readonly=${busy}
        .value=${live(String(value))}
        @input=${setText}
      ></textarea>`;
    case 'number':
    case 'integer':
    case 'text':
      return html`<input
        id=${id}
        type="text"
        ?readonly=${busy}
        inputmode=${inputModes[field.control.kind]}
        autocomplete="off"
        aria-describedby=${help}
        aria-required=${required}
        aria-invalid=${invalid}
        .value=${live(String(value))}
        @input=${setText}
      />`;
  }
}

const inputModes = { number: 'decimal', integer: 'numeric', text: 'text' } as const;

function optionView({ label }: EnumOption, place: string, value: string | boolean): TemplateResult {
  return html`<option value=${place} ?selected=${value === place}>${label}</option>`;
}
