import type {
  ContentBlock,
  SessionUpdate,
  ToolCall,
  ToolCallContent,
  ToolCallUpdate,
} from '@agentclientprotocol/sdk';
import type { Json, JsonObject } from '../../../shared/json.ts';
import type { PartStream } from './part-stream.ts';

/** A tool that an agent called, as far as it is known. */
interface Tool {
  title: string;
  kind: string | null;
}

/**
 * Makes agent events of what an agent tells of its turn, and keeps what the turn comes to: the text of
 * its answer, and the tools that it used.
 */
export class TurnUpdates {
  readonly #stream: PartStream;
  readonly #tools = new Map<string, Tool>();
  #output = '';
  /** The part that takes the next piece of text, unless the agent names one. */
  #part: { name: string; id: string } | null = null;
  #parts = 0;

  constructor(stream: PartStream) {
    this.#stream = stream;
  }

  /** The agent's answer so far. */
  get output(): string {
    return this.#output;
  }

  /** The titles of the tools that were called. */
  get tools(): string[] {
    return [...this.#tools.values()].map(({ title }) => title);
  }

  titleOf(toolCallId: string): string | undefined {
    return this.#tools.get(toolCallId)?.title;
  }

  add(update: SessionUpdate): void {
    switch (update.sessionUpdate) {
      case 'agent_message_chunk':
        if (update.content.type === 'text') this.#output += update.content.text;
        return this.#chunk('content', update.content, update.messageId ?? null);
      case 'agent_thought_chunk':
        return this.#chunk('thought', update.content, update.messageId ?? null);
      case 'tool_call':
        return this.#toolCall(update);
      case 'tool_call_update':
        return this.toolUpdate(update);
      case 'plan':
        this.#part = null;
        return this.#stream.add('plan', 'plan', { entries: jsonOf(update.entries) });
      case 'notice':
      case 'usage_update': {
        const { sessionUpdate, _meta, ...value } = update;
        return this.#stream.add(sessionUpdate === 'notice' ? 'notice' : 'usage', sessionUpdate, {
          ...(jsonOf(value) as JsonObject),
        });
      }
      default:
        // What the person said, and what only an editor has a place for.
        return;
    }
  }

  /** What is new about a tool call; one that has ended is a response. */
  toolUpdate(update: ToolCallUpdate): void {
    const { toolCallId: id, status } = update;
    const tool = this.#tools.get(id) ?? { title: id, kind: null };
    this.#tools.set(id, {
      title: update.title ?? tool.title,
      kind: update.kind ?? tool.kind,
    });
    const name = this.titleOf(id) ?? id;
    this.#part = null;
    if (status !== 'completed' && status !== 'failed') {
      return this.#stream.add('toolCallUpdate', id, { name, ...detailsOf(update) });
    }
    this.#stream.add('functionResponse', id, { name, response: detailsOf(update) });
  }

  #toolCall(call: ToolCall): void {
    const { toolCallId: id, title, kind = null, rawInput, locations, status } = call;
    this.#tools.set(id, { title, kind });
    this.#part = null;
    this.#stream.add('functionCall', id, {
      name: title,
      ...(kind === null ? {} : { kind }),
      args: jsonOf(rawInput ?? {}),
      ...(locations === undefined ? {} : { locations: jsonOf(locations) }),
    });
    if (status === 'completed' || status === 'failed' || call.content !== undefined) {
      this.toolUpdate(call);
    }
  }

  #chunk(name: 'content' | 'thought', content: ContentBlock, messageId: string | null): void {
    const id = messageId ?? this.#currentPart(name);
    if (content.type === 'text') return this.#stream.addText(name, id, content.text);
    this.#part = null;
    this.#parts += 1;
    this.#stream.add(name, `${id}/${this.#parts}`, { parts: [partOf(content)] });
  }

  #currentPart(name: string): string {
    if (this.#part?.name !== name) {
      this.#parts += 1;
      this.#part = { name, id: `${name}-${this.#parts}` };
    }
    return this.#part.id;
  }
}

function detailsOf({ status, content, rawInput, rawOutput, locations }: ToolCallUpdate) {
  const given: [string, unknown][] = Object.entries({
    status,
    args: rawInput,
    output: rawOutput,
    content: content?.map(contentOf),
    locations,
  });
  return Object.fromEntries(
    given
      .filter(([, value]) => value !== undefined && value !== null)
      .map(([key, value]): [string, Json] => [key, jsonOf(value)]),
  );
}

function contentOf(content: ToolCallContent): Json {
  if (content.type !== 'content') return jsonOf(content);
  const { content: block } = content;
  return block.type === 'text' ? block.text : partOf(block);
}

/** A block as LLM content has it. */
function partOf(block: ContentBlock): JsonObject {
  switch (block.type) {
    case 'text':
      return { text: block.text };
    case 'image':
    case 'audio':
      return { inlineData: { mimeType: block.mimeType, data: block.data } };
    default:
      return { [block.type]: jsonOf(block) };
  }
}

/** What came over the wire as JSON. */
function jsonOf(value: unknown): Json {
  return JSON.parse(JSON.stringify(value ?? null)) as Json;
}
