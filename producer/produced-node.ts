import {
  ask,
  choose,
  consent,
  contentOf,
  form,
  type AskOptions,
  type ChooseOptions,
  type ConsentOptions,
  type FormOptions,
  type PromptKind,
  type PromptOptions,
  type Text,
} from './prompts.ts';
import type { Json, JsonObject, LlmContent, ProducedEvent } from './wire.ts';

/** What a node needs of its session. */
export interface NodeHost {
  add(event: ProducedEvent): Promise<void>;
  /** Opens a prompt, unless the log has it already, and resolves with its response. */
  prompt(event: Extract<ProducedEvent, { type: 'inputRequired' }>): Promise<Json>;
}

/** What the log says of a node already. */
export interface KnownNode {
  /** Of a node that ended; null while it has not. */
  outputs: JsonObject | null;
}

/** A node of the session that has started. Its events are stored in the order of the calls. */
export class ProducedNode {
  readonly id: string;
  readonly #host: NodeHost;
  readonly #known: KnownNode;
  /** How many prompts of each kind were asked without an id. */
  readonly #asked = new Map<string, number>();

  constructor(id: string, host: NodeHost, known: KnownNode) {
    this.id = id;
    this.#host = host;
    this.#known = known;
  }

  /** What the node ended with, also in an earlier life of the program; null while it has not ended. */
  get outputs(): JsonObject | null {
    return this.#known.outputs;
  }

  /** Adds to the node's text. */
  say(text: Text): Promise<void> {
    return this.emit({ content: contentOf(text) as unknown as JsonObject });
  }

  /** Adds an agent event: an object whose one key names it. */
  emit(event: JsonObject): Promise<void> {
    return this.#host.add({ type: 'agentEvent', nodeId: this.id, event });
  }

  thought(text: string): Promise<void> {
    return this.#host.add({ type: 'thoughtEvent', nodeId: this.id, text });
  }

  /** Asks a question; null when it was skipped. @throws PromptWithdrawn, SessionOver */
  async ask(options: AskOptions): Promise<LlmContent | null> {
    return (await this.#prompt(ask, options)) as LlmContent | null;
  }

  /** Offers choices; the ids that were chosen, `[]` for none of the above. */
  async choose(options: ChooseOptions): Promise<string[]> {
    return (await this.#prompt(choose, options)) as string[];
  }

  /** Shows a form; an object that fits the schema. */
  async form(options: FormOptions): Promise<JsonObject> {
    return (await this.#prompt(form, options)) as JsonObject;
  }

  async consent(options: ConsentOptions = {}): Promise<boolean> {
    return (await this.#prompt(consent, options)) as boolean;
  }

  /** Ends the node; nothing more can be added to it. */
  end(outputs: JsonObject = {}): Promise<void> {
    this.#known.outputs = outputs;
    return this.#host.add({ type: 'nodeEnd', nodeId: this.id, outputs });
  }

  fail(error: string): Promise<void> {
    return this.#host.add({ type: 'nodeError', nodeId: this.id, error });
  }

  async #prompt<Options extends PromptOptions<Answer>, Answer>(
    kind: PromptKind<Options, Answer>,
    options: Options,
  ): Promise<unknown> {
    const { id, timeoutMs, default: fallback, idle } = options;
    const number = this.#asked.get(kind.name) ?? 0;
    if (id === undefined) this.#asked.set(kind.name, number + 1);
    const response = await this.#host.prompt({
      type: 'inputRequired',
      nodeId: this.id,
      interactionId: `${this.id}/${id ?? `${kind.name}-${number}`}`,
      suspendEvent: kind.suspendEvent(options),
      ...(timeoutMs === undefined ? {} : { expiresAt: (Date.now() + timeoutMs) / 1000 }),
      ...(timeoutMs === undefined || fallback === undefined
        ? {}
        : { fallback: kind.responseOf(fallback) }),
      ...(idle === true ? { idle } : {}),
    });
    return kind.answerOf(response);
  }
}
