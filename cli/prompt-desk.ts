import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { z } from 'zod/mini';
import { sessionPaths, sessionStatusResponse } from '../shared/api.ts';
import type { Problems } from '../shared/field-value.ts';
import type { Json } from '../shared/json.ts';
import { formOf } from '../shared/prompt-form.ts';
import type { PromptState } from '../shared/session-state.ts';
import type { Dialog } from './dialog.ts';
import { askPrompt } from './prompt-dialog.ts';
import { Refused, Unreachable, type ServerCalls } from './server-calls.ts';
import { TakenBack } from './terminal.ts';

export interface PromptDeskOptions {
  readonly server: ServerCalls;
  readonly sessionId: string;
  /** Talks until `signal` aborts. */
  readonly dialogUntil: (signal: AbortSignal) => Dialog;
  readonly titleOf: (nodeId: string) => string;
  /** Of a prompt that was answered here. */
  readonly onAnswered: (interactionId: string) => void;
  /** What nobody expects. */
  readonly onError: (error: unknown) => void;
}

/** How long after a lost call an answer is sent again. */
const AGAIN_AFTER_MS = 1000;

/** Puts a session's open prompts to a person, one at a time, in the order in which they opened. */
export class PromptDesk {
  readonly #options: PromptDeskOptions;
  /** Those that took an answer, or that will take none any more, whatever the log says by now. */
  readonly #over = new Set<string>();
  #open: readonly PromptState[] = [];
  #current: { readonly interactionId: string; readonly abort: AbortController } | null = null;

  constructor(options: PromptDeskOptions) {
    this.#options = options;
  }

  /** Says which prompts are open now. One that is being asked and is not among them is taken back. */
  show(open: Iterable<PromptState>): void {
    const prompts = [...open];
    // Whoever waits for an answer comes before an invitation to go on.
    this.#open = [...prompts.filter(({ idle }) => !idle), ...prompts.filter(({ idle }) => idle)];
    const current = this.#current;
    const isOpen = prompts.some(({ interactionId }) => interactionId === current?.interactionId);
    if (current !== null && !isOpen) current.abort.abort();
    this.#next();
  }

  /** Asks nothing more. */
  close(): void {
    this.show([]);
  }

  #next(): void {
    if (this.#current !== null) return;
    const prompt = this.#open.find(({ interactionId }) => !this.#over.has(interactionId));
    if (prompt === undefined) return;
    const abort = new AbortController();
    this.#current = { interactionId: prompt.interactionId, abort };
    this.#handle(prompt, abort.signal)
      .catch((error: unknown) => {
        if (!(error instanceof TakenBack) && !abort.signal.aborted) this.#options.onError(error);
      })
      .finally(() => {
        this.#current = null;
        this.#next();
      });
  }

  async #handle(prompt: PromptState, signal: AbortSignal): Promise<void> {
    const { interactionId, nodeId, suspendEvent } = prompt;
    const dialog = this.#options.dialogUntil(signal);
    const form = formOf(suspendEvent);
    let refused: Problems = {};
    for (;;) {
      const title = this.#options.titleOf(nodeId);
      const response = await askPrompt(dialog, title, form, refused);
      const outcome = await this.#send(interactionId, response, dialog, signal);
      if (outcome === 'accepted' || outcome === 'closed') {
        this.#over.add(interactionId);
        return;
      }
      refused = outcome;
    }
  }

  /** The problems of an answer that does not fit. */
  async #send(
    interactionId: string,
    response: Json,
    dialog: Dialog,
    signal: AbortSignal,
  ): Promise<'accepted' | 'closed' | Problems> {
    const { server, sessionId, onAnswered } = this.#options;
    // The same again is the same answer, whether or not the first was taken.
    const key = randomUUID();
    const body = { interactionId, response };
    for (let told = false; ; told = true) {
      try {
        // Before it is sent: the log may tell of it sooner than the answer to this call.
        onAnswered(interactionId);
        const path = sessionPaths(sessionId).resume;
        await server.json(sessionStatusResponse, path, { method: 'POST', body, key });
        return 'accepted';
      } catch (error) {
        if (error instanceof Refused && error.status < 500) {
          if (error.code === 'invalid_answer') return problemsIn(error);
          dialog.say(dialog.style.bad(error.message));
          if (error.code === 'session_blocked') {
            await dialog.ask('Press Enter to try again. ');
            continue;
          }
          return 'closed';
        }
        if (!(error instanceof Refused || error instanceof Unreachable)) throw error;
        if (!told)
          dialog.say(dialog.style.dim('The server is away. Your answer is sent when it is back.'));
        await wait(AGAIN_AFTER_MS, null, { signal });
      }
    }
  }
}

function problemsIn(refusal: Refused): Problems {
  const { problems } = refusal.details;
  const said = z.array(z.object({ pointer: z.string(), message: z.string() })).safeParse(problems);
  if (!said.success || said.data.length === 0) return { '': refusal.message };
  return Object.fromEntries(said.data.map(({ pointer, message }) => [pointer, message]));
}
