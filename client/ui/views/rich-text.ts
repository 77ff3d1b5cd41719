import { html, type TemplateResult } from 'lit';
import type { LlmContent } from '../../../shared/prompt.ts';
import '../media-part.ts';
import { contentView } from './value-view.ts';

/** LLM content as a person reads it, in prompts, choices and answers: its texts and its media. */
export function richText(content: LlmContent): TemplateResult {
  return html`${content.parts.map((part) =>
    part.text === undefined && part.inlineData !== undefined
      ? html`<media-part
          .mimeType=${part.inlineData.mimeType}
          .data=${part.inlineData.data}
        ></media-part>`
      : contentView({ parts: [part] }),
  )}`;
}
