import { answerMessage } from './chat-answer.ts';
import { ChatAttempts } from './chat-attempts.ts';
import { ChatMessageFold, endTool } from './chat-message.ts';
import { restChunks, restOf } from './chat-rest.ts';
import { ChatTurn } from './chat-turn.ts';
import { formatPosition } from './chat-position.ts';
import type { ChatChunk, ChatMessage, ChatPrompt } from './chat.ts';
import type { SessionEvent } from './event.ts';
import { evolve, initialState, type SessionState } from './session-state.ts';

type PromptPart = ChatMessage['parts'][number] & { type: 'data-prompt' };

/**
 * Folds a log into the messages of its turns, in their order, each as its stream told it. What a turn
 * told in passing of something in an earlier message stands in that message.
 */
export class ChatHistory {
  readonly #messages: ChatMessage[] = [];
  readonly #prompts = new Map<string, PromptPart>();
  readonly #attempts: ChatAttempts;
  #state: SessionState = initialState;
  #turn: { readonly chunks: ChatTurn; readonly fold: ChatMessageFold; own: ChatAttempts } | null =
    null;
  #frames = 0;

  /** `attempts` has been shown all that `apply` will be given. */
  constructor(attempts: ChatAttempts) {
    this.#attempts = attempts;
  }

  apply(event: SessionEvent): void {
    const next = evolve(this.#state, event);
    const isFirst = next.turn.id === event.index;
    if (isFirst) this.#finish();
    this.#state = next;
    if (isFirst) this.#beginTurn(event);
    if (this.#turn === null) return;
    const { chunks, fold, own } = this.#turn;
    own.see(event);
    const added = chunks.apply(event);
    this.#frames = added.length;
    for (const chunk of added) {
      fold.apply(chunk);
      this.#follow(chunk, fold);
    }
  }

  /** The messages; the one of the latest turn only if it `rests`. */
  messages(rests: boolean): ChatMessage[] {
    for (const part of this.#prompts.values()) {
      if (part.data.state !== 'open' || this.#state.prompts.has(part.data.interactionId)) continue;
      part.data = { ...part.data, state: 'withdrawn', reason: 'its node ended' };
    }
    if (!rests) return this.#messages.slice(0, -1);
    this.#finish();
    return this.#messages;
  }

  /** For a stream that goes on behind what `messages(rests)` gave. */
  cursor(rests: boolean): string {
    const before = { index: this.#state.turn.id - 1, edition: 0, frame: 0 };
    const end = rests ? this.#turn?.fold.message?.metadata?.cursor : undefined;
    return end ?? formatPosition(before);
  }

  /** Ends the latest turn as its stream does. */
  #finish(): void {
    if (this.#turn === null) return;
    const { fold, own } = this.#turn;
    const { lastIndex: index } = this.#state;
    const place = { index, edition: own.edition, frame: this.#frames };
    for (const chunk of restChunks(restOf(this.#state), place)) fold.apply(chunk);
  }

  #beginTurn(event: SessionEvent): void {
    const { sessionId, turn } = this.#state;
    if (event.type === 'inputResolved') {
      const asked = this.#prompts.get(event.interactionId)?.data ?? null;
      const metadata = { sessionId, turnId: turn.id, startedAt: turn.startedAt };
      this.#messages.push(answerMessage(metadata, asked, event));
    }
    this.#turn = {
      chunks: new ChatTurn(sessionId, turn.id, this.#attempts),
      fold: new ChatMessageFold(),
      own: new ChatAttempts(),
    };
  }

  #follow(chunk: ChatChunk, fold: ChatMessageFold): void {
    if (chunk.type === 'start' && fold.message !== null) this.#messages.push(fold.message);
    if (chunk.type === 'data-prompt') this.#followPrompt(chunk.data, fold);
    if (chunk.type === 'data-tool-output') {
      const { toolCallId } = chunk.data;
      this.#messages.findLast(({ parts }) => endTool(parts, toolCallId, chunk.data));
    }
  }

  #followPrompt(prompt: ChatPrompt, { message }: ChatMessageFold): void {
    const known = this.#prompts.get(prompt.interactionId);
    const own = message?.parts.find(
      (part): part is PromptPart => part.type === 'data-prompt' && part.id === prompt.interactionId,
    );
    if (own !== undefined) this.#prompts.set(prompt.interactionId, own);
    else if (known !== undefined) known.data = { ...known.data, ...prompt };
  }
}
