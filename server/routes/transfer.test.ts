import { connect } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { NodeTypes } from '../engine/handler.ts';
import {
  openPrompts,
  startSession,
  startTestServer,
  type Answer,
  type CallOptions,
  type TestServer,
} from '../server.testing.ts';

const SESSIONS = '/v1beta1/graphSessions';
const asJson = { headers: { Accept: 'application/json' } };
const hello = { input: { role: 'user', parts: [{ text: 'Ada' }] } };

const exported = async (server: TestServer, sessionId: string, query = '') =>
  (await server.call('GET', `${SESSIONS}/${sessionId}/export${query}`)).text;

const take = (server: TestServer, body: CallOptions['body'], query = '') =>
  server.call('POST', `${SESSIONS}/import${query}`, { body });

const answer = async (server: TestServer, sessionId: string) => {
  const { name: interactionId = '' } = await openPrompts(server, sessionId);
  return server.call('POST', `${SESSIONS}/${sessionId}:resume`, {
    body: { interactionId, response: hello },
  });
};

const idIn = ({ json }: Answer) => json.sessionId as string;

const linesOf = (text: string) =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

const textOf = (lines: readonly unknown[]) =>
  lines.map((line) => `${JSON.stringify(line)}\n`).join('');

const statusOf = async (server: TestServer, sessionId: string) =>
  (await server.call('GET', `${SESSIONS}/${sessionId}/status`)).json;

const listOf = async (server: TestServer) =>
  (await server.call('GET', SESSIONS, asJson)).json.sessions as Record<string, unknown>[];

describe('an export', () => {
  test('is the record, then every event as it is stored, one a line', async () => {
    const server = await startTestServer();
    const sessionId = await startSession(server, 'greeting');
    await server.call('PATCH', `${SESSIONS}/${sessionId}`, { body: { title: 'Renamed' } });
    const { status, headers, text } = await server.call('GET', `${SESSIONS}/${sessionId}/export`);
    expect(status).toBe(200);
    expect(headers).toMatchObject({
      'content-type': 'application/x-ndjson',
      'content-disposition': `attachment; filename="${sessionId}.ndjson"`,
    });
    const [header, ...events] = linesOf(text);
    expect(header).toMatchObject({
      ...{ format: 'reattach-session', version: 1, sessionId, graphId: 'greeting' },
      ...{ mode: 'interactive', inputs: {}, title: 'Renamed', lastIndex: 2 },
      graph: { title: 'Greeting', nodes: [{ id: 'name', type: 'ask' }, { id: 'end' }] },
    });
    const page = await server.call('GET', `${SESSIONS}/${sessionId}/events`);
    expect(events).toEqual(page.json.events);
  });

  test('of no session is 404, and HEAD tells only its head', async () => {
    const server = await startTestServer();
    expect(await server.call('GET', `${SESSIONS}/none/export`)).toMatchObject({
      status: 404,
      json: { code: 'session_not_found' },
    });
    const sessionId = await startSession(server, 'quick');
    const head = await server.call('HEAD', `${SESSIONS}/${sessionId}/export`);
    expect(head).toMatchObject({ status: 200, text: '' });
    expect(head.headers['content-type']).toBe('application/x-ndjson');
  });
});

describe('an import', () => {
  test('is the session again: its export is the same text, under the same id', async () => {
    const [from, to] = [await startTestServer(), await startTestServer()];
    for (const graphId of ['greeting', 'survey', 'quick']) {
      const sessionId = await startSession(from, graphId);
      const text = await exported(from, sessionId);
      const lastIndex = linesOf(text).length - 2;
      const { status } = await statusOf(from, sessionId);
      expect(await take(to, text)).toMatchObject({
        status: 200,
        json: { sessionId, status, lastIndex, imported: 'readOnly' },
      });
      expect(await exported(to, sessionId)).toBe(text);
      const { storeId: _, ...told } = await statusOf(from, sessionId);
      expect(await statusOf(to, sessionId)).toMatchObject({ ...told, imported: 'readOnly' });
    }
    const stream = await to.call('GET', `${SESSIONS}/${String((await listOf(to))[0]?.sessionId)}`);
    expect(stream.text).toContain('event: done');
  });

  test('can be read, renamed and deleted, and not answered or cancelled', async () => {
    const [from, to] = [await startTestServer(), await startTestServer()];
    const sessionId = await startSession(from, 'greeting');
    await take(to, await exported(from, sessionId));
    const before = await exported(to, sessionId);
    expect(await listOf(to)).toMatchObject([
      { sessionId, status: 'suspended', openPromptCount: 0, imported: 'readOnly' },
    ]);
    const refused = { status: 409, json: { code: 'session_read_only' } };
    expect(await answer(to, sessionId)).toMatchObject(refused);
    expect(await to.call('POST', `${SESSIONS}/${sessionId}:cancel`)).toMatchObject(refused);
    expect(await exported(to, sessionId)).toBe(before);
    const renamed = await to.call('PATCH', `${SESSIONS}/${sessionId}`, { body: { title: 'Mine' } });
    expect(renamed.status).toBe(200);
    expect(await listOf(to)).toMatchObject([{ title: 'Mine', imported: 'readOnly' }]);
    expect((await to.call('DELETE', `${SESSIONS}/${sessionId}`)).status).toBe(200);
    expect(await listOf(to)).toEqual([]);
    expect(await take(to, before)).toMatchObject({ status: 200, json: { sessionId } });
  });

  test('goes on when it is told to, at once or later, and only then counts its prompts', async () => {
    const [from, to] = [await startTestServer(), await startTestServer()];
    const ids = [await startSession(from, 'greeting'), await startSession(from, 'greeting')];
    const [atOnce = '', later = ''] = ids;
    expect(await take(to, await exported(from, atOnce), '?continue=true')).toMatchObject({
      json: { imported: 'continued', status: 'suspended' },
    });
    await take(to, await exported(from, later));
    const { revision } = (await to.call('GET', SESSIONS, asJson)).json;
    for (const _ of [1, 2]) {
      expect(await to.call('POST', `${SESSIONS}/${later}:continue`)).toMatchObject({
        status: 200,
        json: { sessionId: later, status: 'suspended' },
      });
    }
    const [row] = (await listOf(to)).filter((session) => session.sessionId === later);
    expect(row).toMatchObject({ openPromptCount: 1, imported: 'continued' });
    expect(row?.revision).toBeGreaterThan(Number(revision));
    for (const sessionId of ids) {
      expect(await answer(to, sessionId)).toMatchObject({ status: 200 });
      const path = `${SESSIONS}/${sessionId}/status?waitFor=completed&timeout=20`;
      expect((await to.call('GET', path)).json).toMatchObject({
        status: 'completed',
        imported: 'continued',
      });
    }
    expect(await statusOf(from, atOnce)).toMatchObject({ status: 'suspended' });
  });

  test('never runs code, nor is blocked, before it goes on; then it is blocked by what is not here', async () => {
    const runs: string[] = [];
    const odd: NodeTypes = {
      odd: async (ctx) => {
        await ctx.ask({ prompt: 'First?' });
        await ctx.sleep(1);
        return { output: 1 };
      },
    };
    const from = await startTestServer([], { nodeTypes: odd });
    const graph = { nodes: [{ id: 'name', type: 'odd' }] };
    const started = await from.call('POST', `${SESSIONS}/new`, { body: { graph } });
    const sessionId = idIn(started);
    await from.call('GET', `${SESSIONS}/${sessionId}/status?waitFor=suspended`);
    const text = await exported(from, sessionId);

    const lacking = await startTestServer([]);
    expect(await take(lacking, text)).toMatchObject({ status: 200 });
    expect(await listOf(lacking)).toEqual([
      expect.not.objectContaining({ blockedBy: expect.anything() as unknown }),
    ]);
    await lacking.call('POST', `${SESSIONS}/${sessionId}:continue`);
    expect(await listOf(lacking)).toMatchObject([{ blockedBy: ['odd'] }]);
    expect(await answer(lacking, sessionId)).toMatchObject({ json: { code: 'session_blocked' } });
    const asNew = await take(lacking, text, '?continue=true&newId=true');
    expect(await statusOf(lacking, idIn(asNew))).toMatchObject({
      blockedBy: ['odd'],
    });

    const knowing = await startTestServer([], {
      nodeTypes: {
        odd: async (ctx, ...rest) => {
          runs.push('run');
          return (await odd.odd?.(ctx, ...rest)) ?? {};
        },
      },
    });
    await take(knowing, text);
    await answer(knowing, sessionId);
    expect(runs).toEqual([]);
    await knowing.call('POST', `${SESSIONS}/${sessionId}:continue`);
    await answer(knowing, sessionId);
    const path = `${SESSIONS}/${sessionId}/status?waitFor=completed&timeout=20`;
    expect((await knowing.call('GET', path)).json).toMatchObject({ status: 'completed' });
  });

  test('of an id that is here is refused; newId gives it another, in its events too', async () => {
    const server = await startTestServer();
    const sessionId = await startSession(server, 'quick');
    const text = await exported(server, sessionId);
    const before = await server.everything();
    expect(await take(server, text)).toMatchObject({
      status: 409,
      json: { code: 'session_exists', error: `There is a session '${sessionId}' here already.` },
    });
    expect(await server.everything()).toEqual(before);
    const newId = idIn(await take(server, text, '?newId=true'));
    expect(newId).not.toBe(sessionId);
    expect(await exported(server, newId)).toBe(text.replaceAll(sessionId, newId));
  });

  test('may come with a byte order mark, Windows line ends, empty lines and no last one', async () => {
    const [from, to] = [await startTestServer(), await startTestServer()];
    const sessionId = await startSession(from, 'quick');
    const text = await exported(from, sessionId);
    const body = `\uFEFF${text.trimEnd().replaceAll('\n', '\r\n\r\n')}`;
    expect(await take(to, body)).toMatchObject({ status: 200 });
    expect(await exported(to, sessionId)).toBe(text);
  });

  test('whose connection breaks leaves nothing', async () => {
    const server = await startTestServer();
    const sessionId = await startSession(server, 'quick');
    const text = await exported(server, sessionId);
    const before = await server.everything();
    const socket = connect(server.port, '127.0.0.1');
    onTestFinished(() => void socket.destroy());
    const head = `POST ${SESSIONS}/import?newId=true HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\n`;
    const half = text.slice(0, text.length / 2);
    socket.write(`${head}Content-Length: ${text.length}\r\n\r\n${half}`, () => socket.destroy());
    await new Promise((resolve) => socket.once('close', resolve));
    await nextTurn();
    expect(await server.everything()).toEqual(before);
  });
});

describe('an import that is refused', () => {
  /** What is said to a good export of a session that has ended, after a change. */
  type Change = (lines: Record<string, unknown>[]) => unknown;

  async function refusals(changes: readonly Change[]) {
    const server = await startTestServer(['--max-event', '0.01', '--max-body', '0.02']);
    const sessionId = await startSession(server, 'quick');
    const text = await exported(server, sessionId);
    const before = await server.everything();
    const answers = [];
    for (const change of changes) {
      const lines = linesOf(text);
      const changed = change(lines) ?? lines;
      const body = Array.isArray(changed) ? textOf(changed) : changed;
      const { status, json } = await take(server, body, '?newId=true');
      answers.push({ status, ...json });
    }
    expect(await server.everything()).toEqual(before);
    return answers;
  }

  const set = (place: number, over: object) => (lines: Record<string, unknown>[]) => {
    lines[place] = { ...lines[place], ...over };
  };

  const faults: [string, Change, number, RegExp][] = [
    ['an empty body', () => '', 0, /The body is empty; expected an export/],
    ['no header', (lines) => lines.slice(1), 1, /not the header of an export/],
    ['a newer version', set(0, { version: 2 }), 1, /version 2, from a newer server/],
    [
      'an id that no path can hold',
      set(0, { sessionId: 'a/b' }),
      1,
      /'sessionId' must be 1 to 200/,
    ],
    ['an id that is a path', set(0, { sessionId: 'import' }), 1, /'sessionId' must be/],
    ['a header without inputs', set(0, { inputs: undefined }), 1, /'inputs' is missing/],
    ['inputs of strangers', set(0, { inputs: { x: 1 } }), 1, /names the node 'x'/],
    [
      'an edge to nowhere',
      set(0, { graph: { nodes: [], edges: [] } }),
      1,
      /no node that could run/,
    ],
    [
      'another graph',
      set(0, { graph: { nodes: [{ id: 'x', type: 'y' }] } }),
      2,
      /not the header's/,
    ],
    ['another mode', set(0, { mode: 'headless' }), 2, /not the header's/],
    ['another session', set(1, { sessionId: 'b' }), 2, /sessionId 'b' is not the header's/],
    ['an unknown event', set(2, { type: 'nodeBegin' }), 3, /'type' is invalid/],
    ['a missing member', set(2, { nodeId: undefined }), 3, /'nodeId' is missing/],
    ['no index', set(2, { index: undefined }), 3, /'index' is missing/],
    ['a gap', (lines) => lines.filter((_, n) => n !== 2), 3, /its index is 2, and 1 comes next/],
    [
      'an event twice',
      (lines) => [...lines.slice(0, 3), ...lines.slice(2)],
      4,
      /is 1, and 2 comes/,
    ],
    ['time that runs back', set(3, { time: 1 }), 4, /its time, 1, is before/],
    ['a stranger node', set(2, { nodeId: 'x' }), 3, /there is no node 'x' that could run/],
    [
      'an end that is none',
      (l) => [...l.slice(0, 2), { ...l[4], index: 1 }],
      3,
      /'text' has not ended/,
    ],
    ['more than there is', (lines) => [...lines, lines.at(-1)], 6, /event 3 is the last/],
    ['a last line too few', (lines) => lines.slice(0, -1), 4, /ends here, with event 2/],
    ['nothing but the header', (lines) => lines.slice(0, 1), 1, /ends here, with event -1/],
    ['an array', (lines) => [lines[0], []], 2, /it is no JSON object/],
    ['half a line', (lines) => textOf(lines).slice(0, -5), 5, /Line 5: it is not JSON/],
    ['a line that is no JSON', (lines) => `${textOf(lines.slice(0, 2))}{]\n`, 3, /it is not JSON/],
    [
      'deep nesting',
      (l) => `${textOf(l.slice(0, 2))}${'['.repeat(600)}${']'.repeat(600)}\n`,
      3,
      /500 levels/,
    ],
    [
      'no UTF-8',
      (l) => Buffer.concat([Buffer.from(textOf(l)), Buffer.from([0xff])]),
      6,
      /not UTF-8/,
    ],
  ];

  test('is told the line and what is wrong with it, and leaves nothing', async () => {
    const answers = await refusals(faults.map(([, change]) => change));
    for (const [place, [name, , line, message]] of faults.entries()) {
      expect({ name, ...answers[place] }).toMatchObject({
        ...{ name, status: 400, code: 'invalid_import' },
        error: expect.stringMatching(message) as string,
        ...(line === 0 ? {} : { details: { line } }),
      });
    }
  });

  test('a line longer than a body may be, and an event longer than one may be', async () => {
    const long = (length: number) => (lines: Record<string, unknown>[]) => {
      lines[3] = { ...lines[3], outputs: { output: 'x'.repeat(length) } };
    };
    const [body, event] = await refusals([long(30_000), long(15_000)]);
    expect(body).toMatchObject({
      status: 413,
      code: 'payload_too_large',
      error: 'Line 4 is larger than 20971 bytes.',
      details: { line: 4, maxBytes: 20_971 },
    });
    expect(event).toMatchObject({
      status: 413,
      code: 'event_too_large',
      error: expect.stringMatching(/^Line 4: An event of type 'nodeEnd' has/) as string,
      details: { line: 4 },
    });
  });
});

describe('redaction', () => {
  test('takes out what its paths lead to, on the way out or in, and says so', async () => {
    const [from, to] = [await startTestServer(), await startTestServer()];
    const sessionId = await startSession(from, 'greeting');
    await answer(from, sessionId);
    await from.call('GET', `${SESSIONS}/${sessionId}/status?waitFor=completed`);
    const query = '?redact=/**/text&redact=/title&redact=/graph/nodes/*/configuration/prompt';
    const text = await exported(from, sessionId, query);
    expect(text).not.toContain('Ada');
    expect(text).not.toContain('Your name?');
    const [header, ...events] = linesOf(text);
    expect(header).toMatchObject({
      title: '[redacted]',
      redacted: ['/**/text', '/title', '/graph/nodes/*/configuration/prompt'],
      graph: { nodes: [{ configuration: { prompt: '[redacted]' } }, {}] },
    });
    expect(events.find(({ type }) => type === 'inputResolved')).toMatchObject({
      response: { input: { role: 'user', parts: [{ text: '[redacted]' }] } },
    });
    expect(events.find(({ type }) => type === 'inputRequired')).toMatchObject({
      suspendEvent: { waitForInput: { prompt: { parts: [{ text: '[redacted]' }] } } },
    });

    expect(await take(to, text)).toMatchObject({ status: 200 });
    expect(await exported(to, sessionId)).toBe(text);
    const whole = await exported(from, sessionId);
    const onTheWayIn = await take(to, whole, `${query}&newId=true`);
    const newId = idIn(onTheWayIn);
    expect(await exported(to, newId)).toBe(text.replaceAll(sessionId, newId));
  });

  test('leaves a session that can be read and nothing more', async () => {
    const [from, to] = [await startTestServer(), await startTestServer()];
    const sessionId = await startSession(from, 'greeting');
    const refused = { status: 409, json: { code: 'session_read_only' } };
    const text = await exported(from, sessionId, '?redact=/**/text');
    expect(await take(to, text, '?continue=true')).toMatchObject(refused);
    expect(await listOf(to)).toEqual([]);
    await take(to, text);
    expect(await to.call('POST', `${SESSIONS}/${sessionId}:continue`)).toMatchObject(refused);
  });

  test.each([
    ['/nodeId', /'\/nodeId' leads to nothing that can be taken out/],
    ['/graph/nodes/*/id', /leads to nothing/],
    ['response', /'response' is no path such as/],
    ['/', /is no path/],
    ['/a~2b', /is no path/],
  ])('refuses the path %s, naming it', async (path, message) => {
    const server = await startTestServer();
    const sessionId = await startSession(server, 'quick');
    const query = `?redact=${encodeURIComponent(path)}`;
    for (const { status, json } of [
      await server.call('GET', `${SESSIONS}/${sessionId}/export${query}`),
      await take(server, '', query),
    ]) {
      expect({ status, ...json }).toMatchObject({
        ...{ status: 400, code: 'malformed_request', details: { field: 'redact' } },
        error: expect.stringMatching(message) as string,
      });
    }
  });
});
