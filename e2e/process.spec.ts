import { readFile, readdir, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { SESSIONS_PATH, sessionPaths } from '../shared/api.ts';
import { graphOf } from './graph-of.ts';
import { expect, test } from './process-fixtures.ts';
import { runServer } from './server-process.ts';
import { NoStream, SseReader } from './sse.ts';

const question = graphOf('Question', { ask: ['ask', { prompt: 'Well?' }] });

test('it says on a line of its own where it listens, with the port that it was given', async ({
  server,
  api,
}) => {
  expect(server.output.split('\n')).toContain(`Reattach is listening on ${server.origin}`);
  expect(server.port).toBeGreaterThan(0);
  expect(await api.call('GET', '/healthz')).toMatchObject({
    status: 200,
    body: { ok: true, protocol: 'v1beta1' },
  });
});

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  test(`${signal} ends it within two seconds, whatever streams are open and whatever runs`, async ({
    server,
    api,
    latches,
  }) => {
    test.skip(process.platform === 'win32', 'Windows has no signals to send.');
    const sessionId = await api.start(graphOf('Deaf', { deaf: ['deaf', { step: 'deaf' }] }));
    await latches.reached('deaf');
    const session = await SseReader.open(server.url(sessionPaths(sessionId).stream));
    await session.until(({ data }) => data['type'] === 'replayComplete');
    const feed = await SseReader.open(server.url(`${SESSIONS_PATH}?since=0`));
    await feed.until(({ event }) => event === 'snapshotComplete');
    const watch = await SseReader.open(server.url(`/v1beta1/watch?feed=&session=${sessionId}`));
    await watch.until(({ data }) => data['type'] === 'replayComplete');
    const held = fetch(server.url(`${sessionPaths(sessionId).status}?waitFor=completed`)).then(
      (response) => response.status,
      () => 'cut off',
    );
    // A connection on which nothing was ever asked.
    const idle = connect(server.port, '127.0.0.1');
    idle.on('error', () => undefined);
    await new Promise<void>((resolve) => idle.once('connect', resolve));

    const before = performance.now();
    expect(await server.end(signal)).toBe(0);
    expect(performance.now() - before).toBeLessThan(2000);
    // The run has not ended, so neither stream says `done`.
    for (const stream of [session, feed, watch]) {
      expect((await stream.rest()).map(({ event }) => event)).not.toContain('done');
    }
    // Not refused as if it were a stranger's: told how it stands or, if it came late, that this is the
    // end; or cut off.
    expect([200, 503, 'cut off']).toContain(await held);
    idle.destroy();
  });
}

test('a second server on the same file is refused by name, and a kill frees the file', async ({
  server,
  api,
}) => {
  const sessionId = await api.start(question);
  const second = await runServer(server.args({}, 0));
  expect(second).toEqual({
    code: 1,
    stdout: '',
    stderr: `reattach: ${server.db} is held by another server\n`,
  });
  expect(await api.status(sessionId)).toMatchObject({ status: 'suspended' });
  await server.restart();
  expect(await api.status(sessionId)).toMatchObject({ status: 'suspended' });
});

test('a second server on the same port is refused by number', async ({ server, directory }) => {
  const second = await runServer(server.args({ db: join(directory, 'other.db') }));
  expect(second).toEqual({
    code: 1,
    stdout: '',
    stderr: `reattach: Port ${server.port} of 127.0.0.1 is in use by another program.\n`,
  });
});

test('an edited graph file is offered at once; what was started keeps its graph', async ({
  api,
  graphFiles,
}) => {
  await graphFiles.write('edited', graphOf('Before', { ask: ['ask', { prompt: 'Before?' }] }));
  const before = await api.start('edited');
  await graphFiles.write('edited', graphOf('After', { ask: ['ask', { prompt: 'After?' }] }));
  const after = await api.start('edited');
  const prompts = async (sessionId: string) => {
    const { title, openPrompts } = await api.waitFor(sessionId, 'suspended');
    return { title, prompt: openPrompts.map(({ prompt }) => prompt) };
  };
  expect(await prompts(before)).toMatchObject({
    title: 'Before',
    prompt: [{ prompt: { parts: [{ text: 'Before?' }] } }],
  });
  expect(await prompts(after)).toMatchObject({
    title: 'After',
    prompt: [{ prompt: { parts: [{ text: 'After?' }] } }],
  });

  await graphFiles.write('edited', '{"nodes": [');
  expect(await api.call('POST', `${SESSIONS_PATH}/new`, { graphId: 'edited' })).toMatchObject({
    status: 400,
    body: { code: 'invalid_graph' },
  });
  const listing = await api.call('GET', '/v1beta1/graphs');
  expect(JSON.stringify(listing.body)).toContain('edited.json: ');
  expect(await prompts(before)).toMatchObject({ title: 'Before' });
});

test('without --graphs it offers the examples, with the node types that they need', async ({
  server,
  api,
}) => {
  await server.kill();
  await server.startWith(['--port', '0', '--db', ':memory:']);
  const { body } = await api.call('GET', '/v1beta1/graphs');
  const { graphs } = body as { graphs: { graphId: string; offered: boolean; title: string }[] };
  expect(graphs.length).toBeGreaterThanOrEqual(5);
  for (const graph of graphs) expect(graph).toMatchObject({ offered: true });
  const started = await api.start('reading-list');
  await api.waitFor(started, 'suspended');
});

test('fetch nodes reach the hosts of --allow-fetch and no other', async ({ server, api }) => {
  const graph = graphOf('Fetch', { get: ['fetch', { url: server.url('/healthz') }] });
  const refused = await api.waitFor(await api.start(graph), 'failed');
  expect(refused.error).toContain('127.0.0.1');
  await server.restart({ flags: ['--allow-fetch', '127.0.0.1'] });
  const sessionId = await api.start(graph);
  await api.waitFor(sessionId, 'completed');
  expect((await api.events(sessionId)).at(-1)).toMatchObject({
    outputs: { get: { status: 200, output: { ok: true, protocol: 'v1beta1' } } },
  });
});

test('the node types of --nodes are run', async ({ server, api, directory }) => {
  const file = join(directory, 'greeting.mjs');
  await writeFile(
    file,
    `export default {
      greeting: async (ctx) => {
        const name = await ctx.ask({ prompt: 'Name?' });
        const size = await ctx.step('measure', () => name.parts[0].text.length);
        return { output: 'Hello, ' + name.parts[0].text, size };
      },
    };`,
  );
  await server.restart({ nodes: [file] });
  const sessionId = await api.start(graphOf('Greeting', { greet: ['greeting'] }));
  const { openPrompts } = await api.waitFor(sessionId, 'suspended');
  await api.resume(sessionId, openPrompts[0]?.interactionId ?? '', {
    input: { role: 'user', parts: [{ text: 'Ada' }] },
  });
  await api.waitFor(sessionId, 'completed');
  expect((await api.events(sessionId)).at(-1)).toMatchObject({
    type: 'graphComplete',
    outputs: { greet: { output: 'Hello, Ada', size: 3 } },
  });
});

test('with :memory: nothing is written, and everything works', async ({ server, api }) => {
  await server.restart({ db: ':memory:' });
  const sessionId = await api.start(question);
  await api.waitFor(sessionId, 'suspended');
  await server.restart({ db: ':memory:' });
  expect(await api.call('GET', sessionPaths(sessionId).status)).toMatchObject({
    status: 404,
    body: { code: 'session_not_found' },
  });
});

test('a stray failure in a node module fails its node and not the server', async ({
  server,
  api,
  directory,
}) => {
  const file = join(directory, 'stray.mjs');
  await writeFile(
    file,
    `export default {
      stray: async (ctx) => {
        void Promise.reject(new Error('left alone'));
        await ctx.ask({ prompt: 'Still there?' });
      },
      late: async (ctx) => {
        setTimeout(() => { throw new Error('thrown late'); }, 1);
        await ctx.ask({ prompt: 'Still there?' });
      },
    };`,
  );
  await server.restart({ nodes: [file] });
  for (const [type, error] of [
    ['stray', 'left alone'],
    ['late', 'thrown late'],
  ] as const) {
    const sessionId = await api.start(graphOf(type, { node: [type] }));
    expect(await api.waitFor(sessionId, 'failed')).toMatchObject({
      error: expect.stringContaining(error),
    });
  }
  expect(await api.call('GET', '/healthz')).toMatchObject({ status: 200 });
});

test.describe('with --token', () => {
  test.use({ serverFlags: ['--token', 'open-sesame'] });

  test('nothing but its health is told without it', async ({ server, api }) => {
    for (const path of [
      SESSIONS_PATH,
      '/v1beta1/graphs',
      '/openapi.json',
      '/v1beta1/watch?feed=',
    ]) {
      expect(await api.call('GET', path)).toMatchObject({
        status: 401,
        body: { code: 'unauthorized' },
      });
    }
    expect(
      await api.call(
        'POST',
        `${SESSIONS_PATH}/new`,
        { graph: question },
        {
          authorization: 'Bearer wrong',
        },
      ),
    ).toMatchObject({ status: 401 });
    await expect(SseReader.open(server.url(SESSIONS_PATH))).rejects.toThrow(NoStream);
    expect(await api.call('GET', '/healthz')).toMatchObject({ status: 200 });
    const authorized = { authorization: 'Bearer open-sesame' };
    expect(await api.call('GET', '/v1beta1/graphs', undefined, authorized)).toMatchObject({
      status: 200,
    });
  });

  test('a browser that opens /?token=… once gets a cookie and a clean address', async ({
    server,
    page,
    context,
  }) => {
    const refused = await page.request.get('/v1beta1/graphs');
    expect(refused.status()).toBe(401);
    const wrong = await page.request.get('/?token=wrong');
    expect(wrong.status()).toBe(401);

    await page.goto('/?token=open-sesame');
    expect(page.url()).not.toContain('token');
    expect(new URL(page.url()).origin).toBe(server.origin);
    const [cookie, ...others] = await context.cookies();
    expect(others).toEqual([]);
    expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Strict', path: '/' });
    expect(cookie?.value).not.toContain('open-sesame');
    expect(await page.evaluate(() => document.cookie)).toBe('');

    const graphs = await page.evaluate(async () => (await fetch('/v1beta1/graphs')).status);
    expect(graphs).toBe(200);
    await server.restart();
    await page.goto('/');
    expect(await page.evaluate(async () => (await fetch('/v1beta1/graphs')).status)).toBe(200);
  });

  test("a run's own token is not the server's", async ({ api }) => {
    const authorized = { authorization: 'Bearer open-sesame' };
    const body = { graph: graphOf('Tokens', { show: ['token'] }) };
    const started = await api.call('POST', `${SESSIONS_PATH}/new`, body, authorized);
    const { sessionId } = started.body as { sessionId: string };
    const path = `${sessionPaths(sessionId).status}?waitFor=completed`;
    await api.call('GET', path, undefined, authorized);
    const events = await api.call('GET', sessionPaths(sessionId).events, undefined, authorized);
    expect(JSON.stringify(events.body)).toContain('"had":false');
  });
});

test("a run's token reaches its handler, and no file of the server", async ({ server, api }) => {
  const secret = 'tok-5f1e0c';
  const sessionId = await api.start(graphOf('Tokens', { show: ['token'] }), {
    accessToken: secret,
  });
  await api.waitFor(sessionId, 'completed');
  const text = JSON.stringify(await api.events(sessionId));
  expect(text).toContain('"had":true');
  expect(text).toContain('https://api.example/?key=[redacted]');
  await server.kill();
  const directory = join(server.db, '..');
  for (const entry of await readdir(directory, { withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const content = await readFile(join(directory, entry.name));
    expect(content.includes(secret), `${entry.name} holds the token`).toBe(false);
  }
  expect(server.output).not.toContain(secret);
});

test.describe('with --allow-host and --allow-origin', () => {
  test.use({
    serverFlags: [
      ...['--allow-host', 'panel.example'],
      ...['--allow-origin', 'https://panel.example'],
    ],
  });

  test('the named ones pass, and others are refused', async ({ server }) => {
    const call = (method: string, headers: Record<string, string>) =>
      new Promise<string>((resolve, reject) => {
        const path = method === 'GET' ? '/v1beta1/graphs' : `${SESSIONS_PATH}/new`;
        const { port } = server;
        const sent = request({ host: '127.0.0.1', port, path, method, headers }, (response) => {
          let text = '';
          response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
          response.on('end', () => {
            const { code = '' } = JSON.parse(text) as { code?: string };
            const cors = response.headers['access-control-allow-origin'] ?? '';
            resolve([response.statusCode, code, cors].filter(Boolean).join(' '));
          });
        });
        sent.once('error', reject);
        sent.end(method === 'GET' ? undefined : JSON.stringify({ graph: question }));
      });
    const own = `127.0.0.1:${server.port}`;
    expect(await call('GET', { host: 'evil.example' })).toBe('403 forbidden_host');
    expect(await call('GET', { host: `localhost:${server.port + 1}` })).toBe('403 forbidden_host');
    expect(await call('GET', { host: 'panel.example' })).toBe('200');
    expect(await call('GET', { host: `[::1]:${server.port}` })).toBe('200');
    expect(await call('POST', { host: own })).toBe('200');
    expect(await call('POST', { host: own, origin: `http://${own}` })).toBe('200');
    expect(await call('POST', { host: own, origin: 'https://evil.example' })).toBe(
      '403 forbidden_origin',
    );
    expect(await call('POST', { host: own, origin: 'null' })).toBe('403 forbidden_origin');
    expect(await call('POST', { host: own, 'sec-fetch-site': 'cross-site' })).toBe(
      '403 forbidden_origin',
    );
    expect(await call('POST', { host: own, origin: 'https://panel.example' })).toBe(
      '200 https://panel.example',
    );
    expect(await call('GET', { host: own, origin: 'https://evil.example' })).toBe('200');
  });
});
