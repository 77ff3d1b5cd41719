import type { OpenPrompt } from '../../shared/session.ts';
import type { Append, SessionFacts, SessionRecord, Store, StoredEvent } from './store.ts';

/** A record with what a test does not care for filled in. */
export function recordOf(sessionId: string, over: Partial<SessionRecord> = {}): SessionRecord {
  return {
    sessionId,
    graphId: 'g',
    graph: { nodes: [{ id: 'n', type: 'ask' }], edges: [] },
    mode: 'interactive',
    runner: 'server',
    inputs: {},
    title: `Title of ${sessionId}`,
    createdAt: 1000,
    nodeTypes: ['ask'],
    ...over,
  };
}

export function factsOf(over: Partial<SessionFacts> = {}): SessionFacts {
  return {
    status: 'running',
    openPrompts: [],
    openPromptCount: 0,
    turn: { id: 0, prompt: null, startedAt: 1000 },
    error: null,
    lostContactAt: null,
    needsRunner: true,
    nextWakeAt: null,
    ...over,
  };
}

export function promptOf(interactionId: string): OpenPrompt {
  return { interactionId, nodeId: 'n', kind: 'waitForInput', prompt: { inputType: 'text' } };
}

/** The facts of a session that waits on these prompts. */
export function waitingOn(...interactionIds: string[]): SessionFacts {
  return factsOf({
    status: 'suspended',
    openPrompts: interactionIds.map(promptOf),
    openPromptCount: interactionIds.length,
    needsRunner: false,
  });
}

/** Events whose time is 1000 s plus their index. */
export function eventsOf(first: number, count = 1, over: Partial<StoredEvent> = {}): StoredEvent[] {
  return Array.from({ length: count }, (_, place) => {
    const index = first + place;
    const time = 1000 + index;
    const json = JSON.stringify({ type: 'nodeStart', nodeId: 'n', index, time });
    return { index, time, type: 'nodeStart', nodeId: 'n', journal: 'full', json, ...over };
  });
}

/** An append of one event and, unless null, facts. */
export function appendOf(
  sessionId: string,
  index: number,
  facts: SessionFacts | null = null,
): Append {
  return { sessionId, events: eventsOf(index), facts };
}

/** Creates a session with one event. */
export function start(
  store: Store,
  sessionId: string,
  over: Partial<SessionRecord> = {},
  facts: SessionFacts = factsOf(),
): Promise<void> {
  return store.create(recordOf(sessionId, over), appendOf(sessionId, 0, facts));
}

/** The whole list, newest first. */
export async function wholeList(store: Store) {
  return (await store.list({ limit: 1_000_000 })).sessions;
}

/** A page that holds any log of a test. */
export const ALL = { events: 1_000_000, bytes: 1_000_000_000 };
