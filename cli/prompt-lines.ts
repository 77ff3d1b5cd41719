import { isObject, type Json } from '../shared/json.ts';
import { NONE_OF_THE_ABOVE, textOf } from '../shared/prompt.ts';
import type { PromptForm } from '../shared/prompt-form.ts';
import { printable } from './style.ts';
import { lineOfJson, textOfJson } from './text-of-json.ts';

/** What a prompt asks, in one line. */
export function questionOf(form: PromptForm): string {
  switch (form.kind) {
    case 'fields':
      return `A form: ${form.fields.map(({ label }) => printable(label)).join(', ')}`;
    case 'question':
    case 'choice':
      return lineOfJson(textOf(form.prompt));
    case 'consent':
      return form.prompt === null
        ? `Consent: ${printable(form.consentType)}`
        : lineOfJson(textOf(form.prompt));
    case 'json':
      return `${printable(form.name)}: ${lineOfJson(form.payload)}`;
  }
}

/** What a response says, in one line. */
export function answerLine(form: PromptForm, response: Json): string {
  const given = isObject(response) ? response : {};
  if (given['skipped'] === true) return 'skipped';
  if (form.kind === 'question' && given['input'] !== undefined) {
    return lineOfJson(textOfJson(given['input']));
  }
  if (form.kind === 'consent') return given['consent'] === true ? 'yes' : 'no';
  const { selected } = given;
  if (form.kind === 'choice' && isObject(selected) && Array.isArray(selected['ids'])) {
    const names = selected['ids'].map((id: unknown) => nameOf(form, String(id)));
    return names.join(', ');
  }
  return lineOfJson(response);
}

function nameOf(form: PromptForm & { kind: 'choice' }, id: string): string {
  if (id === NONE_OF_THE_ABOVE) return form.noneLabel ?? 'none of the above';
  const choice = form.choices.find((each) => each.id === id);
  return choice === undefined ? printable(id) : lineOfJson(textOf(choice.content));
}
