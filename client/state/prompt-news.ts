import type { OpenSessionModel } from './open-session.ts';
import type { ResolvedPrompt } from './panel.ts';
import type { PromptState } from '../../shared/session-state.ts';

export interface PromptNewsOptions {
  readonly onOpened: (sessionId: string, prompt: PromptState) => void;
  readonly onAnswered: (answer: ResolvedPrompt) => void;
}

/**
 * What is new about the prompts of the open session: each that is shown is told of once, and its
 * answer once. What a session's log tells of its past is no news.
 */
export class PromptNews {
  readonly #options: PromptNewsOptions;
  #sessionId: string | null = null;
  #told = new Set<string>();
  #seen: OpenSessionModel['prompts'] | null = null;

  constructor(options: PromptNewsOptions) {
    this.#options = options;
  }

  /** This is shown now; null for no session. */
  shown(model: Pick<OpenSessionModel, 'sessionId' | 'prompts'> | null): void {
    if (model === null || model.sessionId !== this.#sessionId) {
      this.#sessionId = model?.sessionId ?? null;
      this.#told = new Set();
      this.#seen = null;
    }
    if (model === null || model.prompts === this.#seen) return;
    this.#seen = model.prompts;
    for (const [interactionId, prompt] of model.prompts) {
      if (this.#told.has(interactionId)) continue;
      this.#told.add(interactionId);
      this.#options.onOpened(model.sessionId, prompt);
    }
  }

  /** An answer is in a session's log. */
  resolved(answer: ResolvedPrompt): void {
    if (answer.sessionId !== this.#sessionId) return;
    if (this.#told.has(answer.interactionId)) this.#options.onAnswered(answer);
  }
}
