import { textOf } from '../../../shared/prompt.ts';
import type { PromptForm } from '../../../shared/prompt-form.ts';

/** What a prompt asks, in words. */
export function promptTitle(form: PromptForm): string {
  switch (form.kind) {
    case 'fields':
      return 'Fill in the form';
    case 'question':
      return textOf(form.prompt) || 'A question';
    case 'choice':
      return textOf(form.prompt) || (form.multiple ? 'Choose any number' : 'Choose one');
    case 'consent':
      return (form.prompt && textOf(form.prompt)) || `Consent: ${form.consentType}`;
    case 'json':
      return `Prompt “${form.name}”`;
  }
}
