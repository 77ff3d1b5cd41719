import type { EventBody, SessionEvent } from '../../shared/event.ts';
import type { JsonObject } from '../../shared/json.ts';
import {
  evolve,
  initialState,
  isSettled,
  nextWakeAt,
  openPromptCount,
  openPrompts,
  readyNodes,
  type NodeState,
  type SessionState,
} from '../../shared/session-state.ts';
import { isFinal } from '../../shared/session.ts';
import type { JournalClass, Store } from '../store/store.ts';

export const CHAT_SESSION = 's';

/** Three branches that run side by side, and what follows them. */
const graph = {
  nodes: ['a', 'b', 'c', 'z'].map((id) => ({ id, type: 't' })),
  edges: ['a', 'b', 'c'].map((from) => ({ from, to: 'z' })),
};

/** What a made-up run does next; what is not possible then is passed over. */
export interface Choice {
  readonly action: number;
  readonly node: number;
  readonly pick: number;
}

/** A log in a store, written by hand, with the facts that it implies. */
export class ChatLog {
  readonly events: SessionEvent[] = [];
  state: SessionState = initialState;
  readonly #store: Store;
  #texts = 0;
  #prompts = 0;
  #steps = 0;

  constructor(store: Store) {
    this.#store = store;
  }

  /** Writes events in one commit. */
  async write(...bodies: EventBody[]): Promise<void> {
    if (bodies.length === 0) return;
    const isNew = this.events.length === 0;
    const stored = bodies.map((body) => {
      const index = this.events.length;
      const event: SessionEvent = { ...body, index, time: 1000 + index };
      this.events.push(event);
      this.state = evolve(this.state, event);
      const isEmission = event.type === 'agentEvent' || event.type === 'thoughtEvent';
      const journal: JournalClass = !isEmission ? 'full' : event.op === undefined ? 'mark' : 'none';
      return {
        ...{ index, time: event.time, type: event.type, json: JSON.stringify(event) },
        nodeId: 'nodeId' in event ? event.nodeId : null,
        journal,
      };
    });
    const { state } = this;
    const append = {
      sessionId: CHAT_SESSION,
      events: stored,
      facts: {
        ...{ status: state.status, turn: state.turn, error: state.error },
        openPrompts: isFinal(state.status) ? [] : openPrompts(state),
        openPromptCount: openPromptCount(state),
        lostContactAt: null,
        needsRunner: false,
        nextWakeAt: nextWakeAt(state),
      },
    };
    if (!isNew) return this.#store.append(append);
    const record = {
      sessionId: CHAT_SESSION,
      graphId: 'g',
      graph,
      mode: 'interactive',
      runner: 'server',
    } as const;
    await this.#store.create(
      { ...record, inputs: {}, title: 'A chat', createdAt: 1000, nodeTypes: ['t'] },
      append,
    );
  }

  start(): Promise<void> {
    const { nodes, edges } = graph;
    return this.write({
      ...{ type: 'graphStart', sessionId: CHAT_SESSION, graphId: 'g', mode: 'interactive' },
      graph: { nodes, edges },
    });
  }

  /** The events that a choice makes of the state. */
  next({ action, node: which, pick }: Choice): EventBody[] {
    const { state } = this;
    if (isFinal(state.status)) return [];
    const [ready] = readyNodes(state);
    const nodes = [...state.nodes.values()].filter((node) => node.phase === 'started');
    if (ready !== undefined && (nodes.length === 0 || action === 0)) {
      return [{ type: 'nodeStart', nodeId: ready.id }];
    }
    const node = nodes[which % Math.max(nodes.length, 1)];
    if (node === undefined) return this.#end(pick);
    const ops = [...node.open].filter(([, { kind }]) => kind === 'step').map(([op]) => op);
    // Now in a step, now beside it.
    const op = pick % 3 === 2 ? undefined : ops[pick % Math.max(ops.length, 1)];
    const step = op === undefined ? undefined : node.open.get(op);
    const attempt = step?.kind === 'step' ? step.attempt : 1;
    const { id: nodeId } = node;
    const where = op === undefined ? { nodeId } : { nodeId, op, attempt };
    const emit = (event: JsonObject): EventBody[] => [{ type: 'agentEvent', event, ...where }];
    const part: JsonObject = pick % 2 === 0 ? {} : { id: `p${pick % 4}` };
    switch (action) {
      case 1:
      case 2:
      case 3:
      case 4:
        return emit({ content: { ...part, parts: [{ text: this.#text() }] } });
      case 5:
        return emit({ thought: { ...part, parts: [{ text: this.#text() }] } });
      case 6:
        return [{ type: 'thoughtEvent', text: this.#text(), ...where }];
      case 7:
        return emit({ functionCall: { id: `call${pick % 3}`, name: 'tool', args: { pick } } });
      case 8: {
        const response: JsonObject = pick % 2 === 0 ? { error: this.#text() } : { pick };
        return emit({ functionResponse: { id: `call${pick % 3}`, name: 'tool', response } });
      }
      case 9: {
        const file = { inlineData: { mimeType: 'a/b', data: 'AAAA' } };
        const parts: JsonObject[] = [{ text: this.#text() }, file, { text: this.#text() }];
        return emit({ content: { ...part, parts } });
      }
      case 10:
        return pick % 2 === 0
          ? emit({ plan: { id: 'plan', entries: [pick] } })
          : emit({ source: { id: String(pick), url: 'https://example.org/' } });
      case 11:
      case 12: {
        this.#steps += 1;
        const name = `step:x:${this.#steps}`;
        return [{ type: 'stepStart', nodeId, op: name, step: 'x', attempt: 1 }];
      }
      case 13:
        if (op === undefined) return [];
        return [
          ...this.#withdraw((prompt) => prompt.op === op && prompt.nodeId === nodeId),
          { type: 'stepStart', nodeId, op, step: 'x', attempt: attempt + 1 },
        ];
      case 14: {
        if (op === undefined) return [];
        const which = { nodeId, op, step: 'x', attempt };
        const withdrawn = this.#withdraw((prompt) => prompt.op === op && prompt.nodeId === nodeId);
        return pick % 2 === 0
          ? [...withdrawn, { type: 'stepEnd', ...which, result: null }]
          : [...withdrawn, { type: 'stepError', ...which, error: 'e', final: pick % 4 === 1 }];
      }
      case 15:
      case 16:
        return [this.#ask(nodeId, op)];
      case 17:
      case 18: {
        const prompts = [...state.prompts.values()];
        const prompt = prompts[pick % Math.max(prompts.length, 1)];
        if (prompt === undefined) return [];
        const { interactionId } = prompt;
        const response = { input: { parts: [{ text: this.#text() }] } };
        return [{ type: 'inputResolved', nodeId: prompt.nodeId, interactionId, response }];
      }
      case 19: {
        const sleep = [...node.open].find(([, { kind }]) => kind === 'sleep');
        if (sleep !== undefined) return [{ type: 'sleepEnd', nodeId, op: sleep[0] }];
        return [{ type: 'sleepStart', nodeId, op: 'sleep:sleep:0', until: 5000 }];
      }
      case 20:
        return this.#withdraw((prompt) => prompt.interactionId === `i${pick}`);
      case 21: {
        // As in a run whose answers are given in advance.
        const asked = this.#ask(nodeId, undefined);
        const { interactionId } = asked;
        return [asked, { type: 'inputResolved', nodeId, interactionId, response: { input: {} } }];
      }
      case 22:
        return pick % 3 === 0 ? this.#settle(node, pick) : [];
      default:
        return [];
    }
  }

  /** Brings the run to its end. */
  finish(pick: number): EventBody[] {
    if (isFinal(this.state.status)) return [];
    if (pick % 3 === 0) {
      const withdrawn = this.#withdraw(() => true);
      return [...withdrawn, { type: 'graphCancelled', sessionId: CHAT_SESSION }];
    }
    const nodes = [...this.state.nodes.values()].filter((node) => !isSettled(node));
    return [...nodes.flatMap((node) => this.#settle(node, pick)), ...this.#end(pick)];
  }

  #end(pick: number): EventBody[] {
    if (![...this.state.nodes.values()].every(isSettled) && pick < 100) return [];
    const sessionId = CHAT_SESSION;
    return pick % 2 === 0
      ? [{ type: 'graphComplete', sessionId, outputs: { z: { output: this.#text() } } }]
      : [{ type: 'graphError', sessionId, error: 'a: went wrong' }];
  }

  #settle({ id: nodeId, phase }: NodeState, pick: number): EventBody[] {
    if (phase === 'pending') return [{ type: 'nodeSkipped', nodeId, reason: 'nothing came' }];
    const withdrawn = this.#withdraw((prompt) => prompt.nodeId === nodeId);
    return pick % 2 === 0
      ? [...withdrawn, { type: 'nodeEnd', nodeId, outputs: { output: 'x' } }]
      : [...withdrawn, { type: 'nodeError', nodeId, error: 'went wrong' }];
  }

  #ask(nodeId: string, op: string | undefined): EventBody & { type: 'inputRequired' } {
    this.#prompts += 1;
    const interactionId = `i${this.#prompts}`;
    const prompt = { parts: [{ text: `? ${interactionId}` }] };
    return {
      ...{ type: 'inputRequired', nodeId, interactionId, op: op ?? `ask:ask:${this.#prompts}` },
      suspendEvent: { waitForInput: { prompt, inputType: 'text' } },
      ...(this.#prompts % 4 === 0 ? { idle: true } : {}),
    };
  }

  #withdraw(which: (prompt: { op: string; nodeId: string; interactionId: string }) => boolean) {
    return [...this.state.prompts.values()]
      .filter(which)
      .map(({ nodeId, interactionId }): EventBody => {
        return { type: 'inputWithdrawn', nodeId, interactionId, reason: 'over' };
      });
  }

  /** A text that occurs once. */
  #text(): string {
    this.#texts += 1;
    return `<${this.#texts}>`;
  }
}

/** The texts that a turn says and takes back, by the plain rule: a later attempt supersedes. */
export function saidIn(events: readonly SessionEvent[], turnId: number): string[] {
  return events.flatMap((event, at) => {
    if (event.index < turnId) return [];
    if (event.type !== 'agentEvent' && event.type !== 'thoughtEvent') return [];
    const isSuperseded = events
      .slice(at)
      .some(
        (later) =>
          later.type === 'stepStart' &&
          later.nodeId === event.nodeId &&
          later.op === event.op &&
          later.attempt > (event.attempt ?? 0),
      );
    if (isSuperseded) return [];
    if (event.type === 'thoughtEvent') return [event.text];
    const value = event.event['content'] ?? event.event['thought'];
    return JSON.stringify(value ?? '').match(/<\d+>/g) ?? [];
  });
}
