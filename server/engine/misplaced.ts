import type { SessionEvent } from '../../shared/event.ts';
import {
  isSettled,
  readyNodes,
  type NodeState,
  type OpenOperation,
  type SessionState,
} from '../../shared/session-state.ts';
import { isFinal } from '../../shared/session.ts';

/**
 * Why `event` cannot stand in a log after what led to `state`; null when it can. `evolve` would take
 * it and make nothing of it.
 */
export function misplaced(state: SessionState, event: SessionEvent): string | null {
  const { lastIndex, time, status } = state;
  if (event.index !== lastIndex + 1) {
    return `its index is ${event.index}, and ${lastIndex + 1} comes next`;
  }
  if (event.time < time) return `its time, ${event.time}, is before that of the event before`;
  if (isFinal(status)) return `nothing follows the end of a session, which has ${status}`;
  if (event.type === 'graphStart') return lastIndex === -1 ? null : 'a log has one graphStart';
  if (lastIndex === -1) return 'a log begins with graphStart';
  switch (event.type) {
    case 'graphComplete':
    case 'graphError':
      return misplacedEnd(state, event.type);
    case 'graphCancelled':
      return null;
    case 'contactLost':
    case 'contactRegained':
      return state.runner === 'external' ? null : 'this server ran it, and no producer';
    default:
      return misplacedInNode(state, event);
  }
}

type GraphEnd = 'graphComplete' | 'graphError';
type NodeEvent = Extract<SessionEvent, { nodeId: string }>;

function misplacedEnd({ nodes, runner }: SessionState, type: GraphEnd): string | null {
  const all = [...nodes.values()];
  if (runner === 'external') {
    const started = all.find(({ phase }) => phase === 'started');
    const isOpen = type === 'graphComplete' && started !== undefined;
    return isOpen ? `node '${started.id}' has not ended` : null;
  }
  const open = all.find((node) => !isSettled(node));
  if (open !== undefined) return `node '${open.id}' has not ended`;
  const failed = all.find(({ phase }) => phase === 'failed');
  if (type === 'graphError') return failed === undefined ? 'no node has failed' : null;
  return failed === undefined ? null : `node '${failed.id}' has failed`;
}

function misplacedInNode(state: SessionState, event: NodeEvent): string | null {
  const { nodeId } = event;
  const node = state.nodes.get(nodeId);
  if (node === undefined && state.openEnded && event.type === 'nodeStart') return null;
  if (node === undefined) return `there is no node '${nodeId}' that could run`;
  if (event.type === 'nodeStart' || event.type === 'nodeSkipped') {
    if (node.phase !== 'pending') return `node '${nodeId}' has started before`;
    if (state.runner === 'external') return null;
    const isReady = readyNodes(state).some(({ id }) => id === nodeId);
    return isReady ? null : `node '${nodeId}' has to wait for others`;
  }
  if (node.phase !== 'started') return `node '${nodeId}' does not run`;
  return misplacedInRun(state, node, event);
}

type RunEvent = Exclude<NodeEvent, { type: 'nodeStart' | 'nodeSkipped' }>;

/** Of a node that has started and not ended. */
function misplacedInRun(state: SessionState, node: NodeState, event: RunEvent): string | null {
  switch (event.type) {
    case 'nodeEnd':
    case 'nodeError':
      return null;
    case 'stepStart': {
      const before = node.open.get(event.op);
      if (before?.kind === 'sleep') return `operation '${event.op}' is a sleep`;
      const next = (before?.attempt ?? 0) + 1;
      if (state.runner === 'external' && event.attempt >= next) return null;
      return event.attempt === next ? null : `the next attempt of '${event.op}' is ${next}`;
    }
    case 'stepEnd':
    case 'stepError':
    case 'memory':
      return isRunningStep(node.open.get(event.op), event.attempt)
        ? null
        : `attempt ${event.attempt} of '${event.op}' does not run`;
    case 'sleepStart':
      return node.open.has(event.op) ? `operation '${event.op}' has begun before` : null;
    case 'sleepEnd':
      return node.open.get(event.op)?.kind === 'sleep' ? null : `'${event.op}' does not sleep`;
    case 'inputRequired':
      return state.prompts.has(event.interactionId)
        ? `prompt '${event.interactionId}' is open already`
        : null;
    case 'inputResolved':
    case 'inputWithdrawn':
      return state.prompts.get(event.interactionId)?.nodeId === event.nodeId
        ? null
        : `node '${event.nodeId}' has no open prompt '${event.interactionId}'`;
    case 'agentEvent':
    case 'thoughtEvent':
      return event.op === undefined || isRunningStep(node.open.get(event.op), event.attempt)
        ? null
        : `attempt ${event.attempt ?? 0} of '${event.op}' does not run`;
  }
}

function isRunningStep(operation: OpenOperation | undefined, attempt: number | undefined): boolean {
  return operation?.kind === 'step' && operation.attempt === attempt && operation.retryAt === null;
}
