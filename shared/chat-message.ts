import type { ChatChunk, ChatMessage, ChatPart } from './chat.ts';

type TextPart = ChatPart & { type: 'text' | 'reasoning' };
type ToolPart = ChatPart & { type: 'dynamic-tool' };

/**
 * Puts a message together from the chunks that a turn makes, exactly as the AI SDK's reader does; null
 * before the first of them. The message is not copied: it grows.
 */
export class ChatMessageFold {
  message: ChatMessage | null = null;
  readonly #open = new Map<string, TextPart>();

  apply(chunk: ChatChunk): void {
    if (chunk.type === 'start') {
      const { messageId = '', messageMetadata } = chunk;
      this.message = { id: messageId, role: 'assistant', parts: [] };
      if (messageMetadata !== undefined) this.message.metadata = messageMetadata;
      return;
    }
    if (this.message === null) return;
    if (chunk.type === 'finish' || chunk.type === 'message-metadata') {
      this.message.metadata = { ...this.message.metadata, ...chunk.messageMetadata };
      return;
    }
    this.#take(this.message.parts, chunk);
  }

  #take(parts: ChatPart[], chunk: ChatChunk): void {
    switch (chunk.type) {
      case 'text-start':
        this.#begin(parts, chunk.id, { type: 'text', text: '', state: 'streaming' });
        return;
      case 'reasoning-start': {
        const { id } = chunk;
        this.#begin(parts, id, { type: 'reasoning', id, text: '', state: 'streaming' });
        return;
      }
      case 'text-delta':
      case 'reasoning-delta': {
        const part = this.#open.get(chunk.id);
        if (part !== undefined) part.text += chunk.delta;
        return;
      }
      case 'text-end':
      case 'reasoning-end': {
        const part = this.#open.get(chunk.id);
        if (part !== undefined) part.state = 'done';
        this.#open.delete(chunk.id);
        return;
      }
      case 'start-step':
        parts.push({ type: 'step-start' });
        return;
      case 'file':
      case 'source-url':
        parts.push({ ...chunk });
        return;
      case 'tool-input-available':
        callTool(parts, chunk);
        return;
      case 'tool-output-available':
      case 'tool-output-error':
        endTool(parts, chunk.toolCallId, chunk);
        return;
      case 'data-prompt':
      case 'data-event':
      case 'data-error':
      case 'data-outputs':
        if (chunk.transient !== true) putData(parts, chunk);
        return;
      default:
    }
  }

  #begin(parts: ChatPart[], id: string, part: TextPart): void {
    this.#open.set(id, part);
    parts.push(part);
  }
}

/** Gives the latest call of this id in `parts` its end. Returns whether there is such a call. */
export function endTool(
  parts: ChatPart[],
  toolCallId: string,
  { output, errorText }: { readonly output?: unknown; readonly errorText?: string | undefined },
): boolean {
  const at = parts.findLastIndex((part) => isCall(part, toolCallId));
  const part = parts[at];
  if (part?.type !== 'dynamic-tool') return false;
  const { toolName, input } = part;
  const call = { ...providerTool, toolName, toolCallId, input };
  parts[at] =
    errorText === undefined
      ? { ...call, state: 'output-available', output }
      : { ...call, state: 'output-error', errorText };
  return true;
}

const providerTool = { type: 'dynamic-tool', providerExecuted: true } as const;

function callTool(parts: ChatPart[], chunk: ChatChunk & { type: 'tool-input-available' }): void {
  const { toolCallId, toolName, input } = chunk;
  const part: ToolPart = { ...providerTool, toolName, toolCallId, state: 'input-available', input };
  // A call of the same step that is told of again.
  const from = parts.findLastIndex(({ type }) => type === 'step-start') + 1;
  const at = parts.findIndex((other, place) => place >= from && isCall(other, toolCallId));
  if (at === -1) parts.push(part);
  else parts[at] = part;
}

function putData(
  parts: ChatPart[],
  chunk: ChatChunk & { type: 'data-prompt' | 'data-event' | 'data-error' | 'data-outputs' },
): void {
  const { transient: _, ...part } = chunk;
  const known = parts.findIndex(
    (other) => other.type === part.type && 'id' in other && other.id === part.id,
  );
  if (known === -1) parts.push(part);
  else parts[known] = part;
}

function isCall(part: ChatPart, toolCallId: string): boolean {
  return part.type === 'dynamic-tool' && part.toolCallId === toolCallId;
}
