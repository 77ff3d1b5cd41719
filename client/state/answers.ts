// Longer than most: a draft, its answer and what became of it are one life, with one order of saving,
// sending and letting go.
import { signal } from '@lit-labs/signals';
import { z } from 'zod/mini';
import type { ApiClient } from '../api/api-client.ts';
import { ApiError } from '../api/api-error.ts';
import type { SessionFrame } from '../api/watch-frame.ts';
import type { SessionEvent } from '../../shared/event.ts';
import type { Json } from '../../shared/json.ts';
import type { SuspendEvent } from '../../shared/prompt.ts';
import type { CheckAnswer } from './check-answer.ts';
import { clockTime } from './clock-time.ts';
import type { DraftStore } from './draft-store.ts';
import type { Problems } from '../../shared/field-value.ts';
import { messageOf } from './message-of.ts';
import {
  answerOf,
  emptyDraft,
  formOf,
  isEmptyDraft,
  type Draft,
  type PromptForm,
} from '../../shared/prompt-form.ts';

/** What changes about a draft; as a function, out of what it is by then. */
export type DraftChange = Partial<Draft> | ((draft: Draft) => Partial<Draft>);

/** Where the answer to a prompt stands. */
export type Submission =
  | { readonly phase: 'sending' | 'accepted' }
  /** Not sent: by JSON Pointer into the answer, why. */
  | { readonly phase: 'invalid'; readonly problems: Problems }
  /** The server did not take it, or could not be asked. The draft is kept. */
  | {
      readonly phase: 'refused';
      readonly message: string;
      /** What the server found wrong, as in `invalid`. */
      readonly problems: Problems;
      /** The prompt is closed: no other answer will be taken either. */
      readonly closed: boolean;
    };

/** A prompt that was closed over a draft that nobody sent, or that was not taken. */
export interface ClosedPrompt {
  readonly nodeId: string;
  readonly form: PromptForm;
  /** How and when, as a sentence. */
  readonly message: string;
  /** Whether the person was there, and has to be told. */
  readonly live: boolean;
}

/** The drafts and the answers under way, by interaction. */
export interface AnswersModel {
  readonly drafts: ReadonlyMap<string, Draft>;
  readonly submissions: ReadonlyMap<string, Submission>;
  /** In the order in which they closed; each has its draft still. */
  readonly closed: ReadonlyMap<string, ClosedPrompt>;
  /** The drafts whose files do not outlive the page. */
  readonly unkept: ReadonlySet<string>;
}

export interface AnswersOptions {
  readonly api: Pick<ApiClient, 'resume'>;
  readonly sessionId: string;
  readonly newKey: () => string;
  readonly check: CheckAnswer;
  readonly store: DraftStore;
  /** Unix milliseconds. */
  readonly now: () => number;
}

/** Keeps what a person enters for the prompts of one session, and sends it. */
export class Answers {
  readonly model;
  readonly #options: AnswersOptions;
  /** The key of the last try and the response it stands for: the same again is the same answer. */
  readonly #tries = new Map<string, { response: string; key: string }>();
  /** The prompts that are open, with what they ask. */
  readonly #open = new Map<string, { nodeId: string; suspendEvent?: SuspendEvent | undefined }>();
  #live = false;

  constructor(options: AnswersOptions) {
    this.#options = options;
    this.model = signal<AnswersModel>({
      drafts: options.store.load(options.sessionId),
      submissions: new Map(),
      closed: new Map(),
      unkept: new Set(),
    });
  }

  /**
   * Changes a draft, unless it is being sent or was accepted.
   * @param pointer the field that is changed: what was wrong there is looked at again on sending
   */
  edit(interactionId: string, change: DraftChange, pointer?: string): void {
    const { sessionId, store } = this.#options;
    const model = this.model.get();
    if (this.#isSettled(interactionId) || model.closed.has(interactionId)) {
      // What shows the draft has to take the person's change back.
      this.model.set({ ...model });
      return;
    }
    const before = model.drafts.get(interactionId) ?? emptyDraft;
    const draft = { ...before, ...(typeof change === 'function' ? change(before) : change) };
    const unkept = new Set(model.unkept);
    if (store.save(sessionId, interactionId, draft)) unkept.delete(interactionId);
    else unkept.add(interactionId);
    this.model.set({
      ...model,
      drafts: new Map(model.drafts).set(interactionId, draft),
      submissions: withoutProblem(model.submissions, interactionId, pointer),
      unkept,
    });
  }

  /**
   * Sends what was drafted, if it makes an answer that the server would take.
   * @param unreadable pointers to fields that hold what is no value, such as half a date
   */
  async submit(
    interactionId: string,
    form: PromptForm,
    unreadable: readonly string[] = [],
  ): Promise<void> {
    if (this.#isSettled(interactionId)) return;
    const answer = answerOf(form, this.model.get().drafts.get(interactionId) ?? emptyDraft);
    const broken = Object.fromEntries(unreadable.map((pointer) => [pointer, 'Is not complete.']));
    const problems = { ...(answer.ok ? {} : answer.problems), ...broken };
    if (!answer.ok || unreadable.length > 0) {
      this.#mark(interactionId, { phase: 'invalid', problems });
      return;
    }
    const schema = 'schema' in form ? form.schema : null;
    if (schema === null) {
      await this.send(interactionId, answer.response);
      return;
    }
    this.#mark(interactionId, { phase: 'sending' });
    const found = problemsOf(await this.#options.check(schema, answer.response));
    if (Object.keys(found).length === 0) await this.#send(interactionId, answer.response);
    else this.#mark(interactionId, { phase: 'invalid', problems: found });
  }

  /** Sends an answer that needs no draft: a consent, a skip. */
  async send(interactionId: string, response: Json): Promise<void> {
    if (!this.#isSettled(interactionId)) await this.#send(interactionId, response);
  }

  /** Follows the session: a prompt that closes lets go of its draft. */
  see(frame: SessionFrame): void {
    switch (frame.kind) {
      case 'event':
        if (frame.event !== null) this.#seeEvent(frame.event);
        return;
      case 'replayComplete':
        this.#live = true;
        return;
      case 'reset':
        this.#open.clear();
        this.#live = false;
        this.model.set({ ...this.model.get(), closed: new Map() });
        return;
      case 'deleted':
        this.#options.store.removeSession(this.#options.sessionId);
        return;
      default:
        return;
    }
  }

  /** Forgets the draft of a prompt that is closed. */
  dismiss(interactionId: string): void {
    this.#forget(interactionId);
    const model = this.model.get();
    const closed = new Map(model.closed);
    closed.delete(interactionId);
    this.model.set({ ...model, closed });
  }

  async #send(interactionId: string, response: Json): Promise<void> {
    const { api, sessionId, store } = this.#options;
    this.#mark(interactionId, { phase: 'sending' });
    try {
      const key = this.#key(interactionId, response);
      await api.resume(sessionId, { interactionId, response }, key);
      store.remove(sessionId, interactionId);
      this.#mark(interactionId, { phase: 'accepted' });
    } catch (error) {
      this.#mark(interactionId, this.#refusal(error));
    }
  }

  #refusal(error: unknown): Submission {
    const refused = { phase: 'refused', problems: {}, closed: false } as const;
    if (!(error instanceof ApiError)) {
      const message = `${messageOf(error)} Your answer is kept: send it again.`;
      return { ...refused, message };
    }
    const { code, details, message } = error;
    const { resolvedAt } = details;
    if (code === 'interaction_resolved' && typeof resolvedAt === 'number') {
      return { ...refused, message: this.#answeredAt(resolvedAt), closed: true };
    }
    const problems = problemsOf(problemList.safeParse(details['problems']).data ?? []);
    return { ...refused, message, problems, closed: closing.has(code) };
  }

  #seeEvent(event: SessionEvent): void {
    switch (event.type) {
      case 'inputRequired':
        this.#open.set(event.interactionId, event);
        return;
      case 'inputResolved': {
        const { interactionId, response, time } = event;
        this.#close(interactionId, response, this.#answeredAt(time));
        return;
      }
      case 'inputWithdrawn':
        this.#withdraw(event.interactionId, event.time, event.reason);
        return;
      case 'graphComplete':
      case 'graphError':
      case 'graphCancelled':
        for (const id of [...this.#open.keys()]) this.#withdraw(id, event.time, 'the run ended');
        return;
      default:
        return;
    }
  }

  #withdraw(interactionId: string, time: number, reason: string): void {
    const at = clockTime(time, this.#options.now() / 1000);
    this.#close(interactionId, undefined, `Withdrawn at ${at}: ${reason}.`);
    this.#options.store.remove(this.#options.sessionId, interactionId);
  }

  /** `response` is undefined for a prompt that nobody answered. */
  #close(interactionId: string, response: Json | undefined, message: string): void {
    const open = this.#open.get(interactionId);
    this.#open.delete(interactionId);
    const model = this.model.get();
    const draft = model.drafts.get(interactionId);
    if (open === undefined || draft === undefined || model.closed.has(interactionId)) return;
    const form = formOf(open.suspendEvent);
    const isSent = model.submissions.get(interactionId)?.phase === 'accepted';
    if (isSent || isEmptyDraft(draft) || says(form, draft, response)) {
      this.#forget(interactionId);
      return;
    }
    const { nodeId } = open;
    const closed = new Map(model.closed);
    closed.set(interactionId, { nodeId, form, message, live: this.#live });
    this.model.set({ ...model, closed });
  }

  #forget(interactionId: string): void {
    this.#options.store.remove(this.#options.sessionId, interactionId);
    const model = this.model.get();
    const drafts = new Map(model.drafts);
    drafts.delete(interactionId);
    this.model.set({ ...model, drafts });
  }

  #answeredAt(time: number): string {
    return `Answered at ${clockTime(time, this.#options.now() / 1000)}.`;
  }

  #isSettled(interactionId: string): boolean {
    const phase = this.model.get().submissions.get(interactionId)?.phase;
    return phase === 'sending' || phase === 'accepted';
  }

  #key(interactionId: string, response: Json): string {
    const text = JSON.stringify(response);
    const last = this.#tries.get(interactionId);
    if (last?.response === text) return last.key;
    const key = this.#options.newKey();
    this.#tries.set(interactionId, { response: text, key });
    return key;
  }

  #mark(interactionId: string, submission: Submission): void {
    const model = this.model.get();
    const submissions = new Map(model.submissions).set(interactionId, submission);
    this.model.set({ ...model, submissions });
  }
}

/** The refusals after which no other answer is taken. A session that is blocked still waits for one. */
const closing: ReadonlySet<string> = new Set([
  ...['interaction_resolved', 'prompt_withdrawn', 'session_final'],
  ...['interaction_not_found', 'session_not_found'],
]);

const problemList = z.array(z.object({ pointer: z.string(), message: z.string() }));

function problemsOf(list: readonly { pointer: string; message: string }[]): Problems {
  return Object.fromEntries(list.map(({ pointer, message }) => [pointer, message]));
}

/** Whether the answer that was taken is the one that the draft makes. */
function says(form: PromptForm, draft: Draft, response: Json | undefined): boolean {
  const answer = answerOf(form, draft);
  return answer.ok && JSON.stringify(answer.response) === JSON.stringify(response);
}

/** A field that is being mended is not called wrong any more, nor is what it consists of. */
function withoutProblem(
  submissions: AnswersModel['submissions'],
  interactionId: string,
  pointer: string | undefined,
): AnswersModel['submissions'] {
  const submission = submissions.get(interactionId);
  if (pointer === undefined || submission === undefined || !('problems' in submission)) {
    return submissions;
  }
  const left = Object.entries(submission.problems).filter(
    ([where]) => where !== pointer && !where.startsWith(`${pointer}/`),
  );
  const next = new Map(submissions);
  if (left.length === 0 && submission.phase === 'invalid') next.delete(interactionId);
  else next.set(interactionId, { ...submission, problems: Object.fromEntries(left) });
  return next;
}
