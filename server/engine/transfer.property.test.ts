import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { GraphDescriptor } from '../../shared/graph.ts';
import type { Json, JsonObject } from '../../shared/json.ts';
import { createRedaction } from '../../shared/redaction.ts';
import { evolve, initialState } from '../../shared/session-state.ts';
import { isFinal } from '../../shared/session.ts';
import { exportLines } from '../routes/export-lines.ts';
import { openSqliteStore } from '../store/sqlite-store.ts';
import type { Store, StoredImport } from '../store/store.ts';
import { exportSession } from '../stream/export-session.ts';
import type { Engine } from './engine.ts';
import { engineWith, starting, untilLog } from './engine.testing.ts';
import type { NodeHandler } from './handler.ts';
import { randomExport } from './random-log.testing.ts';

const everything = createRedaction([]);

async function openStore(): Promise<Store> {
  const store = await openSqliteStore({ file: ':memory:' });
  onTestFinished(() => store.close());
  return store;
}

const take = (store: Store, body: AsyncIterable<Uint8Array>, asNew = false) =>
  engineWith(store, async () => ({})).import({
    lines: exportLines(body, 1e6),
    ...{ goOn: false, asNew, redaction: everything },
  });

/** A body that arrives in chunks of these sizes, over and over. */
async function* chunks(
  body: string | Uint8Array,
  sizes: readonly number[],
): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(body);
  for (let at = 0, n = 0; at < bytes.length; n += 1) {
    const size = sizes[n % sizes.length] ?? bytes.length;
    yield bytes.subarray(at, at + size);
    at += size;
  }
}

async function give(store: Store, sessionId: string, redaction = everything): Promise<string> {
  const body = await exportSession(store, sessionId, redaction);
  return body === null ? '' : new Response(body).text();
}

const sizes = fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 4 });

test('any log that is exported, imported and exported is the same text, and the same session', async () => {
  await fc.assert(
    fc.asyncProperty(randomExport(60), sizes, async ({ text, events }, cuts) => {
      const [one, other] = [await openStore(), await openStore()];
      const result = await take(one, chunks(text, cuts));
      expect(result.lastIndex).toBe(events.length - 1);
      const given = await give(one, 'random');
      expect(given).toBe(text);
      await take(other, chunks(given, cuts));
      expect(await give(other, 'random')).toBe(text);
      const [a, b] = [await one.status('random'), await other.status('random')];
      expect(a).toEqual(b);
      expect(await one.needingRunner()).toEqual([]);
      expect(await one.wakes()).toEqual([]);
      await Promise.all([one.close(), other.close()]);
    }),
    { numRuns: 60 },
  );
});

test('a log that is cut at any byte, or lacks or repeats any line, leaves nothing', async () => {
  await fc.assert(
    fc.asyncProperty(randomExport(20), sizes, fc.nat(), async ({ text }, cuts, n) => {
      const store = await openStore();
      const lines = text.trimEnd().split('\n');
      const at = n % lines.length;
      const faulty = [
        // All but the last line break.
        Buffer.from(text).subarray(0, n % (Buffer.byteLength(text) - 1)),
        lines.toSpliced(at, 1).join('\n'),
        lines.toSpliced(at, 0, lines[at] ?? '').join('\n'),
      ];
      for (const body of faulty) await expect(take(store, chunks(body, cuts))).rejects.toThrow();
      expect((await store.list({ limit: 9 })).sessions).toEqual([]);
      expect((await store.changes({ since: 0, tombstonesFor: 0, limit: 9 })).revision).toBe(0);
      expect(await store.record('random')).toBeNull();
      await take(store, chunks(text, cuts));
      await store.close();
    }),
    { numRuns: 60 },
  );
  const [{ text } = { text: '' }] = fc.sample(randomExport(6), { seed: 7, numRuns: 1 });
  const store = await openStore();
  for (let cut = 0; cut < Buffer.byteLength(text) - 1; cut += 1) {
    const body = Buffer.from(text).subarray(0, cut);
    await expect(take(store, chunks(body, [1e6]))).rejects.toThrow();
  }
  expect((await store.list({ limit: 9 })).sessions).toEqual([]);
});

test('a redacted log can be imported, holds nothing of what was taken out, and says what', async () => {
  const redaction = createRedaction([
    '/**/secret',
    '/inputs',
    '/response',
    '/outputs/*',
    '/**/text',
  ]);
  await fc.assert(
    fc.asyncProperty(randomExport(40), async ({ text }) => {
      const [one, other] = [await openStore(), await openStore()];
      await take(one, chunks(text, [1e6]));
      const given = await give(one, 'random', redaction);
      await take(other, chunks(given, [1e6]));
      expect(await give(other, 'random')).toBe(given);
      expect(await give(one, 'random')).toBe(text);
      for (const line of given.trimEnd().split('\n').slice(1)) {
        const {
          type,
          response,
          outputs,
          text: thought,
        } = JSON.parse(line) as Record<string, unknown>;
        if (type === 'inputResolved') expect(response).toBe('[redacted]');
        if (type === 'thoughtEvent') expect(thought).toBe('[redacted]');
        for (const value of Object.values(outputs ?? {})) expect(value).toBe('[redacted]');
      }
      await Promise.all([one.close(), other.close()]);
    }),
    { numRuns: 40 },
  );
});

/** How a session that was imported comes to go on. */
const WAYS = ['at once', 'later', 'by the next server'] as const;

/** Two branches, of which one asks and the other may fail, and what is made of both. */
const forked = (fails: boolean): GraphDescriptor => {
  const node = (id: string, configuration: JsonObject = {}) => ({
    id,
    type: 'test',
    configuration,
  });
  return {
    nodes: [node('a'), node('b', { asks: true }), node('c', { fails }), node('d')],
    edges: [
      { from: 'a', to: 'b' },
      { from: 'a', to: 'c' },
      { from: 'b', to: 'd', in: 'left' },
      { from: 'c', to: 'd', in: 'right' },
    ],
  };
};

const forkedNode: NodeHandler = async (ctx) => {
  const looked = await ctx.step('look', () => Object.keys(ctx.inputs));
  if (ctx.configuration['fails'] === true) throw new Error('went wrong');
  if (ctx.configuration['asks'] === true) await ctx.ask({ prompt: 'Well?' });
  return { output: [ctx.nodeId, ...looked] };
};

/** Answers what is asked, until the session has ended; gives how. */
async function endOf(engine: Engine, store: Store, sessionId: string): Promise<unknown> {
  const response = { input: { parts: [{ text: 'Well.' }] } };
  for (;;) {
    const log = await untilLog(store, sessionId, (events) => {
      const { status, prompts } = events.reduce(evolve, initialState);
      return isFinal(status) || prompts.size > 0;
    });
    const { status, prompts, error } = log.reduce(evolve, initialState);
    if (isFinal(status))
      return { status, error, outputs: (log.at(-1) as { outputs?: Json }).outputs };
    const [interactionId = ''] = prompts.keys();
    await engine.resume(sessionId, { interactionId, response });
  }
}

describe.each(WAYS)('a session that goes on %s', (way) => {
  test.each([false, true])(
    'comes to its end, after whichever event its log was cut; a branch fails: %s',
    async (fails) => {
      const store = await openStore();
      const engine = engineWith(store, forkedNode);
      const { sessionId } = await engine.start(starting({ graph: forked(fails) }));
      const end = await endOf(engine, store, sessionId);
      await engine.close();
      const [header = '', ...lines] = (await give(store, sessionId)).trimEnd().split('\n');
      expect(lines.length).toBeGreaterThan(12);
      for (let length = 1; length < lines.length; length += 1) {
        const head = { ...(JSON.parse(header) as object), lastIndex: length - 1 };
        const body = [JSON.stringify(head), ...lines.slice(0, length), ''].join('\n');
        const knowing = engineWith(store, forkedNode);
        // One without the node types takes it in and runs nothing of it.
        const taking =
          way === 'by the next server' ? engineWith(store, forkedNode, { nodeTypes: {} }) : knowing;
        const taken = await taking.import({
          lines: exportLines(chunks(body, [1e6]), 1e6),
          ...{ goOn: way !== 'later', asNew: true, redaction: everything },
        });
        if (way === 'later') await knowing.continueImported(taken.sessionId);
        if (way === 'by the next server') {
          await taking.close();
          await knowing.recover();
        }
        expect(await endOf(knowing, store, taken.sessionId), `cut after ${length}`).toEqual(end);
        await knowing.close();
      }
    },
  );
});

/** A long log of one node, as the bytes that arrive. */
async function* longBody(count: number): AsyncGenerator<Uint8Array> {
  const about = { sessionId: 'long', graphId: 'g', mode: 'interactive' };
  const nodes = [{ id: 'n', type: 'test' }];
  const header = { format: 'reattach-session', version: 1, ...about, title: 'Long', createdAt: 1 };
  const graph = { nodes, edges: [] };
  yield line({ ...header, lastIndex: count - 1, inputs: {}, graph });
  yield line({ type: 'graphStart', ...about, graph, index: 0, time: 1 });
  yield line({ type: 'nodeStart', nodeId: 'n', index: 1, time: 1 });
  for (let index = 2; index < count; index += 1) {
    yield line({ type: 'thoughtEvent', nodeId: 'n', text: 'x'.repeat(230), index, time: index });
  }
}

const line = (value: object) => Buffer.from(`${JSON.stringify(value)}\n`);

/** What `store` is asked to write of an import, before it does. */
function watching(store: Store, onAppend: (events: number) => void): Store {
  const beginImport = (): StoredImport => {
    const target = store.beginImport();
    return {
      append: (events) => {
        onAppend(events.length);
        return target.append(events);
      },
      finish: (record, append, imported) => {
        onAppend(append.events.length);
        return target.finish(record, append, imported);
      },
      abandon: () => target.abandon(),
    };
  };
  return new Proxy(store, {
    get(target, name) {
      if (name === 'beginImport') return beginImport;
      const value: unknown = Reflect.get(target, name);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}

test('10,000 events are written in a few groups', async () => {
  const groups: number[] = [];
  await take(
    watching(await openStore(), (events) => groups.push(events)),
    longBody(10_000),
  );
  expect(groups.reduce((sum, events) => sum + events, 0)).toBe(10_000);
  expect(groups.length).toBeLessThan(10);
});

test('100,000 events come and go in bounded memory', async () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const heap = () => {
    collect();
    return process.memoryUsage().heapUsed;
  };
  const store = await openStore();
  const before = heap();
  let most = 0;
  let groups = 0;
  const look = () => {
    groups += 1;
    if (groups % 30 === 0) most = Math.max(most, heap() - before);
  };
  await take(watching(store, look), longBody(100_000));
  const body = await exportSession(store, 'long', everything);
  let bytes = 0;
  for await (const chunk of body as unknown as AsyncIterable<Uint8Array>) {
    bytes += chunk.length;
    look();
  }
  expect(bytes).toBeGreaterThan(30e6);
  expect(groups).toBeGreaterThan(200);
  expect(most).toBeLessThan(8e6);
});

test('an export reads no further than it is taken', async () => {
  const store = await openStore();
  await take(store, longBody(10_000));
  let reads = 0;
  const reading: Parameters<typeof exportSession>[0] = {
    record: (id) => store.record(id),
    status: (id) => store.status(id),
    eventText: (...page) => {
      reads += 1;
      return store.eventText(...page);
    },
  };
  const body = await exportSession(reading, 'long', everything);
  const reader = body!.getReader();
  for (let taken = 0; taken < 3; taken += 1) await reader.read();
  expect(reads).toBe(2);
  await store.delete('long', 9);
  await expect(reader.read()).rejects.toThrow('Session long is deleted.');
});
