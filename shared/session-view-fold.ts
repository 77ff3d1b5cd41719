import { agentEntries } from './agent-entries.ts';
import type { EventOf, SessionEvent } from './event.ts';
import type { Json, JsonObject } from './json.ts';
import { NodeFold, type PromptBox, type StepFacts, type StepFold } from './node-fold.ts';
import {
  emptyView,
  type Entry,
  type NodeView,
  type PromptEntry,
  type SessionView,
  type ThoughtEntry,
} from './session-view.ts';

/**
 * Folds a log into the history that the panel shows. Total: an event that makes no sense is shown as
 * far as it can be, or passed over. Mutable, so that a long log costs a step an event; what
 * `snapshot` returns is not, and shares what did not change with the snapshot before.
 *
 * A later `stepStart` of the same `op` supersedes what earlier attempts emitted. Their prompts stay,
 * since a person answered them; those still open count as withdrawn.
 */
export class SessionViewFold {
  readonly #nodes = new Map<string, NodeFold>();
  readonly #prompts = new Map<string, Place>();
  /** The latest thought of each node and step. */
  readonly #thoughts = new WeakMap<
    StepFold | NodeFold,
    { readonly box: { entry: ThoughtEntry }; readonly attempt: number }
  >();
  #outputs: JsonObject | null = null;
  #snapshot: SessionView | null = emptyView;

  apply(event: SessionEvent): void {
    this.#snapshot = null;
    switch (event.type) {
      case 'graphStart':
        return;
      case 'nodeStart':
        this.#node(event).set({ startedAt: event.time });
        return;
      case 'nodeEnd':
        this.#settle(event, { outputs: event.outputs }, 'the node ended');
        return;
      case 'nodeError':
        this.#settle(event, { error: event.error }, 'the node failed');
        return;
      case 'nodeSkipped':
        this.#settle(event, { skipped: event.reason }, 'the node was skipped');
        return;
      case 'stepStart':
        this.#beginAttempt(event);
        return;
      case 'stepEnd':
        this.#endAttempt(event, {
          state: 'ended',
          endedAt: event.time,
          error: null,
          ...(event.result === undefined ? {} : { result: event.result }),
        });
        return;
      case 'stepError':
        this.#endAttempt(event, {
          state: event.final ? 'failed' : 'retrying',
          endedAt: event.final ? event.time : null,
          error: event.error,
          retryAt: event.final ? null : (event.retryAt ?? event.time),
        });
        return;
      case 'sleepStart': {
        const { op, index, time, until } = event;
        const key = String(index);
        this.#node(event).addSleep(op, { kind: 'sleep', key, startedAt: time, until });
        return;
      }
      case 'sleepEnd':
        this.#node(event).endSleep(event.op);
        return;
      case 'agentEvent':
        this.#emit(event, agentEntries(event));
        return;
      case 'thoughtEvent':
        this.#emit(event, [{ kind: 'thought', key: String(event.index), text: event.text }]);
        return;
      case 'memory':
      case 'contactLost':
      case 'contactRegained':
        return;
      case 'inputRequired':
        this.#openPrompt(event);
        return;
      case 'inputResolved':
        this.#closePrompt(event.interactionId, event.time, { response: event.response });
        return;
      case 'inputWithdrawn':
        this.#closePrompt(event.interactionId, event.time, { reason: event.reason });
        return;
      case 'graphComplete':
        this.#outputs = event.outputs;
        this.#withdraw(event.time, 'the run ended');
        return;
      case 'graphError':
        this.#withdraw(event.time, 'the run failed');
        return;
      case 'graphCancelled':
        this.#withdraw(event.time, 'the run was cancelled');
        return;
    }
  }

  snapshot(): SessionView {
    this.#snapshot ??= {
      nodes: [...this.#nodes.values()].map((node) => node.snapshot()),
      outputs: this.#outputs,
    };
    return this.#snapshot;
  }

  #node({ nodeId, index }: { readonly nodeId: string; readonly index: number }): NodeFold {
    let node = this.#nodes.get(nodeId);
    if (node === undefined) {
      node = new NodeFold(nodeId, index);
      this.#nodes.set(nodeId, node);
    }
    return node;
  }

  #settle(
    event: EventOf<'nodeEnd' | 'nodeError' | 'nodeSkipped'>,
    outcome: Partial<NodeView>,
    reason: string,
  ): void {
    const node = this.#node(event);
    node.set({ ...outcome, endedAt: event.time });
    this.#withdraw(event.time, reason, (place) => place.node === node);
  }

  #beginAttempt(event: EventOf<'stepStart'>): void {
    const node = this.#node(event);
    const step = node.steps.get(event.op);
    if (step === undefined) {
      node.addStep(event);
      return;
    }
    this.#withdraw(event.time, 'the step began again', (place) => place.step === step);
    step.supersede(event);
    node.touch();
  }

  #endAttempt(event: EventOf<'stepEnd' | 'stepError'>, facts: StepFacts): void {
    const step = this.#node(event).steps.get(event.op);
    if (step === undefined) return;
    step.set(facts);
    this.#withdraw(event.time, 'the step ended', (place) => place.step === step);
  }

  #emit(event: EventOf<'agentEvent' | 'thoughtEvent'>, entries: readonly Entry[]): void {
    const node = this.#node(event);
    const step = event.op === undefined ? undefined : node.steps.get(event.op);
    if (step !== undefined && (event.attempt ?? step.attempt) < step.attempt) return;
    const place = step ?? node;
    for (const entry of entries) {
      if (entry.kind === 'thought') this.#think(place, event.attempt ?? 0, entry);
      else place.add(entry);
    }
  }

  /** A piece of the thought before is joined to it, whatever came between. */
  #think(place: StepFold | NodeFold, attempt: number, entry: ThoughtEntry): void {
    const last = this.#thoughts.get(place);
    if (
      last === undefined ||
      entry.part === undefined ||
      last.box.entry.part !== entry.part ||
      last.attempt !== attempt
    ) {
      const box = { entry };
      this.#thoughts.set(place, { box, attempt });
      place.addBox(box);
      return;
    }
    last.box.entry = { ...last.box.entry, text: last.box.entry.text + entry.text };
    place.boxChanged(last.box);
  }

  #openPrompt(event: EventOf<'inputRequired'>): void {
    const node = this.#node(event);
    const step = node.steps.get(event.op) ?? null;
    const entry: PromptEntry = {
      kind: 'prompt',
      key: String(event.index),
      interactionId: event.interactionId,
      suspendEvent: event.suspendEvent,
      state: 'open',
      closedAt: null,
    };
    const box: PromptBox = { entry };
    this.#prompts.set(event.interactionId, { box, node, step });
    (step ?? node).addBox(box);
  }

  #closePrompt(
    interactionId: string,
    time: number,
    outcome: { response: Json } | { reason: string },
  ): void {
    const place = this.#prompts.get(interactionId);
    if (place === undefined || place.box.entry.state !== 'open') return;
    const state = 'response' in outcome ? 'answered' : 'withdrawn';
    place.box.entry = { ...place.box.entry, ...outcome, state, closedAt: time };
    (place.step ?? place.node).boxChanged(place.box);
    // What is over is never looked up again; only open prompts stay here.
    this.#prompts.delete(interactionId);
  }

  #withdraw(time: number, reason: string, which: (place: Place) => boolean = () => true): void {
    for (const [interactionId, place] of this.#prompts) {
      if (which(place)) this.#closePrompt(interactionId, time, { reason });
    }
  }
}

/** Where an open prompt is shown. */
interface Place {
  readonly box: PromptBox;
  readonly node: NodeFold;
  readonly step: StepFold | null;
}
