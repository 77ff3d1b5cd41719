import { html, type TemplateResult } from 'lit';
import '../long-text.ts';
import type { Json } from '../../../shared/json.ts';
import { isLlmContent, type ContentPart, type LlmContent } from '../../../shared/prompt.ts';

/** Any value of a run: text as text, LLM content as its parts, the rest as JSON. */
export function valueView(value: Json): TemplateResult {
  if (typeof value === 'string') return html`<long-text .text=${value}></long-text>`;
  if (isLlmContent(value)) return contentView(value);
  return html`<long-text code .text=${JSON.stringify(value, null, 2)}></long-text>`;
}

/** LLM content: its texts, and of its media what they are. */
export function contentView(content: LlmContent): TemplateResult {
  return html`${content.parts.map(partView)}`;
}

function partView(part: ContentPart): TemplateResult {
  if (part.text !== undefined) return html`<long-text .text=${part.text}></long-text>`;
  if (part.inlineData !== undefined) {
    const { mimeType, data } = part.inlineData;
    return html`<span class="media">${mimeType}, ${size(data.length * 0.75)}</span>`;
  }
  return html`<long-text code .text=${JSON.stringify(part, null, 2)}></long-text>`;
}

function size(bytes: number): string {
  if (bytes < 1_000) return `${Math.round(bytes)} bytes`;
  if (bytes < 1_000_000) return `${Math.round(bytes / 1_000)} kB`;
  return `${(bytes / 1_000_000).toFixed(1)} MB`;
}
