import { pino } from 'pino';
import type { SessionEvent } from '../../shared/event.ts';
import type { GraphDescriptor } from '../../shared/graph.ts';
import type { Json, JsonObject } from '../../shared/json.ts';
import { createEngine } from '../engine/create-engine.ts';
import { starting, untilLog } from '../engine/engine.testing.ts';
import type { NodeTypes } from '../engine/handler.ts';
import { openSqliteStore } from '../store/sqlite-store.ts';

/** How a run went. */
export interface Played {
  readonly log: SessionEvent[];
  /** Of a run that completed. */
  readonly outputs: JsonObject | null;
  /** Of a run that failed. */
  readonly error: string | null;
}

/**
 * Runs a graph to its end on an engine and a store of its own, answering each prompt as it comes
 * with the next answer of its node.
 */
export async function runGraph(
  nodeTypes: NodeTypes,
  graph: GraphDescriptor,
  answers: Record<string, Json[]> = {},
): Promise<Played> {
  const store = await openSqliteStore({ file: ':memory:' });
  const logger = pino({ level: 'silent' });
  const engine = createEngine({ store, nodeTypes, findGraph: async () => null, logger });
  try {
    const { sessionId } = await engine.start(starting({ graph }));
    const answered = new Set<string>();
    const log = await untilLog(store, sessionId, (events) => {
      for (const event of events) {
        if (event.type !== 'inputRequired' || answered.has(event.interactionId)) continue;
        answered.add(event.interactionId);
        const response = answers[event.nodeId]?.shift() ?? null;
        void engine.resume(sessionId, { interactionId: event.interactionId, response });
      }
      return /^graph(Complete|Error)$/.test(events.at(-1)?.type ?? '');
    });
    const last = log.at(-1);
    return {
      log,
      outputs: last?.type === 'graphComplete' ? last.outputs : null,
      error: last?.type === 'graphError' ? last.error : null,
    };
  } finally {
    await engine.close();
    await store.close();
  }
}
