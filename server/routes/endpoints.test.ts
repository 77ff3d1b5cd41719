import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { NodeTypes } from '../engine/handler.ts';
import { openPrompts, startSession, startTestServer } from '../server.testing.ts';

const SESSIONS = '/v1beta1/graphSessions';
const NEW = `${SESSIONS}/new`;
const asJson = { headers: { Accept: 'application/json' } };
const hello = { input: { role: 'user', parts: [{ text: 'Ada' }] } };

test('the main job over HTTP: start, answer, read, rename, delete', async () => {
  const server = await startTestServer();
  const sessionId = await startSession(server, 'greeting');
  const path = `${SESSIONS}/${sessionId}`;

  const { name: interactionId = '' } = await openPrompts(server, sessionId);
  const answered = await server.call('POST', `${path}:resume`, {
    body: { interactionId, response: hello },
  });
  expect(answered).toMatchObject({ status: 200, json: { sessionId, status: 'running' } });
  const done = await server.call('GET', `${path}/status?waitFor=completed&timeout=20`);
  expect(done.json).toMatchObject({ status: 'completed', title: 'Greeting', openPrompts: [] });

  expect(await server.call('PATCH', path, { body: { title: ' Ada ' } })).toMatchObject({
    status: 200,
    json: { sessionId, title: 'Ada' },
  });
  const list = await server.call('GET', `${SESSIONS}?graphId=greeting&q=ada`, asJson);
  expect(list.json.sessions).toMatchObject([{ sessionId, title: 'Ada', status: 'completed' }]);

  const events = await server.call('GET', `${path}/events?after=0&limit=2`);
  expect(events.json).toMatchObject({
    events: [
      { type: 'nodeStart', index: 1 },
      { type: 'inputRequired', index: 2 },
    ],
    status: 'completed',
    lastIndex: done.json.lastIndex,
  });

  expect(await server.call('DELETE', path)).toMatchObject({ status: 200, json: { ok: true } });
  for (const [method, rest] of [
    ['GET', ''],
    ['GET', '/events'],
    ['GET', '/status'],
    ['GET', '/status?waitFor=completed'],
    ['HEAD', ''],
    ['DELETE', ''],
    ['POST', ':cancel'],
  ] as const) {
    expect([method, rest, (await server.call(method, path + rest)).status]).toEqual([
      method,
      rest,
      404,
    ]);
  }
});

describe('the session stream', () => {
  test('of a session that has ended replays, says so, and closes', async () => {
    const server = await startTestServer();
    const sessionId = await startSession(server, 'quick');
    const { headers, text } = await server.call('GET', `${SESSIONS}/${sessionId}`);
    expect(headers).toMatchObject({
      'content-type': expect.stringContaining('text/event-stream') as string,
      'cache-control': 'no-cache, no-transform',
      'x-accel-buffering': 'no',
    });
    expect(text.match(/^(?:id|event): .*$/gm)).toEqual([
      'event: start',
      ...[0, 1, 2, 3].flatMap((index) => [`id: ${index}`, 'event: event']),
      'event: event',
      'event: done',
    ]);
  });

  test('is 204 for a Last-Event-ID at the very end of a session that has ended, and only there', async () => {
    const server = await startTestServer();
    const ended = await startSession(server, 'quick');
    const status = async (path: string, id: string) =>
      (await server.call('GET', path, { headers: { 'Last-Event-ID': id } })).status;
    expect(await status(`${SESSIONS}/${ended}`, '3')).toBe(204);
    expect(await status(`${SESSIONS}/${ended}?after=0`, '3')).toBe(204);
    expect(await status(`${SESSIONS}/${ended}`, '2')).toBe(200);
    expect(await status(`${SESSIONS}/${ended}?store=another`, '3')).toBe(200);
    const { text } = await server.call('GET', `${SESSIONS}/${ended}?after=3`);
    expect(text.match(/^event: .*$/gm)).toEqual(['event: start', 'event: event', 'event: done']);
  });
});

describe('the list and the feed', () => {
  test.each([
    ['application/json', 'application/json'],
    ['application/json, text/plain, */*', 'application/json'],
    ['text/event-stream;q=0.5, application/json', 'application/json'],
    ['application/*', 'application/json'],
    ['*/*', 'text/event-stream'],
    ['text/event-stream', 'text/event-stream'],
    ['text/html', 'text/event-stream'],
    ['application/json;q=0.1, text/event-stream', 'text/event-stream'],
    ['application/json;q=0, */*', 'text/event-stream'],
  ])('share a path: Accept %j gets %s', async (Accept, type) => {
    const server = await startTestServer();
    const { status, headers } = await server.call('HEAD', SESSIONS, { headers: { Accept } });
    expect(status).toBe(200);
    expect(headers['content-type']?.split(';')[0]).toBe(type);
    expect(headers.vary).toContain('Accept');
  });

  test('pages of the list join without a gap, and their filters hold', async () => {
    const server = await startTestServer();
    const ids: string[] = [];
    for (const graphId of ['quick', 'greeting', 'quick', 'quick']) {
      ids.unshift(await startSession(server, graphId));
    }
    const seen: string[] = [];
    let pageToken = '';
    do {
      const path = `${SESSIONS}?limit=1&status=completed,failed${pageToken && `&pageToken=${pageToken}`}`;
      const { json } = await server.call('GET', path, asJson);
      seen.push(...(json.sessions as { sessionId: string }[]).map(({ sessionId }) => sessionId));
      pageToken = encodeURIComponent((json.nextPageToken as string | undefined) ?? '');
    } while (pageToken !== '');
    expect(seen).toEqual(ids.filter((_, index) => index !== 2));
    const needing = await server.call('GET', `${SESSIONS}?needsAnswer=true`, asJson);
    expect(needing.json.sessions).toMatchObject([{ sessionId: ids[2], openPromptCount: 1 }]);
    const more = await server.call('GET', `${SESSIONS}?limit=100000`, asJson);
    expect(more.json.sessions).toHaveLength(4);
  });
});

describe('the status', () => {
  test('has an ETag that changes with the session', async () => {
    const server = await startTestServer();
    const sessionId = await startSession(server, 'greeting');
    const path = `${SESSIONS}/${sessionId}/status`;
    const { headers } = await server.call('GET', path);
    const conditional = { headers: { 'If-None-Match': `"other", W/${headers.etag ?? ''}` } };
    expect(await server.call('GET', path, conditional)).toMatchObject({ status: 304, text: '' });
    await server.call('PATCH', `${SESSIONS}/${sessionId}`, { body: { title: 'New' } });
    expect(await server.call('GET', path, conditional)).toMatchObject({ status: 200 });
  });

  test('waits for one of the statuses, for a final one, or for the time-out', async () => {
    const server = await startTestServer();
    const sessionId = await startSession(server, 'greeting');
    const path = `${SESSIONS}/${sessionId}`;
    const over = await server.call('GET', `${path}/status?waitFor=completed&timeout=0.01`);
    expect(over).toMatchObject({ status: 200, json: { status: 'suspended' } });
    const waiting = server.call('GET', `${path}/status?waitFor=completed,failed&timeout=20`);
    await server.call('POST', `${path}:cancel`);
    expect((await waiting).json).toMatchObject({ status: 'cancelled' });
  });
});

describe('Idempotency-Key', () => {
  test('starts one session for one body, whatever its token and the order of its members', async () => {
    const server = await startTestServer();
    const headers = { 'Idempotency-Key': 'k' };
    const first = await server.call('POST', NEW, {
      headers,
      body: { graphId: 'quick', title: 'T', accessToken: 'one' },
    });
    const again = await server.call('POST', NEW, {
      headers,
      body: { accessToken: 'two', title: 'T', graphId: 'quick' },
    });
    expect(again).toMatchObject({ status: 200, json: first.json });
    const other = await server.call('POST', NEW, { headers, body: { graphId: 'quick' } });
    expect([other.status, other.json.code]).toEqual([422, 'idempotency_mismatch']);
    const { json } = await server.call('GET', SESSIONS, asJson);
    expect(json.sessions).toHaveLength(1);
  });

  test('is bound to the path: another session’s answer is another', async () => {
    const server = await startTestServer();
    const headers = { 'Idempotency-Key': 'k' };
    for (const sessionId of [
      await startSession(server, 'greeting'),
      await startSession(server, 'greeting'),
    ]) {
      const { name: interactionId = '' } = await openPrompts(server, sessionId);
      const body = { interactionId, response: hello };
      const path = `${SESSIONS}/${sessionId}:resume`;
      const first = await server.call('POST', path, { headers, body });
      expect(first).toMatchObject({ status: 200, json: { sessionId } });
      expect(await server.call('POST', path, { headers, body })).toMatchObject({
        status: 200,
        json: first.json,
      });
    }
  });

  test('of more than 255 characters is refused', async () => {
    const server = await startTestServer();
    const headers = { 'Idempotency-Key': 'k'.repeat(256) };
    const { status, json } = await server.call('POST', NEW, {
      headers,
      body: { graphId: 'quick' },
    });
    expect([status, json.code]).toEqual([400, 'malformed_request']);
  });
});

describe('the graphs', () => {
  test('are the files as they are now, with the counts of their sessions', async () => {
    const server = await startTestServer();
    await startSession(server, 'quick');
    const list = async () =>
      (await server.call('GET', '/v1beta1/graphs')).json.graphs as Record<string, unknown>[];
    expect(
      (await list()).map(({ graphId, offered, counts }) => [graphId, offered, counts]),
    ).toEqual([
      ['greeting', true, {}],
      ['quick', true, { completed: 1 }],
      ['survey', true, {}],
    ]);

    await writeFile(join(server.directory, 'survey.json'), '{"nodes": [');
    await rm(join(server.directory, 'quick.json'));
    await writeFile(
      join(server.directory, 'added.json'),
      '{"nodes": [{"id": "a", "type": "nope"}]}',
    );
    expect(await list()).toMatchObject([
      {
        graphId: 'added',
        offered: false,
        error: expect.stringMatching(/^added\.json: .*'nope'/) as string,
      },
      { graphId: 'greeting', offered: true },
      {
        graphId: 'survey',
        offered: false,
        error: expect.stringMatching(/^survey\.json: .*JSON/) as string,
      },
      {
        graphId: 'quick',
        offered: false,
        counts: { completed: 1 },
        graph: { nodes: [{ id: 'text' }] },
      },
    ]);
    const run = await server.call('POST', NEW, { body: { graphId: 'survey' } });
    expect([run.status, run.json.code, run.json.error]).toEqual([
      400,
      'invalid_graph',
      expect.stringMatching(/^The graph 'survey' cannot be run\. survey\.json: /),
    ]);
  });

  test('one by one: the file, else what the newest session was started with, else 404', async () => {
    const server = await startTestServer();
    const get = (graphId: string) =>
      server.call('GET', `/v1beta1/graphs/${encodeURIComponent(graphId)}`);
    expect((await get('greeting')).json).toMatchObject({
      graphId: 'greeting',
      graph: { title: 'Greeting', nodes: [{ configuration: { prompt: 'Your name?' } }, {}] },
    });
    const graph = {
      nodes: [{ id: 'a', type: 'template', configuration: { text: 'x' } }],
      edges: [],
    };
    await server.call('POST', NEW, { body: { graph, graphId: 'mine/a:b %' } });
    expect((await get('mine/a:b %')).json).toEqual({ graphId: 'mine/a:b %', graph });
    expect(await get('../package')).toMatchObject({
      status: 404,
      json: { code: 'graph_not_found' },
    });
  });
});

describe('paths and methods', () => {
  test.each([
    ['GET', NEW, 'POST, OPTIONS'],
    ['PUT', `${SESSIONS}/x`, 'GET, PATCH, DELETE, HEAD, OPTIONS'],
    ['POST', `${SESSIONS}/x`, 'GET, PATCH, DELETE, HEAD, OPTIONS'],
    ['GET', `${SESSIONS}/x:cancel`, 'POST, OPTIONS'],
    ['DELETE', `${SESSIONS}/x:resume`, 'POST, OPTIONS'],
    ['DELETE', `${SESSIONS}/x/events`, 'GET, POST, HEAD, OPTIONS'],
    ['POST', SESSIONS, 'GET, HEAD, OPTIONS'],
    ['POST', '/healthz', 'GET, HEAD, OPTIONS'],
  ])('%s %s is 405, and OPTIONS says the same', async (method, path, allow) => {
    const server = await startTestServer();
    const refused = await server.call(method, path);
    expect([refused.status, refused.json.code, refused.headers.allow]).toEqual([
      405,
      'method_not_allowed',
      allow,
    ]);
    const asked = await server.call('OPTIONS', path);
    expect([asked.status, asked.headers.allow]).toEqual([204, allow]);
  });

  test.each(['/nowhere', '/v1beta1', '/v1beta1/graphSessions/x/y', '/v1beta1/graphs/a/b', '/%'])(
    '%s is 404',
    async (path) => {
      const server = await startTestServer();
      const { status, json } = await server.call('GET', path);
      expect([status, json.code]).toEqual([404, 'not_found']);
    },
  );

  test('a verb may come with its colon encoded', async () => {
    const server = await startTestServer();
    const sessionId = await startSession(server, 'greeting');
    const { json } = await server.call('POST', `${SESSIONS}/${sessionId}%3Acancel`);
    expect(json).toEqual({ sessionId, status: 'cancelled' });
  });

  test('an unknown verb names no session', async () => {
    const server = await startTestServer();
    const sessionId = await startSession(server, 'greeting');
    expect((await server.call('POST', `${SESSIONS}/${sessionId}:explode`)).status).toBe(405);
  });

  test('an id may have any characters', async () => {
    const server = await startTestServer();
    for (const id of ['a b', 'a/b', 'a:resume', '%', 'é', '']) {
      const path = `${SESSIONS}/${encodeURIComponent(id)}:cancel`;
      if (id === '') continue;
      const { status, json } = await server.call('POST', path);
      expect([status, json.error]).toEqual([404, `There is no session '${id}'.`]);
    }
  });

  test('HEAD is GET without a body, and opens no stream', async () => {
    const server = await startTestServer();
    const sessionId = await startSession(server, 'greeting');
    for (const path of [
      `${SESSIONS}/${sessionId}`,
      `${SESSIONS}/${sessionId}/status?waitFor=completed`,
      SESSIONS,
      `/v1beta1/watch?session=${sessionId}`,
      '/v1beta1/graphs',
    ]) {
      expect(await server.call('HEAD', path)).toMatchObject({ status: 200, text: '' });
    }
  });

  test('tells how much a request may bring', async () => {
    const server = await startTestServer();
    const { json } = await server.call('GET', '/healthz');
    expect(json.limits).toEqual({ body: expect.any(Number) as number, event: 8 * 1024 * 1024 });
  });

  test('a request that cannot be read is 400', async () => {
    const server = await startTestServer();
    const { status, json } = await server.call('GET', '/healthz', { headers: { Host: 'a b' } });
    expect([status, json.code]).toEqual([400, 'malformed_request']);
  });
});

test('a handler’s message reaches the log of the session; the server’s own inside reaches nobody', async () => {
  const nodeTypes: NodeTypes = {
    template: () => {
      throw new Error('told');
    },
  };
  const server = await startTestServer([], { nodeTypes });
  const sessionId = await startSession(server, 'quick');
  const { json } = await server.call('GET', `${SESSIONS}/${sessionId}/status`);
  expect(json).toMatchObject({
    status: 'failed',
    error: expect.stringContaining('told') as string,
  });
});

describe('the OpenAPI document', () => {
  test('names every operation once, and every reference in it leads somewhere', async () => {
    const server = await startTestServer();
    const { json } = await server.call('GET', '/openapi.json');
    const paths = json.paths as Record<string, Record<string, { operationId: string }>>;
    const operations = Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(
        ([method, { operationId }]) => `${operationId}: ${method} ${path}`,
      ),
    );
    expect(operations.sort()).toEqual([
      'cancelSession: post /v1beta1/graphSessions/{sessionId}:cancel',
      'continueSession: post /v1beta1/graphSessions/{sessionId}:continue',
      'deleteSession: delete /v1beta1/graphSessions/{sessionId}',
      'exportSession: get /v1beta1/graphSessions/{sessionId}/export',
      'getGraph: get /v1beta1/graphs/{graphId}',
      'getHealth: get /healthz',
      'getOpenApi: get /openapi.json',
      'getStatus: get /v1beta1/graphSessions/{sessionId}/status',
      'importSession: post /v1beta1/graphSessions/import',
      'listEvents: get /v1beta1/graphSessions/{sessionId}/events',
      'listGraphs: get /v1beta1/graphs',
      'listMessages: get /v1beta1/graphSessions/{sessionId}/messages',
      'listSessions: get /v1beta1/graphSessions',
      'produceEvents: post /v1beta1/graphSessions/{sessionId}/events',
      'renameSession: patch /v1beta1/graphSessions/{sessionId}',
      'resumeSession: post /v1beta1/graphSessions/{sessionId}:resume',
      'startSession: post /v1beta1/graphSessions/new',
      'streamChat: get /v1beta1/graphSessions/{sessionId}/ui-stream',
      'streamSession: get /v1beta1/graphSessions/{sessionId}',
      'watch: get /v1beta1/watch',
    ]);
    const schemas = (json.components as { schemas: Record<string, unknown> }).schemas;
    const references = [...JSON.stringify(json).matchAll(/"\$ref":"([^"]*)"/g)].map(
      ([, to]) => to ?? '',
    );
    expect(references.length).toBeGreaterThan(10);
    const dangling = references.filter(
      (to) => !Object.hasOwn(schemas, to.replace('#/components/schemas/', '')),
    );
    expect(dangling).toEqual([]);
  });

  test('tells parameters as they are sent', async () => {
    const server = await startTestServer();
    const { json } = await server.call('GET', '/openapi.json');
    const paths = json.paths as Record<
      string,
      Record<string, { parameters: { name: string; schema: unknown }[] }>
    >;
    const parameters = paths['/v1beta1/watch']?.get?.parameters ?? [];
    expect(parameters.map(({ name, schema }) => [name, schema])).toEqual([
      ['feed', { type: 'string' }],
      ['since', { type: 'integer', minimum: 0, maximum: Number.MAX_SAFE_INTEGER }],
      ['known', { type: 'integer', minimum: 0, maximum: Number.MAX_SAFE_INTEGER }],
      ['session', { type: 'array', items: { type: 'string' } }],
      ['store', { type: 'string' }],
    ]);
  });
});
