// Longer than most: what each event does to the state of a session, one beside the other.
import type { EventOf, RunMode, Runner, SessionEvent } from './event.ts';
import { executedNodes, type GraphOutline } from './graph.ts';
import type { Json, JsonObject } from './json.ts';
import { kindOf, type SuspendEvent } from './prompt.ts';
import { isFinal, type OpenPrompt, type SessionStatus, type Turn } from './session.ts';

/** How far a node has come. The last three are settled: nothing more happens in the node. */
export type NodePhase = 'pending' | 'started' | 'ended' | 'failed' | 'skipped';

/** A step or a sleep that has begun and not ended. */
export type OpenOperation =
  | {
      readonly kind: 'step';
      readonly name: string;
      /** The attempt that runs or ran last; counts from 1. */
      readonly attempt: number;
      /** When the next attempt is due, between a failed attempt and the next; else null. */
      readonly retryAt: number | null;
      /** How many attempts in a row, before this one, were neither ended nor failed. */
      readonly cutShort: number;
      /** How many attempts have failed. */
      readonly failures: number;
    }
  | { readonly kind: 'sleep'; readonly until: number };

export interface NodeState {
  readonly id: string;
  readonly phase: NodePhase;
  /** The step and sleep operations that are open, by `op`. */
  readonly open: ReadonlyMap<string, OpenOperation>;
  /** What its steps remember for each other, by name; absent while that is nothing. */
  readonly memory?: ReadonlyMap<string, Json>;
  /** Of an ended node. */
  readonly outputs?: JsonObject;
  /** Of a failed node. */
  readonly error?: string;
}

/** A prompt that has neither been answered nor withdrawn. */
export interface PromptState {
  readonly interactionId: string;
  readonly nodeId: string;
  /** The operation that waits: the prompt's own or, for a prompt of a step, the step's. */
  readonly op: string;
  readonly suspendEvent: SuspendEvent | undefined;
  readonly expiresAt: number | null;
  /** The response that is given at `expiresAt`; undefined: it is withdrawn then. */
  readonly fallback: Json | undefined;
  readonly idle: boolean;
}

/** What a session's log means so far. Holds what is open, never the history. */
export interface SessionState {
  readonly sessionId: string;
  readonly graphId: string;
  readonly mode: RunMode;
  readonly runner: Runner;
  /** As it was started with, and the nodes that appeared since. */
  readonly graph: GraphOutline;
  /** Whether nodes may start that no graph has told of: in an external session without a graph. */
  readonly openEnded: boolean;
  readonly status: SessionStatus;
  /** The index of the last event; −1 before the first. */
  readonly lastIndex: number;
  /** The time of the last event, in Unix seconds. */
  readonly time: number;
  /** The executed nodes, in the graph's order; then those that appeared as they started. */
  readonly nodes: ReadonlyMap<string, NodeState>;
  readonly prompts: ReadonlyMap<string, PromptState>;
  /** The producers that contact is lost with, and since when (Unix seconds). */
  readonly lost: ReadonlyMap<string, number>;
  readonly turn: Turn;
  /** Of a failed session. */
  readonly error: string | null;
}

/** The state before the first event. */
export const initialState: SessionState = {
  sessionId: '',
  graphId: '',
  mode: 'interactive',
  runner: 'server',
  graph: { nodes: [], edges: [] },
  openEnded: false,
  status: 'running',
  lastIndex: -1,
  time: 0,
  nodes: new Map(),
  prompts: new Map(),
  lost: new Map(),
  turn: { id: 0, prompt: null, startedAt: 0 },
  error: null,
};

/**
 * The state after `event`. Pure and total: an event that makes no sense here moves the index and the
 * time and nothing else. Skipping `agentEvent` and `thoughtEvent` gives the same state but for those
 * two.
 */
export function evolve(state: SessionState, event: SessionEvent): SessionState {
  const seen = { ...state, lastIndex: event.index, time: event.time };
  if (event.type === 'agentEvent' || event.type === 'thoughtEvent' || isFinal(state.status)) {
    return seen;
  }
  const next = apply(seen, event);
  return next === seen || isFinal(next.status) ? next : { ...next, status: restingStatus(next) };
}

/** Whether nothing more can happen in a node. */
export function isSettled(node: NodeState): boolean {
  return node.phase === 'ended' || node.phase === 'failed' || node.phase === 'skipped';
}

/**
 * The pending nodes whose sources have all settled: each is to be started or skipped now. None in an
 * external session, whose program alone knows what comes next.
 */
export function readyNodes(state: SessionState): NodeState[] {
  if (state.runner === 'external') return [];
  const blocked = new Set<string>();
  for (const { from, to } of state.graph.edges) {
    const source = state.nodes.get(from);
    if (source !== undefined && !isSettled(source)) blocked.add(to);
  }
  return [...state.nodes.values()].filter(
    (node) => node.phase === 'pending' && !blocked.has(node.id),
  );
}

/** Since when contact is lost with some producer of the session (Unix seconds); null: it is not. */
export function lostContactAt({ lost }: SessionState): number | null {
  return lost.size === 0 ? null : Math.min(...lost.values());
}

/** What a node is doing, for those who look on. */
export type NodeActivity = NodePhase | 'waiting' | 'sleeping';

/**
 * A started node waits while it has an open prompt and no open step (a step with an open prompt of
 * its own does not count), and sleeps while only sleeps are open.
 */
export function activityOf(state: SessionState, node: NodeState): NodeActivity {
  if (node.phase !== 'started') return node.phase;
  const prompting = new Set<string>();
  for (const prompt of state.prompts.values()) {
    if (prompt.nodeId === node.id) prompting.add(prompt.op);
  }
  let sleeps = 0;
  for (const [op, operation] of node.open) {
    if (operation.kind === 'sleep') sleeps += 1;
    else if (!prompting.has(op)) return 'started';
  }
  if (prompting.size > 0) return 'waiting';
  return sleeps > 0 ? 'sleeping' : 'started';
}

/**
 * Whether code of this server has to run for the session to move on: a node is ready or computing, the end is not
 * yet written, or a step is open (its prompts live only as long as its code). A session for which
 * this is false needs nothing but an answer or a timer.
 */
export function needsRunner(state: SessionState): boolean {
  if (isFinal(state.status) || state.runner === 'external') return false;
  const nodes = [...state.nodes.values()];
  return (
    nodes.every(isSettled) ||
    readyNodes(state).length > 0 ||
    nodes.some(
      (node) =>
        activityOf(state, node) === 'started' ||
        [...node.open.values()].some((operation) => operation.kind === 'step'),
    )
  );
}

/**
 * When the earliest timer of the session is due (Unix seconds): a sleep, a deadline, a retry. Sleeps
 * and retries of an external session are its program's.
 */
export function nextWakeAt(state: SessionState): number | null {
  if (isFinal(state.status)) return null;
  const times: number[] = [];
  for (const prompt of state.prompts.values()) {
    if (prompt.expiresAt !== null) times.push(prompt.expiresAt);
  }
  for (const node of state.runner === 'external' ? [] : state.nodes.values()) {
    for (const operation of node.open.values()) {
      const at = operation.kind === 'sleep' ? operation.until : operation.retryAt;
      if (at !== null) times.push(at);
    }
  }
  return times.length === 0 ? null : times.reduce((a, b) => Math.min(a, b));
}

/** The open prompts as a status tells of them, in the order in which they were opened. */
export function openPrompts(state: SessionState): OpenPrompt[] {
  return [...state.prompts.values()].map(({ interactionId, nodeId, suspendEvent, idle }) => {
    const kind = kindOf(suspendEvent);
    return {
      interactionId,
      nodeId,
      kind,
      prompt: suspendEvent?.[kind] ?? null,
      ...(idle ? { idle } : {}),
    };
  });
}

/** How many open prompts keep a person waiting. */
export function openPromptCount(state: SessionState): number {
  let count = 0;
  for (const prompt of state.prompts.values()) if (!prompt.idle) count += 1;
  return count;
}

type JournalledEvent = Exclude<SessionEvent, { type: 'agentEvent' | 'thoughtEvent' }>;

function apply(state: SessionState, event: JournalledEvent): SessionState {
  switch (event.type) {
    case 'graphStart':
      return start(state, event);
    case 'nodeStart':
      return inNode(appear(state, event), event.nodeId, (node) =>
        node.phase === 'pending' ? { ...node, phase: 'started' } : node,
      );
    case 'nodeEnd':
      return settle(state, event.nodeId, { phase: 'ended', outputs: event.outputs });
    case 'nodeError':
      return settle(state, event.nodeId, { phase: 'failed', error: event.error });
    case 'nodeSkipped':
      return settle(state, event.nodeId, { phase: 'skipped' });
    case 'stepStart':
      return inNode(state, event.nodeId, (node) => beginAttempt(node, event));
    case 'stepEnd':
      return closeOperation(state, event.nodeId, event.op);
    case 'stepError':
      if (event.final) return closeOperation(state, event.nodeId, event.op);
      return inNode(state, event.nodeId, (node) => failAttempt(node, event));
    case 'sleepStart':
      return inNode(state, event.nodeId, (node) =>
        withOpen(node, event.op, { kind: 'sleep', until: event.until }),
      );
    case 'sleepEnd':
      return closeOperation(state, event.nodeId, event.op);
    case 'memory':
      return inNode(state, event.nodeId, (node) => withMemory(node, event));
    case 'inputRequired':
      return openPromptOf(state, event);
    case 'inputResolved': {
      if (!state.prompts.has(event.interactionId)) return state;
      const closed = closePrompt(state, event.interactionId);
      return state.status === 'suspended' ? beginTurn(closed, event.response) : closed;
    }
    case 'inputWithdrawn':
      return closePrompt(state, event.interactionId);
    case 'contactLost':
      return { ...state, lost: new Map(state.lost).set(event.producerId, event.time) };
    case 'contactRegained': {
      const lost = new Map(state.lost);
      lost.delete(event.producerId);
      return { ...state, lost };
    }
    case 'graphComplete':
      return end(state, 'completed');
    case 'graphError':
      return { ...end(state, 'failed'), error: event.error };
    case 'graphCancelled':
      return end(state, 'cancelled');
    default:
      return state;
  }
}

function start(state: SessionState, event: EventOf<'graphStart'>): SessionState {
  // The first event alone: an external session may start without nodes.
  if (state.sessionId !== '') return state;
  const { graph, runner = 'server' } = event;
  const ids = runner === 'external' ? graph.nodes.map(({ id }) => id) : executedNodes(graph);
  const nodes = ids.map((id): [string, NodeState] => [
    id,
    { id, phase: 'pending', open: new Map() },
  ]);
  return beginTurn(
    {
      ...state,
      sessionId: event.sessionId,
      graphId: event.graphId,
      mode: event.mode,
      runner,
      graph,
      openEnded: runner === 'external' && graph.nodes.length === 0,
      nodes: new Map(nodes),
    },
    null,
  );
}

function beginTurn(state: SessionState, prompt: Json): SessionState {
  return { ...state, turn: { id: state.lastIndex, prompt, startedAt: state.time } };
}

function end(state: SessionState, status: SessionStatus): SessionState {
  return { ...state, status, prompts: new Map(), lost: new Map() };
}

/** In an open-ended session a node appears as it starts. */
function appear(state: SessionState, { nodeId, title }: EventOf<'nodeStart'>): SessionState {
  if (!state.openEnded || state.nodes.has(nodeId)) return state;
  const outline = { id: nodeId, type: '', ...(title === undefined ? {} : { title }) };
  const node: NodeState = { id: nodeId, phase: 'pending', open: new Map() };
  return {
    ...state,
    graph: { ...state.graph, nodes: [...state.graph.nodes, outline] },
    nodes: new Map(state.nodes).set(nodeId, node),
  };
}

function inNode(
  state: SessionState,
  nodeId: string,
  change: (node: NodeState) => NodeState,
): SessionState {
  const node = state.nodes.get(nodeId);
  if (node === undefined || isSettled(node)) return state;
  const changed = change(node);
  return changed === node ? state : { ...state, nodes: new Map(state.nodes).set(nodeId, changed) };
}

function settle(
  state: SessionState,
  nodeId: string,
  outcome: Pick<NodeState, 'phase' | 'outputs' | 'error'>,
): SessionState {
  const settled = inNode(state, nodeId, ({ memory: _, ...node }) => ({
    ...node,
    ...outcome,
    open: new Map(),
  }));
  if (settled === state) return state;
  const prompts = [...state.prompts].filter(([, prompt]) => prompt.nodeId !== nodeId);
  return { ...settled, prompts: new Map(prompts) };
}

function withOpen(node: NodeState, op: string, operation: OpenOperation): NodeState {
  return { ...node, open: new Map(node.open).set(op, operation) };
}

function beginAttempt(node: NodeState, event: EventOf<'stepStart'>): NodeState {
  const before = node.open.get(event.op);
  const earlier = before?.kind === 'step' ? before : null;
  return withOpen(node, event.op, {
    kind: 'step',
    name: event.step,
    attempt: event.attempt,
    retryAt: null,
    cutShort: earlier !== null && earlier.retryAt === null ? earlier.cutShort + 1 : 0,
    failures: earlier?.failures ?? 0,
  });
}

function failAttempt(node: NodeState, event: EventOf<'stepError'>): NodeState {
  const step = node.open.get(event.op);
  if (step?.kind !== 'step') return node;
  return withOpen(node, event.op, {
    ...step,
    retryAt: event.retryAt ?? event.time,
    failures: step.failures + 1,
  });
}

function withMemory(node: NodeState, { name, value }: EventOf<'memory'>): NodeState {
  const memory = new Map(node.memory);
  if (value === undefined) memory.delete(name);
  else memory.set(name, value);
  return { ...node, memory };
}

function closeOperation(state: SessionState, nodeId: string, op: string): SessionState {
  return inNode(state, nodeId, (node) => {
    if (!node.open.has(op)) return node;
    const open = new Map(node.open);
    open.delete(op);
    return { ...node, open };
  });
}

function openPromptOf(state: SessionState, event: EventOf<'inputRequired'>): SessionState {
  const node = state.nodes.get(event.nodeId);
  if (node === undefined || isSettled(node)) return state;
  return {
    ...state,
    prompts: new Map(state.prompts).set(event.interactionId, {
      interactionId: event.interactionId,
      nodeId: event.nodeId,
      op: event.op,
      suspendEvent: event.suspendEvent,
      expiresAt: event.expiresAt ?? null,
      fallback: event.fallback,
      idle: event.idle ?? false,
    }),
  };
}

function closePrompt(state: SessionState, interactionId: string): SessionState {
  if (!state.prompts.has(interactionId)) return state;
  const prompts = new Map(state.prompts);
  prompts.delete(interactionId);
  return { ...state, prompts };
}

/** The status of a session that has not ended. */
function restingStatus(state: SessionState): SessionStatus {
  if (readyNodes(state).length > 0) return 'running';
  for (const node of state.nodes.values()) {
    if (activityOf(state, node) === 'started') return 'running';
  }
  return state.prompts.size > 0 ? 'suspended' : 'running';
}
