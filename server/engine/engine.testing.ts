import { pino } from 'pino';
import { startRequest } from '../../shared/api.ts';
import type { SessionEvent } from '../../shared/event.ts';
import type { GraphDescriptor } from '../../shared/graph.ts';
import type { Store } from '../store/store.ts';
import { createEngine, type EngineOptions } from './create-engine.ts';
import type { NodeHandler } from './handler.ts';

/** A graph of one node of type `test`. */
export const oneNode: GraphDescriptor = { nodes: [{ id: 'n', type: 'test' }], edges: [] };

/** An engine over `store` whose nodes of type `test` are run by `handler`. */
export function engineWith(
  store: Store,
  handler: NodeHandler,
  options: Partial<EngineOptions> = {},
) {
  return createEngine({
    store,
    nodeTypes: { test: handler },
    findGraph: async () => null,
    logger: pino({ level: 'silent' }),
    ...options,
  });
}

/** A start request with the defaults of the wire filled in. */
export function starting(request: Record<string, unknown>) {
  return startRequest.parse(request);
}

/** The whole log of a session, parsed. */
export async function logOf(store: Store, sessionId: string): Promise<SessionEvent[]> {
  const events: SessionEvent[] = [];
  for (;;) {
    const page = await store.events(sessionId, events.length - 1, { events: 1000, bytes: 1e6 });
    if (page === null || page.events.length === 0) return events;
    events.push(...page.events.map((event) => JSON.parse(event.json) as SessionEvent));
  }
}

/** Resolves with the log once `done` holds for it; looks again after each commit. */
export function untilLog(
  store: Store,
  sessionId: string,
  done: (log: SessionEvent[]) => boolean,
): Promise<SessionEvent[]> {
  return new Promise((resolve, reject) => {
    const look = () => {
      logOf(store, sessionId).then((log) => {
        if (!done(log)) return;
        stop();
        resolve(log);
      }, reject);
    };
    const stop = store.onCommit(look);
    look();
  });
}

/** Whether a log has an event of this type. */
export const has = (type: SessionEvent['type']) => (log: SessionEvent[]) =>
  log.some((event) => event.type === type);
