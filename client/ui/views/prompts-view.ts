import { html, nothing, type TemplateResult } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import type { Json } from '../../../shared/json.ts';
import type { PromptState } from '../../../shared/session-state.ts';
import type { AnswersModel, ClosedPrompt, DraftChange } from '../../state/answers.ts';
import { emptyDraft, formOf, type PromptForm } from '../../../shared/prompt-form.ts';
import type { PromptCardInput } from '../prompt-card.ts';
import { loadPrompts } from './load-prompts.ts';

/** The prompts of a session: those that are open, and what is left of those that closed over a draft. */
export interface PromptsInput {
  /** Every prompt that was shown, in order, with those that are closed by now. */
  readonly asked: readonly string[];
  readonly open: ReadonlyMap<string, PromptState>;
  /** Whether they are behind a tab. */
  readonly tabbed: boolean;
  readonly answers: AnswersModel;
  /** How many characters of base64 an answer may have; null for not known. */
  readonly fileLimit: number | null;
  readonly titleOf: (nodeId: string) => string;
  readonly onEdit: (interactionId: string, change: DraftChange, pointer?: string) => void;
  readonly onSubmit: (
    interactionId: string,
    form: PromptForm,
    unreadable: readonly string[],
  ) => void;
  readonly onAnswer: (interactionId: string, response: Json) => void;
  readonly onDismiss: (interactionId: string) => void;
}

/** Nothing when there is nothing to answer and nothing left over. */
export function promptsView(input: PromptsInput): TemplateResult | typeof nothing {
  const { asked, open, answers, tabbed } = input;
  if (open.size === 0 && answers.closed.size === 0) return nothing;
  void loadPrompts();
  return html`<div
    class="prompts"
    id="prompts"
    role=${tabbed ? 'tabpanel' : 'region'}
    aria-label=${tabbed ? nothing : 'Prompts'}
    aria-labelledby=${tabbed ? 'tab-prompts' : nothing}
  >
    ${[...answers.closed].map(([id, closed]) => leftover(input, id, closed))}
    <ul>
      ${
        // A closed prompt keeps its place: without it another would be moved, and lose the focus.
        repeat(
          asked,
          (id) => id,
          (id) => prompt(input, open.get(id)),
        )
      }
    </ul>
  </div>`;
}

function prompt(
  input: PromptsInput,
  open: PromptState | undefined,
): TemplateResult | typeof nothing {
  if (open === undefined) return nothing;
  const { interactionId, nodeId, suspendEvent, expiresAt, fallback } = open;
  const { answers, fileLimit, titleOf, onEdit, onSubmit, onAnswer } = input;
  const form = formOf(suspendEvent);
  const card: PromptCardInput = {
    interactionId,
    nodeTitle: titleOf(nodeId),
    form,
    draft: answers.drafts.get(interactionId) ?? emptyDraft,
    submission: answers.submissions.get(interactionId) ?? null,
    unkept: answers.unkept.has(interactionId),
    expiresAt,
    fallback,
    fileLimit,
    onEdit: (change, pointer) => onEdit(interactionId, change, pointer),
    onSubmit: (unreadable) => onSubmit(interactionId, form, unreadable),
    onAnswer: (response) => onAnswer(interactionId, response),
  };
  return html`<li data-interaction=${interactionId}>
    <reattach-prompt-card .input=${card}></reattach-prompt-card>
  </li>`;
}

function leftover(
  { answers, titleOf, onDismiss }: PromptsInput,
  interactionId: string,
  closed: ClosedPrompt,
): TemplateResult {
  const input = {
    closed,
    nodeTitle: titleOf(closed.nodeId),
    draft: answers.drafts.get(interactionId) ?? emptyDraft,
    isRefused: answers.submissions.get(interactionId)?.phase === 'refused',
    onDismiss: () => onDismiss(interactionId),
  };
  return html`<reattach-prompt-leftover .input=${input}></reattach-prompt-leftover>`;
}
