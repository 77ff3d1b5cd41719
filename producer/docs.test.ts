import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Script } from 'node:vm';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { startTestServer, type TestServer } from '../server/server.testing.ts';
import { startSession, textOf } from './producer.ts';

const SESSIONS = '/v1beta1/graphSessions';

/** The programs of README and of the page, by their language. */
const programs = new Map<string, string>();

beforeAll(async () => {
  const read = (file: string) => readFile(new URL(`../${file}`, import.meta.url), 'utf8');
  const readme = await read('README.md');
  const from = readme.indexOf('\n## From a program of your own\n');
  const section = readme.slice(from, readme.indexOf('\n## ', from + 1));
  const pages = section + (await read('docs/producers.md'));
  for (const [, language = '', program = ''] of pages.matchAll(/^```(\w+)\n(.*?)^```$/gms)) {
    programs.set(language, program);
  }
});

const sh = (file: string) => ['sh', file];
const python = (file: string) => ['python3', file];
const node = (file: string) => [process.execPath, file];

test.each([
  ['sh', 'answers that come', 'curl', sh],
  ['python', 'answers that come', 'python3', python],
  ['python', 'every first answer lost', 'python3', python],
  ['js', 'answers that come', 'node', node],
  ['js', 'every first answer lost', 'node', node],
])(
  'the %s program of the page runs, with %s, is answered by a person, and writes what it says',
  async (language, weather, tool, command) => {
    if (spawnSync(tool, ['--version']).error !== undefined) {
      // Said loudly: a machine without the tool shows nothing about the page.
      process.stderr.write(
        `SKIPPED: '${tool}' is not installed; the page's program was not run.\n`,
      );
      return;
    }
    const server = await startTestServer();
    const directory = await mkdtemp(join(tmpdir(), 'reattach-'));
    onTestFinished(() => rm(directory, { recursive: true, force: true }));
    const file = join(directory, language === 'js' ? 'program.ts' : 'program');
    const program = programs.get(language) ?? '';
    await writeFile(file, program);
    const url = weather === 'answers that come' ? server.url : await losingFirstAnswers(server);
    const run = language === 'js' ? importHere(program, url) : spawned(command(file), url);

    const interactionId = await promptOf(server);
    const [{ sessionId }] = await sessionsOf(server);
    const response = { input: { parts: [{ text: 'Ada' }] } };
    const body = { interactionId, response };
    await server.call('POST', `${SESSIONS}/${sessionId}:resume`, { body });
    await run;

    const { json } = await server.call('GET', `${SESSIONS}/${sessionId}/events`);
    const log = json.events as Record<string, unknown>[];
    const content = (text: string) => ({
      content: expect.objectContaining({ parts: [{ text }] }) as unknown,
    });
    expect(await sessionsOf(server)).toHaveLength(1);
    expect(log).toMatchObject([
      { type: 'graphStart', graphId: 'greeting', runner: 'external' },
      { type: 'nodeStart', nodeId: 'greet', title: 'Greet somebody' },
      { type: 'agentEvent', event: content('Hello! ') },
      { type: 'inputRequired', interactionId: 'greet/name' },
      { type: 'inputResolved', response },
      { type: 'agentEvent', event: content('Nice to meet you, Ada.') },
      { type: 'nodeEnd', outputs: { greeted: 'Ada' } },
      { type: 'graphComplete', outputs: { greet: { greeted: 'Ada' } } },
    ]);
  },
);

test('the Python program has at most 40 lines', () => {
  const lines = programs.get('python')?.trimEnd().split('\n') ?? [];
  expect(lines.length).toBeGreaterThan(0);
  expect(lines.length).toBeLessThanOrEqual(40);
  // And no longer ones to make up for it.
  expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(120);
});

/**
 * Where the server is reached over a network that loses the answer to each call once: all of it, or the
 * half, in turns. The server has done then what it was asked.
 */
async function losingFirstAnswers({ url }: TestServer): Promise<string> {
  const lost = new Set<string>();
  const network = createServer((request, response) => {
    void (async () => {
      const { method = 'GET', url: path = '', headers } = request;
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const { 'producer-seq': seq = '' } = headers;
      const sent = new Headers();
      for (const [name, value] of Object.entries(headers)) {
        if (/^(producer-|idempotency-|content-type)/.test(name)) sent.set(name, String(value));
      }
      const body = method === 'GET' ? {} : { body: Buffer.concat(chunks) };
      const answer = await fetch(url + path, { method, headers: sent, ...body });
      const text = Buffer.from(await answer.arrayBuffer());
      const type = answer.headers.get('content-type') ?? '';
      const head = { 'Content-Type': type, 'Content-Length': text.length };
      const call = [method, path, seq].join(' ');
      if (lost.has(call)) {
        response.writeHead(answer.status, head).end(text);
        return;
      }
      lost.add(call);
      if (lost.size % 2 === 0) response.destroy();
      else {
        response.writeHead(answer.status, head);
        response.write(text.subarray(0, text.length / 2), () => response.destroy());
      }
    })();
  });
  await once(network.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => void network.close());
  return `http://127.0.0.1:${(network.address() as AddressInfo).port}`;
}

/** Runs a program to its end; its complaint is the error of one that fails. */
function spawned([command = '', ...args]: string[], url: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { env: { ...process.env, REATTACH_URL: url } });
    let said = '';
    child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) resolve();
      else reject(new Error(`The program ended with ${code}: ${said}`));
    });
  });
}

/** Runs the page's module against the sources instead of the package. */
async function importHere(program: string, url: string): Promise<void> {
  const body = program.replace(/^import .*$/m, '');
  const names = ['startSession', 'textOf', 'process', 'console'];
  const source = `return async (${names.join(', ')}) => {\n${body}\n}`;
  // The page's text is the program: it is run as it stands there.
  const made = new Script(`(() => { ${source} })()`).runInThisContext() as unknown;
  const run = made as (...given: unknown[]) => Promise<void>;
  const env = { ...process.env, REATTACH_URL: url };
  await run(startSession, textOf, { env }, { error: () => undefined });
}

async function sessionsOf(server: TestServer): Promise<[{ sessionId: string }]> {
  const headers = { Accept: 'application/json' };
  const { json } = await server.call('GET', `${SESSIONS}?graphId=greeting`, { headers });
  return json.sessions as [{ sessionId: string }];
}

/** The program's prompt, once it is open: the feed tells when to look. */
async function promptOf(server: TestServer): Promise<string> {
  const feed = await fetch(`${server.url}${SESSIONS}?graphId=greeting`);
  for await (const chunk of feed.body ?? []) {
    if (!new TextDecoder().decode(chunk as Uint8Array).includes('"openPromptCount":1')) continue;
    const [{ sessionId }] = await sessionsOf(server);
    const { json } = await server.call('GET', `${SESSIONS}/${sessionId}/status`);
    const [prompt] = json.openPrompts as { interactionId: string }[];
    if (prompt !== undefined) return prompt.interactionId;
  }
  throw new Error('The feed ended.');
}
