import { signal } from '@lit-labs/signals';
import type { ApiClient } from '../api/api-client.ts';
import { ApiError } from '../api/api-error.ts';
import type { Json } from '../../shared/json.ts';
import { messageOf } from './message-of.ts';
import { answerOf, emptyDraft, type Draft, type PromptForm } from './prompt-form.ts';

/** Where the answer to a prompt stands. */
export type Submission =
  | { readonly phase: 'sending' | 'accepted' }
  /** Not sent: by field name, why. */
  | { readonly phase: 'invalid'; readonly problems: Readonly<Record<string, string>> }
  /** The server did not take it, or could not be asked. The draft is kept. */
  | {
      readonly phase: 'refused';
      readonly message: string;
      /** The prompt is closed: no other answer will be taken either. */
      readonly closed: boolean;
    };

/** The drafts and the answers under way, by interaction. */
export interface AnswersModel {
  readonly drafts: ReadonlyMap<string, Draft>;
  readonly submissions: ReadonlyMap<string, Submission>;
}

/** Keeps what a person enters for the prompts of one session, and sends it. */
export class Answers {
  readonly model = signal<AnswersModel>({ drafts: new Map(), submissions: new Map() });
  readonly #api: Pick<ApiClient, 'resume'>;
  readonly #sessionId: string;
  readonly #newKey: () => string;
  /** The key of the last try and the response it stands for: the same again is the same answer. */
  readonly #tries = new Map<string, { response: string; key: string }>();

  constructor(api: Pick<ApiClient, 'resume'>, sessionId: string, newKey: () => string) {
    this.#api = api;
    this.#sessionId = sessionId;
    this.#newKey = newKey;
  }

  /** Changes a draft, unless it is being sent or was accepted. */
  edit(interactionId: string, change: Partial<Draft>): void {
    const { drafts, submissions } = this.model.get();
    if (this.#isSettled(interactionId)) {
      // What shows the draft has to take the person's change back.
      this.model.set({ drafts, submissions });
      return;
    }
    const draft = { ...(drafts.get(interactionId) ?? emptyDraft), ...change };
    this.model.set({ drafts: new Map(drafts).set(interactionId, draft), submissions });
  }

  /** Sends what was drafted, if it makes an answer. */
  async submit(interactionId: string, form: PromptForm): Promise<void> {
    if (this.#isSettled(interactionId)) return;
    const answer = answerOf(form, this.model.get().drafts.get(interactionId) ?? emptyDraft);
    if (answer.ok) await this.send(interactionId, answer.response);
    else this.#mark(interactionId, { phase: 'invalid', problems: answer.problems });
  }

  /** Sends an answer that needs no draft: a consent, a skip. */
  async send(interactionId: string, response: Json): Promise<void> {
    if (this.#isSettled(interactionId)) return;
    this.#mark(interactionId, { phase: 'sending' });
    try {
      const key = this.#key(interactionId, response);
      await this.#api.resume(this.#sessionId, { interactionId, response }, key);
      this.#mark(interactionId, { phase: 'accepted' });
    } catch (error) {
      const status = error instanceof ApiError ? error.status : null;
      const kept = status === null ? ' Your answer is kept: send it again.' : '';
      const closed = status === 409 || status === 404;
      this.#mark(interactionId, { phase: 'refused', message: messageOf(error) + kept, closed });
    }
  }

  #isSettled(interactionId: string): boolean {
    const phase = this.model.get().submissions.get(interactionId)?.phase;
    return phase === 'sending' || phase === 'accepted';
  }

  #key(interactionId: string, response: Json): string {
    const text = JSON.stringify(response);
    const last = this.#tries.get(interactionId);
    if (last?.response === text) return last.key;
    const key = this.#newKey();
    this.#tries.set(interactionId, { response: text, key });
    return key;
  }

  #mark(interactionId: string, submission: Submission): void {
    const { drafts, submissions } = this.model.get();
    this.model.set({ drafts, submissions: new Map(submissions).set(interactionId, submission) });
  }
}
