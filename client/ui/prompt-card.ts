import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from 'lit';
import type { Json } from '../../shared/json.ts';
import type { DraftChange, Submission } from '../state/answers.ts';
import type { Problems } from '../../shared/field-value.ts';
import type { Draft, PromptForm } from '../../shared/prompt-form.ts';
import { shortcutOf } from '../state/shortcuts.ts';
import { controls } from '../styles/controls.css.ts';
import { promptCardStyles } from '../styles/prompt-card.css.ts';
import './time-left.ts';
import { keyPressOf } from './key-press.ts';
import { choiceForm } from './views/choice-form.ts';
import { consentForm } from './views/consent-form.ts';
import { fieldsForm } from './views/fields-form.ts';
import { jsonForm } from './views/json-form.ts';
import { promptTitle } from './views/prompt-title.ts';
import { questionForm } from './views/question-form.ts';
import { responseText } from './views/response-text.ts';

/** An open prompt, and what a person can do about it. */
export interface PromptCardInput {
  readonly interactionId: string;
  readonly nodeTitle: string;
  readonly form: PromptForm;
  readonly draft: Draft;
  readonly submission: Submission | null;
  /** Whether the draft's files are lost when the page is closed. */
  readonly unkept: boolean;
  /** Unix seconds; null for no deadline. */
  readonly expiresAt: number | null;
  /** The response that is given then; undefined: the prompt is withdrawn. */
  readonly fallback: Json | undefined;
  /** How many characters of base64 an answer may have; null for not known. */
  readonly fileLimit: number | null;
  readonly onEdit: (change: DraftChange, pointer?: string) => void;
  /** `unreadable`: pointers to the fields that hold what is no value, such as half a date. */
  readonly onSubmit: (unreadable: readonly string[]) => void;
  readonly onAnswer: (response: Json) => void;
}

/** What the form of a prompt needs in order to be drawn. */
export interface FormInput<Form extends PromptForm> {
  readonly form: Form;
  readonly draft: Draft;
  /** By JSON Pointer into the answer, what is wrong. */
  readonly problems: Problems;
  readonly busy: boolean;
  readonly fileLimit: number | null;
  readonly onEdit: (change: DraftChange, pointer?: string) => void;
  readonly onAnswer: (response: Json) => void;
}

/** A prompt as a form. */
export class PromptCard extends LitElement {
  static override properties = { input: { attribute: false } };
  static override styles = [controls, promptCardStyles];

  declare input: PromptCardInput | null;
  /** The control that had the focus before it was moved or drawn anew. */
  #focused: HTMLElement | null = null;
  #shownProblems: Problems = {};

  constructor() {
    super();
    this.input = null;
  }

  /** Puts the focus on the prompt as a whole. */
  focusPrompt(): void {
    this.renderRoot.querySelector('form')?.focus();
  }

  /** Puts the focus on the first control. */
  focusFirst(): void {
    this.renderRoot
      .querySelector<HTMLElement>(
        'input, textarea, select, reattach-file-picker, button:not(:disabled)',
      )
      ?.focus();
  }

  override willUpdate(): void {
    const focused = this.shadowRoot?.activeElement;
    this.#focused = focused instanceof HTMLElement ? focused : null;
  }

  override updated(changed: PropertyValues<this>): void {
    const problems = problemsOf(this.input?.submission ?? null);
    const isNew = problems !== this.#shownProblems && Object.keys(problems).length > 0;
    const before = changed.get('input')?.submission?.phase;
    this.#shownProblems = problems;
    if (isNew && (before === 'sending' || this.#submitting)) this.#focusProblem();
    // An item of an array that moves loses the focus on its way.
    else if (this.#focused?.isConnected === true) {
      if (this.shadowRoot?.activeElement !== this.#focused) this.#focused.focus();
    }
    this.#submitting = false;
  }

  #submitting = false;

  override render(): TemplateResult {
    if (this.input === null) return html``;
    const { form, nodeTitle, submission, expiresAt, unkept } = this.input;
    return html`<form
      novalidate
      tabindex="-1"
      aria-label="Prompt of ${nodeTitle}"
      @submit=${this.#submit}
      @keydown=${this.#keys}
      @paste=${this.#paste}
      @dragover=${dragOver}
      @drop=${this.#drop}
    >
      <h3>
        <span class="quiet-text" dir="auto">${nodeTitle}</span>
        ${
          expiresAt === null
            ? nothing
            : html`<reattach-time-left
                .until=${expiresAt}
                .outcome=${outcomeOf(this.input)}
              ></reattach-time-left>`
        }
      </h3>
      ${this.#controls(form)}
      ${
        unkept
          ? html`<p class="quiet-text">
              The files are too large to be kept when this page is closed before you answer.
            </p>`
          : nothing
      }
      ${submissionView(submission)}
    </form>`;
  }

  #controls(form: PromptForm): TemplateResult {
    const { draft, submission, fileLimit, onEdit, onAnswer } = this.input ?? unreachable();
    const isClosed = submission?.phase === 'refused' && submission.closed;
    const busy = submission?.phase === 'sending' || submission?.phase === 'accepted' || isClosed;
    const rest = { draft, problems: problemsOf(submission), busy, fileLimit, onEdit, onAnswer };
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
    if (this.input === null || this.input.form.kind === 'consent') return;
    const inputs = [...this.renderRoot.querySelectorAll<HTMLInputElement>('input[data-pointer]')];
    const unreadable = inputs
      .filter(({ validity }) => validity.badInput)
      .map(({ dataset }) => dataset['pointer'] ?? '');
    this.#submitting = true;
    this.input.onSubmit(unreadable);
  }

  #keys(event: KeyboardEvent): void {
    switch (shortcutOf(keyPressOf(event), ['prompt'])) {
      case 'answer':
        this.renderRoot.querySelector('form')?.requestSubmit();
        break;
      case 'choose':
      case 'choose-none':
        if (!this.choose(event.key)) return;
        break;
      default:
        return;
    }
    event.preventDefault();
  }

  /** Chooses by the digit that stands at a choice; false when there is none for it. */
  choose(digit: string): boolean {
    const choice = this.renderRoot.querySelector<HTMLInputElement>(`[data-digit="${digit}"]`);
    if (choice === null) return false;
    choice.focus();
    choice.click();
    return true;
  }

  #focusProblem(): void {
    const wrong = this.renderRoot.querySelector<HTMLElement>(
      '[aria-invalid="true"], .wrong input, .wrong select, .wrong textarea, .wrong button',
    );
    const picker = this.renderRoot.querySelector<HTMLElement>('reattach-file-picker');
    (wrong ?? picker)?.focus();
  }

  #paste(event: ClipboardEvent): void {
    // What is copied in an office comes as a picture as well: it is its text that is meant.
    if (event.clipboardData?.types.includes('text/plain') === true && isTyping(event)) return;
    this.#take(event, event.clipboardData);
  }

  #drop(event: DragEvent): void {
    this.#take(event, event.dataTransfer);
  }

  /** Files go to the field that they land in, or to the only one that there is. */
  #take(event: Event, data: DataTransfer | null): void {
    if (data === null || data.files.length === 0) return;
    // Outside of a field for files the browser would leave the page to show them.
    event.preventDefault();
    const pickers = [...this.renderRoot.querySelectorAll('reattach-file-picker')];
    const [only] = pickers;
    const target = pickers.find((picker) => event.composedPath().includes(picker));
    void (target ?? (pickers.length === 1 ? only : undefined))?.take(data.files);
  }
}

function dragOver(event: DragEvent): void {
  if (event.dataTransfer?.types.includes('Files') === true) event.preventDefault();
}

/** Whether the key goes into a text. */
function isTyping(event: Event): boolean {
  const [target] = event.composedPath();
  if (target instanceof HTMLInputElement) return !/^(radio|checkbox|file)$/.test(target.type);
  return target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement;
}

function problemsOf(submission: Submission | null): Problems {
  return submission !== null && 'problems' in submission ? submission.problems : none;
}

const none: Problems = {};

/** What happens at the deadline. */
function outcomeOf({ fallback, form }: PromptCardInput): string {
  if (fallback === undefined) return 'Withdrawn';
  const text = responseText(fallback, form).replaceAll('\n', ', ');
  return `Answered with “${text.length > 80 ? `${text.slice(0, 80)}…` : text}”`;
}

function submissionView(submission: Submission | null): TemplateResult | typeof nothing {
  switch (submission?.phase) {
    case 'accepted':
      return html`<p aria-live="polite">Answer sent.</p>`;
    case 'refused': {
      const { message, closed } = submission;
      const text = closed ? `Your answer was not taken. ${message}` : message;
      return html`<p id="problem" role="alert" class="problem" dir="auto">${text}</p>`;
    }
    case 'invalid': {
      const text = submission.problems[''] ?? 'Some fields need another look.';
      return html`<p id="problem" role="alert" class="problem" dir="auto">${text}</p>`;
    }
    default:
      return nothing;
  }
}

function unreachable(): never {
  throw new Error('Controls are rendered only with their input.');
}

customElements.define('reattach-prompt-card', PromptCard);

declare global {
  interface HTMLElementTagNameMap {
    'reattach-prompt-card': PromptCard;
  }
}
