import fc from 'fast-check';
import { pino } from 'pino';
import { expect, onTestFinished, test } from 'vitest';
import { isFinal, sessionStatuses, type SessionStatus } from '../../shared/session.ts';
import { openSqliteStore } from '../store/sqlite-store.ts';
import { eventsOf, factsOf, recordOf } from '../store/store-fixtures.testing.ts';
import type { Store } from '../store/store.ts';
import { createReaders } from '../stream/create-readers.ts';
import { engineWith, oneNode, starting } from './engine.testing.ts';
import { Retention, type RetentionPolicy } from './retention.ts';

/** A clock whose timers run when it is moved. */
function handClock() {
  let now = 1_000_000;
  let timers: { time: number; run: () => void }[] = [];
  return {
    now: () => now,
    at: (time: number, run: () => void) => {
      const timer = { time, run };
      timers.push(timer);
      return () => {
        timers = timers.filter((other) => other !== timer);
      };
    },
    defer: (run: () => void) => void setImmediate(run),
    move(ms: number) {
      now += ms;
      const due = timers.filter(({ time }) => time <= now);
      timers = timers.filter(({ time }) => time > now);
      for (const { run } of due) run();
    },
  };
}

async function openStore(): Promise<Store> {
  const store = await openSqliteStore({ file: ':memory:' });
  onTestFinished(() => store.close());
  return store;
}

/** Creates a session whose one event was at `time` (Unix seconds). */
async function put(
  store: Store,
  sessionId: string,
  over: { graphId?: string; status: SessionStatus; time: number; imported?: boolean },
): Promise<void> {
  const { graphId = 'g', status, time, imported = false } = over;
  const record = recordOf(sessionId, { graphId, createdAt: 1 });
  const append = { sessionId, events: eventsOf(0, 1, { time }), facts: factsOf({ status }) };
  if (imported) await store.beginImport().finish(record, append, 'readOnly');
  else await store.create(record, append);
}

const idsIn = async (store: Store) =>
  (await store.list({ limit: 999 })).sessions.map(({ sessionId }) => sessionId).sort();

/** Resolves when nothing is to go any more, as of the last sweep that was begun. */
const settled = (store: Store, ids: readonly string[]) =>
  expect.poll(() => idsIn(store), { interval: 5, timeout: 20_000 }).toEqual(ids);

function sweeping(store: Store, policy: RetentionPolicy) {
  const clock = handClock();
  const retention = new Retention({
    ...{ store, clock, policy, logger: pino({ level: 'silent' }) },
    remove: async (id) => {
      await store.delete(id, clock.now() / 1000);
    },
  });
  onTestFinished(() => retention.stop());
  return { clock, retention };
}

test('what ended longer ago than the age goes, at the start and as time passes; nothing else does', async () => {
  const store = await openStore();
  await put(store, 'old', { status: 'completed', time: 900 });
  await put(store, 'young', { status: 'failed', time: 995 });
  await put(store, 'younger', { status: 'cancelled', time: 999 });
  for (const status of ['running', 'suspended'] as const)
    await put(store, status, { status, time: 1 });
  await put(store, 'imported', { status: 'completed', time: 1, imported: true });
  const { clock, retention } = sweeping(store, { ageMs: 10_000, perGraph: null });
  const { revision } = await store.list({ limit: 1 });
  await retention.start();
  expect(await idsIn(store)).toEqual(['imported', 'running', 'suspended', 'young', 'younger']);
  const told = await store.changes({ since: revision, tombstonesFor: revision, limit: 9 });
  expect(told.entries).toMatchObject([{ sessionId: 'old', status: 'deleted' }]);
  clock.move(6000);
  await settled(store, ['imported', 'running', 'suspended', 'younger']);
  retention.stop();
  clock.move(1e9);
  expect(await idsIn(store)).toHaveLength(4);
});

test('after any history the right ones are left', async () => {
  const session = fc.record({
    graphId: fc.constantFrom('g', 'h', 'i'),
    status: fc.constantFrom(...sessionStatuses),
    time: fc.integer({ min: 900, max: 1000 }),
    imported: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.array(session, { maxLength: 130 }),
      fc.option(fc.integer({ min: 1, max: 110 })),
      fc.option(fc.nat(12)),
      async (sessions, seconds, perGraph) => {
        const store = await openSqliteStore({ file: ':memory:' });
        const named = sessions.map((of, n) => ({ ...of, id: `s${String(n).padStart(3, '0')}` }));
        await Promise.all(named.map(({ id, ...of }) => put(store, id, of)));
        const ageMs = seconds === null ? null : seconds * 1000;
        const { retention } = sweeping(store, { ageMs, perGraph });
        await retention.start();
        const ended = named.filter(({ status, imported }) => isFinal(status) && !imported);
        const left = named.filter((of) => {
          if (!ended.includes(of)) return true;
          const isNewer = (other: typeof of) =>
            other.time > of.time || (other.time === of.time && other.id > of.id);
          const newer = ended.filter((other) => other.graphId === of.graphId && isNewer(other));
          return (
            (seconds === null || of.time >= 1000 - seconds) &&
            (perGraph === null || newer.length < perGraph)
          );
        });
        expect(await idsIn(store)).toEqual(left.map(({ id }) => id));
        retention.stop();
        await store.close();
      },
    ),
    { numRuns: 60 },
  );
});

test('a session of the engine goes after its time, and its reader is told', async () => {
  const store = await openStore();
  const clock = handClock();
  const retention = { ageMs: 100_000, perGraph: null };
  const engine = engineWith(store, async () => ({ output: 1 }), { clock, retention });
  onTestFinished(() => engine.close());
  await engine.recover();
  const { sessionId } = await engine.start(starting({ graph: oneNode }));
  await expect.poll(async () => (await store.status(sessionId))?.status).toBe('completed');
  const readers = createReaders(store);
  let read = '';
  const over = new AbortController();
  const write = (...chunks: (string | Buffer)[]) => {
    read += chunks.join('');
    if (read.includes('"type":"deleted"')) over.abort();
    return undefined;
  };
  const watching = readers.watch(
    { signal: over.signal, write },
    { sessions: [{ sessionId, after: -1 }], store: undefined },
  );
  clock.move(120_000);
  await watching;
  expect(read).toContain(`event: ${sessionId}\ndata: {"type":"deleted"`);
  expect(await store.status(sessionId)).toBeNull();
});
