// Longer than most: one scene a behaviour of durable handlers, read like the design's own page.
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { SessionEvent } from '../../shared/event.ts';
import type { JsonObject } from '../../shared/json.ts';
import { openSqliteStore } from '../store/sqlite-store.ts';
import type { Store } from '../store/store.ts';
import { engineWith, has, logOf, oneNode, starting, untilLog } from './engine.testing.ts';
import type { Engine } from './engine.ts';
import type { NodeContext, NodeHandler } from './handler.ts';
import { blameStray } from './scope.ts';

let store: Store;
let engines: Engine[];

beforeEach(async () => {
  store = await openSqliteStore({ file: ':memory:' });
  engines = [];
});

afterEach(async () => {
  for (const engine of engines) await engine.close();
  await store.close();
});

/** An engine on the test's store: the one before it is stopped first, as by a restart. */
async function boot(handler: NodeHandler, options = {}) {
  await engines.at(-1)?.close();
  const engine = engineWith(store, handler, options);
  engines.push(engine);
  await engine.recover();
  return engine;
}

async function run(handler: NodeHandler, request: Record<string, unknown> = {}) {
  const engine = await boot(handler);
  const { sessionId } = await engine.start(starting({ graph: oneNode, graphId: 'G', ...request }));
  return { engine, sessionId };
}

const types = (log: SessionEvent[]) => log.map((event) => event.type);
const ended = (log: SessionEvent[]) =>
  log.some((event) => ['graphComplete', 'graphError', 'graphCancelled'].includes(event.type));

function promptIn(log: SessionEvent[], nth = 0) {
  const prompts = log.filter((event) => event.type === 'inputRequired');
  const prompt = prompts[nth];
  if (prompt?.type !== 'inputRequired') throw new Error(`no prompt ${nth} in ${types(log).join()}`);
  return prompt;
}

function outputsIn(log: SessionEvent[]): JsonObject {
  const end = log.find((event) => event.type === 'nodeEnd');
  if (end?.type !== 'nodeEnd') throw new Error(`no nodeEnd in ${JSON.stringify(log.at(-1))}`);
  return end.outputs;
}

const said = (text: string) => ({ input: { role: 'user', parts: [{ text }] } });

function latch() {
  let open = () => {};
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { open, opened };
}

test('a run of one node writes its start, its end and the outputs by node id', async () => {
  const { sessionId } = await run(async () => 'done');
  const log = await untilLog(store, sessionId, ended);
  expect(types(log)).toEqual(['graphStart', 'nodeStart', 'nodeEnd', 'graphComplete']);
  expect(log.at(-1)).toMatchObject({ outputs: { n: { output: 'done' } } });
  expect(log.map((event) => event.index)).toEqual([0, 1, 2, 3]);
});

test('the trip of the design page: asks, steps, chooses, and survives a restart at each prompt', async () => {
  let searches = 0;
  const trip = async (ctx: NodeContext) => {
    const topic = await ctx.ask({ prompt: 'Where to?' });
    const ideas = await ctx.step('ideas', async () => {
      searches += 1;
      return [`${topic?.parts[0]?.text} by rail`, 'by sea'];
    });
    const [pick] = await ctx.choose({
      prompt: 'Which one?',
      choices: ideas.map((idea, i) => ({ id: String(i), content: idea })),
    });
    return { pick: pick ?? null };
  };
  const { sessionId } = await run(trip);
  let log = await untilLog(store, sessionId, has('inputRequired'));
  expect(promptIn(log).suspendEvent).toEqual({
    waitForInput: { prompt: { role: 'model', parts: [{ text: 'Where to?' }] }, inputType: 'text' },
  });

  let engine = await boot(trip);
  const answer = { interactionId: promptIn(log).interactionId, response: said('Norway') };
  expect(await engine.resume(sessionId, answer)).toEqual({ sessionId, status: 'running' });
  log = await untilLog(
    store,
    sessionId,
    (l) => l.filter((e) => e.type === 'inputRequired').length === 2,
  );

  engine = await boot(trip);
  const choice = promptIn(log, 1);
  expect(JSON.stringify(choice.suspendEvent)).toContain('Norway by rail');
  await engine.resume(sessionId, {
    interactionId: choice.interactionId,
    response: { selected: { ids: ['1'] } },
  });
  log = await untilLog(store, sessionId, ended);
  expect(outputsIn(log)).toEqual({ pick: '1' });
  expect(searches).toBe(1);
  expect(types(log)).toEqual([
    'graphStart',
    'nodeStart',
    'inputRequired',
    'inputResolved',
    'stepStart',
    'stepEnd',
    'inputRequired',
    'inputResolved',
    'nodeEnd',
    'graphComplete',
  ]);
});

test('a step cut short runs again as its next attempt, and one that ended does not', async () => {
  const calls: string[] = [];
  const held = latch();
  const handler: NodeHandler = async (ctx) => {
    await ctx.step('first', (s) => {
      calls.push(`first ${s.attempt}`);
    });
    return ctx.step('second', async (s) => {
      calls.push(`second ${s.attempt}`);
      if (s.attempt === 1) await held.opened;
      return s.attempt;
    });
  };
  const { sessionId } = await run(handler);
  await untilLog(store, sessionId, (log) => log.filter((e) => e.type === 'stepStart').length === 2);
  await boot(handler);
  const log = await untilLog(store, sessionId, ended);
  expect(calls).toEqual(['first 1', 'second 1', 'second 2']);
  expect(outputsIn(log)).toEqual({ output: 2 });
  held.open();
});

test('what a stopped attempt emitted is superseded, and its prompt withdrawn and asked again once', async () => {
  const handler: NodeHandler = (ctx) =>
    ctx.step('talk', async (s) => {
      await s.emit({ content: { attempt: s.attempt } });
      const ok = await s.consent({ prompt: 'May I?' });
      return { ok, attempt: s.attempt };
    });
  const { sessionId } = await run(handler);
  await untilLog(store, sessionId, has('inputRequired'));
  const engine = await boot(handler);
  let log = await untilLog(
    store,
    sessionId,
    (l) => l.filter((e) => e.type === 'inputRequired').length === 2,
  );
  expect(types(log).slice(2)).toEqual([
    'stepStart',
    'agentEvent',
    'inputRequired',
    'inputWithdrawn',
    'stepStart',
    'agentEvent',
    'inputRequired',
  ]);
  expect((await store.status(sessionId))?.status).toBe('suspended');
  await expect(
    engine.resume(sessionId, {
      interactionId: promptIn(log).interactionId,
      response: { consent: true },
    }),
  ).rejects.toMatchObject({ code: 'prompt_withdrawn' });
  await engine.resume(sessionId, {
    interactionId: promptIn(log, 1).interactionId,
    response: { consent: true },
  });
  log = await untilLog(store, sessionId, ended);
  expect(outputsIn(log)).toEqual({ ok: true, attempt: 2 });
});

test('a failed attempt is tried again as often as it may be, and the last error is the recorded one', async () => {
  const seen: unknown[] = [];
  const handler: NodeHandler = async (ctx) => {
    try {
      await ctx.step('flaky', (s) => Promise.reject(new Error(`no ${s.attempt}`)), { retries: 1 });
    } catch (error) {
      seen.push(error instanceof Error ? [error.name, error.message] : error);
      throw error;
    }
  };
  const { sessionId } = await run(handler);
  const log = await untilLog(store, sessionId, ended);
  expect(types(log)).toEqual([
    'graphStart',
    'nodeStart',
    'stepStart',
    'stepError',
    'stepStart',
    'stepError',
    'nodeError',
    'graphError',
  ]);
  expect(seen).toEqual([['StepFailed', 'no 2']]);
  expect(log.at(-1)).toMatchObject({ error: 'n: no 2' });
});

test('an error may say that no attempt helps, or that the next one has to wait', async () => {
  const hints = [{ retryAfterMs: 700 }, { final: true }];
  const handler: NodeHandler = (ctx) =>
    ctx.step('asked', (s) => Promise.reject(Object.assign(new Error('no'), hints[s.attempt - 1])), {
      retries: 5,
    });
  const { sessionId } = await run(handler);
  const log = await untilLog(store, sessionId, ended);
  const errors = log.filter((event) => event.type === 'stepError');
  expect(errors).toMatchObject([{ final: false }, { final: true }]);
  expect(errors[0]!.retryAt! - errors[0]!.time).toBeCloseTo(0.7);
});

test("a step's result is what JSON makes of it, live as on replay", async () => {
  const results: unknown[] = [];
  const handler: NodeHandler = async (ctx) => {
    results.push(await ctx.step('date', () => ({ at: new Date(0), gone: undefined })));
    results.push(await ctx.step<unknown>('nothing', () => undefined));
    await ctx.ask({ prompt: 'Go on?' });
  };
  const { sessionId } = await run(handler);
  const log = await untilLog(store, sessionId, has('inputRequired'));
  const engine = await boot(handler);
  await engine.resume(sessionId, {
    interactionId: promptIn(log).interactionId,
    response: said('yes'),
  });
  await untilLog(store, sessionId, ended);
  const made = { at: '1970-01-01T00:00:00.000Z' };
  expect(results).toEqual([made, undefined, made, undefined]);
});

test('emissions keep their order and are not repeated by a replay', async () => {
  const handler: NodeHandler = async (ctx) => {
    for (let i = 0; i < 5; i += 1) await ctx.emit({ content: i });
    await ctx.thought('hm');
    await ctx.ask({ prompt: 'More?' });
    await ctx.emit({ content: 'last' });
  };
  const { sessionId } = await run(handler);
  let log = await untilLog(store, sessionId, has('inputRequired'));
  const engine = await boot(handler);
  await engine.resume(sessionId, {
    interactionId: promptIn(log).interactionId,
    response: said('ok'),
  });
  log = await untilLog(store, sessionId, ended);
  expect(log.flatMap((e) => (e.type === 'agentEvent' ? [e.event['content']] : []))).toEqual([
    0,
    1,
    2,
    3,
    4,
    'last',
  ]);
  expect(log.filter((e) => e.type === 'thoughtEvent')).toHaveLength(1);
});

test('concurrent results reach the handler in log order, live and again', async () => {
  const orders: string[][] = [];
  const gates = { a: latch(), b: latch(), c: latch() };
  const handler: NodeHandler = async (ctx) => {
    const order: string[] = [];
    orders.push(order);
    const branch = async (name: 'a' | 'b' | 'c') => {
      await ctx.step(name, () => gates[name].opened);
      order.push(name);
    };
    await Promise.all([branch('a'), branch('b'), branch('c')]);
    await ctx.ask({ prompt: 'Seen?' });
  };
  const { sessionId } = await run(handler);
  for (const name of ['c', 'a', 'b'] as const) {
    gates[name].open();
    await untilLog(store, sessionId, (log) =>
      log.some((e) => e.type === 'stepEnd' && e.step === name),
    );
  }
  const log = await untilLog(store, sessionId, has('inputRequired'));
  const engine = await boot(handler);
  await engine.resume(sessionId, {
    interactionId: promptIn(log).interactionId,
    response: said('y'),
  });
  await untilLog(store, sessionId, ended);
  expect(orders).toEqual([
    ['c', 'a', 'b'],
    ['c', 'a', 'b'],
  ]);
});

test('concurrent branches that use one name are told to use two', async () => {
  const { sessionId } = await run((ctx) =>
    Promise.all([ctx.step('same', () => 1), ctx.step('same', () => 2)]),
  );
  const log = await untilLog(store, sessionId, ended);
  expect(log.find((e) => e.type === 'nodeError')).toMatchObject({
    error: expect.stringContaining("called 'same'") as string,
  });
});

test('operations of ctx inside a step reject, and those of the step work', async () => {
  const { sessionId } = await run((ctx) =>
    ctx.step('outer', async (s) => {
      await s.thought('fine');
      await ctx.thought('not fine');
    }),
  );
  const log = await untilLog(store, sessionId, ended);
  expect(log.find((e) => e.type === 'stepError')).toMatchObject({
    error: expect.stringContaining("inside the step 'step:outer:0'") as string,
  });
});

test('a sleep outlives a restart and a parked session wakes by itself', async () => {
  const handler: NodeHandler = async (ctx) => {
    await ctx.sleep(300);
    return 'woke';
  };
  const { sessionId } = await run(handler);
  await untilLog(store, sessionId, has('sleepStart'));
  expect((await store.status(sessionId))?.status).toBe('running');
  await boot(handler, { parkAfterMs: 5 });
  const log = await untilLog(store, sessionId, ended);
  expect(types(log).filter((t) => t.startsWith('sleep'))).toEqual(['sleepStart', 'sleepEnd']);
  expect(outputsIn(log)).toEqual({ output: 'woke' });
});

test('a deadline gives the default, also after a restart; without one the prompt rejects', async () => {
  const handler: NodeHandler = async (ctx) => {
    const color = await ctx.ask({ prompt: 'Colour?', timeoutMs: 200, default: 'red' });
    const late = await ctx
      .consent({ timeoutMs: 1 })
      .catch((error: unknown) => (error instanceof Error ? error.name : ''));
    return { color: color?.parts[0]?.text ?? null, late };
  };
  const { sessionId } = await run(handler);
  await untilLog(store, sessionId, has('inputRequired'));
  await boot(handler);
  const log = await untilLog(store, sessionId, ended);
  expect(outputsIn(log)).toEqual({ color: 'red', late: 'PromptExpired' });
});

test('cancel works on a suspended session, is in the log, and withdraws what is open', async () => {
  const { engine, sessionId } = await run((ctx) => ctx.ask({ prompt: '?' }));
  const before = await untilLog(store, sessionId, has('inputRequired'));
  expect(await engine.cancel(sessionId)).toEqual({ sessionId, status: 'cancelled' });
  expect(types(await logOf(store, sessionId)).slice(3)).toEqual([
    'inputWithdrawn',
    'graphCancelled',
  ]);
  await expect(engine.cancel(sessionId)).rejects.toMatchObject({ code: 'session_final' });
  const late = { interactionId: promptIn(before).interactionId, response: said('x') };
  await expect(engine.resume(sessionId, late)).rejects.toMatchObject({ code: 'session_final' });
});

test('cancel aborts the signal of a step, and what the handler does afterwards is not journalled', async () => {
  const aborted = latch();
  const finished = latch();
  const { engine, sessionId } = await run(async (ctx) => {
    try {
      await ctx.step('long', async (s) => {
        s.signal.addEventListener('abort', aborted.open);
        await aborted.opened;
      });
    } catch {
      await ctx.emit({ content: 'too late' }).catch(() => finished.open());
    }
  });
  await untilLog(store, sessionId, has('stepStart'));
  await engine.cancel(sessionId);
  await finished.opened;
  expect(types(await logOf(store, sessionId))).toEqual([
    'graphStart',
    'nodeStart',
    'stepStart',
    'graphCancelled',
  ]);
});

test('a deleted session is gone, whatever its handler still does', async () => {
  const held = latch();
  const done = latch();
  const { engine, sessionId } = await run(async (ctx) => {
    await ctx.step('deaf', () => held.opened.finally(done.open));
  });
  await untilLog(store, sessionId, has('stepStart'));
  await engine.delete(sessionId);
  held.open();
  await done.opened;
  expect(await store.status(sessionId)).toBeNull();
  expect(await logOf(store, sessionId)).toEqual([]);
  await expect(engine.delete(sessionId)).rejects.toMatchObject({ code: 'session_not_found' });
  await expect(engine.cancel(sessionId)).rejects.toMatchObject({ code: 'session_not_found' });
});

test('of two answers one is accepted, and a duplicate with its key gets the first result', async () => {
  const handler: NodeHandler = (ctx) => ctx.ask({ prompt: '?' });
  const { engine, sessionId } = await run(handler);
  const { interactionId } = promptIn(await untilLog(store, sessionId, has('inputRequired')));
  const key = { scope: 'POST /r', key: 'k', bodyHash: 'h' };
  const answers = await Promise.allSettled([
    engine.resume(sessionId, { interactionId, response: said('a') }, key),
    engine.resume(sessionId, { interactionId, response: said('b') }),
    engine.resume(sessionId, { interactionId, response: said('a') }, key),
  ]);
  const ok = { status: 'fulfilled', value: { sessionId, status: 'running' } };
  expect(answers.filter((a) => a.status === 'fulfilled')).toEqual(
    answers[0].status === 'fulfilled' ? [ok, ok] : [ok],
  );
  const log = await untilLog(store, sessionId, ended);
  expect(log.filter((e) => e.type === 'inputResolved')).toHaveLength(1);
  if (answers[0].status === 'fulfilled') {
    const again = await boot(handler);
    expect(await again.resume(sessionId, { interactionId, response: said('a') }, key)).toEqual(
      ok.value,
    );
    await expect(
      again.resume(
        sessionId,
        { interactionId, response: said('a') },
        { ...key, bodyHash: 'other' },
      ),
    ).rejects.toMatchObject({ code: 'idempotency_mismatch' });
  }
});

test('an answer that does not fit is refused with the reason and leaves the prompt open', async () => {
  const { engine, sessionId } = await run((ctx) =>
    ctx.form({
      schema: { type: 'object', properties: { n: { type: 'integer' } }, required: ['n'] },
    }),
  );
  const { interactionId } = promptIn(await untilLog(store, sessionId, has('inputRequired')));
  await expect(
    engine.resume(sessionId, { interactionId, response: { n: 'one' } }),
  ).rejects.toMatchObject({
    code: 'invalid_answer',
    message: expect.stringContaining("'n'") as string,
  });
  await expect(
    engine.resume(sessionId, { interactionId: 'nope', response: {} }),
  ).rejects.toMatchObject({ code: 'interaction_not_found' });
  await engine.resume(sessionId, { interactionId, response: { n: 1 } });
  expect(outputsIn(await untilLog(store, sessionId, ended))).toEqual({ n: 1 });
});

test('an access token reaches the handler and never the log', async () => {
  const { sessionId } = await run(
    async (ctx) => {
      await ctx.emit({ content: `token ${ctx.accessToken()}` });
      throw new Error(`GET https://x/?t=${encodeURIComponent(ctx.accessToken() ?? '')} failed`);
    },
    { accessToken: 's3cr/et+"1' },
  );
  const log = await untilLog(store, sessionId, ended);
  expect(log[2]).toMatchObject({ event: { content: 'token [redacted]' } });
  expect(log.at(-1)).toMatchObject({ error: 'n: GET https://x/?t=[redacted] failed' });
});

test('a stray rejection fails its node', async () => {
  const rejections: unknown[] = [];
  const before = process.listeners('unhandledRejection');
  process.removeAllListeners('unhandledRejection');
  const blame = (error: unknown) => void rejections.push(blameStray(error));
  process.on('unhandledRejection', blame);
  try {
    const { sessionId } = await run(async (ctx) => {
      void Promise.reject(new Error('nobody caught me'));
      await ctx.ask({ prompt: '?' });
    });
    const log = await untilLog(store, sessionId, ended);
    expect(log.at(-1)).toMatchObject({ type: 'graphError', error: 'n: nobody caught me' });
    expect(rejections).toEqual([true]);
  } finally {
    process.off('unhandledRejection', blame);
    for (const listener of before) process.on('unhandledRejection', listener);
  }
});

test('a session whose type is not loaded is left alone, shown as blocked, and continues when it is', async () => {
  const handler: NodeHandler = async (ctx) => {
    await ctx.ask({ prompt: '?' });
    return 'ok';
  };
  const { sessionId } = await run(handler);
  const log = await untilLog(store, sessionId, has('inputRequired'));
  const { interactionId } = promptIn(log);

  let engine = await boot(handler, { nodeTypes: {} });
  expect((await store.status(sessionId))?.blockedBy).toEqual(['test']);
  await expect(
    engine.resume(sessionId, { interactionId, response: said('x') }),
  ).rejects.toMatchObject({ code: 'session_blocked' });
  expect(await logOf(store, sessionId)).toEqual(log);

  engine = await boot(handler);
  expect((await store.status(sessionId))?.blockedBy).toEqual([]);
  await engine.resume(sessionId, { interactionId, response: said('x') });
  expect(outputsIn(await untilLog(store, sessionId, ended))).toEqual({ output: 'ok' });
});

test('parallel branches run at once, and a failed one does not stop the other', async () => {
  const engine = await boot(async (ctx) => {
    if (ctx.nodeId === 'bad') throw new Error('broken');
    return `${ctx.nodeId}:${JSON.stringify(ctx.inputs)}`;
  });
  const { sessionId } = await engine.start(
    starting({
      graph: {
        nodes: ['start', 'bad', 'good', 'join', 'after'].map((id) => ({ id, type: 'test' })),
        edges: [
          { from: 'start', to: 'bad' },
          { from: 'start', to: 'good' },
          { from: 'bad', to: 'join' },
          { from: 'good', to: 'join' },
          { from: 'bad', to: 'after' },
        ],
      },
    }),
  );
  const log = await untilLog(store, sessionId, ended);
  expect(log.find((e) => e.type === 'nodeEnd' && e.nodeId === 'join')).toMatchObject({
    outputs: { output: 'join:{"input":["good:{\\"input\\":\\"start:{}\\"}"]}' },
  });
  expect(log.find((e) => e.type === 'nodeSkipped')).toMatchObject({
    nodeId: 'after',
    reason: "port 'input' got no value: node 'bad' failed",
  });
  expect(log.at(-1)).toMatchObject({ type: 'graphError', error: 'bad: broken' });
});
