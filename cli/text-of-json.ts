import { isObject } from '../shared/json.ts';
import { isLlmContent, textOf } from '../shared/prompt.ts';
import { printable } from './style.ts';

/** A value as a person reads it: a text as it is, LLM content as its text, anything else as JSON. */
export function textOfJson(value: unknown): string {
  if (value === undefined || value === null) return '';
  if (typeof value === 'string') return printable(value);
  if (isLlmContent(value)) {
    const media = value.parts.filter((part) => part.text === undefined).length;
    const more = media === 0 ? '' : ` [${media} ${media === 1 ? 'part' : 'parts'} of media]`;
    return printable(textOf(value)) + more;
  }
  const keys = isObject(value) ? Object.keys(value) : [];
  if (isObject(value) && keys.length === 1 && keys[0] === 'output') {
    return textOfJson(value['output']);
  }
  return printable(JSON.stringify(value, null, 2));
}

/** The same in one line of at most `most` characters. */
export function lineOfJson(value: unknown, most = 160): string {
  const isText = typeof value === 'string' || isLlmContent(value);
  const text = isText ? textOfJson(value) : printable(JSON.stringify(value ?? null));
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > most ? `${line.slice(0, most - 1)}…` : line;
}
