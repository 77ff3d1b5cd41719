import { describe, expect, it } from 'vitest';
import type { GraphDescriptor } from '../../shared/graph.ts';
import type { JsonObject } from '../../shared/json.ts';
import { initialState, type NodeState, type SessionState } from '../../shared/session-state.ts';
import { AppError } from '../errors.ts';
import { canonicalJson, checkGraph, derivedGraphId, gatherInputs, graphOutputs } from './plan.ts';

type GraphEdge = GraphDescriptor['edges'][number];

function graphOf(ids: string, edges: GraphEdge[]): GraphDescriptor {
  return { nodes: Array.from(ids).map((id) => ({ id, type: 't' })), edges };
}

const arrows = (...pairs: string[]): GraphEdge[] =>
  pairs.map((pair) => ({ from: pair.charAt(0), to: pair.charAt(1) }));

function refusalOf(graph: GraphDescriptor): { code: string; message: string } | null {
  try {
    checkGraph(graph, (type) => type === 't' || type === '#known');
    return null;
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return { code: error.code, message: error.message };
  }
}

describe('a graph is refused', () => {
  it('when it has no node', () => {
    expect(refusalOf(graphOf('', []))).toEqual({
      code: 'invalid_graph',
      message: 'The graph has no node that could run.',
    });
  });

  it('when two nodes have one id', () => {
    expect(refusalOf(graphOf('aba', arrows('ab')))).toEqual({
      code: 'invalid_graph',
      message: "Two nodes have the id 'a'.",
    });
  });

  it('when a node has a type that is not known, also one that would not run', () => {
    const graph = { nodes: [...graphOf('ab', []).nodes, { id: 'z', type: 'odd' }] };
    expect(refusalOf({ ...graph, edges: arrows('ab') })).toEqual({
      code: 'invalid_graph',
      message: "Node 'z' has the unknown type 'odd'.",
    });
  });

  it('when a node is a subgraph', () => {
    expect(refusalOf({ nodes: [{ id: 'a', type: '#known' }], edges: [] })).toEqual({
      code: 'unsupported_graph',
      message: "Node 'a' is a subgraph ('#known'), which this version cannot run.",
    });
  });

  it.each(['az', 'za'])('when the edge %s leads to or from nowhere', (pair) => {
    expect(refusalOf(graphOf('ab', arrows('ab', pair)))).toEqual({
      code: 'invalid_graph',
      message: `The edge from '${pair.charAt(0)}' to '${pair.charAt(1)}' names the node 'z', which is not in the graph.`,
    });
  });

  it.each([
    ['aa', 'a → a'],
    ['ab ba', 'a → b → a'],
    ['ab bc cd db', 'b → c → d → b'],
    ['ab ac cd dc', 'c → d → c'],
  ])('when it has a cycle: %s', (pairs, cycle) => {
    expect(refusalOf(graphOf('abcd', arrows(...pairs.split(' '))))).toEqual({
      code: 'unsupported_graph',
      message: `The graph has a cycle, which this version cannot run: ${cycle}.`,
    });
  });

  it('not for branches that meet, several edges between two nodes, or great depth', () => {
    expect(refusalOf(graphOf('abcd', arrows('ab', 'ac', 'bd', 'cd')))).toBe(null);
    expect(refusalOf(graphOf('ab', arrows('ab', 'ab')))).toBe(null);
    const nodes = Array.from({ length: 20_000 }, (_, i) => ({ id: `n${i}`, type: 't' }));
    const edges = nodes.slice(1).map(({ id }, i) => ({ from: `n${i}`, to: id }));
    expect(refusalOf({ nodes, edges })).toBe(null);
  });
});

describe('the inputs of a node', () => {
  const settled: Record<string, Omit<NodeState, 'id' | 'open'>> = {
    a: { phase: 'ended', outputs: { output: 'A', extra: [1] } },
    b: { phase: 'ended', outputs: { output: 'B' } },
    f: { phase: 'failed', error: 'no' },
    s: { phase: 'skipped' },
    e: { phase: 'ended', outputs: {} },
    i: { phase: 'ended', outputs: { input: { x: 1 }, x: 1 } },
  };
  const state: SessionState = {
    ...initialState,
    nodes: new Map(
      Object.entries(settled).map(([id, rest]) => [id, { id, open: new Map(), ...rest }]),
    ),
  };
  const gather = (...edges: (Omit<GraphEdge, 'to'> & { to?: string })[]) =>
    gatherInputs(
      graphOf(
        'abfsein',
        edges.map((edge) => ({ to: 'n', ...edge })),
      ),
      state,
      'n',
    );
  const given = (inputs: JsonObject) => ({ inputs, missing: null });
  const lacking = (missing: string) => ({ inputs: null, missing });

  it('are none when no edge leads to it', () => {
    expect(gather({ from: 'a', to: 'b' })).toEqual(given({}));
  });

  it("are the value of 'output' at 'input' unless the edge says otherwise", () => {
    expect(gather({ from: 'a' })).toEqual(given({ input: 'A' }));
    expect(gather({ from: 'a', out: 'extra', in: 'in' })).toEqual(given({ in: [1] }));
  });

  it('are an array in edge order where several edges enter one port', () => {
    expect(gather({ from: 'b' }, { from: 'a' })).toEqual(given({ input: ['B', 'A'] }));
  });

  it('are an array also when only one of several edges brings a value', () => {
    expect(gather({ from: 'a' }, { from: 'f' })).toEqual(given({ input: ['A'] }));
  });

  it.each([
    ['f', "node 'f' failed"],
    ['s', "node 's' was skipped"],
    ['e', "node 'e' has no output 'output'"],
  ])('are missing when the only edge into a port comes from %s', (from, why) => {
    expect(gather({ from })).toEqual(lacking(`port 'input' got no value: ${why}`));
    expect(gather({ from: 'a', in: 'x' }, { from })).toEqual(
      lacking(`port 'input' got no value: ${why}`),
    );
  });

  it('are what the rest brings where a port is optional', () => {
    expect(gather({ from: 'f', optional: true })).toEqual(given({}));
    expect(gather({ from: 'f', optional: true }, { from: 'a', in: 'x' })).toEqual(
      given({ x: 'A' }),
    );
  });

  it('are missing when one of the edges into an empty port is not optional', () => {
    expect(gather({ from: 'f', optional: true }, { from: 's' })).toEqual(
      lacking("port 'input' got no value: node 'f' failed"),
    );
  });

  it('take nothing from the prototype of the outputs', () => {
    expect(gather({ from: 'a', out: 'toString' })).toEqual(
      lacking("port 'input' got no value: node 'a' has no output 'toString'"),
    );
  });

  it('are every port of the source, and all of it as input, by an edge of all ports', () => {
    expect(gather({ from: 'a', out: '*' })).toEqual(
      given({ output: 'A', extra: [1], input: { output: 'A', extra: [1] } }),
    );
    expect(gather({ from: 'i', out: '*' })).toEqual(given({ input: { x: 1 }, x: 1 }));
  });

  it('are all ports of the source as one object, by an edge of all ports into one', () => {
    expect(gather({ from: 'a', out: '*', in: 'all' })).toEqual(
      given({ all: { output: 'A', extra: [1] } }),
    );
  });

  it('are missing by an edge of all ports from a node that failed', () => {
    expect(gather({ from: 'f', out: '*' })).toEqual(
      lacking("port 'input' got no value: node 'f' failed"),
    );
    expect(gather({ from: 'f', out: '*', in: 'all' })).toEqual(
      lacking("port 'all' got no value: node 'f' failed"),
    );
  });

  it('share a port between an edge of all ports and another', () => {
    expect(gather({ from: 'a', out: '*', in: '*' }, { from: 'b', in: 'extra' })).toEqual(
      given({ output: 'A', extra: [[1], 'B'], input: { output: 'A', extra: [1] } }),
    );
  });
});

describe('the outputs of a run', () => {
  it('are those of the ended nodes that no edge leaves', () => {
    const nodes = new Map<string, NodeState>([
      ['a', { id: 'a', phase: 'ended', open: new Map(), outputs: { output: 1 } }],
      ['b', { id: 'b', phase: 'ended', open: new Map(), outputs: { output: 2 } }],
      ['c', { id: 'c', phase: 'skipped', open: new Map() }],
    ]);
    const graph = graphOf('abc', arrows('ab', 'ac'));
    expect(graphOutputs(graph, { ...initialState, nodes })).toEqual({ b: { output: 2 } });
  });
});

describe('the id derived from a graph', () => {
  it('is the same whatever the order of members, and another for another graph', () => {
    const graph = graphOf('ab', arrows('ab'));
    const turned: GraphDescriptor = {
      edges: [{ to: 'b', from: 'a' }],
      nodes: [
        { type: 't', id: 'a' },
        { type: 't', id: 'b' },
      ],
    };
    expect(derivedGraphId(turned)).toBe(derivedGraphId(graph));
    expect(derivedGraphId(graph)).toMatch(/^g-[0-9a-f]{16}$/);
    expect(derivedGraphId({ ...graph, title: 'x' })).not.toBe(derivedGraphId(graph));
    const swapped = { ...graph, nodes: [...graph.nodes].reverse() };
    expect(derivedGraphId(swapped)).not.toBe(derivedGraphId(graph));
  });

  it('comes of JSON whose members are in order at any depth', () => {
    expect(canonicalJson({ b: [{ d: 1, c: null }], a: { f: 'x', e: 2 } })).toBe(
      '{"a":{"e":2,"f":"x"},"b":[{"c":null,"d":1}]}',
    );
  });
});
