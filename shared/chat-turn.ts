import { messageIdOf, type ChatChunk, type ChatPrompt } from './chat.ts';
import type { ChatAttempts } from './chat-attempts.ts';
import { piecesOf, type ChatPiece } from './chat-pieces.ts';
import type { EventOf, SessionEvent } from './event.ts';
import { kindOf } from './prompt.ts';

/** A text or a reasoning that may go on. */
interface OpenPart {
  readonly kind: 'text' | 'reasoning';
  readonly id: string;
  /** The part that its pieces name; null: none. */
  readonly part: string | null;
}

/**
 * Folds the events of one turn into the chunks of the AI SDK's stream. It knows nothing from before the
 * turn, so a turn is read without the log before it; and it is the only thing that makes chunks, so
 * stream and history cannot disagree.
 *
 * - Whoever emits, a node or one of its steps, has at most one part open, and several may emit at a
 *   time. Anything else that happens to it closes the part.
 * - Steps that overlap are one step of the SDK, since its end closes every part. A step that adds no
 *   part is none.
 */
export class ChatTurn {
  readonly #sessionId: string;
  readonly #turnId: number;
  readonly #attempts: ChatAttempts;
  /** By emitter. */
  readonly #open = new Map<string, OpenPart>();
  /** The steps that have said something and are not over. */
  readonly #steps = new Map<string, { readonly nodeId: string }>();
  /** Those of this turn that are open. */
  readonly #prompts = new Map<string, ChatPrompt>();
  /** The ids of the calls and of the other events that the message has. */
  readonly #calls = new Set<string>();
  readonly #events = new Set<string>();
  #chunks: ChatChunk[] = [];

  /** `attempts` has been shown every event that is known. */
  constructor(sessionId: string, turnId: number, attempts: ChatAttempts) {
    this.#sessionId = sessionId;
    this.#turnId = turnId;
    this.#attempts = attempts;
  }

  /** The chunks that the next event of the turn adds, in order. */
  apply(event: SessionEvent): ChatChunk[] {
    this.#chunks = [];
    if (event.index === this.#turnId) this.#start(event.time);
    this.#take(event);
    return this.#chunks;
  }

  #start(startedAt: number): void {
    const sessionId = this.#sessionId;
    const turnId = this.#turnId;
    const messageMetadata = { sessionId, turnId, startedAt };
    this.#say({ type: 'start', messageId: messageIdOf(sessionId, turnId), messageMetadata });
  }

  #take(event: SessionEvent): void {
    switch (event.type) {
      case 'agentEvent':
      case 'thoughtEvent':
        if (!this.#attempts.drops(event)) this.#emit(event);
        return;
      case 'stepStart':
      case 'sleepStart':
        this.#close(emitterOf(event.nodeId));
        return;
      case 'stepEnd':
      case 'stepError':
        this.#endStep(emitterOf(event.nodeId, event.op));
        return;
      case 'inputRequired':
        this.#ask(event);
        return;
      case 'inputResolved':
        this.#settlePrompt(event, { state: 'answered', response: event.response });
        return;
      case 'inputWithdrawn':
        this.#settlePrompt(event, { state: 'withdrawn', reason: event.reason });
        return;
      case 'nodeEnd':
      case 'nodeSkipped':
        this.#endNode(event.nodeId);
        return;
      case 'nodeError': {
        const { nodeId, error } = event;
        this.#endNode(nodeId);
        this.#say({ type: 'data-error', id: nodeId, data: { nodeId, error } });
        return;
      }
      case 'graphComplete':
        this.#end();
        this.#say({ type: 'data-outputs', id: 'outputs', data: { outputs: event.outputs } });
        return;
      case 'graphError':
      case 'graphCancelled':
        this.#end();
        return;
      default:
    }
  }

  #emit(event: EventOf<'agentEvent' | 'thoughtEvent'>): void {
    const { nodeId, op } = event;
    const emitter = emitterOf(nodeId, op);
    for (const piece of piecesOf(event)) {
      if (op !== undefined && this.#addsPart(piece) && !this.#steps.has(emitter)) {
        if (this.#steps.size === 0) this.#say({ type: 'start-step' });
        this.#steps.set(emitter, { nodeId });
      }
      this.#add(emitter, nodeId, piece);
    }
  }

  /** A response is told where its call is, and a further word where the first one is. */
  #addsPart(piece: ChatPiece): boolean {
    return piece.kind !== 'response' && !(piece.kind === 'event' && this.#events.has(piece.id));
  }

  #add(emitter: string, nodeId: string, piece: ChatPiece): void {
    if (piece.kind === 'text' || piece.kind === 'reasoning') {
      this.#write(emitter, piece);
      return;
    }
    this.#close(emitter);
    switch (piece.kind) {
      case 'file':
        this.#say({ type: 'file', mediaType: piece.mediaType, url: piece.url });
        return;
      case 'source': {
        const { id: sourceId, url, title } = piece;
        this.#say({ type: 'source-url', sourceId, url, ...(title === undefined ? {} : { title }) });
        return;
      }
      case 'call': {
        this.#calls.add(piece.id);
        const { id: toolCallId, name: toolName, input } = piece;
        this.#say({ type: 'tool-input-available', toolCallId, toolName, input, ...atTheServer });
        return;
      }
      case 'response':
        this.#respond(piece);
        return;
      case 'event': {
        const { id, name, value } = piece;
        this.#events.add(id);
        this.#say({ type: 'data-event', id, data: { nodeId, name, value } });
        return;
      }
    }
  }

  #write(emitter: string, piece: ChatPiece & { kind: 'text' | 'reasoning' }): void {
    const { kind, key, text, part, grows } = piece;
    const open = this.#open.get(emitter);
    let id = open?.id ?? '';
    if (open === undefined || open.kind !== kind || open.part !== part) {
      this.#close(emitter);
      id = key;
      this.#open.set(emitter, { kind, id, part });
      this.#say({ type: `${kind}-start`, id });
    }
    this.#say({ type: `${kind}-delta`, id, delta: text });
    if (part === null && !grows) this.#close(emitter);
  }

  /** The SDK knows only tools that the same message called. */
  #respond({ id: toolCallId, output }: ChatPiece & { kind: 'response' }): void {
    if (!this.#calls.has(toolCallId)) {
      const data = { toolCallId, ...output };
      this.#say({ type: 'data-tool-output', id: toolCallId, data, transient: true });
    } else if ('errorText' in output) {
      this.#say({ type: 'tool-output-error', toolCallId, ...output, ...atTheServer });
    } else {
      this.#say({ type: 'tool-output-available', toolCallId, ...output, ...atTheServer });
    }
  }

  #ask(event: EventOf<'inputRequired'>): void {
    const { interactionId, nodeId, op, suspendEvent, expiresAt, idle } = event;
    this.#close(emitterOf(nodeId));
    this.#close(emitterOf(nodeId, op));
    const kind = kindOf(suspendEvent);
    const prompt: ChatPrompt = {
      ...{ interactionId, nodeId, state: 'open', kind },
      prompt: suspendEvent?.[kind] ?? null,
      ...(expiresAt === undefined ? {} : { expiresAt }),
      ...(idle === undefined ? {} : { idle }),
    };
    this.#prompts.set(interactionId, prompt);
    this.#say({ type: 'data-prompt', id: interactionId, data: prompt });
  }

  /** What an earlier message asked is told in passing: no message of this turn has it. */
  #settlePrompt(
    { interactionId, nodeId }: { readonly interactionId: string; readonly nodeId: string },
    outcome: Pick<ChatPrompt, 'state' | 'response' | 'reason'>,
  ): void {
    const asked = this.#prompts.get(interactionId);
    this.#prompts.delete(interactionId);
    const data: ChatPrompt = { ...(asked ?? { interactionId, nodeId }), ...outcome };
    const transient = asked === undefined ? { transient: true } : {};
    this.#say({ type: 'data-prompt', id: interactionId, data, ...transient });
  }

  #endStep(emitter: string): void {
    this.#close(emitter);
    if (!this.#steps.delete(emitter) || this.#steps.size > 0) return;
    this.#closeAll();
    this.#say({ type: 'finish-step' });
  }

  #endNode(nodeId: string): void {
    for (const [emitter, step] of this.#steps) if (step.nodeId === nodeId) this.#endStep(emitter);
    this.#close(emitterOf(nodeId));
    this.#withdraw((prompt) => prompt.nodeId === nodeId, 'its node ended');
  }

  #end(): void {
    for (const emitter of this.#steps.keys()) this.#endStep(emitter);
    this.#closeAll();
    this.#withdraw(() => true, 'the run ended');
  }

  #withdraw(which: (prompt: ChatPrompt) => boolean, reason: string): void {
    for (const prompt of this.#prompts.values()) {
      if (which(prompt)) this.#settlePrompt(prompt, { state: 'withdrawn', reason });
    }
  }

  #closeAll(): void {
    for (const emitter of this.#open.keys()) this.#close(emitter);
  }

  #close(emitter: string): void {
    const open = this.#open.get(emitter);
    if (open === undefined) return;
    this.#open.delete(emitter);
    this.#say({ type: `${open.kind}-end`, id: open.id });
  }

  #say(chunk: ChatChunk): void {
    this.#chunks.push(chunk);
  }
}

/** No client is to run the tools that a run calls. */
const atTheServer = { dynamic: true, providerExecuted: true } as const;

function emitterOf(nodeId: string, op?: string): string {
  return JSON.stringify([nodeId, op ?? null]);
}
