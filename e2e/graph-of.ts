import type { GraphDescriptor } from '../shared/graph.ts';
import type { Json } from '../shared/json.ts';

/**
 * A graph of the nodes `{id: [type, configuration]}`, with edges written `from -> to`, a port behind
 * a dot where it is not the default: `form.name -> greeting.name`.
 */
export function graphOf(
  title: string,
  nodes: Record<string, readonly [type: string, configuration?: Record<string, Json>]>,
  edges: readonly string[] = [],
): GraphDescriptor {
  return {
    title,
    nodes: Object.entries(nodes).map(([id, [type, configuration]]) => ({
      id,
      type,
      ...(configuration === undefined ? {} : { configuration }),
      metadata: { title: id },
    })),
    edges: edges.map((edge) => {
      const [[from = '', out] = [], [to = '', into] = []] = edge
        .split(' -> ')
        .map((end) => end.split('.'));
      return {
        ...{ from, to },
        ...(out === undefined ? {} : { out }),
        ...(into === undefined ? {} : { in: into }),
      };
    }),
  };
}
