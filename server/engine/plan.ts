import { createHash } from 'node:crypto';
import { executedNodes, type GraphDescriptor } from '../../shared/graph.ts';
import type { Json, JsonObject } from '../../shared/json.ts';
import type { SessionState } from '../../shared/session-state.ts';
import { AppError } from '../errors.ts';

/**
 * Refuses a graph that cannot be run.
 * @throws AppError invalid_graph or unsupported_graph, naming the offender
 */
export function checkGraph(graph: GraphDescriptor, knows: (type: string) => boolean): void {
  checkEdges(graph);
  for (const { id, type } of graph.nodes) {
    if (type.startsWith('#')) {
      throw new AppError(
        'unsupported_graph',
        `Node '${id}' is a subgraph ('${type}'), which this version cannot run.`,
      );
    }
    if (!knows(type)) {
      throw new AppError('invalid_graph', `Node '${id}' has the unknown type '${type}'.`);
    }
  }
  if (executedNodes(graph).length === 0) {
    throw new AppError('invalid_graph', 'The graph has no node that could run.');
  }
  const cycle = findCycle(graph);
  if (cycle !== null) {
    throw new AppError(
      'unsupported_graph',
      `The graph has a cycle, which this version cannot run: ${cycle.join(' → ')}.`,
    );
  }
}

/**
 * Refuses answers in advance to nodes that are not there.
 * @throws AppError malformed_request, naming the node
 */
export function checkInputs(graph: GraphDescriptor, inputs: JsonObject): void {
  const ids = new Set(graph.nodes.map(({ id }) => id));
  const stranger = Object.keys(inputs).find((id) => !ids.has(id));
  if (stranger === undefined) return;
  throw new AppError(
    'malformed_request',
    `'inputs' names the node '${stranger}', which is not in the graph.`,
  );
}

/** The distinct types of the nodes that a run of this graph executes. */
export function nodeTypesOf(graph: GraphDescriptor): string[] {
  const executed = new Set(executedNodes(graph));
  return [...new Set(graph.nodes.filter(({ id }) => executed.has(id)).map(({ type }) => type))];
}

/**
 * Refuses a graph that cannot even be drawn: one with two nodes of one id, or an edge to none.
 * @throws AppError invalid_graph, naming the offender
 */
export function checkEdges(graph: GraphDescriptor): void {
  const ids = new Set<string>();
  for (const { id } of graph.nodes) {
    if (ids.has(id)) throw new AppError('invalid_graph', `Two nodes have the id '${id}'.`);
    ids.add(id);
  }
  for (const { from, to } of graph.edges) {
    for (const end of [from, to]) {
      if (ids.has(end)) continue;
      throw new AppError(
        'invalid_graph',
        `The edge from '${from}' to '${to}' names the node '${end}', which is not in the graph.`,
      );
    }
  }
}

/** The id of a graph that was sent without one: derived from its content. */
export function derivedGraphId(graph: GraphDescriptor): string {
  return `g-${createHash('sha256').update(canonicalJson(graph)).digest('hex').slice(0, 16)}`;
}

/** What a node that is ready gets from its edges, or why it cannot run. */
export type Gathered =
  | { readonly inputs: JsonObject; readonly missing: null }
  | { readonly inputs: null; readonly missing: string };

/**
 * Collects the values that the edges into a node bring, by port. A port that several edges enter
 * gets an array in edge order. To be asked only when all sources have settled.
 */
export function gatherInputs(
  graph: GraphDescriptor,
  state: SessionState,
  nodeId: string,
): Gathered {
  const ports = new Map<
    string,
    { values: Json[]; edges: number; optional: boolean; lack: string }
  >();
  const portOf = (name: string) => {
    const port = ports.get(name) ?? { values: [], edges: 0, optional: true, lack: '' };
    ports.set(name, port);
    return port;
  };
  for (const edge of graph.edges) {
    if (edge.to !== nodeId) continue;
    const source = state.nodes.get(edge.from);
    const outputs = source?.phase === 'ended' ? (source.outputs ?? {}) : null;
    for (const [name, value] of carried(edge, outputs)) {
      const port = portOf(name);
      port.edges += 1;
      port.optional &&= edge.optional ?? false;
      if (value !== undefined) port.values.push(value);
      else port.lack ||= `node '${edge.from}' ${lackOf(source?.phase, edge.out ?? 'output')}`;
    }
  }
  for (const [name, port] of ports) {
    if (port.values.length === 0 && !port.optional) {
      return { inputs: null, missing: `port '${name}' got no value: ${port.lack}` };
    }
  }
  const filled = [...ports].filter(([, port]) => port.values.length > 0);
  const inputs = filled.map(([name, port]): [string, Json] => [
    name,
    port.edges > 1 ? port.values : (port.values[0] ?? null),
  ]);
  return { inputs: Object.fromEntries(inputs), missing: null };
}

/** The outputs of the ended nodes that no edge leaves, by node id: what a finished run returns. */
export function graphOutputs(graph: GraphDescriptor, state: SessionState): JsonObject {
  const sources = new Set(graph.edges.map((edge) => edge.from));
  const ends = [...state.nodes.values()].filter(
    (node) => node.phase === 'ended' && !sources.has(node.id),
  );
  return Object.fromEntries(ends.map((node) => [node.id, node.outputs ?? {}]));
}

/** JSON with the members of every object in the order of their names: equal values, equal text. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, member: unknown) =>
    typeof member === 'object' && member !== null && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)))
      : member,
  );
}

/** The ports that an edge fills, each with its value, or undefined where there is none. */
function carried(
  edge: GraphDescriptor['edges'][number],
  outputs: JsonObject | null,
): [string, Json | undefined][] {
  const out = edge.out ?? 'output';
  const target = edge.in ?? 'input';
  if (out !== '*') {
    return [[target, outputs !== null && Object.hasOwn(outputs, out) ? outputs[out] : undefined]];
  }
  if (outputs === null) return [[target === '*' ? 'input' : target, undefined]];
  if (edge.in !== undefined && edge.in !== '*') return [[target, outputs]];
  return Object.entries(Object.hasOwn(outputs, 'input') ? outputs : { ...outputs, input: outputs });
}

function lackOf(phase: string | undefined, out: string): string {
  if (phase === 'failed') return 'failed';
  return phase === 'skipped' ? 'was skipped' : `has no output '${out}'`;
}

/** The ids along a cycle, its first repeated at the end; null when there is none. */
function findCycle(graph: GraphDescriptor): string[] | null {
  const targets = new Map<string, string[]>();
  for (const { from, to } of graph.edges) targets.set(from, [...(targets.get(from) ?? []), to]);
  const done = new Set<string>();
  for (const { id } of graph.nodes) {
    // An explicit stack: a graph may be deeper than the call stack.
    const path = new Set<string>();
    const stack = [{ id, next: 0 }];
    while (stack.length > 0) {
      const top = stack.at(-1);
      if (top === undefined) break;
      if (top.next === 0) {
        if (done.has(top.id)) {
          stack.pop();
          continue;
        }
        if (path.has(top.id)) return [...path].slice([...path].indexOf(top.id)).concat(top.id);
        path.add(top.id);
      }
      const target = targets.get(top.id)?.[top.next];
      top.next += 1;
      if (target !== undefined) stack.push({ id: target, next: 0 });
      else {
        done.add(top.id);
        path.delete(top.id);
        stack.pop();
      }
    }
  }
  return null;
}
