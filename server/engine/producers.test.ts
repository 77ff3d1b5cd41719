import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { produceRequest } from '../../shared/api.ts';
import { createRedaction } from '../../shared/redaction.ts';
import { exportLines } from '../routes/export-lines.ts';
import { openSqliteStore } from '../store/sqlite-store.ts';
import type { Store } from '../store/store.ts';
import { exportSession } from '../stream/export-session.ts';
import { engineWith, has, logOf, starting, untilLog } from './engine.testing.ts';
import type { Engine } from './engine.ts';
import { HandClock } from './hand-clock.testing.ts';
import type { ProducerTurn } from './producer-turn.ts';

let store: Store;
let engine: Engine;
let clock: HandClock;

beforeEach(async () => {
  clock = new HandClock();
  store = await openSqliteStore({ file: ':memory:' });
  await boot();
});

afterEach(async () => {
  await engine.close();
  await store.close();
});

/** Starts the engine anew on what is stored, as a server does; it knows the type `test`. */
async function boot(): Promise<void> {
  const never = () => {
    throw new Error('The server ran a node of a session that is not its own.');
  };
  engine = engineWith(store, never, { clock });
  await engine.recover();
}

async function restart(): Promise<void> {
  await engine.close();
  await boot();
}

async function begin(request: Record<string, unknown> = { graphId: 'G' }): Promise<string> {
  const { sessionId } = await engine.start(starting({ runner: 'external', ...request }));
  return sessionId;
}

const start = (nodeId = 'n') => ({ type: 'nodeStart', nodeId });
const thought = (text: string) => ({ type: 'thoughtEvent', nodeId: 'n', text });
const turnOf = (seq: number, more: Partial<ProducerTurn> = {}): ProducerTurn => ({
  ...{ producerId: 'main', epoch: 0, seq, lease: null },
  ...more,
});

const send = (sessionId: string, turn: ProducerTurn | null, ...events: object[]) =>
  engine.produce(sessionId, produceRequest.parse({ events }), turn);

async function texts(sessionId: string): Promise<string[]> {
  const log = await logOf(store, sessionId);
  return log.flatMap((event) => (event.type === 'thoughtEvent' ? [event.text] : []));
}

const codeOf = async (call: Promise<unknown>) => {
  const error = await call.then(
    () => null,
    (thrown: unknown) => thrown as { code: string; details?: unknown },
  );
  return error === null ? 'done' : [error.code, error.details];
};

test('an external session is never run, resumed or recovered, whatever types it has', async () => {
  const graph = { nodes: [{ id: 'n', type: 'test' }], edges: [] };
  const sessionId = await begin({ graph });
  await send(sessionId, null, start(), thought('1'));
  await restart();
  expect(await store.needingRunner()).toEqual([]);
  await send(sessionId, null, thought('2'), { type: 'nodeEnd', nodeId: 'n' });
  const log = await logOf(store, sessionId);
  expect(log.map(({ type }) => type)).toEqual([
    ...['graphStart', 'nodeStart', 'thoughtEvent', 'thoughtEvent', 'nodeEnd'],
  ]);
  expect(log[0]).toMatchObject({ runner: 'external' });
  expect(await store.record(sessionId)).toMatchObject({ runner: 'external', nodeTypes: [] });
  expect(await store.status(sessionId)).toMatchObject({ runner: 'external', status: 'running' });
});

test('a batch that is sent again is acknowledged and not stored again, also after a restart', async () => {
  const sessionId = await begin();
  const first = await send(sessionId, turnOf(0), start(), thought('1'));
  expect(first).toEqual({ sessionId, status: 'running', lastIndex: 2, duplicate: false });
  expect(await send(sessionId, turnOf(0), start(), thought('1'))).toEqual({
    ...first,
    duplicate: true,
  });
  await send(sessionId, turnOf(1), thought('2'));
  await restart();
  expect(await send(sessionId, turnOf(1), thought('2'))).toMatchObject({
    ...{ lastIndex: 3, duplicate: true },
  });
  await send(sessionId, turnOf(2), thought('3'));
  expect(await texts(sessionId)).toEqual(['1', '2', '3']);
});

test('duplicates that arrive together are stored once', async () => {
  const sessionId = await begin();
  const answers = await Promise.all(
    [0, 0, 1, 0, 1].map((seq) => send(sessionId, turnOf(seq), ...(seq === 0 ? [start()] : []))),
  );
  expect(answers.map(({ duplicate }) => duplicate)).toEqual([false, true, false, true, true]);
  expect(await logOf(store, sessionId)).toHaveLength(2);
});

test('a gap tells what comes next; an older epoch is fenced; a newer one begins at 0', async () => {
  const sessionId = await begin();
  await send(sessionId, turnOf(0), start());
  expect(await codeOf(send(sessionId, turnOf(2), thought('late')))).toEqual([
    'producer_gap',
    { expectedSeq: 1, epoch: 0 },
  ]);
  expect(await codeOf(send(sessionId, turnOf(3, { epoch: 4 })))).toEqual([
    'producer_gap',
    { expectedSeq: 0, epoch: 4 },
  ]);
  await send(sessionId, turnOf(0, { epoch: 4 }), thought('new'));
  expect(await codeOf(send(sessionId, turnOf(1), thought('old')))).toEqual([
    'producer_fenced',
    { epoch: 4 },
  ]);
  await restart();
  expect(await codeOf(send(sessionId, turnOf(1), thought('old')))).toEqual([
    'producer_fenced',
    { epoch: 4 },
  ]);
  expect(await codeOf(send(sessionId, turnOf(7, { producerId: 'other' })))).toEqual([
    'producer_gap',
    { expectedSeq: 0, epoch: 0 },
  ]);
  expect(await texts(sessionId)).toEqual(['new']);
});

test('a batch with one event that cannot follow leaves nothing, and its number free', async () => {
  const sessionId = await begin();
  const bad = send(sessionId, turnOf(0, { lease: 5 }), start(), thought('1'), start());
  expect(await codeOf(bad)).toEqual(['invalid_event', { field: 'events.2', event: 2 }]);
  expect(await logOf(store, sessionId)).toHaveLength(1);
  expect(await store.producers(sessionId)).toEqual([]);
  await send(sessionId, turnOf(0), start(), thought('1'));
  expect(await texts(sessionId)).toEqual(['1']);
});

test('an event that is too large is named by its place', async () => {
  await engine.close();
  engine = engineWith(store, () => undefined, { clock, maxEventBytes: 2000 });
  const sessionId = await begin();
  const large = send(sessionId, turnOf(0), start(), thought('x'.repeat(3000)), thought('1'));
  expect(await codeOf(large)).toEqual(['event_too_large', { field: 'events.1', event: 1 }]);
  expect(await logOf(store, sessionId)).toHaveLength(1);
});

test('nothing follows the end but the acknowledgement of what is stored', async () => {
  const sessionId = await begin();
  await send(sessionId, turnOf(0), start());
  await engine.cancel(sessionId);
  expect(await send(sessionId, turnOf(0), start())).toMatchObject({
    ...{ status: 'cancelled', lastIndex: 1, duplicate: true },
  });
  for (const seq of [1, 5]) {
    expect(await codeOf(send(sessionId, turnOf(seq)))).toEqual([
      'session_final',
      { status: 'cancelled' },
    ]);
  }
  await engine.delete(sessionId);
  expect(await codeOf(send(sessionId, turnOf(1)))).toEqual(['session_not_found', undefined]);
  expect(await store.producers(sessionId)).toEqual([]);
});

test('a session that this server runs is nobody else’s to write', async () => {
  const { sessionId } = await engine.start(
    starting({ graph: { nodes: [{ id: 'n', type: 'test' }], edges: [] } }),
  );
  expect(await codeOf(send(sessionId, null, start()))).toEqual(['not_external', undefined]);
});

test.each([{ mode: 'headless' }, { inputs: { n: 1 } }])(
  'an external session is not started with %o',
  async (more) => {
    expect(await codeOf(begin({ graphId: 'G', ...more }))).toEqual([
      'malformed_request',
      { field: Object.keys(more)[0] },
    ]);
  },
);

test('the lease runs out, the mark stays over a restart, and goes when the producer is back', async () => {
  const sessionId = await begin();
  await send(sessionId, turnOf(0, { lease: 30 }), start());
  clock.pass(29);
  await send(sessionId, turnOf(1));
  clock.pass(29);
  expect((await store.status(sessionId))?.lostContactAt).toBeNull();
  clock.pass(1);
  await untilLog(store, sessionId, has('contactLost'));
  expect((await store.status(sessionId))?.lostContactAt).toBe(1059);
  expect((await store.list({ limit: 1 })).sessions[0]).toMatchObject({ lostContactAt: 1059 });
  clock.pass(1000);
  await restart();
  clock.pass(1000);
  expect((await store.status(sessionId))?.lostContactAt).toBe(1059);
  await send(sessionId, turnOf(0, { epoch: 1, lease: 30 }), thought('back'));
  expect((await store.status(sessionId))?.lostContactAt).toBeNull();
  expect((await logOf(store, sessionId)).map(({ type }) => type)).toEqual([
    ...['graphStart', 'nodeStart', 'contactLost', 'contactRegained', 'thoughtEvent'],
  ]);
});

test('what a producer repeats renews its lease, and finds it again', async () => {
  const sessionId = await begin();
  await send(sessionId, turnOf(0, { lease: 30 }), start());
  clock.pass(20);
  await send(sessionId, turnOf(0), start());
  clock.pass(20);
  expect(await logOf(store, sessionId)).toHaveLength(2);
  clock.pass(20);
  await untilLog(store, sessionId, has('contactLost'));
  expect(await send(sessionId, turnOf(0), start())).toMatchObject({ duplicate: true });
  expect((await logOf(store, sessionId)).at(-1)).toMatchObject({ type: 'contactRegained' });
});

test('a lease of 0 seconds ends it, and so does a newer epoch that says none', async () => {
  const sessionId = await begin();
  await send(sessionId, turnOf(0, { lease: 30 }), start());
  await send(sessionId, turnOf(1, { lease: 0 }));
  await send(sessionId, turnOf(0, { producerId: 'other', lease: 30 }));
  await send(sessionId, turnOf(0, { producerId: 'other', epoch: 1 }));
  clock.pass(100_000);
  await send(sessionId, null, thought('1'));
  expect((await logOf(store, sessionId)).map(({ type }) => type)).not.toContain('contactLost');
});

test('while the server was stopped nobody could reach it: each producer has its time anew', async () => {
  const sessionId = await begin();
  await send(sessionId, turnOf(0, { lease: 30 }), start());
  await engine.close();
  clock.pass(1000);
  await boot();
  clock.pass(29);
  await send(sessionId, turnOf(1));
  clock.pass(29);
  expect(await logOf(store, sessionId)).toHaveLength(2);
  clock.pass(2);
  await untilLog(store, sessionId, has('contactLost'));
});

test('a lease outlives the session’s stay in memory, and so does a deadline', async () => {
  const sessionId = await begin();
  const ask = { waitForInput: { prompt: { parts: [] }, inputType: 'text', skipLabel: 'Skip' } };
  await send(sessionId, turnOf(0, { lease: 3600 }), start(), {
    ...{ type: 'inputRequired', nodeId: 'n', interactionId: 'p', suspendEvent: ask },
    ...{ expiresAt: clock.now() / 1000 + 1800, fallback: { skipped: true } },
  });
  clock.pass(1800);
  const log = await untilLog(store, sessionId, has('inputResolved'));
  expect(log.at(-1)).toMatchObject({ interactionId: 'p', response: { skipped: true }, time: 2800 });
  clock.pass(1800);
  expect((await untilLog(store, sessionId, has('contactLost'))).at(-1)).toMatchObject({
    ...{ producerId: 'main', time: 4600 },
  });
});

test('a person answers as ever: what fits, once', async () => {
  const sessionId = await begin();
  const choice = {
    ...{ prompt: { parts: [] }, selectionMode: 'single' },
    choices: [{ id: 'a', content: { parts: [] } }],
  };
  await send(sessionId, turnOf(0), start(), {
    ...{ type: 'inputRequired', nodeId: 'n', interactionId: 'p' },
    suspendEvent: { waitForChoice: choice },
  });
  const answer = (id: string) =>
    engine.resume(sessionId, { interactionId: 'p', response: { selected: { ids: [id] } } });
  expect(await codeOf(answer('b'))).toMatchObject(['invalid_answer', {}]);
  expect(await answer('a')).toEqual({ sessionId, status: 'running' });
  expect(await codeOf(answer('a'))).toMatchObject(['interaction_resolved', {}]);
  const late = { type: 'inputWithdrawn', nodeId: 'n', interactionId: 'p', reason: 'late' };
  expect(await codeOf(send(sessionId, turnOf(1), late))).toMatchObject(['invalid_event', {}]);
});

describe('an external session that was exported', () => {
  const question = { waitForInput: { prompt: { parts: [{ text: '?' }] }, inputType: 'text' } };
  const everything = createRedaction([]);

  /** What the engine gives and takes as a file. */
  async function exported(sessionId: string): Promise<string> {
    return new Response(await exportSession(store, sessionId, everything)).text();
  }

  function take(text: string, goOn: boolean) {
    const lines = exportLines(new Blob([text]).stream(), 1e6);
    return engine.import({ lines, goOn, asNew: false, redaction: everything });
  }

  /** Goes to a server that has nothing yet. */
  async function elsewhere(): Promise<void> {
    await engine.close();
    await store.close();
    store = await openSqliteStore({ file: ':memory:' });
    await boot();
  }

  /** In the third batch of its producer, which has been silent since, a prompt waits for a minute. */
  async function interrupted(): Promise<{ sessionId: string; text: string }> {
    const sessionId = await begin();
    await send(sessionId, turnOf(0, { lease: 30 }), { ...start(), title: 'A node' });
    await send(sessionId, turnOf(1), thought('1'));
    const ask = {
      ...start('q'),
      type: 'inputRequired',
      interactionId: 'p',
      suspendEvent: question,
    };
    const expiresAt = clock.now() / 1000 + 60;
    await send(sessionId, turnOf(2), start('q'), { ...ask, expiresAt });
    clock.pass(30);
    await untilLog(store, sessionId, has('contactLost'));
    return { sessionId, text: await exported(sessionId) };
  }

  test('is the same log again, which no producer writes while it is to be read', async () => {
    const { sessionId, text } = await interrupted();
    await elsewhere();
    expect(await take(text, false)).toMatchObject({ status: 'running', imported: 'readOnly' });
    expect(await exported(sessionId)).toBe(text);
    expect(await store.status(sessionId)).toMatchObject({
      ...{ runner: 'external', status: 'running', imported: 'readOnly' },
    });
    expect(await store.wakes()).toEqual([]);
    for (const turn of [turnOf(3), turnOf(0), turnOf(0, { epoch: 1 })]) {
      const code = await codeOf(send(sessionId, turn, thought('2')));
      expect(code).toEqual(['session_read_only', undefined]);
    }
    expect(await exported(sessionId)).toBe(text);
  });

  test('has had no producer when it goes on: any begins at 0, and finds in the log what there is', async () => {
    const { sessionId, text } = await interrupted();
    await elsewhere();
    expect(await take(text, true)).toMatchObject({ status: 'running', imported: 'continued' });
    expect(await exported(sessionId)).toBe(text);
    expect(await store.needingRunner()).toEqual([]);
    expect(await store.producers(sessionId)).toEqual([]);
    expect(await store.status(sessionId)).toMatchObject({ openPrompts: [{ interactionId: 'p' }] });
    // The place that its program had is not in the log.
    expect(await codeOf(send(sessionId, turnOf(3), thought('2')))).toEqual([
      ...['producer_gap', { expectedSeq: 0, epoch: 0 }],
    ]);
    const response = { input: { parts: [{ text: 'yes' }] } };
    await engine.resume(sessionId, { interactionId: 'p', response });
    await send(sessionId, turnOf(0), thought('2'));
    await restart();
    const end = ['n', 'q'].map((nodeId) => ({ type: 'nodeEnd', nodeId }));
    expect(await send(sessionId, turnOf(1), ...end, { type: 'graphComplete' })).toMatchObject({
      status: 'completed',
    });
    const whole = await exported(sessionId);
    expect((await logOf(store, sessionId)).slice(6).map(({ type }) => type)).toEqual([
      ...['inputResolved', 'contactRegained', 'thoughtEvent'],
      ...['nodeEnd', 'nodeEnd', 'graphComplete'],
    ]);
    await elsewhere();
    expect(await take(whole, true)).toMatchObject({ status: 'completed', imported: 'readOnly' });
    expect(await exported(sessionId)).toBe(whole);
  });

  test('has its deadlines where it goes on, and no lease until a producer has one', async () => {
    const { sessionId, text } = await interrupted();
    await elsewhere();
    await take(text, true);
    clock.pass(29);
    await restart();
    clock.pass(1);
    const log = await untilLog(store, sessionId, has('inputWithdrawn'));
    expect(log.slice(-2).map(({ type }) => type)).toEqual(['contactLost', 'inputWithdrawn']);
  });
});
