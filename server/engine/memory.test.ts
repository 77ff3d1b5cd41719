import { afterEach, beforeEach, expect, test } from 'vitest';
import type { SessionEvent } from '../../shared/event.ts';
import { openSqliteStore } from '../store/sqlite-store.ts';
import type { Store } from '../store/store.ts';
import { systemClock, type Clock } from './clock.ts';
import { engineWith, has, logOf, oneNode, starting, untilLog } from './engine.testing.ts';
import type { Engine } from './engine.ts';
import type { NodeHandler } from './handler.ts';

let store: Store;
let engines: Engine[];
/** The types of the events of each append, in order. */
let appends: string[][];

beforeEach(async () => {
  const real = await openSqliteStore({ file: ':memory:' });
  appends = [];
  store = new Proxy(real, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name);
      if (typeof value !== 'function') return value;
      return (...args: unknown[]) => {
        const { events = [] } = (args.at(-1) ?? {}) as { events?: SessionEvent[] };
        if (name === 'append') appends.push(events.map(({ type }) => type));
        return value.apply(target, args) as unknown;
      };
    },
  });
  engines = [];
});

afterEach(async () => {
  for (const engine of engines) await engine.close();
  await store.close();
});

async function boot(handler: NodeHandler, options = {}) {
  await engines.at(-1)?.close();
  const engine = engineWith(store, handler, options);
  engines.push(engine);
  await engine.recover();
  return engine;
}

const start = async (engine: Engine) =>
  (await engine.start(starting({ graph: oneNode, graphId: 'G' }))).sessionId;
const final = has('graphComplete');
const never = () => new Promise<never>(() => undefined);

function latch() {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

test('what a step remembers, a later step and a later attempt recall, over a restart', async () => {
  const reached = latch();
  let isFirst = true;
  const handler: NodeHandler = async (ctx) => {
    await ctx.step('write', (s) => s.remember('place', { page: 7 }));
    return ctx.step('read', async (s) => {
      if (!isFirst) return { seen: s.recall('place') ?? null, none: s.recall('nothing') ?? null };
      isFirst = false;
      await s.remember('place', { page: 8 });
      reached.open();
      return never();
    });
  };
  const sessionId = await start(await boot(handler));
  await reached.opened;
  await boot(handler);
  const log = await untilLog(store, sessionId, final);
  expect(log.find(({ type }) => type === 'nodeEnd')).toMatchObject({
    outputs: { seen: { page: 8 }, none: null },
  });
});

test('what is forgotten goes in the commit of the error, and is remembered until then', async () => {
  const handler: NodeHandler = async (ctx) => {
    await ctx.step('write', (s) => s.remember('place', 1));
    try {
      await ctx.step('fail', async (s) => {
        s.forget('place');
        await s.remember('place', 2);
        await s.emit({ note: { recalled: s.recall('place') ?? null } });
        throw new Error('no');
      });
    } catch {
      return ctx.step('read', (s) => ({ seen: s.recall('place') ?? null }));
    }
  };
  const sessionId = await start(await boot(handler));
  const log = await untilLog(store, sessionId, final);
  expect(
    log.filter(({ type }) => ['memory', 'agentEvent', 'stepError'].includes(type)),
  ).toMatchObject([
    { type: 'memory', name: 'place', value: 1 },
    { type: 'memory', name: 'place', value: 2 },
    { type: 'agentEvent', event: { note: { recalled: null } } },
    { type: 'memory', name: 'place' },
    { type: 'stepError', error: 'no' },
  ]);
  expect(log.filter(({ type }) => type === 'memory').at(-1)).not.toHaveProperty('value');
  expect(log.find(({ type }) => type === 'nodeEnd')).toMatchObject({ outputs: { seen: null } });
  const cleared = appends.find((types) => types.includes('stepError')) ?? [];
  expect(cleared.slice(cleared.indexOf('stepError') - 1)).toEqual(['memory', 'stepError']);
});

test('what an attempt that is over remembers comes too late', async () => {
  const go = latch();
  const done = latch();
  let late: unknown = null;
  const handler: NodeHandler = async (ctx) => {
    await ctx.step('early', (s) => {
      void go.opened
        .then(() => s.remember('place', 'late'))
        .catch((error: unknown) => {
          late = error;
        })
        .finally(done.open);
    });
    await ctx.step('now', (s) => s.remember('place', 'now'));
    return ctx.step('read', async (s) => {
      go.open();
      await done.opened;
      return { seen: s.recall('place') ?? null };
    });
  };
  const sessionId = await start(await boot(handler));
  const log = await untilLog(store, sessionId, final);
  expect(late).toBeInstanceOf(Error);
  expect(log.filter(({ type }) => type === 'memory')).toMatchObject([{ value: 'now' }]);
  expect(log.find(({ type }) => type === 'nodeEnd')).toMatchObject({ outputs: { seen: 'now' } });
});

test.each(['cancelled', 'deleted', 'stopped', 'answered'] as const)(
  'the life of a node outlives its parked handler, and is over when it is %s',
  async (how) => {
    const lives: AbortSignal[] = [];
    const signals: AbortSignal[] = [];
    const timers = new Set<() => void>();
    const clock: Clock = {
      ...systemClock,
      at: (_time, run) => {
        timers.add(run);
        return () => timers.delete(run);
      },
    };
    const engine = await boot(
      async (ctx) => {
        lives.push(ctx.over);
        signals.push(ctx.signal);
        await ctx.ask({ prompt: 'Well?' });
      },
      { clock },
    );
    const sessionId = await start(engine);
    const log = await untilLog(store, sessionId, has('inputRequired'));
    for (const park of timers) park();
    // Loads the parked session and runs its handler again, from its top.
    const prompt = log.find((event) => event.type === 'inputRequired');
    const interactionId = prompt?.type === 'inputRequired' ? prompt.interactionId : '';
    await expect(engine.resume(sessionId, { interactionId, response: 1 })).rejects.toThrow();
    expect(lives.map((life) => life.aborted)).toEqual([false, false]);
    expect(lives[0]).toBe(lives[1]);
    if (how === 'cancelled') await engine.cancel(sessionId);
    else if (how === 'deleted') await engine.delete(sessionId);
    else if (how === 'stopped') await engine.close();
    else {
      const input = { role: 'user', parts: [{ text: 'yes' }] };
      await engine.resume(sessionId, { interactionId, response: { input } });
      await untilLog(store, sessionId, final);
    }
    expect(lives.every((life) => life.aborted)).toBe(true);
    expect(signals[0]?.aborted).toBe(false);
    expect((await logOf(store, sessionId)).length).toBe(
      { cancelled: 5, deleted: 0, stopped: 3, answered: 6 }[how],
    );
  },
);
