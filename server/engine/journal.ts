import type { SessionEvent } from '../../shared/event.ts';
import type { Json } from '../../shared/json.ts';
import { isStep, operationId } from './operation.ts';

/** How an operation of a handler ended, and where in the log that stands. */
export interface Completion {
  readonly index: number;
  readonly outcome:
    | { readonly ok: true; readonly value: Json | undefined }
    | { readonly ok: false; readonly error: string };
}

/** How a prompt stopped being open. */
export interface ClosedPrompt {
  readonly how: 'resolved' | 'withdrawn';
  /** Unix seconds. */
  readonly time: number;
  readonly reason: string | null;
}

/** What the log says of one node's operations. */
export class NodeJournal {
  /** Ended operations by `op`; the value of a prompt's is the response. */
  readonly completions = new Map<string, Completion>();
  /** The operation of the node's first prompt; null before it. */
  firstPromptOp: string | null = null;
  /** How many prompts each operation has opened; counted anew with each attempt of a step. */
  readonly promptsOf = new Map<string, number>();
  #emitted = 0;
  #thought = 0;

  /** Notes an agent event or a thought that the node emitted outside of its steps. */
  mark(type: string, index: number): void {
    const op =
      type === 'agentEvent'
        ? operationId('emit', 'emit', this.#emitted++)
        : operationId('thought', 'thought', this.#thought++);
    this.complete(op, { index, outcome: { ok: true, value: undefined } });
  }

  complete(op: string, completion: Completion): void {
    if (!this.completions.has(op)) this.completions.set(op, completion);
  }
}

/**
 * The engine's fold over a session's log beside the shared state: what ended operations returned, so
 * that a handler which runs again gets the same. It forgets a node's operations when the node ends.
 */
export class SessionJournal {
  readonly #nodes = new Map<string, NodeJournal>();
  readonly #prompts = new Map<string, { nodeId: string; op: string }>();
  readonly #closed = new Map<string, ClosedPrompt>();

  node(nodeId: string): NodeJournal {
    let journal = this.#nodes.get(nodeId);
    if (journal === undefined) {
      journal = new NodeJournal();
      this.#nodes.set(nodeId, journal);
    }
    return journal;
  }

  /** Of an answered or withdrawn prompt; undefined while it is open, or when there is none. */
  closedPrompt(interactionId: string): ClosedPrompt | undefined {
    return this.#closed.get(interactionId);
  }

  add(event: SessionEvent): void {
    switch (event.type) {
      case 'agentEvent':
      case 'thoughtEvent':
        if (event.op === undefined) this.node(event.nodeId).mark(event.type, event.index);
        break;
      case 'stepStart':
        this.node(event.nodeId).promptsOf.delete(event.op);
        break;
      case 'stepEnd':
        this.#complete(event, event.op, { ok: true, value: event.result });
        break;
      case 'stepError':
        if (event.final) this.#complete(event, event.op, { ok: false, error: event.error });
        break;
      case 'sleepEnd':
        this.#complete(event, event.op, { ok: true, value: undefined });
        break;
      case 'inputRequired': {
        const { firstPromptOp, promptsOf } = this.node(event.nodeId);
        this.node(event.nodeId).firstPromptOp = firstPromptOp ?? event.op;
        promptsOf.set(event.op, (promptsOf.get(event.op) ?? 0) + 1);
        this.#prompts.set(event.interactionId, { nodeId: event.nodeId, op: event.op });
        break;
      }
      case 'inputResolved':
        this.#close(event, { how: 'resolved', time: event.time, reason: null });
        this.#completePrompt(event, { ok: true, value: event.response });
        break;
      case 'inputWithdrawn':
        this.#close(event, { how: 'withdrawn', time: event.time, reason: event.reason });
        this.#completePrompt(event, { ok: false, error: event.reason });
        break;
      case 'nodeEnd':
      case 'nodeError':
        this.#nodes.delete(event.nodeId);
        break;
      default:
    }
  }

  #complete(event: { nodeId: string; index: number }, op: string, outcome: Completion['outcome']) {
    this.node(event.nodeId).complete(op, { index: event.index, outcome });
  }

  #close({ interactionId }: { interactionId: string }, closed: ClosedPrompt): void {
    if (this.#prompts.has(interactionId)) this.#closed.set(interactionId, closed);
  }

  #completePrompt(
    event: { interactionId: string; index: number },
    outcome: Completion['outcome'],
  ): void {
    const prompt = this.#prompts.get(event.interactionId);
    if (prompt === undefined || isStep(prompt.op)) return;
    this.#complete({ nodeId: prompt.nodeId, index: event.index }, prompt.op, outcome);
  }
}
