import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request, type IncomingHttpHeaders } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { onTestFinished } from 'vitest';
import type { Json } from '../shared/json.ts';
import { parseOptions } from './options.ts';
import type { ReattachInternals } from './create-reattach.ts';
import { startServer } from './start-server.ts';

/** What a call was answered with; `json` is undefined when the answer is no JSON. */
export interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
  json: Record<string, Json>;
}

export interface CallOptions {
  /** Sent as JSON; a text or bytes as they are. */
  body?: unknown;
  headers?: Record<string, string>;
}

export interface TestServer {
  url: string;
  port: number;
  directory: string;
  /** One request on a connection of its own, with exactly these headers. */
  call(method: string, path: string, options?: CallOptions): Promise<Answer>;
  /** Everything that the server has: what a refused request must not change. */
  everything(): Promise<Json>;
  close(): Promise<void>;
}

/** The graphs that every test server offers. */
const graphs: Record<string, unknown> = {
  greeting: {
    title: 'Greeting',
    nodes: [
      { id: 'name', type: 'ask', configuration: { prompt: 'Your name?' } },
      { id: 'end', type: 'output' },
    ],
    edges: [{ from: 'name', to: 'end' }],
  },
  survey: {
    nodes: [
      {
        id: 'form',
        type: 'input',
        configuration: {
          schema: { type: 'object', properties: { age: { type: 'integer' } }, required: ['age'] },
        },
      },
      {
        id: 'choice',
        type: 'choice',
        configuration: {
          prompt: 'Which?',
          choices: [
            { id: 'a', content: 'A' },
            { id: 'b', content: 'B' },
          ],
        },
      },
      { id: 'consent', type: 'consent', configuration: { prompt: 'May we?' } },
      { id: 'end', type: 'output' },
    ],
    edges: [
      { from: 'form', to: 'end' },
      { from: 'choice', to: 'end' },
      { from: 'consent', to: 'end' },
    ],
  },
  quick: { nodes: [{ id: 'text', type: 'template', configuration: { text: 'done' } }] },
};

/** A temporary directory, removed when the test has ended. */
export async function temporaryDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'reattach-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

/** A real server over a real store in memory, on a free port, closed when the test has ended. */
export async function startTestServer(
  flags: readonly string[] = [],
  internals: ReattachInternals = {},
): Promise<TestServer> {
  const directory = await temporaryDirectory();
  for (const [graphId, graph] of Object.entries(graphs)) {
    await writeFile(join(directory, `${graphId}.json`), JSON.stringify(graph));
  }
  const options = parseOptions(
    ['--port', '0', '--db', ':memory:', '--graphs', directory, ...flags],
    { out: () => {}, err: (text) => expectNothing(text) },
  );
  const server = await startServer(options, pino({ level: 'silent' }), {
    clientDirectory: join(directory, 'client'),
    ...internals,
  });
  onTestFinished(() => server.close());
  const port = Number(new URL(server.url).port);

  const call: TestServer['call'] = (method, path, { body, headers = {} } = {}) =>
    send({ port, method, path, headers }, body);

  return {
    url: server.url,
    port,
    directory,
    call,
    async everything() {
      const headers: Record<string, string> = { Accept: 'application/json' };
      if (options.token !== null) headers.Authorization = `Bearer ${options.token}`;
      const { json } = await call('GET', '/v1beta1/graphSessions?limit=500', { headers });
      const sessions = json.sessions as { sessionId: string }[];
      const logs = await Promise.all(
        sessions.map(async ({ sessionId }) => {
          const base = `/v1beta1/graphSessions/${sessionId}`;
          const [events, status] = await Promise.all([
            call('GET', `${base}/events`, { headers }),
            call('GET', `${base}/status`, { headers }),
          ]);
          return { events: events.json, status: status.json };
        }),
      );
      return { list: json, logs };
    },
    close: () => server.close(),
  };
}

/** Starts a session and waits until it rests or has ended. */
export async function startSession(
  server: TestServer,
  graphId: string,
  headers: Record<string, string> = {},
): Promise<string> {
  const { json } = await server.call('POST', '/v1beta1/graphSessions/new', {
    body: { graphId },
    headers,
  });
  const sessionId = json.sessionId as string;
  const path = `/v1beta1/graphSessions/${sessionId}/status?waitFor=suspended&timeout=20`;
  await server.call('GET', path, { headers });
  return sessionId;
}

/** The open prompts of a session, by the node that asks. */
export async function openPrompts(
  server: TestServer,
  sessionId: string,
): Promise<Record<string, string>> {
  const { json } = await server.call('GET', `/v1beta1/graphSessions/${sessionId}/status`);
  const prompts = json.openPrompts as { nodeId: string; interactionId: string }[];
  return Object.fromEntries(prompts.map(({ nodeId, interactionId }) => [nodeId, interactionId]));
}

function send(
  target: { port: number; method: string; path: string; headers: Record<string, string> },
  body: unknown,
): Promise<Answer> {
  const content =
    body === undefined || typeof body === 'string' || body instanceof Uint8Array
      ? body
      : JSON.stringify(body);
  return new Promise((resolve, reject) => {
    const outgoing = request({ host: '127.0.0.1', agent: false, ...target }, (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.on('error', reject);
      incoming.on('end', () => {
        const text = Buffer.concat(chunks).toString('utf8');
        const isJson = incoming.headers['content-type']?.startsWith('application/json') === true;
        resolve({
          status: incoming.statusCode ?? 0,
          headers: incoming.headers,
          text,
          json: (isJson && text !== '' ? JSON.parse(text) : {}) as Record<string, Json>,
        });
      });
    });
    outgoing.on('error', reject);
    if (content !== undefined) outgoing.setHeader('Content-Length', Buffer.byteLength(content));
    outgoing.end(content);
  });
}

function expectNothing(text: string): never {
  throw new Error(`The flags of the test server were refused: ${text}`);
}
