// Longer than most: every rule of what may follow in a log stands here, so that it can be read whole.
import type { EventBody } from '../../shared/event.ts';
import { outlineOf } from '../../shared/graph.ts';
import type { Json, JsonObject } from '../../shared/json.ts';
import { parsePrompt, toSuspendEvent, type Prompt } from '../../shared/prompt.ts';
import { initialState, isSettled, readyNodes } from '../../shared/session-state.ts';
import { isFinal } from '../../shared/session.ts';
import { AppError } from '../errors.ts';
import type { SessionRecord } from '../store/store.ts';
import { emptyResponse, misfit, problemsOf, responseFor } from './answers.ts';
import { produce, regainContact, type Produce } from './decide-produced.ts';
import {
  Draft,
  finality,
  isDue,
  restraint,
  withdraw,
  type Decidable,
  type Decision,
  type StepRef,
} from './draft.ts';
import type { SessionJournal } from './journal.ts';
import { gatherInputs, graphOutputs } from './plan.ts';

/** What is asked of a session, by a person or by the code of one of its nodes. */
export type Command =
  | { readonly type: 'start' }
  /** It goes on here: what the log leaves ready is begun. A log of this server leaves nothing so. */
  | { readonly type: 'takeUp' }
  | { readonly type: 'answer'; readonly interactionId: string; readonly response: Json }
  | { readonly type: 'cancel' }
  | Produce
  /** A producer repeated itself: nothing is new, but that it is there. */
  | { readonly type: 'hear'; readonly producerId: string }
  /** The producers in `silent` have said nothing for longer than they said they would. */
  | { readonly type: 'timeUp'; readonly silent: readonly string[] }
  | {
      readonly type: 'beginStep';
      readonly nodeId: string;
      readonly op: string;
      readonly step: string;
    }
  | (StepRef & Ending & { readonly type: 'endStep'; readonly result: Json | undefined })
  | (StepRef &
      Ending & {
        readonly type: 'failStep';
        readonly error: string;
        readonly retries: number;
        /** The next attempt begins no earlier than so many milliseconds from now. */
        readonly retryAfterMs?: number;
      })
  | (StepRef & { readonly type: 'remember'; readonly name: string; readonly value: Json })
  | {
      readonly type: 'openPrompt';
      readonly nodeId: string;
      readonly op: string;
      /** The attempt of the step that asks; null for a prompt of the node itself. */
      readonly attempt: number | null;
      readonly interactionId: string;
      readonly prompt: Prompt;
      /** Milliseconds; null for none. */
      readonly timeoutMs: number | null;
      /** The response to give when time is up or nobody can be asked; undefined for none. */
      readonly fallback: Json | undefined;
      readonly idle: boolean;
    }
  | {
      readonly type: 'expire';
      readonly interactionId: string;
      readonly fallback: Json | undefined;
    }
  | {
      readonly type: 'startSleep';
      readonly nodeId: string;
      readonly op: string;
      readonly ms: number;
    }
  | { readonly type: 'endSleep'; readonly nodeId: string; readonly op: string }
  | (Emission & { readonly type: 'emit'; readonly event: JsonObject })
  | (Emission & { readonly type: 'thought'; readonly text: string })
  | { readonly type: 'endNode'; readonly nodeId: string; readonly outputs: JsonObject }
  | { readonly type: 'failNode'; readonly nodeId: string; readonly error: string };

interface Ending {
  /** The names of what the node is to remember no more. */
  readonly forget?: readonly string[];
}

interface Emission {
  readonly nodeId: string;
  /** The step that emits; null for the node itself. */
  readonly step: { readonly op: string; readonly attempt: number } | null;
}

/** A step that was cut short so many times in a row fails. */
const MOST_CUT_SHORT = 10;

/**
 * What follows from `command`: the events to append, stamped, in one append; none when the command
 * comes too late to mean anything. Pure, but for reading the journal; `now` is in Unix seconds.
 * @throws AppError when the command is refused; then nothing follows from it
 */
export function decide(session: Decidable, command: Command, now: number): Decision {
  const draft = new Draft(session, now);
  if (command.type === 'answer') answer(draft, command);
  else if (command.type === 'cancel') cancel(draft);
  else if (command.type === 'produce') produce(draft, command);
  else if (!isFinal(session.state.status)) work(draft, command);
  return draft;
}

type Work = Exclude<Command, { type: 'answer' | 'cancel' | 'produce' }>;

function work(draft: Draft, command: Work): void {
  switch (command.type) {
    case 'start':
      return start(draft);
    case 'takeUp':
      return advance(draft);
    case 'hear':
      return regainContact(draft, command.producerId);
    case 'timeUp':
      return timeUp(draft, command.silent);
    case 'beginStep':
      return beginStep(draft, command);
    case 'endStep':
      return endStep(draft, command);
    case 'failStep':
      return failStep(draft, command);
    case 'remember': {
      const { nodeId, op, attempt, name, value } = command;
      if (draft.runningStep(command) === null) return;
      return draft.add({ type: 'memory', nodeId, op, attempt, name, value });
    }
    case 'openPrompt':
      return openPrompt(draft, command);
    case 'expire':
      return expire(draft, command);
    case 'startSleep':
      if (!draft.isRunning(command.nodeId)) return;
      return draft.add({
        type: 'sleepStart',
        nodeId: command.nodeId,
        op: command.op,
        until: draft.now + command.ms / 1000,
      });
    case 'endSleep':
      if (draft.open(command)?.kind !== 'sleep') return;
      return draft.add({ type: 'sleepEnd', nodeId: command.nodeId, op: command.op });
    case 'emit':
      return emit(draft, command, {
        type: 'agentEvent',
        nodeId: command.nodeId,
        event: command.event,
      });
    case 'thought':
      return emit(draft, command, {
        type: 'thoughtEvent',
        nodeId: command.nodeId,
        text: command.text,
      });
    case 'endNode':
      return settleNode(draft, {
        type: 'nodeEnd',
        nodeId: command.nodeId,
        outputs: command.outputs,
      });
    case 'failNode':
      return settleNode(draft, { type: 'nodeError', nodeId: command.nodeId, error: command.error });
  }
}

function start(draft: Draft): void {
  const { sessionId, graphId, mode, graph, runner } = draft.record;
  draft.add({
    ...{ type: 'graphStart', sessionId, graphId, mode, graph: outlineOf(graph) },
    ...(runner === 'server' ? {} : { runner }),
  });
  if (runner === 'server') advance(draft);
}

function answer(draft: Draft, command: Extract<Command, { type: 'answer' }>): void {
  const { interactionId, response } = command;
  const open = draft.state.prompts.get(interactionId);
  if (open === undefined) throw refusal(draft, interactionId);
  if (draft.readOnly) throw restraint(draft.state);
  const prompt = parsePrompt(open.suspendEvent);
  const fault = prompt === null ? null : misfit(prompt, response);
  if (prompt !== null && fault !== null) {
    const problems = problemsOf(prompt, response).map((problem) => ({ ...problem }));
    throw new AppError('invalid_answer', fault, { details: { problems } });
  }
  draft.add({ type: 'inputResolved', nodeId: open.nodeId, interactionId, response });
}

/** Why a prompt that is not open cannot be answered. */
function refusal({ journal, state }: Draft, interactionId: string): AppError {
  const closed = journal.closedPrompt(interactionId);
  if (closed === undefined) {
    return new AppError(
      'interaction_not_found',
      `Session '${state.sessionId}' has no interaction '${interactionId}'.`,
    );
  }
  if (closed.how === 'resolved') {
    const when = new Date(closed.time * 1000).toISOString();
    return new AppError('interaction_resolved', `This prompt was answered at ${when}.`, {
      details: { resolvedAt: closed.time },
    });
  }
  if (isFinal(state.status)) return finality(state);
  return new AppError('prompt_withdrawn', `This prompt was withdrawn: ${closed.reason ?? ''}.`, {
    details: { withdrawnAt: closed.time, reason: closed.reason },
  });
}

function cancel(draft: Draft): void {
  const { sessionId, status } = draft.state;
  if (isFinal(status)) throw finality(draft.state);
  if (draft.readOnly) throw restraint(draft.state);
  withdraw(draft, () => true, 'the run was cancelled');
  draft.add({ type: 'graphCancelled', sessionId });
}

function beginStep(draft: Draft, { nodeId, op, step }: Extract<Command, { type: 'beginStep' }>) {
  if (!draft.isRunning(nodeId)) return;
  const before = draft.open({ nodeId, op });
  const earlier = before?.kind === 'step' ? before : null;
  const wasCutShort = earlier !== null && earlier.retryAt === null;
  const attempt = (earlier?.attempt ?? 0) + 1;
  if (wasCutShort && earlier.cutShort + 1 >= MOST_CUT_SHORT) {
    withdraw(draft, (prompt) => prompt.nodeId === nodeId && prompt.op === op, 'its step failed');
    const { attempt: last } = earlier;
    // Perhaps what it was told to go on from is what ends the server each time.
    forget(draft, { nodeId, op, attempt: last }, [...draft.memory(nodeId).keys()]);
    draft.add({
      type: 'stepError',
      nodeId,
      op,
      step,
      attempt: last,
      error: `The step was cut short ${MOST_CUT_SHORT} times in a row.`,
      final: true,
    });
    return;
  }
  withdraw(
    draft,
    (prompt) => prompt.nodeId === nodeId && prompt.op === op,
    `its step runs again as attempt ${attempt}`,
  );
  draft.add({ type: 'stepStart', nodeId, op, step, attempt });
}

function endStep(
  draft: Draft,
  { nodeId, op, attempt, result, forget: names = [] }: Extract<Command, { type: 'endStep' }>,
) {
  const step = draft.runningStep({ nodeId, op, attempt });
  if (step === null) return;
  withdraw(draft, (prompt) => prompt.nodeId === nodeId && prompt.op === op, 'its step ended');
  forget(draft, { nodeId, op, attempt }, names);
  draft.add({
    type: 'stepEnd',
    nodeId,
    op,
    step: step.name,
    attempt,
    ...(result === undefined ? {} : { result }),
  });
}

function failStep(draft: Draft, command: Extract<Command, { type: 'failStep' }>): void {
  const { nodeId, op, attempt, error, retries, retryAfterMs = 0 } = command;
  const step = draft.runningStep(command);
  if (step === null) return;
  withdraw(draft, (prompt) => prompt.nodeId === nodeId && prompt.op === op, 'its step failed');
  forget(draft, { nodeId, op, attempt }, command.forget ?? []);
  const final = step.failures >= retries;
  const wait = Math.max(backOff(step.failures), retryAfterMs / 1000);
  draft.add({
    type: 'stepError',
    nodeId,
    op,
    step: step.name,
    attempt,
    error,
    final,
    ...(final ? {} : { retryAt: draft.now + wait }),
  });
}

function forget(draft: Draft, { nodeId, op, attempt }: StepRef, names: readonly string[]): void {
  for (const name of names) {
    if (!draft.memory(nodeId).has(name)) continue;
    draft.add({ type: 'memory', nodeId, op, attempt, name });
  }
}

/** Seconds to wait after the failure with this number, from 0: half a second, doubled up to 30. */
function backOff(failures: number): number {
  return Math.min(30, 0.5 * 2 ** Math.min(failures, 10));
}

function openPrompt(draft: Draft, command: Extract<Command, { type: 'openPrompt' }>): void {
  const { nodeId, op, attempt, interactionId, prompt, timeoutMs, fallback, idle } = command;
  if (!draft.isRunning(nodeId)) return;
  if (attempt !== null && draft.runningStep({ nodeId, op, attempt }) === null) return;
  const prepared = prepare(draft, command);
  if (prepared.fault !== null) {
    settleNode(draft, { type: 'nodeError', nodeId, error: prepared.fault });
    return;
  }
  draft.add({
    type: 'inputRequired',
    nodeId,
    op,
    interactionId,
    suspendEvent: toSuspendEvent(prompt),
    ...(timeoutMs === null ? {} : { expiresAt: draft.now + timeoutMs / 1000 }),
    ...(timeoutMs === null || fallback === undefined ? {} : { fallback }),
    ...(idle ? { idle } : {}),
  });
  const response = prepared.response ?? (draft.record.mode === 'headless' ? fallback : undefined);
  if (response !== undefined) {
    draft.add({ type: 'inputResolved', nodeId, interactionId, response });
  }
}

interface Prepared {
  /** The answer that the run has in advance; undefined when somebody must be asked. */
  readonly response: Json | undefined;
  /** Why the node fails instead of asking. */
  readonly fault: string | null;
}

/** What `inputs` and the run's mode make of a prompt before anybody sees it. */
function prepare(draft: Draft, command: Extract<Command, { type: 'openPrompt' }>): Prepared {
  const { nodeId, op, prompt, fallback } = command;
  const { mode, inputs, graph } = draft.record;
  const journal = draft.journal.node(nodeId);
  const isFirst = (journal.firstPromptOp ?? op) === op && (journal.promptsOf.get(op) ?? 0) === 0;
  if (isFirst && Object.hasOwn(inputs, nodeId)) {
    const response = responseFor(prompt, inputs[nodeId] ?? null);
    const fault = misfit(prompt, response);
    return fault === null
      ? { response, fault }
      : { response: undefined, fault: `The input given for this node does not fit: ${fault}` };
  }
  if (mode !== 'headless' || fallback !== undefined) return { response: undefined, fault: null };
  const configuration = graph.nodes.find((node) => node.id === nodeId)?.configuration;
  const needed =
    prompt.kind === 'inputNode'
      ? requiredProperties(prompt.payload.schema).length > 0
      : configuration?.['required'] !== false;
  return needed
    ? {
        response: undefined,
        fault: `This node needs an answer, and a headless run has nobody to ask: give it in 'inputs.${nodeId}'.`,
      }
    : { response: emptyResponse(prompt), fault: null };
}

function requiredProperties(schema: JsonObject | undefined): Json[] {
  const required = schema?.['required'];
  return Array.isArray(required) ? required : [];
}

function expire(draft: Draft, command: Extract<Command, { type: 'expire' }>): void {
  const { interactionId, fallback } = command;
  const open = draft.state.prompts.get(interactionId);
  if (open === undefined) return;
  const { nodeId } = open;
  draft.add(
    fallback === undefined
      ? { type: 'inputWithdrawn', nodeId, interactionId, reason: 'its time ran out' }
      : { type: 'inputResolved', nodeId, interactionId, response: fallback },
  );
}

/** What the server does for a program elsewhere when it is time. */
function timeUp(draft: Draft, silent: readonly string[]): void {
  for (const { interactionId, expiresAt, fallback } of [...draft.state.prompts.values()]) {
    if (expiresAt === null || !isDue(expiresAt, draft.now)) continue;
    expire(draft, { type: 'expire', interactionId, fallback });
  }
  for (const producerId of silent) {
    if (!draft.state.lost.has(producerId)) draft.add({ type: 'contactLost', producerId });
  }
}

function emit(
  draft: Draft,
  { nodeId, step }: Emission,
  body: Extract<EventBody, { type: 'agentEvent' | 'thoughtEvent' }>,
): void {
  if (!draft.isRunning(nodeId)) return;
  if (step === null) draft.add(body);
  else if (draft.runningStep({ nodeId, ...step }) !== null) draft.add({ ...body, ...step });
}

function settleNode(draft: Draft, body: Extract<EventBody, { type: 'nodeEnd' | 'nodeError' }>) {
  if (!draft.isRunning(body.nodeId)) return;
  withdraw(draft, (prompt) => prompt.nodeId === body.nodeId, 'its node ended');
  draft.add(body);
  advance(draft);
}

/** Starts or skips every node that is ready, until none is; then ends the run if all have settled. */
function advance(draft: Draft): void {
  for (let ready = readyNodes(draft.state); ready.length > 0; ready = readyNodes(draft.state)) {
    for (const { id } of ready) {
      const { missing } = gatherInputs(draft.record.graph, draft.state, id);
      draft.add(
        missing === null
          ? { type: 'nodeStart', nodeId: id }
          : { type: 'nodeSkipped', nodeId: id, reason: missing },
      );
    }
  }
  const { sessionId, nodes } = draft.state;
  const all = [...nodes.values()];
  if (!all.every(isSettled)) return;
  const failed = all.filter((node) => node.phase === 'failed');
  if (failed.length === 0) {
    const outputs = graphOutputs(draft.record.graph, draft.state);
    draft.add({ type: 'graphComplete', sessionId, outputs });
    return;
  }
  const error = failed.map((node) => `${node.id}: ${node.error ?? ''}`).join('; ');
  draft.add({ type: 'graphError', sessionId, error });
}

/** A session before its first event. */
export function unstarted(record: SessionRecord, journal: SessionJournal): Decidable {
  return { record, state: initialState, journal, readOnly: false };
}
