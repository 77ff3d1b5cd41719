import { describe, expect, test } from 'vitest';
import {
  openPrompts,
  startSession,
  startTestServer,
  type CallOptions,
  type TestServer,
} from '../server.testing.ts';

const NEW = '/v1beta1/graphSessions/new';

/** Calls, and checks that what the server has is what it had before. */
async function refused(server: TestServer, method: string, path: string, options?: CallOptions) {
  const before = await server.everything();
  const answer = await server.call(method, path, options);
  expect(await server.everything()).toEqual(before);
  expect(Object.keys(answer.json).filter((key) => key !== 'details')).toEqual(['error', 'code']);
  return { status: answer.status, code: answer.json.code, error: answer.json.error };
}

const graphOf = (nodes: unknown[], edges: unknown[] = []) => ({ graph: { nodes, edges } });
const node = (id: string, type = 'output') => ({ id, type });

describe('a start that cannot be', () => {
  const cases: [name: string, body: unknown, code: string, error: string | RegExp][] = [
    ['no body', '', 'malformed_request', 'The body is empty; expected JSON.'],
    ['malformed JSON', '{"graphId": ', 'malformed_request', /^The body is not JSON: /],
    [
      'bytes that are no UTF-8',
      Buffer.from([0x22, 0xff, 0x22]),
      'malformed_request',
      'The body is not UTF-8.',
    ],
    ['an array', [], 'malformed_request', 'The body is invalid: expected object, received array.'],
    [
      'JSON nested too deeply',
      '['.repeat(600) + ']'.repeat(600),
      'malformed_request',
      'The body is nested more than 500 levels deep.',
    ],
    ['neither graph nor graphId', {}, 'missing_graph', "Missing 'graph' or 'graphId'"],
    [
      'a graphId that is no text',
      { graphId: 7 },
      'malformed_request',
      "'graphId' is invalid: expected string, received number.",
    ],
    [
      'an unknown mode',
      { graphId: 'quick', mode: 'fast' },
      'malformed_request',
      `'mode' is invalid: expected one of "interactive"|"headless".`,
    ],
    [
      'inputs that are no object',
      { graphId: 'quick', inputs: [] },
      'malformed_request',
      "'inputs' is invalid: expected record, received array.",
    ],
    [
      'inputs for a stranger',
      { graphId: 'quick', inputs: { stranger: 1 } },
      'malformed_request',
      "'inputs' names the node 'stranger', which is not in the graph.",
    ],
    [
      'an empty title',
      { graphId: 'quick', title: ' ' },
      'malformed_request',
      /^'title' is invalid: /,
    ],
    [
      'a title with half a surrogate pair',
      '{"graphId":"quick","title":"\\ud800"}',
      'malformed_request',
      "'title' must be well-formed Unicode.",
    ],
    [
      'a graphId with half a surrogate pair',
      '{"graphId":"\\udfff","graph":{"nodes":[]}}',
      'malformed_request',
      "'graphId' must be well-formed Unicode.",
    ],
    ['a graph without nodes', { graph: {} }, 'malformed_request', "'graph.nodes' is missing."],
    [
      'a node without a type',
      graphOf([{ id: 'a' }]),
      'malformed_request',
      "'graph.nodes.0.type' is missing.",
    ],
    [
      'a configuration that is no object',
      graphOf([{ ...node('a'), configuration: 'x' }]),
      'malformed_request',
      "'graph.nodes.0.configuration' must be an object.",
    ],
    ['no node that could run', graphOf([]), 'invalid_graph', /no node/],
    ['a duplicate id', graphOf([node('a'), node('a')]), 'invalid_graph', /'a'/],
    [
      'an edge to nowhere',
      graphOf([node('a')], [{ from: 'a', to: 'nowhere' }]),
      'invalid_graph',
      /'nowhere'/,
    ],
    ['an unknown node type', graphOf([node('a', 'teleport')]), 'invalid_graph', /'teleport'/],
    [
      'a cycle',
      graphOf(
        [node('a'), node('b')],
        [
          { from: 'a', to: 'b' },
          { from: 'b', to: 'a' },
        ],
      ),
      'unsupported_graph',
      /a → b → a/,
    ],
    ['a subgraph', graphOf([node('a', '#part')]), 'unsupported_graph', /'#part'|'a'/],
  ];

  test.each(cases)('%s: 400', async (_name, body, code, error) => {
    const server = await startTestServer();
    await startSession(server, 'greeting');
    const answer = await refused(server, 'POST', NEW, { body });
    expect(answer).toEqual({
      status: 400,
      code,
      error: typeof error === 'string' ? error : (expect.stringMatching(error) as string),
    });
  });

  test('a graph that the server does not offer: 404', async () => {
    const server = await startTestServer();
    expect(await refused(server, 'POST', NEW, { body: { graphId: '../greeting' } })).toEqual({
      status: 404,
      code: 'graph_not_found',
      error: "This server offers no graph '../greeting'.",
    });
  });
});

describe('an answer that does not fit: 422, and the prompt stays open', () => {
  test.each([
    ['form', {}, /age/],
    ['form', { age: 'seven' }, /age/],
    ['form', 'text', /object/],
    ['choice', { selected: { ids: ['c'] } }, /'c'/],
    ['choice', { selected: { ids: ['a', 'b'] } }, /one/],
    ['choice', { selected: { ids: ['a', 'a'] } }, /twice|one/],
    ['choice', { selected: { ids: [] } }, /./],
    ['choice', { selected: {} }, /ids/],
    ['consent', { consent: 'yes' }, /consent/],
    ['consent', null, /./],
  ])('%s: %j', async (nodeId, response, error) => {
    const server = await startTestServer();
    const sessionId = await startSession(server, 'survey');
    const prompts = await openPrompts(server, sessionId);
    const path = `/v1beta1/graphSessions/${sessionId}:resume`;
    const body = { interactionId: prompts[nodeId], response };
    expect(await refused(server, 'POST', path, { body })).toEqual({
      status: 422,
      code: 'invalid_answer',
      error: expect.stringMatching(error) as string,
    });
    expect(await openPrompts(server, sessionId)).toEqual(prompts);
  });
});

describe('an answer is refused in the order session, interaction, state, fit', () => {
  test('unknown session, unknown interaction, answered, ended', async () => {
    const server = await startTestServer();
    const sessionId = await startSession(server, 'greeting');
    const { name: interactionId } = await openPrompts(server, sessionId);
    const resume = (id: string, body: unknown) =>
      refused(server, 'POST', `/v1beta1/graphSessions/${id}:resume`, { body });

    const misfit = { interactionId, response: { input: 7 } };
    expect(await resume('nobody', { ...misfit, interactionId: 'none' })).toMatchObject({
      status: 404,
      code: 'session_not_found',
    });
    expect(await resume(sessionId, { ...misfit, interactionId: 'none' })).toMatchObject({
      status: 404,
      code: 'interaction_not_found',
    });
    expect(await resume(sessionId, misfit)).toMatchObject({ status: 422, code: 'invalid_answer' });
    expect(await resume(sessionId, { interactionId })).toEqual({
      status: 400,
      code: 'malformed_request',
      error: "'response' is missing.",
    });

    const fit = { interactionId, response: { input: { parts: [{ text: 'Ada' }] } } };
    const path = `/v1beta1/graphSessions/${sessionId}`;
    expect(await server.call('POST', `${path}:resume`, { body: fit })).toMatchObject({
      status: 200,
    });
    await server.call('GET', `${path}/status?waitFor=completed`);
    expect(await resume(sessionId, misfit)).toMatchObject({
      status: 409,
      code: 'interaction_resolved',
    });
    expect(await refused(server, 'POST', `${path}:cancel`)).toMatchObject({
      status: 409,
      code: 'session_final',
    });
  });
});

describe('a body over the limit: 413', () => {
  const flags = ['--max-body', '0.01'];
  const body = JSON.stringify({ graphId: 'quick', title: 'x'.repeat(20_000) });

  test('with its length in front', async () => {
    const server = await startTestServer(flags);
    expect(await refused(server, 'POST', NEW, { body })).toEqual({
      status: 413,
      code: 'payload_too_large',
      error: 'The body is larger than 10485 bytes.',
    });
  });

  test('in chunks', async () => {
    const server = await startTestServer(flags);
    const before = await server.everything();
    const response = await fetch(server.url + NEW, {
      method: 'POST',
      duplex: 'half',
      body: new Blob([body]).stream(),
    });
    expect([response.status, await response.json()]).toMatchObject([
      413,
      { code: 'payload_too_large' },
    ]);
    expect(await server.everything()).toEqual(before);
  });

  test('an event over its limit', async () => {
    const server = await startTestServer(['--max-event', '0.01']);
    const sessionId = await startSession(server, 'greeting');
    const { name: interactionId } = await openPrompts(server, sessionId);
    const response = { input: { parts: [{ text: 'x'.repeat(20_000) }] } };
    const path = `/v1beta1/graphSessions/${sessionId}:resume`;
    expect(
      await refused(server, 'POST', path, { body: { interactionId, response } }),
    ).toMatchObject({
      status: 413,
      code: 'event_too_large',
    });
  });

  test('a graph whose start would be an event over its limit', async () => {
    const server = await startTestServer(['--max-event', '0.01']);
    const body = { graph: { nodes: [{ ...node('a'), metadata: { title: 'x'.repeat(20_000) } }] } };
    expect(await refused(server, 'POST', NEW, { body })).toMatchObject({
      status: 413,
      code: 'event_too_large',
      error: expect.stringContaining("'graphStart'") as string,
    });
  });

  test('the limit is 32 MiB unless given, and the answer arrives while the body is still sent', async () => {
    const server = await startTestServer();
    const huge = Buffer.alloc(33 * 1024 * 1024, 0x20);
    const answer = await server.call('POST', NEW, { body: huge });
    expect(answer).toMatchObject({
      status: 413,
      json: { code: 'payload_too_large', details: { maxBytes: 33_554_432 } },
    });
  });
});

describe('bad cursors and parameters', () => {
  const session = '/v1beta1/graphSessions/{id}';
  const feed = '/v1beta1/graphSessions';
  const cases: [path: string, headers: Record<string, string>, code: string, error: string][] = [
    [`${session}?after=x`, {}, 'invalid_cursor', "'after' must be an integer of at least -1."],
    [`${session}?after=-2`, {}, 'invalid_cursor', "'after' must be an integer of at least -1."],
    [`${session}?after=1.5`, {}, 'invalid_cursor', "'after' must be an integer of at least -1."],
    [`${session}?after=`, {}, 'invalid_cursor', "'after' must be an integer of at least -1."],
    [
      `${session}?after=99999999999999999999`,
      {},
      'invalid_cursor',
      "'after' must be an integer of at least -1.",
    ],
    [`${session}?after=0&after=1`, {}, 'invalid_cursor', "'after' is given more than once."],
    [
      session,
      { 'Last-Event-ID': 'x' },
      'invalid_cursor',
      "'Last-Event-ID' must be an integer of at least -1.",
    ],
    [
      `${session}/events?after=x`,
      {},
      'invalid_cursor',
      "'after' must be an integer of at least -1.",
    ],
    [
      `${session}/events?limit=0`,
      {},
      'malformed_request',
      "'limit' must be an integer of at least 1.",
    ],
    [
      `${session}/status?waitFor=done`,
      {},
      'malformed_request',
      "'waitFor' must be of running, suspended, completed, failed, cancelled, with commas between, and not 'done'.",
    ],
    [
      `${session}/status?waitFor=completed&timeout=soon`,
      {},
      'malformed_request',
      "'timeout' must be a number of seconds, of at least 0.",
    ],
    [`${feed}?since=-1`, {}, 'invalid_cursor', "'since' must be an integer of at least 0."],
    [
      feed,
      { 'Last-Event-ID': '-1' },
      'invalid_cursor',
      "'Last-Event-ID' must be an integer of at least 0.",
    ],
    [
      `${feed}?limit=many`,
      { Accept: 'application/json' },
      'malformed_request',
      "'limit' must be an integer of at least 1.",
    ],
    [
      `${feed}?status=deleted`,
      { Accept: 'application/json' },
      'malformed_request',
      "'status' must be of running, suspended, completed, failed, cancelled, with commas between, and not 'deleted'.",
    ],
    [
      `${feed}?needsAnswer=yes`,
      { Accept: 'application/json' },
      'malformed_request',
      "'needsAnswer' must be 'true' or 'false'.",
    ],
    [
      `${feed}?pageToken=bogus`,
      { Accept: 'application/json' },
      'malformed_request',
      "'pageToken' is not one that this server gave.",
    ],
    ['/v1beta1/watch', {}, 'malformed_request', "Missing 'feed' or 'session'"],
    [
      '/v1beta1/watch?session=a:x',
      {},
      'invalid_cursor',
      "'session' must be ID:AFTER, with an integer of at least -1 as AFTER.",
    ],
    [
      '/v1beta1/watch?session=:1',
      {},
      'invalid_cursor',
      "'session' must be ID:AFTER with a session id.",
    ],
    [
      '/v1beta1/watch?session=a&session=a:3',
      {},
      'malformed_request',
      "'session' names 'a' more than once.",
    ],
    [
      '/v1beta1/watch?feed=g&since=x',
      {},
      'invalid_cursor',
      "'since' must be an integer of at least 0.",
    ],
  ];

  test.each(cases)('GET %s %j: 400', async (path, headers, code, error) => {
    const server = await startTestServer();
    const sessionId = await startSession(server, 'greeting');
    const answer = await refused(server, 'GET', path.replace('{id}', sessionId), { headers });
    expect(answer).toEqual({ status: 400, code, error });
  });

  test('an empty Last-Event-ID is none', async () => {
    const server = await startTestServer();
    const sessionId = await startSession(server, 'quick');
    const path = `/v1beta1/graphSessions/${sessionId}?after=99`;
    const { text } = await server.call('GET', path, { headers: { 'Last-Event-ID': '' } });
    expect(text).toContain('event: reset');
  });
});

test('a rename without a title: 400', async () => {
  const server = await startTestServer();
  const sessionId = await startSession(server, 'greeting');
  const path = `/v1beta1/graphSessions/${sessionId}`;
  expect(await refused(server, 'PATCH', path, { body: {} })).toEqual({
    status: 400,
    code: 'malformed_request',
    error: "'title' is missing.",
  });
});
