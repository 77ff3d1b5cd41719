import type { EventBody } from '../../shared/event.ts';
import { kindOf, parsePrompt } from '../../shared/prompt.ts';
import type { ProducedEvent } from '../../shared/produced-event.ts';
import { isFinal } from '../../shared/session.ts';
import { AppError } from '../errors.ts';
import type { ProducerState } from '../store/store.ts';
import { misfit } from './answers.ts';
import { finality, restraint, withdraw, type Draft } from './draft.ts';
import { graphOutputs } from './plan.ts';
import { checkTurn, type ProducerTurn } from './producer-turn.ts';
import { promptFault } from './prompt-request.ts';

/** A batch of a program elsewhere, which follows all that it sent before. */
export interface Produce {
  readonly type: 'produce';
  readonly events: readonly ProducedEvent[];
  /** Null for a program that does not say who it is. */
  readonly turn: ProducerTurn | null;
  /** How far that producer had come; undefined for one that is new. */
  readonly before: ProducerState | undefined;
}

/**
 * Appends a batch, or none of it.
 * @throws AppError producer_fenced, session_final, producer_gap, or invalid_event, which names the
 *   offender by its place in the batch
 */
export function produce(draft: Draft, { events, turn, before }: Produce): void {
  const fault = turn === null ? null : checkTurn(turn, before);
  if (fault?.code === 'producer_fenced') throw fault;
  if (isFinal(draft.state.status)) throw finality(draft.state);
  if (draft.readOnly) throw restraint(draft.state);
  if (fault !== null) throw fault;
  if (turn !== null) regainContact(draft, turn.producerId);
  const batch = new Batch(draft);
  for (const [place, event] of events.entries()) {
    const reason = batch.take(event);
    if (reason === null) continue;
    throw new AppError('invalid_event', `'events.${place}' (${event.type}): ${reason}`, {
      details: { field: `events.${place}`, event: place },
    });
  }
}

/** A producer that was taken for lost has said something. */
export function regainContact(draft: Draft, producerId: string): void {
  if (!draft.state.lost.has(producerId)) return;
  draft.add({ type: 'contactRegained', producerId });
}

type Of<T extends ProducedEvent['type']> = Extract<ProducedEvent, { type: T }>;

/** Takes the events of one batch, each judged by the log with those before it. */
class Batch {
  readonly #draft: Draft;
  /** The interactions that this batch has opened; the journal knows those before. */
  readonly #opened = new Set<string>();
  /** The operations that this batch has ended, by node and `op`. */
  readonly #ended = new Set<string>();

  constructor(draft: Draft) {
    this.#draft = draft;
  }

  /** Adds an event. Returns why it cannot follow, in a sentence; null when it was added. */
  take(event: ProducedEvent): string | null {
    if (isFinal(this.#draft.state.status)) return 'nothing can follow the end of the run.';
    switch (event.type) {
      case 'nodeStart':
        return this.#startNode(event);
      case 'nodeEnd':
      case 'nodeError':
        return this.#settle(event);
      case 'nodeSkipped':
        return this.#skip(event);
      case 'stepStart':
        return this.#startStep(event);
      case 'stepEnd':
        return this.#closeStep(event, 'its step ended');
      case 'stepError':
        return this.#closeStep(event, 'its step failed');
      case 'sleepStart':
        return (
          this.#notRunning(event.nodeId) ?? this.#operationFault(event, false) ?? this.#add(event)
        );
      case 'sleepEnd':
        if (this.#draft.open(event)?.kind !== 'sleep') return `no sleep '${event.op}' is open.`;
        this.#ended.add(keyOf(event));
        return this.#add(event);
      case 'agentEvent':
        if (Object.keys(event.event).length !== 1) return "'event' must have one key, its name.";
        return this.#emit(event);
      case 'thoughtEvent':
        return this.#emit(event);
      case 'inputRequired':
        return this.#open(event);
      case 'inputWithdrawn':
        return this.#withdraw(event);
      case 'graphComplete':
        return this.#complete(event);
      case 'graphError':
        return this.#add({ ...event, sessionId: this.#draft.state.sessionId });
    }
  }

  #add(body: EventBody): null {
    this.#draft.add(body);
    return null;
  }

  #startNode({ type, nodeId, title }: Of<'nodeStart'>): string | null {
    const { nodes, openEnded } = this.#draft.state;
    const node = nodes.get(nodeId);
    if (node === undefined && !openEnded) return `the graph has no node '${nodeId}'.`;
    if (node !== undefined && node.phase !== 'pending') {
      return `node '${nodeId}' has ${node.phase} already.`;
    }
    const named = node === undefined && title !== undefined;
    return this.#add({ type, nodeId, ...(named ? { title } : {}) });
  }

  #settle(event: Of<'nodeEnd' | 'nodeError'>): string | null {
    const fault = this.#notRunning(event.nodeId);
    if (fault !== null) return fault;
    withdraw(this.#draft, (prompt) => prompt.nodeId === event.nodeId, 'its node ended');
    return this.#add(event);
  }

  #skip(event: Of<'nodeSkipped'>): string | null {
    const { nodeId } = event;
    const node = this.#draft.state.nodes.get(nodeId);
    if (node === undefined) return `there is no node '${nodeId}'.`;
    if (node.phase !== 'pending') return `node '${nodeId}' has ${node.phase} already.`;
    return this.#add(event);
  }

  #startStep(event: Of<'stepStart'>): string | null {
    const { nodeId, op, attempt } = event;
    const fault = this.#notRunning(nodeId) ?? this.#operationFault(event, true);
    if (fault !== null) return fault;
    const open = this.#draft.open(event);
    if (open?.kind === 'step' && attempt <= open.attempt) {
      return `step '${op}' is at attempt ${open.attempt}; the next must be greater.`;
    }
    this.#withdrawOf(nodeId, op, `its step runs again as attempt ${attempt}`);
    return this.#add(event);
  }

  #closeStep(event: Of<'stepEnd' | 'stepError'>, reason: string): string | null {
    const { nodeId, op, attempt, step } = event;
    const running = this.#draft.runningStep(event);
    if (running === null) return `attempt ${attempt} of step '${op}' is not running.`;
    if (running.name !== step) return `step '${op}' began as '${running.name}', not as '${step}'.`;
    this.#withdrawOf(nodeId, op, reason);
    if (event.type === 'stepEnd' || event.final) this.#ended.add(keyOf(event));
    return this.#add(event);
  }

  #emit(event: Of<'agentEvent' | 'thoughtEvent'>): string | null {
    const { nodeId, op, attempt } = event;
    const fault = this.#notRunning(nodeId);
    if (fault !== null) return fault;
    if (op === undefined || attempt === undefined) {
      if (op === attempt) return this.#add(event);
      return "'op' and 'attempt' go together.";
    }
    if (this.#draft.runningStep({ nodeId, op, attempt }) === null) {
      return `attempt ${attempt} of step '${op}' is not running.`;
    }
    return this.#add(event);
  }

  #open(event: Of<'inputRequired'>): string | null {
    const { nodeId, op, interactionId, suspendEvent, expiresAt, fallback, ...rest } = event;
    const { state, journal } = this.#draft;
    const isKnown =
      state.prompts.has(interactionId) ||
      this.#opened.has(interactionId) ||
      journal.closedPrompt(interactionId) !== undefined;
    const fault =
      this.#notRunning(nodeId) ??
      (isKnown ? `interaction '${interactionId}' was opened before.` : null) ??
      (op === undefined ? null : this.#asksInStep(nodeId, op)) ??
      promptFaultOf(event);
    if (fault !== null) return fault;
    this.#opened.add(interactionId);
    return this.#add({
      ...rest,
      nodeId,
      op: op ?? `prompt:${interactionId}`,
      interactionId,
      ...(suspendEvent === undefined ? {} : { suspendEvent }),
      ...(expiresAt === undefined ? {} : { expiresAt }),
      ...(fallback === undefined ? {} : { fallback }),
    });
  }

  #asksInStep(nodeId: string, op: string): string | null {
    const open = this.#draft.open({ nodeId, op });
    return open?.kind === 'step' && open.retryAt === null ? null : `step '${op}' is not running.`;
  }

  #withdraw(event: Of<'inputWithdrawn'>): string | null {
    const { nodeId, interactionId } = event;
    const open = this.#draft.state.prompts.get(interactionId);
    if (open?.nodeId === nodeId) return this.#add(event);
    if (open !== undefined) return `interaction '${interactionId}' is node '${open.nodeId}''s.`;
    const closed = this.#draft.journal.closedPrompt(interactionId);
    if (closed?.how === 'resolved') return `interaction '${interactionId}' was answered.`;
    return `no interaction '${interactionId}' is open.`;
  }

  #complete({ type, outputs }: Of<'graphComplete'>): string | null {
    const { state, record } = this.#draft;
    for (const { id, phase } of state.nodes.values()) {
      if (phase === 'started') return `node '${id}' has not ended.`;
    }
    const { sessionId } = state;
    return this.#add({ type, sessionId, outputs: outputs ?? graphOutputs(record.graph, state) });
  }

  #notRunning(nodeId: string): string | null {
    if (this.#draft.isRunning(nodeId)) return null;
    const node = this.#draft.state.nodes.get(nodeId);
    if (node === undefined) return `there is no node '${nodeId}'.`;
    return node.phase === 'pending'
      ? `node '${nodeId}' has not started.`
      : `node '${nodeId}' has ${node.phase} already.`;
  }

  /** Why no operation can begin under this `op`; a step that is open may begin again. */
  #operationFault(event: { nodeId: string; op: string }, isStep: boolean): string | null {
    const open = this.#draft.open(event);
    if (isStep && open?.kind === 'step') return null;
    if (open !== undefined) return `operation '${event.op}' is open.`;
    const ended =
      this.#ended.has(keyOf(event)) ||
      this.#draft.journal.node(event.nodeId).completions.has(event.op);
    return ended ? `operation '${event.op}' has ended; give each its own 'op'.` : null;
  }

  #withdrawOf(nodeId: string, op: string, reason: string): void {
    withdraw(this.#draft, (prompt) => prompt.nodeId === nodeId && prompt.op === op, reason);
  }
}

function keyOf({ nodeId, op }: { nodeId: string; op: string }): string {
  return JSON.stringify([nodeId, op]);
}

const knownKinds: ReadonlySet<string> = new Set([
  'inputNode',
  'waitForInput',
  'waitForChoice',
  'queryConsent',
]);

/** Why a prompt could not be shown or answered. */
function promptFaultOf({ suspendEvent, expiresAt, fallback }: Of<'inputRequired'>): string | null {
  if (fallback !== undefined && expiresAt === undefined) {
    return "a 'fallback' is given at 'expiresAt', which is missing.";
  }
  if (suspendEvent === undefined) return null;
  if (Object.keys(suspendEvent).length !== 1) return "'suspendEvent' must have one key, its kind.";
  const kind = kindOf(suspendEvent);
  if (!knownKinds.has(kind)) return null;
  const prompt = parsePrompt(suspendEvent);
  if (prompt === null) return `'suspendEvent.${kind}' is not what such a prompt carries.`;
  const fault = promptFault(prompt);
  if (fault !== null) return fault;
  const misfitting = fallback === undefined ? null : misfit(prompt, fallback);
  return misfitting === null ? null : `the 'fallback' does not fit: ${misfitting}`;
}
