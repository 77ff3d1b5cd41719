import { type TemplateResult } from 'lit';
import type { LlmContent } from '../../../shared/prompt.ts';
import { contentView } from './value-view.ts';

/** LLM content as a person reads it, in prompts, choices and answers: its texts and its media. */
export function richText(content: LlmContent): TemplateResult {
  return contentView(content);
}
