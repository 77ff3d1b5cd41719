import { spawn, spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Script } from 'node:vm';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { startTestServer, type TestServer } from '../server/server.testing.ts';
import { startSession, textOf } from './producer.ts';

const SESSIONS = '/v1beta1/graphSessions';

/** The programs of the page, by their language. */
const programs = new Map<string, string>();

beforeAll(async () => {
  const page = await readFile(new URL('../docs/producers.md', import.meta.url), 'utf8');
  for (const [, language = '', program = ''] of page.matchAll(/^```(\w+)\n(.*?)^```$/gms)) {
    programs.set(language, program);
  }
});

test.each([
  ['sh', 'curl', (file: string) => ['sh', file]],
  ['python', 'python3', (file: string) => ['python3', file]],
  ['js', 'node', (file: string) => [process.execPath, file]],
])(
  'the %s program of the page runs, is answered, and writes what it says',
  async (language, tool, command) => {
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
    const run = language === 'js' ? importHere(program, server) : spawned(command(file), server);

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

/** Runs a program to its end; its complaint is the error of one that fails. */
function spawned([command = '', ...args]: string[], { url }: TestServer): Promise<void> {
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
async function importHere(program: string, { url }: TestServer): Promise<void> {
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
