import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { NodeHandler } from '../server/engine/handler.ts';
import type { SessionStatus } from '../shared/session.ts';
import type { PromptKind } from './ready-sessions.ts';
import { Sessions } from './sessions.ts';
import { TestServer, type TestServerOptions } from './test-server.ts';
import { WorkerServer } from './worker-server.ts';

let worker: WorkerServer;
beforeAll(async () => {
  worker = await WorkerServer.listen();
});
afterAll(() => worker.close());

async function open(options: TestServerOptions = {}) {
  const server = await TestServer.open(worker, { panel: false, ...options });
  onTestFinished(() => server.close());
  const sessions = new Sessions(server.api, () => server.clock.now() / 1000);
  return { server, sessions, api: server.api, clock: server.clock };
}

const answers: Record<PromptKind, unknown> = {
  form: { name: 'Ada' },
  question: { input: { role: 'user', parts: [{ text: 'Ada' }] } },
  choice: { selected: { ids: ['blue'] } },
  consent: { consent: true },
};
const kinds: PromptKind[] = ['form', 'question', 'choice', 'consent'];

describe('a session that is put there', () => {
  test.each(['running', 'suspended', 'completed', 'failed', 'cancelled'] as SessionStatus[])(
    'is %s',
    async (status) => {
      const { sessions, api } = await open();
      const { sessionId, title, graphId } = await sessions.put(status);
      expect(await api.status(sessionId)).toMatchObject({ status, title, graphId });
      expect(await api.list(graphId)).toMatchObject([{ sessionId, status }]);
    },
  );

  test.each(kinds)('waits on a %s, and completes when that is answered', async (prompt) => {
    const { sessions, api } = await open();
    const { sessionId, interactionId } = await sessions.put('suspended', { prompt });
    const { openPrompts } = await api.status(sessionId);
    expect(openPrompts).toMatchObject([{ interactionId }]);
    await api.answer(sessionId, answers[prompt]);
    await api.waitFor(sessionId, 'completed');
    // The prompt was taken up by its handler, and not asked a second time.
    const asked = (await api.events(sessionId)).filter(({ type }) => type === 'inputRequired');
    expect(asked).toHaveLength(1);
  });

  test.each(kinds)('has ended after a %s', async (prompt) => {
    const { sessions, api } = await open();
    for (const status of ['completed', 'cancelled'] as const) {
      const { sessionId } = await sessions.put(status, { prompt });
      expect(await api.status(sessionId)).toMatchObject({ status, openPrompts: [] });
    }
  });

  test('sleeps an hour when it runs, which a clock by hand makes pass', async () => {
    const { sessions, api, clock } = await open();
    clock.stop();
    const { sessionId } = await sessions.put('running');
    await clock.advance(3_599_000);
    expect(await api.status(sessionId)).toMatchObject({ status: 'running' });
    await clock.advance(2_000);
    expect(await api.status(sessionId)).toMatchObject({ status: 'completed' });
  });

  test('has as many events as are wanted', async () => {
    const { sessions, api } = await open();
    for (const status of ['suspended', 'completed', 'failed', 'cancelled', 'running'] as const) {
      const { sessionId } = await sessions.put(status, { events: 10_000 });
      const { eventCount } = await api.status(sessionId);
      expect(eventCount).toBeGreaterThanOrEqual(10_000);
      expect(eventCount).toBeLessThan(10_010);
    }
  });

  test('can be read and nothing more, if it is to', async () => {
    const { sessions, api } = await open();
    const { sessionId, interactionId } = await sessions.put('suspended', { readOnly: true });
    expect(await api.resume(sessionId, interactionId, answers.form)).toMatchObject({ status: 409 });
  });
});

describe('a session that is written', () => {
  const graph = { nodes: [{ id: 'a', type: 'ask', configuration: { prompt: 'Well?' } }] };

  test('is what was written', async () => {
    const { sessions, api } = await open();
    const sessionId = await sessions.write({ graph, graphId: 'g', title: 'Mine' }, (log) =>
      log.start('a').emit('a', { content: 'so far' }),
    );
    await api.waitFor(sessionId, 'suspended');
    expect((await api.events(sessionId)).map(({ type }) => type)).toEqual([
      ...['graphStart', 'nodeStart', 'agentEvent', 'inputRequired'],
    ]);
  });

  test('goes on with the nodes that are ready', async () => {
    const { sessions, api } = await open();
    const two = {
      nodes: [
        { id: 'first', type: 'template', configuration: { text: 'x' } },
        { id: 'then', type: 'consent' },
      ],
      edges: [{ from: 'first', to: 'then' }],
    };
    const begun = await sessions.write({ graph: two }, () => undefined);
    const halfWay = await sessions.write({ graph: two }, (log) =>
      log.start('first').end('first', { output: 'x' }),
    );
    for (const sessionId of [begun, halfWay]) {
      const { openPrompts } = await api.waitFor(sessionId, 'suspended');
      expect(openPrompts).toMatchObject([{ nodeId: 'then' }]);
    }
  });

  test('that no run could have written is refused, naming the line', async () => {
    const { sessions } = await open();
    await expect(sessions.write({ graph }, (log) => log.end('a', {}))).rejects.toThrow(
      /invalid_import.*Line 3|Line 3.*invalid_import/,
    );
  });
});

test('no test sees the sessions of another, on one port', async () => {
  const first = await open();
  await first.sessions.put('suspended');
  expect(await first.api.list()).toHaveLength(1);
  await first.server.close();
  const second = await open();
  expect(second.server.port).toBe(first.server.port);
  expect(await second.api.list()).toEqual([]);
});

test('no connection is closed as idle, which a call could run into', async () => {
  const { server } = await open();
  const { headers } = await fetch(server.url('/healthz'));
  expect([headers.get('connection'), headers.get('keep-alive')]).toEqual(['keep-alive', null]);
});

test('handlers and graphs are a test’s own, and a restart may change them', async () => {
  const nodes = (answer: string): Record<string, NodeHandler> => ({
    reply: async (ctx) => {
      await ctx.ask({ prompt: 'Ready?' });
      return answer;
    },
  });
  const { server, api } = await open({
    nodes: nodes('before'),
    graphs: { talk: { nodes: [{ id: 'r', type: 'reply' }] } },
  });
  const sessionId = await api.start('talk');
  await api.waitFor(sessionId, 'suspended');
  await server.restart({ nodes: nodes('after') });
  await api.answer(sessionId, answers.question);
  await api.waitFor(sessionId, 'completed');
  expect((await api.events(sessionId)).at(-1)).toMatchObject({
    outputs: { r: { output: 'after' } },
  });
});

test('a deadline passes when the clock is moved, and is told of by what waits', async () => {
  const configuration = { prompt: 'Quick?', timeoutMs: 60_000, default: 'no' };
  const { api, clock } = await open({
    graphs: { quick: { nodes: [{ id: 'q', type: 'ask', configuration }] } },
  });
  clock.stop();
  const sessionId = await api.start('quick');
  await api.waitFor(sessionId, 'suspended');
  await clock.advance(59_999);
  expect(await api.status(sessionId)).toMatchObject({ status: 'suspended' });
  const done = api.waitFor(sessionId, 'completed');
  await clock.advance(1);
  await done;
});

test('an answer that there is no one prompt for is refused, naming those there are', async () => {
  const ask = (id: string) => ({ id, type: 'ask', configuration: { prompt: 'Well?' } });
  const end = { id: 'end', type: 'output' };
  const edges = [
    { from: 'left', to: 'end' },
    { from: 'right', to: 'end' },
  ];
  const { api } = await open();
  const sessionId = await api.start({ nodes: [ask('left'), ask('right'), end], edges });
  await api.waitFor(sessionId, 'suspended');
  await expect(api.answer(sessionId, answers.question)).rejects.toThrow(
    "has not one prompt to answer; nodes that ask: 'left', 'right'.",
  );
  await api.answer(sessionId, answers.question, 'left');
  await expect(api.answer(sessionId, answers.question, 'left')).rejects.toThrow(
    "nodes that ask: 'right'.",
  );
});

test('what a server warns of is in its log', async () => {
  const held: NodeHandler = async (ctx) => {
    await ctx.ask({ prompt: 'Well?' });
  };
  const graphs = { g: { nodes: [{ id: 'h', type: 'held' }] } };
  const { server, api } = await open({ graphs, nodes: { held } });
  await api.waitFor(await api.start('g'), 'suspended');
  expect(server.log).toEqual([]);
  await server.restart({ nodes: {}, graphs: {} });
  expect(server.log).toContainEqual({
    ...{ level: 'warn', name: 'sessions.blocked', fields: { types: ['held'] } },
  });
});
