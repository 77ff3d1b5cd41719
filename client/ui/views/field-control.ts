import { html, nothing, type TemplateResult } from 'lit';
import { live } from 'lit/directives/live.js';
import type { Entered } from '../../../shared/field-value.ts';
import type { EnumOption } from '../../../shared/schema-form.ts';
import type { FieldInput } from './field-view.ts';
import { isChecked, textOfTarget } from './field-values.ts';

/** The one control of a field that is neither a group nor a file. */
export function controlView(input: FieldInput): TemplateResult {
  const { field, held, pointer, place, problems, busy, onChange } = input;
  const { control } = field;
  const set = (entered: Entered): void => onChange(() => entered, pointer);
  const setText = (event: Event): void => set(textOfTarget(event));
  const text = typeof held === 'string' ? held : '';
  const wrong = problems[pointer] !== undefined;
  const required = field.required ? 'true' : 'false';
  const invalid = wrong ? 'true' : 'false';
  const message = wrong ? `${place}-problem` : nothing;
  const help = wrong ? `${place}-help ${place}-problem` : `${place}-help`;
  switch (control.kind) {
    case 'boolean':
      return html`<input
        type="checkbox"
        id=${place}
        aria-describedby=${help}
        aria-invalid=${invalid}
        aria-errormessage=${message}
        .checked=${live(held === true)}
        @change=${(event: Event) => set(isChecked(event))}
      />`;
    case 'enum':
      return html`<select
        id=${place}
        dir="auto"
        aria-describedby=${help}
        aria-required=${required}
        aria-invalid=${invalid}
        aria-errormessage=${message}
        .value=${live(text)}
        @change=${setText}
      >
        <option value="" ?selected=${text === ''}>${field.required ? 'Choose…' : 'None'}</option>
        ${control.options.map(
          ({ label }, n) =>
            html`<option value=${n} ?selected=${text === String(n)}>${label}</option>`,
        )}
      </select>`;
    case 'longText':
    case 'content':
    case 'json':
      return html`<textarea
        id=${place}
        dir="auto"
        class=${control.kind === 'json' ? 'mono' : ''}
        spellcheck=${control.kind === 'json' ? 'false' : 'true'}
        aria-describedby=${help}
        aria-required=${required}
        aria-invalid=${invalid}
        aria-errormessage=${message}
        ?readonly=${busy}
        .value=${live(text)}
        @input=${setText}
      ></textarea>`;
    default:
      return html`<input
        id=${place}
        dir="auto"
        type=${inputType(control)}
        data-pointer=${pointer}
        ?readonly=${busy}
        inputmode=${inputModes[control.kind] ?? 'text'}
        step=${control.kind === 'dateTime' && control.seconds ? '1' : 'any'}
        autocomplete="off"
        aria-describedby=${help}
        aria-required=${required}
        aria-invalid=${invalid}
        aria-errormessage=${message}
        .value=${live(text)}
        @input=${setText}
      />`;
  }
}

/** Boxes for the options of which any number can be chosen. */
export function severalView(input: FieldInput, options: readonly EnumOption[]): TemplateResult {
  const { held, pointer, place, busy, onChange } = input;
  const chosen = chosenIn(held);
  const toggle = (option: string, on: boolean): void => {
    onChange((latest) => {
      const others = chosenIn(latest).filter((other) => other !== option);
      return { options: on ? [...others, option] : others };
    }, pointer);
  };
  return html`<div class="several">
    ${options.map(
      ({ label }, n) =>
        html`<label class="check" dir="auto">
          <input
            type="checkbox"
            id="${place}-o${n}"
            aria-disabled=${busy ? 'true' : 'false'}
            .checked=${live(chosen.includes(String(n)))}
            @change=${(event: Event) => toggle(String(n), isChecked(event))}
          />
          <span>${label}</span>
        </label>`,
    )}
  </div>`;
}

function chosenIn(held: Entered): readonly string[] {
  return typeof held === 'object' && 'options' in held ? held.options : [];
}

/** Numbers are typed as text: what a number field drops silently is told as a problem instead. */
function inputType(control: FieldInput['field']['control']): string {
  if (control.kind === 'dateTime') return 'datetime-local';
  return control.kind === 'text' ? control.type : 'text';
}

const inputModes: Partial<Record<FieldInput['field']['control']['kind'], string>> = {
  number: 'decimal',
  integer: 'numeric',
};
