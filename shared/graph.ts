import { z } from 'zod/mini';
import { jsonObject, json } from './json.ts';

/** One node of a graph: a step of the run, done by the handler of its `type`. */
export const graphNode = z.object({
  id: z.string().check(z.minLength(1), z.maxLength(200)),
  type: z.string().check(z.minLength(1), z.maxLength(200)),
  configuration: z.optional(jsonObject),
  metadata: z.optional(z.looseObject({ title: z.optional(z.string()) })),
});

/**
 * An edge carries the value of port `out` of node `from` to port `in` of node `to`. `out` is
 * `output` unless given, and `*` for every port; `in` is `input` unless given.
 */
const graphEdge = z.object({
  from: z.string(),
  to: z.string(),
  out: z.optional(z.string()),
  in: z.optional(z.string()),
  optional: z.optional(z.boolean()),
  constant: z.optional(z.boolean()),
});

/** A graph as it is written in a file or sent with a start. */
export const graphDescriptor = z.looseObject({
  title: z.optional(z.string().check(z.maxLength(300))),
  description: z.optional(z.string()),
  nodes: z.array(graphNode),
  edges: z._default(z.array(graphEdge), []),
  graphs: z.optional(z.record(z.string(), json)),
  assets: z.optional(z.record(z.string(), json)),
});

/** The part of a graph that `graphStart` carries: enough to draw it and to derive a status. */
export const graphOutline = z.object({
  title: z.optional(z.string()),
  nodes: z.array(z.object({ id: z.string(), type: z.string(), title: z.optional(z.string()) })),
  edges: z.array(graphEdge),
});

export type GraphNode = z.infer<typeof graphNode>;
export type GraphDescriptor = z.infer<typeof graphDescriptor>;
export type GraphOutline = z.infer<typeof graphOutline>;

/**
 * A graph as a person writes it in code: what has a default may be left out. It is held to
 * `graphDescriptor` where it is used.
 */
export interface GraphSource {
  readonly title?: string;
  readonly description?: string;
  readonly nodes: readonly {
    readonly id: string;
    readonly type: string;
    readonly configuration?: object;
    readonly metadata?: { readonly title?: string; readonly [member: string]: unknown };
  }[];
  readonly edges?: readonly z.infer<typeof graphEdge>[];
  readonly graphs?: object;
  readonly assets?: object;
}

/**
 * The ids of the nodes that this server executes in a run of this graph, in the graph's order: the
 * nodes that some edge touches or, when there is no edge at all, the first node alone.
 */
export function executedNodes(graph: {
  nodes: readonly { id: string }[];
  edges: readonly { from: string; to: string }[];
}): string[] {
  if (graph.edges.length === 0) return graph.nodes.slice(0, 1).map((node) => node.id);
  const touched = new Set(graph.edges.flatMap((edge) => [edge.from, edge.to]));
  return graph.nodes.filter((node) => touched.has(node.id)).map((node) => node.id);
}

/** What `graphStart` tells of a graph. */
export function outlineOf(graph: GraphDescriptor): GraphOutline {
  return {
    ...(graph.title === undefined ? {} : { title: graph.title }),
    nodes: graph.nodes.map(({ id, type, metadata }) => ({
      id,
      type,
      ...(metadata?.title === undefined ? {} : { title: metadata.title }),
    })),
    edges: graph.edges,
  };
}
