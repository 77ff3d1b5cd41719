import { html, nothing, type TemplateResult } from 'lit';
import { isObject, type Json } from '../../../shared/json.ts';
import { isLlmContent, NONE_OF_THE_ABOVE, SKIPPED_TEXT, textOf } from '../../../shared/prompt.ts';
import type { PromptEntry } from '../../../shared/session-view.ts';
import { clockTime } from '../../state/clock-time.ts';
import { formOf, type PromptForm } from '../../../shared/prompt-form.ts';
import type { Field } from '../../../shared/schema-form.ts';
import { promptTitle } from './prompt-title.ts';
import { responseText } from './response-text.ts';
import { richText } from './rich-text.ts';
import { valueView } from './value-view.ts';

/** A prompt of a node's history: what was asked, what was answered, or why nobody had to. */
export function promptEntry(prompt: PromptEntry): TemplateResult {
  const form = formOf(prompt.suspendEvent);
  return html`<li class="prompt ${prompt.state}">
    <span class="tag">prompt</span>
    <div>
      <div dir="auto">${questionView(form)}</div>
      ${prompt.state === 'open' ? html`<p class="open">waits for an answer</p>` : nothing}
      ${
        prompt.response === undefined
          ? nothing
          : html`<div class="answer" dir="auto">
              <span class="visually-hidden">Answer: </span>${answerView(form, prompt.response)}
            </div>`
      }
      ${
        prompt.state === 'withdrawn'
          ? html`<p class="quiet-text" dir="auto">
              Withdrawn${closedAt(prompt)}: ${prompt.reason}
            </p>`
          : nothing
      }
    </div>
  </li>`;
}

function questionView(form: PromptForm): TemplateResult {
  if ('prompt' in form && form.prompt !== null) return richText(form.prompt);
  return html`<reattach-long-text .text=${promptTitle(form)}></reattach-long-text>`;
}

function answerView(form: PromptForm, response: Json): TemplateResult {
  if (form.kind === 'json') return valueView(response);
  if (isObject(response)) {
    const { input, selected } = response;
    if (form.kind === 'fields') return valuesView(form.fields, response);
    if (isLlmContent(input) && textOf(input) !== SKIPPED_TEXT) return richText(input);
    if (form.kind === 'choice' && isObject(selected) && Array.isArray(selected['ids'])) {
      return chosenView(form, selected['ids'].map(String));
    }
  }
  return html`<reattach-long-text .text=${responseText(response, form)}></reattach-long-text>`;
}

function chosenView(form: PromptForm & { kind: 'choice' }, ids: readonly string[]): TemplateResult {
  const contentOf = (id: string): TemplateResult => {
    const choice = form.choices.find((candidate) => candidate.id === id);
    if (choice !== undefined) return richText(choice.content);
    const label = id === NONE_OF_THE_ABOVE ? (form.noneLabel ?? 'None of the above') : id;
    return html`<reattach-long-text .text=${label}></reattach-long-text>`;
  };
  return html`${ids.map((id) => html`<div>${contentOf(id)}</div>`)}`;
}

/** A form's answer, field by field; what the schema does not name comes last. */
function valuesView(
  fields: readonly Field[],
  values: Readonly<Record<string, Json>>,
): TemplateResult {
  const known = fields.filter(({ name }) => Object.hasOwn(values, name));
  const names = new Set(known.map(({ name }) => name));
  const rows: [label: string, value: TemplateResult][] = [
    ...known.map((field): [string, TemplateResult] => [
      field.label,
      fieldValueView(field, values[field.name] ?? null),
    ]),
    ...Object.entries(values)
      .filter(([name]) => !names.has(name))
      .map(([name, value]): [string, TemplateResult] => [name, valueView(value)]),
  ];
  if (rows.length === 0) return html`<p class="quiet-text">Nothing was filled in.</p>`;
  return html`<dl class="given">
    ${rows.map(
      ([label, value]) =>
        html`<dt dir="auto">${label}</dt>
          <dd dir="auto">${value}</dd>`,
    )}
  </dl>`;
}

function fieldValueView({ control }: Field, value: Json): TemplateResult {
  switch (control.kind) {
    case 'enum':
    case 'several': {
      const labels = (Array.isArray(value) && control.kind === 'several' ? value : [value]).map(
        (each) => {
          const text = JSON.stringify(each);
          const option = control.options.find((known) => JSON.stringify(known.value) === text);
          return option?.label ?? text;
        },
      );
      return html`<reattach-long-text .text=${labels.join(', ')}></reattach-long-text>`;
    }
    case 'object':
      return isObject(value) ? valuesView(control.fields, value) : valueView(value);
    case 'array':
      if (!Array.isArray(value)) return valueView(value);
      return html`<ol class="given">
        ${value.map((item) => html`<li>${fieldValueView(control.item, item)}</li>`)}
      </ol>`;
    case 'file':
      return fileView(control, value);
    case 'boolean':
      return html`${value === true ? 'yes' : 'no'}`;
    case 'number':
    case 'integer':
      return html`${typeof value === 'number' ? value : valueView(value)}`;
    default:
      return isLlmContent(value) ? richText(value) : valueView(value);
  }
}

function fileView(control: Field['control'] & { kind: 'file' }, value: Json): TemplateResult {
  if (typeof value !== 'string') return valueView(value);
  const [, type, data] = /^data:([^;,]*);base64,(.*)$/s.exec(value) ?? [];
  const mimeType = (type ?? control.accept) || 'application/octet-stream';
  return richText({ parts: [{ inlineData: { mimeType, data: data ?? value } }] });
}

function closedAt({ closedAt: time }: PromptEntry): string {
  return time === null ? '' : ` at ${clockTime(time, Date.now() / 1000)}`;
}
