import type { EventOf } from '../../shared/event.ts';
import type { Json, JsonObject } from '../../shared/json.ts';
import { valueOf } from './answers.ts';
import type { StepContext } from './handler.ts';
import { checkedEvent, checkedText, plain } from './plain-json.ts';
import { promptRequest, type PromptOperation, type PromptOperations } from './prompt-request.ts';
import { Fenced, PromptExpired, type RunHost } from './run-host.ts';

type Closing = EventOf<'inputResolved'> | EventOf<'inputWithdrawn'>;

/**
 * One attempt of a step: what its code may do. Its prompts and emissions belong to the attempt, so
 * they are not journalled: another attempt begins with none of them.
 */
export class StepRun {
  readonly #host: RunHost;
  readonly #ref: { readonly nodeId: string; readonly op: string; readonly attempt: number };
  readonly #abort = new AbortController();
  readonly #prompts = new Map<
    string,
    { closed: (event: Closing) => void; reject: (error: Error) => void; stopTimer: () => void }
  >();
  readonly #forgotten = new Set<string>();
  #over: Fenced | null = null;

  constructor(host: RunHost, ref: { nodeId: string; op: string; attempt: number }) {
    this.#host = host;
    this.#ref = ref;
  }

  get context(): StepContext {
    return {
      attempt: this.#ref.attempt,
      signal: this.#abort.signal,
      ask: (options) => this.#prompt('ask', options),
      choose: (options) => this.#prompt('choose', options),
      form: (options) => this.#prompt('form', options),
      consent: (options) => this.#prompt('consent', options),
      emit: async (event) => {
        await this.#emit({ type: 'emit', event: checkedEvent(event) });
      },
      thought: async (text) => {
        await this.#emit({ type: 'thought', text: checkedText(text) });
      },
      recall: (name) => this.#recall(name),
      remember: (name, value) => this.#remember(name, value),
      forget: (name) => void this.#forgotten.add(name),
    };
  }

  /** The names of what is to be forgotten when the attempt ends. */
  get forgotten(): string[] {
    return [...this.#forgotten].map((name) => this.#host.redactName(name));
  }

  /** Whether the attempt's outcome still counts. */
  get isOver(): boolean {
    return this.#over !== null;
  }

  /** Aborts the signal and rejects what the step waits for. Idempotent. */
  end(reason: string): void {
    if (this.#over !== null) return;
    this.#over = new Fenced(reason);
    for (const { reject, stopTimer } of this.#prompts.values()) {
      stopTimer();
      reject(this.#over);
    }
    this.#prompts.clear();
    this.#abort.abort(this.#over);
  }

  /** Tells the step that a prompt was answered or withdrawn. */
  promptClosed(event: Closing): void {
    const prompt = this.#prompts.get(event.interactionId);
    this.#prompts.delete(event.interactionId);
    prompt?.stopTimer();
    prompt?.closed(event);
  }

  async #prompt<K extends PromptOperation, T>(
    operation: K,
    options: PromptOperations[K],
  ): Promise<T> {
    this.#check();
    const request = promptRequest(operation, options);
    const { prompt, timeoutMs, fallback } = request;
    const interactionId = this.#host.newId();
    const closing = new Promise<Closing>((closed, reject) => {
      this.#prompts.set(interactionId, { closed, reject, stopTimer: () => undefined });
    });
    // A refused submit leaves nobody to await it.
    closing.catch(() => undefined);
    try {
      this.#host.submit({ type: 'openPrompt', ...this.#ref, interactionId, ...request });
    } catch (error) {
      this.#prompts.delete(interactionId);
      throw error;
    }
    const open = this.#prompts.get(interactionId);
    if (open !== undefined && timeoutMs !== null) {
      open.stopTimer = this.#host.clock.at(this.#host.clock.now() + timeoutMs, () => {
        this.#host.submit({ type: 'expire', interactionId, fallback });
      });
    }
    const event = await closing;
    await this.#host.whenCommitted(event.index);
    this.#check();
    if (event.type === 'inputWithdrawn') throw new PromptExpired(`No answer: ${event.reason}.`);
    // The prompt's kind decides the type of its value.
    return structuredClone(valueOf(prompt, event.response)) as T;
  }

  #recall(name: string): Json | undefined {
    if (this.#forgotten.has(name)) return undefined;
    const { memory } = this.#host.state.nodes.get(this.#ref.nodeId) ?? {};
    return structuredClone(memory?.get(this.#host.redactName(name)));
  }

  async #remember(name: string, value: Json): Promise<void> {
    this.#check();
    if (typeof name !== 'string' || name === '') throw new TypeError('remember() takes a name.');
    const remembered = plain(value);
    if (remembered === undefined)
      throw new TypeError('remember() takes a value that JSON can carry.');
    const command = { type: 'remember', ...this.#ref, name, value: remembered } as const;
    const { lastIndex } = this.#host.submit(command);
    await this.#host.whenCommitted(lastIndex);
    this.#check();
  }

  async #emit(
    what: { type: 'emit'; event: JsonObject } | { type: 'thought'; text: string },
  ): Promise<void> {
    this.#check();
    const { nodeId, ...step } = this.#ref;
    const { lastIndex } = this.#host.submit({ ...what, nodeId, step });
    if (this.#host.backlogged()) await this.#host.whenCommitted(lastIndex);
  }

  #check(): void {
    if (this.#over !== null) throw this.#over;
  }
}
