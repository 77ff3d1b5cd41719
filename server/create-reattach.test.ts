import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import { mount } from 'hono/mount';
import { pino } from 'pino';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { createReattach } from './create-reattach.ts';
import type { ReattachOptions } from './reattach-options.ts';
import type { Call } from './routes/authorize-rule.ts';
import { temporaryDirectory } from './server.testing.ts';
import { StartError } from './start-error.ts';
import { openSqliteStore } from './store/sqlite-store.ts';

const greeting = { nodes: [{ id: 'name', type: 'ask', configuration: { prompt: 'Your name?' } }] };
const loud = {
  nodes: [{ id: 'a', type: 'shout', configuration: { text: 'hi' } }],
};
const shout = (ctx: { configuration: Record<string, unknown> }) =>
  String(ctx.configuration.text).toUpperCase();

async function open(options: Partial<ReattachOptions> = {}) {
  const reattach = await createReattach({
    ...{ store: ':memory:', graphs: { greeting }, logger: pino({ level: 'silent' }), panel: false },
    ...options,
  });
  onTestFinished(() => reattach.close());
  return reattach;
}

/** Serves with node:http on a free port. */
async function listening(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const post = (url: string, body: unknown, headers: Record<string, string> = {}) =>
  fetch(url, { method: 'POST', body: JSON.stringify(body), headers });

/** Starts `greeting`, answers it over the wire below `base`, and gives what its stream said. */
async function wholeRun(base: string): Promise<string> {
  const started = await post(`${base}/v1beta1/graphSessions/new`, { graphId: 'greeting' });
  expect(started.status).toBe(200);
  const { sessionId } = (await started.json()) as { sessionId: string };
  const session = `${base}/v1beta1/graphSessions/${sessionId}`;
  const stream = await fetch(session);
  const rest = await fetch(`${session}/status?waitFor=suspended&timeout=20`);
  const { openPrompts } = (await rest.json()) as { openPrompts: { interactionId: string }[] };
  const answer = {
    interactionId: openPrompts[0]?.interactionId,
    response: { input: { role: 'user', parts: [{ text: 'Ada' }] } },
  };
  expect((await post(`${session}:resume`, answer)).status).toBe(200);
  return stream.text();
}

describe('createReattach', () => {
  test('is mounted in a Hono app, under a path', async () => {
    const reattach = await open();
    const host = new Hono();
    host.get('/', (c) => c.text('the host'));
    host.all('/runs/*', mount(reattach.fetch));
    const base = await new Promise<string>((resolve) => {
      const server = serve({ fetch: host.fetch, port: 0, hostname: '127.0.0.1' }, ({ port }) =>
        resolve(`http://127.0.0.1:${port}`),
      );
      onTestFinished(() => void server.close());
    });
    expect(await (await fetch(base)).text()).toBe('the host');
    expect(await wholeRun(`${base}/runs`)).toMatch(/event: done\ndata: {"status":"completed"/);
  });

  test('is the listener of a node:http server', async () => {
    const reattach = await open();
    const base = await listening(
      (incoming, outgoing) => void reattach.listener(incoming, outgoing),
    );
    expect(await wholeRun(base)).toMatch(/event: done\ndata: {"status":"completed"/);
  });

  test('stands below a path of a node:http server that takes the path off, as Express does', async () => {
    const reattach = await open();
    const base = await listening((incoming: IncomingMessage, outgoing) => {
      incoming.url = (incoming.url ?? '').replace(/^\/runs/, '');
      void reattach.listener(incoming, outgoing);
    });
    expect(await wholeRun(`${base}/runs`)).toContain('event: done');
  });

  test('answers below its base path', async () => {
    const reattach = await open({ basePath: '/runs' });
    const base = await listening((incoming, outgoing) => {
      if (incoming.url?.startsWith('/runs/') === true) void reattach.listener(incoming, outgoing);
      else outgoing.end('the host');
    });
    expect(await (await fetch(base)).text()).toBe('the host');
    expect(await wholeRun(`${base}/runs`)).toContain('event: done');
  });

  test('leaves the global Request and Response as they are', async () => {
    const before = [globalThis.Request, globalThis.Response];
    await open();
    expect([globalThis.Request, globalThis.Response]).toEqual(before);
  });

  test('runs handlers that were given, and refuses one with the name of another', async () => {
    const reattach = await open({ graphs: { loud }, nodes: { shout } });
    const { sessionId } = (await (await reattach.fetch(start({ graphId: 'loud' }))).json()) as {
      sessionId: string;
    };
    const path = `/v1beta1/graphSessions/${sessionId}/status?waitFor=completed&timeout=20`;
    expect(await (await reattach.fetch(at(path))).json()).toMatchObject({ status: 'completed' });
    await expect(open({ nodes: { ask: shout } })).rejects.toThrow(
      "The node type 'ask' comes from both the built-in types and the given nodes.",
    );
  });

  test('looks at an object of graphs each time, and refuses one that cannot run', async () => {
    const graphs: Record<string, typeof loud | typeof greeting> = { greeting };
    const reattach = await open({ graphs, nodes: { shout } });
    expect((await reattach.fetch(start({ graphId: 'loud' }))).status).toBe(404);
    graphs.loud = loud;
    expect((await reattach.fetch(start({ graphId: 'loud' }))).status).toBe(200);
    await expect(open({ graphs: { loud } })).rejects.toThrow(
      "The graph 'loud' cannot be run: Node 'a' has the unknown type 'shout'.",
    );
  });

  test.each(['maxBodyBytes', 'maxEventBytes'])(
    'refuses a %s that is no whole number above 0, by its name',
    async (option) => {
      for (const bytes of [1.5, 0, -1, NaN, Infinity, 2 ** 60]) {
        const refused = open({ [option]: bytes });
        await expect(refused).rejects.toThrow(
          new StartError(`'${option}' has to be a whole number of bytes above 0, not ${bytes}.`),
        );
        await expect(refused).rejects.toBeInstanceOf(StartError);
      }
      const reattach = await open({ [option]: 4096 });
      const health = (await (await reattach.fetch(at('/healthz'))).json()) as object;
      expect(Object.values(health)).toContainEqual(
        expect.objectContaining({ [option === 'maxBodyBytes' ? 'body' : 'event']: 4096 }),
      );
    },
  );

  test('takes the time from the clock that it is given', async () => {
    const reattach = await open({
      clock: { now: () => 86_400_000, at: () => () => undefined, defer: setImmediate },
    });
    await reattach.fetch(start({ graphId: 'greeting' }));
    const list = await reattach.fetch(
      at('/v1beta1/graphSessions', { headers: { accept: 'application/json' } }),
    );
    expect(await list.json()).toMatchObject({
      sessions: [{ createdAt: 86_400, updatedAt: 86_400 }],
    });
  });
});

describe('the end', () => {
  test('closes a store that was opened by name, and leaves one that was given open', async () => {
    const file = join(await temporaryDirectory(), 'a.db');
    const first = await open({ store: file });
    await first.close();
    const store = await openSqliteStore({ file });
    const second = await open({ store });
    await second.close();
    expect(await store.openTypes()).toEqual([]);
    await store.close();
  });

  test('refuses requests from then on, and closes once', async () => {
    const reattach = await open();
    await Promise.all([reattach.close(), reattach.close()]);
    const refused = await reattach.fetch(at('/v1beta1/graphs'));
    expect(refused.status).toBe(503);
    expect(await refused.json()).toMatchObject({ code: 'unavailable' });
  });

  test('waits for a request that is under way', async () => {
    let allow: (decision: boolean) => void = () => {};
    const asked = vi.fn(() => new Promise<boolean>((resolve) => (allow = resolve)));
    const reattach = await open({ authorize: asked });
    const answer = reattach.fetch(at('/v1beta1/graphs'));
    await vi.waitFor(() => expect(asked).toHaveBeenCalled());
    const closed = reattach.close();
    allow(true);
    expect((await answer).status).toBe(200);
    await closed;
  });

  test('lets nothing run, and requests wait, until it is told to recover', async () => {
    const reattach = await open({ recover: false });
    let answered = false;
    const answer = Promise.resolve(reattach.fetch(at('/healthz'))).then((response) => {
      answered = true;
      return response.status;
    });
    await new Promise(setImmediate);
    expect(answered).toBe(false);
    await reattach.recover();
    expect(await answer).toBe(200);
  });
});

describe('authorize', () => {
  test('sees each call with what it names', async () => {
    const calls: Call[] = [];
    const reattach = await open({
      authorize: (_, call) => {
        calls.push(call);
        return false;
      },
    });
    const paths = [
      '/v1beta1/graphSessions?graphId=greeting',
      '/v1beta1/graphSessions/a%20b/status',
      '/v1beta1/graphs/greeting',
      '/v1beta1/watch?session=x:3&session=y',
      '/v1beta1/watch?feed=&session=x',
      '/v1beta1/graphs',
    ];
    for (const path of paths) expect((await reattach.fetch(at(path))).status).toBe(403);
    expect((await reattach.fetch(start({ graphId: 'greeting' }))).status).toBe(403);
    expect(calls).toEqual([
      { operation: 'listSessions', sessionIds: [], graphId: 'greeting', lists: true },
      { operation: 'getStatus', sessionIds: ['a b'], graphId: null, lists: false },
      { operation: 'getGraph', sessionIds: [], graphId: 'greeting', lists: false },
      { operation: 'watch', sessionIds: ['x', 'y'], graphId: null, lists: false },
      { operation: 'watch', sessionIds: ['x'], graphId: null, lists: true },
      { operation: 'listGraphs', sessionIds: [], graphId: null, lists: true },
      { operation: 'startSession', sessionIds: [], graphId: null, lists: false },
    ]);
  });

  test('is asked for every operation of the table but the health', async () => {
    const { operations } = await import('./routes/operations.ts');
    const seen: string[] = [];
    const reattach = await open({
      authorize: (_, { operation }) => {
        seen.push(operation);
        return false;
      },
    });
    for (const { method, path } of Object.values(operations)) {
      const query = path === '/v1beta1/watch' ? '?feed=' : '';
      await reattach.fetch(at(path.replace(/\{\w+\}/, 'x') + query, { method }));
    }
    expect(seen).toEqual(Object.keys(operations).filter((id) => id !== 'getHealth'));
  });

  test.each([
    ['false is 403', false, 403, 'forbidden'],
    ['unauthenticated is 401', 'unauthenticated' as const, 401, 'unauthorized'],
    ['nothing, of a function that forgot to return, is 403', undefined as never, 403, 'forbidden'],
  ])('%s', async (_, decision, status, code) => {
    const reattach = await open({ authorize: () => Promise.resolve(decision) });
    const response = await reattach.fetch(start({ graphId: 'greeting' }));
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ code });
  });

  test('answers with a response of its own', async () => {
    const reattach = await open({
      authorize: () => new Response('pay first', { status: 402, headers: { 'x-price': '3' } }),
    });
    const response = await reattach.fetch(at('/v1beta1/graphs'));
    expect([response.status, response.headers.get('x-price'), await response.text()]).toEqual([
      ...[402, '3', 'pay first'],
    ]);
  });

  test('refuses when it throws, and tells nothing of why', async () => {
    const reattach = await open({
      authorize: () => {
        throw new Error('the directory is down');
      },
    });
    const response = await reattach.fetch(at('/v1beta1/graphs'));
    expect(response.status).toBe(500);
    expect(await response.text()).not.toContain('directory');
  });

  test('opens the server to any host, which without it is this machine alone', async () => {
    const elsewhere = { headers: { host: 'runs.example' } };
    const closed = await open();
    expect((await closed.fetch(at('/v1beta1/graphs', elsewhere))).status).toBe(403);
    const named = await open({ allowHosts: ['runs.example'] });
    expect((await named.fetch(at('/v1beta1/graphs', elsewhere))).status).toBe(200);
    const decided = await open({ authorize: () => true });
    expect((await decided.fetch(at('/v1beta1/graphs', elsewhere))).status).toBe(200);
  });

  test('has the Authorization header to itself: it is no run’s access token', async () => {
    const seen: (string | undefined)[] = [];
    const reattach = await open({
      authorize: (request) => request.headers.get('authorization') === 'Bearer of-the-caller',
      nodes: { token: (ctx) => void seen.push(ctx.accessToken()) },
      graphs: { g: { nodes: [{ id: 'a', type: 'token' }] } },
    });
    const response = await reattach.fetch(
      start({ graphId: 'g' }, { authorization: 'Bearer of-the-caller' }),
    );
    expect(response.status).toBe(200);
    await vi.waitFor(() => expect(seen).toEqual([undefined]));
  });
});

const at = (path: string, init?: RequestInit) => new Request(`http://localhost${path}`, init);

const start = (body: unknown, headers: Record<string, string> = {}) =>
  at('/v1beta1/graphSessions/new', { method: 'POST', body: JSON.stringify(body), headers });
