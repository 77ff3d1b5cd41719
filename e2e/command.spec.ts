import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { reattach, startReattach } from './command.ts';
import { graphOf } from './graph-of.ts';
import { expect, test } from './process-fixtures.ts';

const says = (text: string) => ({ input: { role: 'user', parts: [{ text }] } });
const greeting = graphOf(
  'Greeting',
  {
    name: ['ask', { prompt: 'Name?' }],
    hello: ['template', { text: 'Good day, {{name}}.' }],
  },
  ['name -> hello.name'],
);

test.describe('reattach run', () => {
  test.use({
    extraGraphs: {
      greeting,
      broken: graphOf('Broken', { get: ['fetch', { url: 'http://nowhere.invalid/' }] }),
    },
  });

  test('prints the session that it started, and nothing else', async ({ server, api }) => {
    const { code, stdout, stderr } = await reattach(['run', 'greeting', '--url', server.origin]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const report = await api.waitFor(stdout.trim(), 'suspended');
    expect(report).toMatchObject({ title: 'Greeting', openPrompts: [{ nodeId: 'name' }] });
    expect(stdout).toBe(`${report.sessionId}\n`);
  });

  test('waits to the end, with answers in advance as text, as JSON and from a file', async ({
    server,
    directory,
  }) => {
    const env = { REATTACH_URL: server.origin };
    const file = join(directory, 'name.txt');
    await writeFile(file, 'Grace');
    const runs = [
      ['name=Ada', 'Ada'],
      [`name=@${file}`, 'Grace'],
    ];
    for (const [input = '', name] of runs) {
      const ended = await reattach(['run', 'greeting', '--wait', '--input', input], { env });
      expect(ended).toMatchObject({ code: 0, stderr: '' });
      expect(ended.stdout.split('\n').slice(1)).toEqual(['completed', `Good day, ${name}.`, '']);
    }
    const json = await reattach(
      ['run', 'greeting', '--wait', '--json', '--title', 'Mine', '--input', 'name=Ada'],
      { env },
    );
    expect(JSON.parse(json.stdout)).toMatchObject({
      status: 'completed',
      title: 'Mine',
      outputs: { hello: { output: 'Good day, Ada.' } },
    });
  });

  test('ends with a code that says how the run ended', async ({ server, api }) => {
    const env = { REATTACH_URL: server.origin };
    const failed = await reattach(['run', 'broken', '--wait'], { env });
    expect(failed).toMatchObject({ code: 2, stderr: expect.stringContaining('nowhere.invalid') });

    const late = await reattach(['run', 'greeting', '--wait', '--timeout', '0.2'], { env });
    const [sessionId = ''] = late.stdout.split('\n');
    expect(late).toEqual({
      code: 4,
      stdout: `${sessionId}\nsuspended\n`,
      stderr: `It waits for an answer: reattach attach ${sessionId}\n`,
    });

    const running = reattach(['run', 'greeting', '--wait', '--title', 'Doomed'], { env });
    await expect(async () => {
      const doomed = (await api.list('greeting')).find(({ title }) => title === 'Doomed');
      expect(doomed?.status).toBe('suspended');
      await api.call('POST', `/v1beta1/graphSessions/${doomed?.sessionId ?? ''}:cancel`);
    }).toPass();
    expect(await running).toMatchObject({ code: 3 });
  });
});

test('without a server a command says where it looked for one', async () => {
  expect(await reattach(['ls', '--url', 'http://127.0.0.1:9'])).toEqual({
    code: 1,
    stdout: '',
    stderr:
      "reattach: No server answers at http://127.0.0.1:9. Start one with 'reattach', or say where it is with --url or REATTACH_URL.\n",
  });
});

test.describe('with a token', () => {
  test.use({ serverFlags: ['--token', 'sesame'] });

  test('each command needs it', async ({ server }) => {
    const refused = await reattach(['ls', '--url', server.origin]);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(/^reattach: .*Give the token of the server with --token/);
    const env = { REATTACH_URL: server.origin, REATTACH_TOKEN: 'sesame' };
    expect(await reattach(['ls'], { env })).toEqual({
      ...{ code: 0, stdout: '', stderr: 'No sessions.\n' },
    });
  });
});

test('reattach ls lists the newest first, as a table or as JSON, and only what is asked for', async ({
  server,
  api,
}) => {
  const asking = await api.start(greeting, { graphId: 'greeting', title: 'First' });
  await api.waitFor(asking, 'suspended');
  const done = await api.start(graphOf('Done', { text: ['template', { text: 'x' }] }), {
    title: 'Se\u001b[2Jcond',
  });
  await api.waitFor(done, 'completed');
  const ls = async (...flags: string[]) =>
    (await reattach(['ls', '--url', server.origin, ...flags])).stdout;

  const table = (await ls()).split('\n');
  expect(table[0]).toMatch(/^SESSION +STATUS +CHANGED +GRAPH +TITLE$/);
  // What could steer a terminal is gone.
  expect(table[1]).toMatch(new RegExp(`^${done} +completed +now +g-\\w{16} +Se\\[2Jcond$`));
  expect(table[2]).toMatch(new RegExp(`^${asking} +suspended, 1 prompt +now +greeting +First$`));
  expect(table).toHaveLength(4);

  const rows = (await ls('--json')).trim().split('\n');
  expect(rows.map((row) => (JSON.parse(row) as { sessionId: string }).sessionId)).toEqual([
    done,
    asking,
  ]);
  const flags = ['--needs-answer', '--graph', 'greeting', '--status', 'suspended,failed'];
  const found = (await ls('--json', ...flags)).trim().split('\n');
  expect(found.map((row) => (JSON.parse(row) as { title: string }).title)).toEqual(['First']);
});

test('reattach attach without a terminal prints the log plainly and follows it over a killed server', async ({
  server,
  api,
}) => {
  const sessionId = await api.start(greeting);
  const { openPrompts } = await api.waitFor(sessionId, 'suspended');
  const attached = startReattach(['attach', sessionId.slice(0, 8), '--url', server.origin]);
  await attached.until('? Name?');
  await server.restart();
  await api.resume(sessionId, openPrompts[0]?.interactionId ?? '', says('Ada'));
  const { code, stdout, stderr } = await attached.ended;
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const log = stdout
    .split('\n')
    .filter((line) => !/^(The connection is lost|Connected again)/.test(line));
  expect(log).toEqual([
    'Greeting',
    'name',
    '  ? Name?',
    '  › Ada',
    '  ✓ Ada',
    'hello',
    '  ✓ Good day, Ada.',
    'Completed.',
    'hello',
    'Good day, Ada.',
    '',
  ]);
});

test.describe('reattach export and import', () => {
  test('a session goes through a file to another id, without what is secret', async ({
    server,
    api,
    directory,
  }) => {
    const env = { REATTACH_URL: server.origin };
    const sessionId = await api.start(greeting);
    const { openPrompts } = await api.waitFor(sessionId, 'suspended');
    await api.resume(sessionId, openPrompts[0]?.interactionId ?? '', says('Ada'));
    await api.waitFor(sessionId, 'completed');

    const plain = await reattach(['export', sessionId], { env });
    const lines = plain.stdout.trimEnd().split('\n');
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ sessionId, lastIndex: lines.length - 2 });

    const file = join(directory, 'run.ndjson');
    const redact = ['--redact', '/response', '--redact', '/outputs'];
    const written = await reattach(['export', sessionId, '-o', file, ...redact], { env });
    expect(written).toEqual({ code: 0, stdout: '', stderr: `${sessionId} is in ${file}.\n` });
    const text = await readFile(file, 'utf8');
    expect(text).toContain('[redacted]');
    expect(text).not.toContain('Ada');

    const taken = await reattach(['import', file], { env });
    expect(taken).toMatchObject({ code: 1, stderr: expect.stringContaining(sessionId) });
    const imported = await reattach(['import', file, '--new-id'], { env });
    expect(imported).toMatchObject({ code: 0, stderr: '' });
    const report = await api.status(imported.stdout.trim());
    expect(report).toMatchObject({ status: 'completed', imported: 'readOnly' });

    const missing = await reattach(['import', join(directory, 'none')], { env });
    expect(missing.stderr).toContain('cannot be read: it is not there.');
    const wrong = await reattach(['import', '-'], { env });
    expect(wrong.code).toBe(1);
  });
});
