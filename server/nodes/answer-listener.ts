import type { ProviderMetadata, TextStreamPart, ToolSet } from 'ai';
import type { Json, JsonObject } from '../../shared/json.ts';
import type { StepContext } from '../engine/handler.ts';
import { DeltaJoiner } from './delta-joiner.ts';
import type { AnswerPart, Options, ToolCall } from './model-messages.ts';

/** The result of a model call's step. */
export interface ModelAnswer {
  readonly content: readonly AnswerPart[];
  readonly finishReason: string;
  /** Counts of tokens, those that the provider tells. */
  readonly usage: Readonly<Record<string, number>>;
  /** As the provider calls it. */
  readonly model: string;
  /** Of an answer without tool calls, where there is a schema. */
  readonly json?: Json;
}

/** The texts of an answer, without its reasoning. */
export function textOfAnswer({ content }: ModelAnswer): string {
  return content.map((part) => (part.type === 'text' ? part.text : '')).join('');
}

/** Which text of an answer a piece belongs to. */
interface Part {
  readonly id: string;
  readonly kind: 'content' | 'thought';
}

interface GrowingText {
  readonly part: Part;
  readonly type: 'text' | 'reasoning';
  text: string;
  providerOptions: Options | undefined;
}

/** Puts together what a model streams, and emits it on the way. */
export class AnswerListener {
  readonly #number: number;
  readonly #step: StepContext;
  readonly #joiner: DeltaJoiner<Part>;
  readonly #content: (GrowingText | ToolCall)[] = [];
  /** Those that have not ended, by the provider's id. */
  readonly #open = new Map<string, GrowingText>();
  #texts = 0;
  #end: Pick<ModelAnswer, 'finishReason' | 'usage' | 'model'> | null = null;

  /** @param number which call of the node it is: the ids of its texts begin with it */
  constructor(number: number, step: StepContext) {
    this.#number = number;
    this.#step = step;
    this.#joiner = new DeltaJoiner(({ id, kind }, text) =>
      step.emit({ [kind]: { id, role: 'model', parts: [{ text }] } }),
    );
  }

  /** Takes the next part of the stream. @throws what the part tells of */
  async hear(part: TextStreamPart<ToolSet>): Promise<void> {
    switch (part.type) {
      case 'text-start':
        this.#begin('text', part);
        return;
      case 'reasoning-start':
        this.#begin('reasoning', part);
        return;
      case 'text-delta':
      case 'reasoning-delta': {
        const growing = this.#open.get(part.id);
        if (growing === undefined) return;
        growing.text += part.text;
        growing.providerOptions = optionsOf(part) ?? growing.providerOptions;
        return this.#joiner.add(growing.part, part.text);
      }
      case 'text-end':
      case 'reasoning-end': {
        const growing = this.#open.get(part.id);
        this.#open.delete(part.id);
        if (growing === undefined) return;
        growing.providerOptions = optionsOf(part) ?? growing.providerOptions;
        return this.#joiner.flush();
      }
      case 'tool-call': {
        const { toolCallId, toolName } = part;
        // Without `execute`, and checked by hand: the library has nothing to say of it.
        const input = (part.input ?? {}) as Json;
        const providerOptions = optionsOf(part);
        const call: ToolCall = { type: 'tool-call', toolCallId, toolName, input };
        this.#content.push(providerOptions === undefined ? call : { ...call, providerOptions });
        return this.#emit({ functionCall: { id: toolCallId, name: toolName, args: input } });
      }
      case 'file': {
        const { mediaType: mimeType, base64: data } = part.file;
        return this.#emit({
          content: { role: 'model', parts: [{ inlineData: { mimeType, data } }] },
        });
      }
      case 'source': {
        const { type: _, ...source } = part;
        return this.#emit({ source: source as unknown as JsonObject });
      }
      case 'start-step':
        for (const warning of part.warnings) {
          await this.#emit({ warning: warning });
        }
        return;
      case 'finish-step': {
        const { usage, finishReason, response } = part;
        this.#end = { finishReason, usage: countsOf(usage), model: response.modelId };
        return;
      }
      case 'error':
        throw part.error;
      default:
    }
  }

  /** Emits what is still being joined. */
  flush(): Promise<void> {
    return this.#joiner.flush();
  }

  /** The whole of it; null before its end. */
  answer(): ModelAnswer | null {
    if (this.#end === null) return null;
    const content = this.#content.flatMap((part): AnswerPart[] => {
      if (!('part' in part)) return [part];
      const { type, text, providerOptions } = part;
      if (providerOptions !== undefined) return [{ type, text, providerOptions }];
      return text === '' ? [] : [{ type, text }];
    });
    return { content, ...this.#end };
  }

  #begin(type: GrowingText['type'], part: { id: string; providerMetadata?: ProviderMetadata }) {
    this.#texts += 1;
    const id = `${this.#number}.${this.#texts}`;
    const kind = type === 'text' ? 'content' : 'thought';
    const growing = {
      part: { id, kind },
      type,
      text: '',
      providerOptions: optionsOf(part),
    } as const;
    this.#open.set(part.id, growing);
    this.#content.push(growing);
  }

  async #emit(event: JsonObject): Promise<void> {
    await this.#joiner.flush();
    await this.#step.emit(event);
  }
}

function optionsOf({ providerMetadata }: { providerMetadata?: ProviderMetadata | undefined }) {
  return providerMetadata as Options | undefined;
}

function countsOf(usage: {
  inputTokens: number | undefined;
  outputTokens: number | undefined;
  totalTokens: number | undefined;
  outputTokenDetails: { reasoningTokens: number | undefined };
  inputTokenDetails: { cacheReadTokens: number | undefined };
}): Record<string, number> {
  const { inputTokens, outputTokens, totalTokens } = usage;
  const { reasoningTokens } = usage.outputTokenDetails;
  const { cacheReadTokens } = usage.inputTokenDetails;
  const counts = { inputTokens, outputTokens, totalTokens, reasoningTokens, cacheReadTokens };
  return Object.fromEntries(
    // Where there is no reasoning and no cache, nobody wants to read of them.
    Object.entries(counts).flatMap(([name, n]) => (n === undefined || n === 0 ? [] : [[name, n]])),
  );
}
