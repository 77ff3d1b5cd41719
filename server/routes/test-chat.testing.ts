import { AbstractChat, type ChatInit, type ChatState } from 'ai';
import type { ChatMessage } from '../../shared/chat.ts';

/** The SDK's chat, with its state in plain members, as a binding to a framework has it. */
export class TestChat extends AbstractChat<ChatMessage> {
  /** The ids of all messages that were ever shown. */
  readonly shown: Set<string>;

  constructor({ messages = [], ...init }: ChatInit<ChatMessage>) {
    const shown = new Set<string>();
    const state: ChatState<ChatMessage> = {
      status: 'ready',
      error: undefined,
      messages,
      pushMessage(message) {
        shown.add(message.id);
        this.messages = [...this.messages, message];
      },
      popMessage() {
        this.messages = this.messages.slice(0, -1);
      },
      replaceMessage(index, message) {
        shown.add(message.id);
        this.messages = this.messages.with(index, this.snapshot(message));
      },
      snapshot: (value) => structuredClone(value),
    };
    super({ ...init, state });
    this.shown = shown;
  }
}
