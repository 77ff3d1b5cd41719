import type { EventBody } from '../shared/event.ts';
import type { GraphDescriptor } from '../shared/graph.ts';
import type { OpenPrompt } from '../shared/session.ts';
import { openSqliteStore } from '../server/store/sqlite-store.ts';
import type { SessionFacts, SessionRecord, Store, StoredEvent } from '../server/store/store.ts';

/** The bytes of JSON of an event of a long log. */
export const EVENT_BYTES = 300;

const GRAPH_ID = 'bench';
const NODE_ID = 'node';
const APPEND_EVENTS = 2000;
const CREATIONS_AT_ONCE = 5000;
/** Unix seconds. */
const EPOCH = 1_700_000_000;

/** A graph of one node of a type in `nodes/bench-nodes.mjs`. */
export function graphOf(
  type: string,
  configuration: GraphDescriptor['nodes'][number]['configuration'] = {},
): GraphDescriptor {
  return { title: 'Benchmark', nodes: [{ id: NODE_ID, type, configuration }], edges: [] };
}

/** Makes or extends a database by writing through the store. */
export async function writeDatabase(
  file: string,
  write: (store: Store) => Promise<void>,
): Promise<void> {
  const store = await openSqliteStore({ file });
  await write(store);
  await store.close();
}

/** A session whose log has `count` events, completed or asking something in the end. */
export async function writeLongSession(
  store: Store,
  sessionId: string,
  count: number,
  end: 'completed' | 'asking' = 'completed',
) {
  const events = longLog(sessionId, count, end);
  const record = recordOf(sessionId, 0);
  const running = factsOf({ status: 'running', needsRunner: true });
  const last = end === 'asking' ? askingFacts(sessionId) : factsOf({ status: 'completed' });
  await store.create(record, { sessionId, events: events.slice(0, 2), facts: running });
  for (let at = 2; at < count; at += APPEND_EVENTS) {
    const page = events.slice(at, at + APPEND_EVENTS);
    const facts = at + APPEND_EVENTS >= count ? last : null;
    await store.append({ sessionId, events: page, facts });
  }
}

/** Sessions that each wait for an answer. */
export async function writeSuspendedSessions(store: Store, count: number) {
  for (let at = 0; at < count; at += CREATIONS_AT_ONCE) {
    const length = Math.min(CREATIONS_AT_ONCE, count - at);
    await Promise.all(
      Array.from({ length }, (_, place) => writeSuspendedSession(store, at + place)),
    );
  }
}

/** The ids of a session that `writeSuspendedSessions` wrote, and the end of its log. */
export function suspendedSession(place: number) {
  const sessionId = `suspended-${String(place).padStart(6, '0')}`;
  return { sessionId, interactionId: `${sessionId}-prompt`, lastIndex: 2 };
}

async function writeSuspendedSession(store: Store, place: number): Promise<void> {
  const { sessionId, interactionId, lastIndex } = suspendedSession(place);
  const record = recordOf(sessionId, place);
  const asked = asking(lastIndex, record.createdAt, interactionId);
  const facts = askingFacts(interactionId);
  await store.create(record, { sessionId, events: [...firstEvents(record), asked], facts });
}

const QUESTION = {
  prompt: { role: 'user', parts: [{ text: 'What next?' }] },
  inputType: 'text',
};

function asking(index: number, time: number, interactionId: string): StoredEvent {
  return stored(index, time, {
    type: 'inputRequired',
    nodeId: NODE_ID,
    op: 'ask:ask:0',
    interactionId,
    suspendEvent: { waitForInput: QUESTION },
  });
}

function askingFacts(interactionId: string): SessionFacts {
  const open: OpenPrompt = {
    interactionId,
    nodeId: NODE_ID,
    kind: 'waitForInput',
    prompt: QUESTION,
  };
  return factsOf({ status: 'suspended', openPrompts: [open], openPromptCount: 1 });
}

function longLog(sessionId: string, count: number, end: 'completed' | 'asking'): StoredEvent[] {
  const events = firstEvents(recordOf(sessionId, 0));
  const emitted = end === 'asking' ? count - 1 : count - 2;
  for (let index = 2; index < emitted; index += 1) {
    events.push(agentEvent(index, EPOCH + index / 1000));
  }
  const time = EPOCH + count / 1000;
  if (end === 'asking') return [...events, asking(count - 1, time, sessionId)];
  events.push(stored(count - 2, time, { type: 'nodeEnd', nodeId: NODE_ID, outputs: {} }));
  events.push(stored(count - 1, time, { type: 'graphComplete', sessionId, outputs: {} }));
  return events;
}

function firstEvents({ sessionId, graphId, graph, mode, createdAt }: SessionRecord) {
  const nodes = graph.nodes.map(({ id, type }) => ({ id, type }));
  const outline = { title: graph.title ?? '', nodes, edges: [] };
  return [
    stored(0, createdAt, { type: 'graphStart', sessionId, graphId, mode, graph: outline }),
    stored(1, createdAt, { type: 'nodeStart', nodeId: NODE_ID }),
  ];
}

/** As a step emits it, filled up to {@link EVENT_BYTES}. */
function agentEvent(index: number, time: number): StoredEvent {
  const withText = (text: string) =>
    stored(
      index,
      time,
      {
        type: 'agentEvent',
        nodeId: NODE_ID,
        event: { content: { text } },
        op: 'step:stream:0',
        attempt: 1,
      },
      'none',
    );
  return withText('x'.repeat(EVENT_BYTES - withText('').json.length));
}

function stored(
  index: number,
  time: number,
  body: EventBody,
  journal: StoredEvent['journal'] = 'full',
): StoredEvent {
  const { type } = body;
  const json = JSON.stringify({ ...body, index, time });
  return { index, time, type, nodeId: 'nodeId' in body ? body.nodeId : null, journal, json };
}

function recordOf(sessionId: string, place: number): SessionRecord {
  return {
    sessionId,
    graphId: GRAPH_ID,
    graph: graphOf('bench-ask'),
    mode: 'interactive',
    runner: 'server',
    inputs: {},
    title: `Session ${place}`,
    createdAt: EPOCH + place,
    nodeTypes: ['bench-ask'],
  };
}

function factsOf(over: Partial<SessionFacts>): SessionFacts {
  return {
    status: 'running',
    openPrompts: [],
    openPromptCount: 0,
    turn: { id: 0, prompt: null, startedAt: EPOCH },
    error: null,
    lostContactAt: null,
    needsRunner: false,
    nextWakeAt: null,
    ...over,
  };
}
