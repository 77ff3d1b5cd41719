import { beforeEach, describe, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../server.testing.ts';

const SESSIONS = '/v1beta1/graphSessions';

let server: TestServer;
let sessionId: string;
let events: string;

beforeEach(async () => {
  server = await startTestServer();
  const body = { runner: 'external', graphId: 'mine', title: 'Mine' };
  const started = await server.call('POST', `${SESSIONS}/new`, { body });
  sessionId = started.json.sessionId as string;
  events = `${SESSIONS}/${sessionId}/events`;
});

const headersOf = (seq: number, more: Record<string, string> = {}) => ({
  ...{ 'Producer-Id': 'main', 'Producer-Epoch': '0', 'Producer-Seq': String(seq) },
  ...more,
});

async function send(list: unknown, headers: Record<string, string> = {}) {
  const { status, json } = await server.call('POST', events, { body: { events: list }, headers });
  return { status, json };
}

const start = { type: 'nodeStart', nodeId: 'n', title: 'A node' };
const ask = {
  ...{ type: 'inputRequired', nodeId: 'n', interactionId: 'p' },
  suspendEvent: { waitForInput: { prompt: { parts: [{ text: '?' }] }, inputType: 'text' } },
};

test('a program elsewhere writes a session, asks a person, waits for the answer, and ends it', async () => {
  const first = await send([start, ask], headersOf(0, { 'Producer-Lease': '2.5' }));
  expect(first).toEqual({
    status: 200,
    json: { sessionId, status: 'suspended', lastIndex: 2, duplicate: false },
  });
  expect(await send([start, ask], headersOf(0))).toEqual({
    status: 200,
    json: { ...first.json, duplicate: true },
  });
  const report = await server.call('GET', `${SESSIONS}/${sessionId}/status`);
  expect(report.json).toMatchObject({ runner: 'external', title: 'Mine', graphId: 'mine' });

  const answer = server.call('GET', `${events}?after=2&wait=60`);
  const response = { input: { parts: [{ text: 'yes' }] } };
  await server.call('POST', `${SESSIONS}/${sessionId}:resume`, {
    body: { interactionId: 'p', response },
  });
  expect((await answer).json).toMatchObject({
    events: [{ type: 'inputResolved', interactionId: 'p', response, index: 3 }],
    status: 'running',
  });

  const end = [{ type: 'nodeEnd', nodeId: 'n', outputs: { a: 1 } }, { type: 'graphComplete' }];
  expect((await send(end, headersOf(1))).json).toMatchObject({ status: 'completed', lastIndex: 5 });
  const over = await server.call('GET', `${events}?after=5&wait=60`);
  expect(over.json).toEqual({ events: [], lastIndex: 5, status: 'completed' });
  const list = await server.call('GET', `${SESSIONS}?graphId=mine`, {
    headers: { Accept: 'application/json' },
  });
  expect(list.json.sessions).toMatchObject([{ sessionId, runner: 'external' }]);
  expect(await send([], headersOf(2))).toMatchObject({
    status: 409,
    json: { code: 'session_final', details: { status: 'completed' } },
  });
});

test('a poll ends when time is up, and with the session', async () => {
  const { json } = await server.call('GET', `${events}?after=0&wait=0.01`);
  expect(json).toEqual({ events: [], lastIndex: 0, status: 'running' });
  const waiting = server.call('GET', `${events}?after=0&wait=60`);
  await server.call('DELETE', `${SESSIONS}/${sessionId}`);
  expect(await waiting).toMatchObject({ status: 404, json: { code: 'session_not_found' } });
  expect(await send([start])).toMatchObject({ status: 404, json: { code: 'session_not_found' } });
});

describe('is refused, naming the offender, and changes nothing:', () => {
  test('every other batch', async () => {
    const refused = async (list: unknown, headers: Record<string, string> = {}) => {
      const { status, json } = await send(list, headers);
      return [status, json.code, (json.details as { field?: string } | undefined)?.field];
    };
    const before = await server.everything();
    const malformed = (field: string) => [400, 'malformed_request', field];
    expect(await refused('x')).toEqual(malformed('events'));
    expect(await refused([start, { type: 'nodeEnd' }])).toEqual(malformed('events.1.nodeId'));
    expect(await refused([{ type: 'hello', nodeId: 'n' }])).toEqual(malformed('events.0.type'));
    expect(await refused([{ type: 'inputResolved', nodeId: 'n' }])).toEqual(
      malformed('events.0.type'),
    );
    expect(await refused([start, start])).toEqual([422, 'invalid_event', 'events.1']);
    for (const [name, value] of [
      ['Producer-Id', ''],
      ['Producer-Epoch', '-1'],
      ['Producer-Seq', '1.5'],
      ['Producer-Lease', 'long'],
      ['Producer-Lease', '604801'],
    ] as const) {
      expect(await refused([start], headersOf(0, { [name]: value }))).toEqual(malformed(name));
    }
    expect(await refused([start], { 'Producer-Lease': '3' })).toEqual(malformed('Producer-Id'));
    expect(await refused([start], headersOf(1))).toEqual([409, 'producer_gap', undefined]);
    const { status, json } = await server.call('GET', `${events}?wait=soon`);
    expect([status, json.details]).toEqual([400, { field: 'wait' }]);
    expect(await server.everything()).toEqual(before);
  });

  test('a start with what only runs of this server have', async () => {
    const before = await server.everything();
    const start = async (body: object) => {
      const all = { runner: 'external', ...body };
      const { status, json } = await server.call('POST', `${SESSIONS}/new`, { body: all });
      return [status, json.code];
    };
    expect(await start({})).toEqual([400, 'missing_graph']);
    expect(await start({ graphId: 'g', mode: 'headless' })).toEqual([400, 'malformed_request']);
    expect(await start({ graphId: 'g', runner: 'me' })).toEqual([400, 'malformed_request']);
    const edges = [{ from: 'a', to: 'b' }];
    expect(await start({ graph: { nodes: [], edges } })).toEqual([400, 'invalid_graph']);
    expect(await server.everything()).toEqual(before);
  });
});
