import type { Json, JsonObject } from '../../shared/json.ts';
import type { LlmContent } from '../../shared/prompt.ts';

/**
 * The code of a node type. What it returns are the node's outputs, by port; anything that is not an
 * object becomes `{output: result}`.
 *
 * A handler may be run again from its top, after a restart or when it was let go to save memory: the
 * operations of `ctx` that are in the log then return what they returned before. Between operations
 * it awaits nothing but its own computation; whatever reaches outside belongs in a `ctx.step`.
 */
export type NodeHandler = (ctx: NodeContext) => unknown;

/** Node types by name. The default export of a node module. */
export type NodeTypes = Readonly<Record<string, NodeHandler>>;

/** Text or LLM content; a plain string is content of one text. */
export type Text = string | LlmContent;

/** What every prompt takes besides its payload. */
export interface PromptOptions<Answer> {
  /** Names the operation, so that the code around it may be edited while sessions wait. */
  key?: string;
  /** After so many milliseconds the prompt is answered with `default`, or rejects if there is none. */
  timeoutMs?: number;
  default?: Answer;
  /** True: nobody is kept waiting, and the prompt is not counted as open. */
  idle?: boolean;
}

export interface AskOptions extends PromptOptions<Text | null> {
  prompt: Text;
  /** `text` unless given. */
  inputType?: string;
  /** Where there is one, the question can be skipped, and `ask` then returns null. */
  skipLabel?: string;
  requestId?: string;
}

export interface ChooseOptions extends PromptOptions<string | string[]> {
  prompt: Text;
  choices: readonly { id: string; content: Text }[];
  /** `single` unless given. */
  selectionMode?: 'single' | 'multiple';
  layout?: 'list' | 'row' | 'grid';
  noneOfTheAboveLabel?: string;
  requestId?: string;
}

export interface FormOptions extends PromptOptions<JsonObject> {
  /** A JSON Schema of an object; without one, a single field `request` of LLM content. */
  schema?: JsonObject;
}

export interface ConsentOptions extends PromptOptions<boolean> {
  prompt?: Text;
  /** What the consent is about; `general` unless given. */
  consentType?: string;
  scope?: Json;
  graphUrl?: string;
  requestId?: string;
}

export interface StepOptions {
  /** How often a failed attempt is followed by another, with back-off. 0 unless given. */
  retries?: number;
}

/**
 * What an error may say of the attempts that follow the one it is thrown in. Any error that carries
 * these members will do.
 */
export interface AttemptError extends Error {
  /** True: another attempt would fail as well, so there is none, whatever `retries` says. */
  readonly final?: boolean;
  /** The next attempt begins no earlier than so many milliseconds from now. */
  readonly retryAfterMs?: number;
}

/** The operations that a node and a step share. */
export interface Operations {
  /** Asks a question; null when it was skipped. */
  ask(options: AskOptions): Promise<LlmContent | null>;
  /** Offers choices; the ids that were chosen, `[]` for none of the above. */
  choose(options: ChooseOptions): Promise<string[]>;
  /** Shows a form; an object with the schema's properties. */
  form(options: FormOptions): Promise<JsonObject>;
  consent(options: ConsentOptions): Promise<boolean>;
  /**
   * Adds an agent event to the log: an object whose one key names it. Resolves once the event has its
   * index in the session's append queue, and waits for a commit beyond 1 MiB of that queue.
   */
  emit(event: JsonObject): Promise<void>;
  /** Adds a thought to the log; resolves as `emit` does. */
  thought(text: string): Promise<void>;
  /** Aborts when the run is cancelled or deleted, when the server stops, and for a step when it ends. */
  readonly signal: AbortSignal;
}

export interface StepContext extends Operations {
  /** Counts from 1, over restarts. */
  readonly attempt: number;
  /** What a step of this node remembers under `name`; undefined when that is nothing. */
  recall(name: string): Json | undefined;
  /**
   * Remembers `value` for the later attempts and steps of this node, over restarts. It is in the log,
   * as an event of its own: resolves when that is durable. What an attempt that is over remembers is
   * dropped.
   */
  remember(name: string, value: Json): Promise<void>;
  /**
   * Forgets what is remembered under `name`: in the very commit in which this attempt ends, whether
   * it returns or throws, and whatever else it remembers under that name.
   */
  forget(name: string): void;
}

export interface NodeContext extends Operations {
  readonly sessionId: string;
  readonly nodeId: string;
  /** The values that the node's edges brought, by port. */
  readonly inputs: JsonObject;
  /** The node's configuration, as in the graph. */
  readonly configuration: JsonObject;
  /**
   * Runs `work` and records its result: once that is stored the step never runs again. The result is
   * what JSON makes of it. Operations of `ctx` called inside reject; `work` uses its own. What it
   * throws may say more of further attempts, as an `AttemptError` does.
   * @throws StepFailed with the recorded message when the last attempt failed
   */
  step<T>(
    name: string,
    work: (step: StepContext) => T | Promise<T>,
    options?: StepOptions,
  ): Promise<T>;
  /** Waits, over restarts, for days if need be. */
  sleep(ms: number): Promise<void>;
  /**
   * Aborts when nothing of this node will run in this server any more: it ended, its run was cancelled
   * or deleted, or the server stops. Unlike `signal` it outlives the handler that is let go to save
   * memory: for what is worth keeping until the handler runs again, such as a process.
   */
  readonly over: AbortSignal;
  /** The run's access token; undefined after a restart until an answer brings one. Never stored. */
  accessToken(): string | undefined;
}

/** A function that a model may call, of a node of type `generate`. */
export interface NodeTool {
  /** What it does and when it helps, for the model. */
  readonly description?: string;
  /** A JSON Schema of an object: what it is called with. Nothing unless given. */
  readonly parameters?: JsonObject;
  /** True, or the question to ask: somebody has to consent to each call. */
  readonly consent?: boolean | string;
  /**
   * Runs as a step, with arguments that fit `parameters`. What it returns goes to the model as JSON;
   * what it throws is told to the model, which may try something else.
   */
  execute(args: JsonObject, step: StepContext): unknown;
}

/** Tools by name. The export `tools` of a node module. */
export type NodeTools = Readonly<Record<string, NodeTool>>;
