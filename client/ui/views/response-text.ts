import { isObject, type Json } from '../../../shared/json.ts';
import {
  isLlmContent,
  NONE_OF_THE_ABOVE,
  SKIPPED_TEXT,
  textOf,
  type LlmContent,
} from '../../../shared/prompt.ts';
import type { PromptForm } from '../../../shared/prompt-form.ts';

/** An answer as a person reads it; `form` is the prompt's, where it is known. */
export function responseText(response: Json, form: PromptForm | null = null): string {
  if (!isObject(response)) return shown(response);
  const { input, selected, consent, skipped } = response;
  if (skipped === true) return 'Skipped';
  if (typeof consent === 'boolean') return consent ? 'Allowed' : 'Denied';
  if (isLlmContent(input)) return contentText(input);
  if (isObject(selected) && Array.isArray(selected['ids'])) {
    return selected['ids'].map((id) => choiceText(shown(id), form)).join(', ');
  }
  return Object.entries(response)
    .map(([name, value]) => `${heading(labelOf(name, form))} ${shown(value)}`)
    .join('\n');
}

function choiceText(id: string, form: PromptForm | null): string {
  if (form?.kind !== 'choice') return id === NONE_OF_THE_ABOVE ? 'None of the above' : id;
  if (id === NONE_OF_THE_ABOVE) return form.noneLabel ?? 'None of the above';
  const choice = form.choices.find((candidate) => candidate.id === id);
  return (choice && textOf(choice.content)) || id;
}

function labelOf(name: string, form: PromptForm | null): string {
  if (form?.kind !== 'fields') return name;
  return form.fields.find((field) => field.name === name)?.label ?? name;
}

function heading(label: string): string {
  return /[?:]$/.test(label) ? label : `${label}:`;
}

function contentText(content: LlmContent): string {
  const text = textOf(content);
  if (text === SKIPPED_TEXT) return 'Skipped';
  const media = content.parts.flatMap(({ inlineData }) => inlineData?.mimeType ?? []);
  return [text, ...media.map((mimeType) => `[${mimeType}]`)].filter((t) => t !== '').join(' ');
}

function shown(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  return isLlmContent(value) ? contentText(value) : JSON.stringify(value);
}
