import { openSqliteStore } from '../server/store/sqlite-store.ts';
import type { SessionFacts, SessionRecord, Store } from '../server/store/store.ts';
import type { SessionStatus } from '../shared/session.ts';

/** A session as a test wants it in the list; it has no log to speak of. */
export interface WrittenSession {
  readonly sessionId: string;
  readonly title: string;
  readonly status: SessionStatus;
  /** Unix seconds. */
  readonly createdAt: number;
  readonly graphId?: string;
  /** In seconds. */
  readonly duration?: number;
  readonly prompts?: number;
  readonly error?: string;
}

/** Writes sessions to a database that no server has open. */
export async function writeSessions(
  file: string,
  sessions: Iterable<WrittenSession>,
): Promise<void> {
  const store = await openSqliteStore({ file });
  let writes: Promise<void>[] = [];
  for (const session of sessions) {
    writes.push(write(store, session));
    if (writes.length < 5_000) continue;
    await Promise.all(writes);
    writes = [];
  }
  await Promise.all(writes);
  await store.close();
}

async function write(store: Store, session: WrittenSession): Promise<void> {
  const { sessionId, title, status, createdAt, graphId = 'mine' } = session;
  const { duration = 0, prompts = 0, error = null } = session;
  const graph = {
    nodes: [{ id: 'n', type: 'ask', configuration: { prompt: 'Well?' } }],
    edges: [],
  };
  const outline = { title, nodes: [{ id: 'n', type: 'ask' }], edges: [] };
  const record: SessionRecord = {
    ...{ sessionId, graphId, graph, title, createdAt },
    ...{ mode: 'interactive', runner: 'server', inputs: {}, nodeTypes: ['ask'] },
  };
  const stored = (index: number, time: number, type: string, body: object) => ({
    ...{ index, time, type, nodeId: null, journal: 'full' as const },
    json: JSON.stringify({ type, ...body, index, time }),
  });
  const facts: SessionFacts = {
    ...{ status, error, openPrompts: [], openPromptCount: prompts },
    ...{
      turn: { id: 0, prompt: null, startedAt: createdAt },
      lostContactAt: null,
      needsRunner: false,
      nextWakeAt: null,
    },
  };
  await store.create(record, {
    sessionId,
    facts,
    events: [
      stored(0, createdAt, 'graphStart', {
        sessionId,
        graphId,
        mode: 'interactive',
        graph: outline,
      }),
      stored(1, createdAt + duration, 'nodeStart', { nodeId: 'n' }),
    ],
  });
}
