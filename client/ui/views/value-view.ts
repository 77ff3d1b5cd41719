import { html, type TemplateResult } from 'lit';
import '../json-tree.ts';
import '../long-text.ts';
import '../markdown-text.ts';
import '../media-part.ts';
import { isObject, type Json } from '../../../shared/json.ts';
import { isLlmContent, type ContentPart, type LlmContent } from '../../../shared/prompt.ts';

/** Any value of a run: text as text, LLM content as its parts, the rest as a tree of JSON. */
export function valueView(value: Json): TemplateResult {
  if (typeof value === 'string')
    return html`<reattach-long-text .text=${value}></reattach-long-text>`;
  if (isLlmContent(value)) return contentView(value);
  if (value === null || typeof value !== 'object') {
    return html`<reattach-long-text code .text=${String(value)}></reattach-long-text>`;
  }
  return html`<reattach-json-tree .value=${value}></reattach-json-tree>`;
}

/** LLM content: its texts as Markdown, its media, and what else it has as JSON. */
export function contentView(content: LlmContent): TemplateResult {
  return html`${content.parts.map(partView)}`;
}

/** Media by its part's one key; null for what is none. */
export function mediaView(name: string, value: Json | undefined): TemplateResult | null {
  if (!isObject(value)) return null;
  const { mimeType, data, fileUri } = value;
  const kind = typeof mimeType === 'string' ? mimeType : 'file';
  if (name === 'inlineData' && typeof data === 'string') {
    return html`<reattach-media-part .mimeType=${kind} .data=${data}></reattach-media-part>`;
  }
  if (name !== 'fileData' || typeof fileUri !== 'string') return null;
  return isWeb(fileUri)
    ? html`<a href=${fileUri} target="_blank" rel="noopener noreferrer">${fileUri}</a>
        <span class="quiet-text">${kind}</span>`
    : html`<span class="mono">${fileUri}</span> <span class="quiet-text">${kind}</span>`;
}

function partView(part: ContentPart): TemplateResult {
  if (part.text !== undefined)
    return html`<reattach-markdown-text .text=${part.text}></reattach-markdown-text>`;
  for (const [name, value] of Object.entries(part)) {
    // What a part holds came out of JSON.
    const media = mediaView(name, value as Json);
    if (media !== null) return media;
  }
  return html`<reattach-json-tree .value=${part}></reattach-json-tree>`;
}

function isWeb(address: string): boolean {
  return URL.canParse(address) && /^https?:$/.test(new URL(address).protocol);
}
