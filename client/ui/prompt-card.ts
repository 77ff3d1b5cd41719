import { html, LitElement, nothing, type TemplateResult } from 'lit';
import type { Json } from '../../shared/json.ts';
import type { Submission } from '../state/answers.ts';
import type { Draft, PromptForm } from '../state/prompt-form.ts';
import { controls } from '../styles/controls.css.ts';
import { promptCardStyles } from '../styles/prompt-card.css.ts';
import { choiceForm } from './views/choice-form.ts';
import { consentForm } from './views/consent-form.ts';
import { fieldsForm } from './views/fields-form.ts';
import { jsonForm } from './views/json-form.ts';
import { promptTitle } from './views/prompt-title.ts';
import { questionForm } from './views/question-form.ts';

/** An open prompt, and what a person can do about it. */
export interface PromptCardInput {
  readonly interactionId: string;
  readonly nodeTitle: string;
  readonly form: PromptForm;
  readonly draft: Draft;
  readonly submission: Submission | null;
  readonly onEdit: (change: Partial<Draft>) => void;
  readonly onSubmit: () => void;
  readonly onAnswer: (response: Json) => void;
}

/** What the form of a prompt needs in order to be drawn. */
export interface FormInput<Form extends PromptForm> {
  readonly form: Form;
  readonly draft: Draft;
  /** By field name, what is wrong. */
  readonly problems: Readonly<Record<string, string>>;
  readonly busy: boolean;
  readonly onEdit: (change: Partial<Draft>) => void;
  readonly onAnswer: (response: Json) => void;
}

/** A prompt as a form. */
export class PromptCard extends LitElement {
  static override properties = { input: { attribute: false } };
  static override styles = [controls, promptCardStyles];

  declare input: PromptCardInput | null;

  constructor() {
    super();
    this.input = null;
  }

  /** Puts the focus on the first control. */
  focusFirst(): void {
    this.renderRoot
      .querySelector<HTMLElement>('input, textarea, select, button:not(:disabled)')
      ?.focus();
  }

  override render(): TemplateResult {
    if (this.input === null) return html``;
    const { form, nodeTitle, submission } = this.input;
    return html`<form
      novalidate
      aria-label="Prompt of ${nodeTitle}"
      @submit=${this.#submit}
      @keydown=${this.#keys}
    >
      <h3><span class="quiet-text">${nodeTitle}</span></h3>
      ${this.#controls(form)} ${submissionView(submission)}
    </form>`;
  }

  #controls(form: PromptForm): TemplateResult {
    const { draft, submission, onEdit, onAnswer } = this.input ?? unreachable();
    const busy = submission?.phase === 'sending' || submission?.phase === 'accepted';
    const problems = submission?.phase === 'invalid' ? submission.problems : {};
    const rest = { draft, problems, busy, onEdit, onAnswer };
    switch (form.kind) {
      case 'fields':
        return html`<p class="visually-hidden">${promptTitle(form)}</p>
          ${fieldsForm({ form, ...rest })}`;
      case 'question':
        return questionForm({ form, ...rest });
      case 'choice':
        return choiceForm({ form, ...rest });
      case 'consent':
        return consentForm({ form, ...rest });
      case 'json':
        return jsonForm({ form, ...rest });
    }
  }

  #submit(event: SubmitEvent): void {
    event.preventDefault();
    if (this.input?.form.kind !== 'consent') this.input?.onSubmit();
  }

  #keys(event: KeyboardEvent): void {
    if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    this.renderRoot.querySelector('form')?.requestSubmit();
  }
}

function submissionView(submission: Submission | null): TemplateResult | typeof nothing {
  switch (submission?.phase) {
    case 'accepted':
      return html`<p aria-live="polite">Answer sent.</p>`;
    case 'refused':
      return html`<p role="alert" class="problem">${submission.message}</p>`;
    case 'invalid': {
      const whole = submission.problems[''];
      const text = whole ?? 'Some fields need another look.';
      return html`<p role="alert" class="problem">${text}</p>`;
    }
    default:
      return nothing;
  }
}

function unreachable(): never {
  throw new Error('Controls are rendered only with their input.');
}

customElements.define('prompt-card', PromptCard);

declare global {
  interface HTMLElementTagNameMap {
    'prompt-card': PromptCard;
  }
}
