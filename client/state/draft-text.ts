import { NONE_OF_THE_ABOVE, textOf } from '../../shared/prompt.ts';
import { heldBy, type Entered, type FieldValues } from '../../shared/field-value.ts';
import { textOfDraft, type Draft, type PromptForm } from '../../shared/prompt-form.ts';
import type { Field } from '../../shared/schema-form.ts';

/** What a draft says, as text that a person can take elsewhere; a form's fields a line each. */
export function draftText(form: PromptForm, draft: Draft): string {
  const files = draft.files.map(({ name }) => `[${name}]`);
  switch (form.kind) {
    case 'fields':
      return linesOf(form.fields, draft.values).join('\n');
    case 'choice':
      return draft.ids.map((id) => choiceText(form, id)).join('\n');
    default:
      return [textOfDraft(draft), ...files].filter((line) => line !== '').join('\n');
  }
}

function linesOf(fields: readonly Field[], values: FieldValues): string[] {
  return fields.flatMap((field) => {
    const lines = linesFor(field, heldBy(field, values));
    if (lines.length === 0) return [];
    return lines.length === 1
      ? [`${field.label}: ${lines[0] ?? ''}`]
      : [`${field.label}:`, ...lines.map((line) => `  ${line}`)];
  });
}

function linesFor(field: Field, held: Entered): string[] {
  const { control } = field;
  const labelOf = (place: string): string =>
    ('options' in control ? control.options[Number(place)]?.label : undefined) ?? place;
  if (typeof held === 'boolean') return [held ? 'yes' : 'no'];
  if (typeof held === 'string') {
    if (held === '') return [];
    return control.kind === 'enum' ? [labelOf(held)] : held.split('\n');
  }
  if ('options' in held)
    return held.options.length === 0 ? [] : [held.options.map(labelOf).join(', ')];
  if ('file' in held) return [`[${held.file.name}]`];
  if ('values' in held)
    return control.kind === 'object' ? linesOf(control.fields, held.values) : [];
  if (control.kind !== 'array') return [];
  return held.items.flatMap(({ value }) => {
    const [first, ...rest] = linesFor(control.item, value);
    return first === undefined ? [] : [`- ${first}`, ...rest.map((line) => `  ${line}`)];
  });
}

function choiceText(form: PromptForm & { kind: 'choice' }, id: string): string {
  if (id === NONE_OF_THE_ABOVE) return form.noneLabel ?? id;
  const choice = form.choices.find((candidate) => candidate.id === id);
  return (choice && textOf(choice.content)) || id;
}
