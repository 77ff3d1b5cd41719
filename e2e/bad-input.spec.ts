import { chmod, copyFile, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { SESSIONS_PATH, sessionPaths } from '../shared/api.ts';
import type { Json } from '../shared/json.ts';
import { textContent } from '../shared/prompt.ts';
import { graphOf } from './graph-of.ts';
import { expect, test } from './process-fixtures.ts';
import { runServer } from './server-process.ts';

const NEW = `${SESSIONS_PATH}/new`;

const survey = graphOf(
  'Survey',
  {
    begin: ['template', { text: 'go' }],
    form: [
      'input',
      { schema: { type: 'object', properties: { days: { type: 'integer' } }, required: ['days'] } },
    ],
    one: [
      'choice',
      {
        prompt: 'One?',
        choices: [
          { id: 'a', content: 'A' },
          { id: 'b', content: 'B' },
        ],
      },
    ],
    many: [
      'choice',
      {
        prompt: 'Many?',
        selectionMode: 'multiple',
        choices: [
          { id: 'a', content: 'A' },
          { id: 'b', content: 'B' },
        ],
      },
    ],
    text: ['ask', { prompt: 'Text?' }],
    consent: ['consent', { prompt: 'May I?' }],
  },
  ['begin -> form', 'begin -> one', 'begin -> many', 'begin -> text', 'begin -> consent'],
);

test.describe('a refused request says why and changes nothing', () => {
  test.use({ serverFlags: ['--max-body', '0.1', '--max-event', '0.05'] });

  test('over HTTP', async ({ server, api }) => {
    const sessionId = await api.start(survey);
    const { openPrompts } = await api.waitFor(sessionId, 'suspended');
    const ids = new Map(openPrompts.map(({ nodeId, interactionId }) => [nodeId, interactionId]));
    const everything = async () => ({
      list: (await api.call('GET', SESSIONS_PATH)).body,
      status: await api.status(sessionId),
      events: await api.events(sessionId),
    });
    const before = await everything();

    const post = async (path: string, body: string) => {
      const response = await fetch(server.url(path), { method: 'POST', body });
      return { status: response.status, body: (await response.json()) as Json };
    };
    const start = (body: Json) => post(NEW, JSON.stringify(body));
    const graph = (nodes: Json[], edges: Json[] = []) => start({ graph: { nodes, edges } });
    const answer = (nodeId: string, response: unknown) =>
      api.resume(sessionId, ids.get(nodeId) ?? '', response);
    const stream = sessionPaths(sessionId).stream;
    const get = (path: string, headers: Record<string, string> = {}) =>
      api.call('GET', path, undefined, headers);

    const refused = async (
      what: Promise<{ status: number; body: Json }>,
      status: number,
      code: string,
      sentence: RegExp,
    ) => {
      const { status: answered, body } = await what;
      expect.soft({ status: answered, body }, String(sentence)).toEqual({
        status,
        body: {
          error: expect.stringMatching(sentence),
          code,
          ...(body !== null && typeof body === 'object' && 'details' in body
            ? { details: expect.any(Object) }
            : {}),
        },
      });
    };

    // Starts.
    await refused(post(NEW, '{"graphId": '), 400, 'malformed_request', /is not JSON/);
    await refused(post(NEW, ''), 400, 'malformed_request', /empty/);
    await refused(start([]), 400, 'malformed_request', /expected object/);
    await refused(start({}), 400, 'missing_graph', /^Missing 'graph' or 'graphId'$/);
    await refused(start({ graphId: 'nowhere' }), 404, 'graph_not_found', /'nowhere'/);
    await refused(start({ graphId: '../../etc/passwd' }), 404, 'graph_not_found', /passwd'/);
    await refused(graph([]), 400, 'invalid_graph', /node/);
    await refused(
      graph([{ id: 'a', type: 'output' }], [{ from: 'a', to: 'b' }]),
      400,
      'invalid_graph',
      /'b'/,
    );
    await refused(
      graph([
        { id: 'a', type: 'output' },
        { id: 'a', type: 'ask' },
      ]),
      400,
      'invalid_graph',
      /'a'/,
    );
    await refused(graph([{ id: 'a', type: 'teleport' }]), 400, 'invalid_graph', /'teleport'/);
    await refused(
      graph(
        [
          { id: 'a', type: 'output' },
          { id: 'b', type: 'output' },
        ],
        [
          { from: 'a', to: 'b' },
          { from: 'b', to: 'a' },
        ],
      ),
      400,
      'unsupported_graph',
      /a.*b/,
    );
    await refused(graph([{ id: 'a', type: '#part' }]), 400, 'unsupported_graph', /'a'|'#part'/);
    await refused(
      start({ graphId: 'long-read', mode: 'fast' }),
      400,
      'malformed_request',
      /'mode'/,
    );
    const huge = JSON.stringify({ graphId: 'x', title: 'x'.repeat(200_000) });
    await refused(post(NEW, huge), 413, 'payload_too_large', /larger than 104857 bytes/);

    // Answers.
    await refused(answer('form', {}), 422, 'invalid_answer', /days/);
    await refused(answer('form', { days: 'four' }), 422, 'invalid_answer', /days/);
    await refused(answer('one', { selected: { ids: ['c'] } }), 422, 'invalid_answer', /'c'/);
    await refused(answer('one', { selected: { ids: ['a', 'b'] } }), 422, 'invalid_answer', /one/);
    await refused(answer('one', { selected: { ids: [] } }), 422, 'invalid_answer', /./);
    await refused(
      answer('one', { selected: { ids: ['__none_of_the_above__'] } }),
      422,
      'invalid_answer',
      /__none_of_the_above__/,
    );
    await refused(answer('many', { selected: { ids: ['a', 'a'] } }), 422, 'invalid_answer', /'a'/);
    await refused(answer('text', { skipped: true }), 422, 'invalid_answer', /skip/);
    await refused(answer('text', { input: 'plain' }), 422, 'invalid_answer', /input/);
    await refused(answer('consent', { consent: 'yes' }), 422, 'invalid_answer', /consent/);
    const long = { input: textContent('x'.repeat(60_000)) };
    await refused(answer('text', long), 413, 'event_too_large', /./);
    await refused(api.resume(sessionId, 'unknown', {}), 404, 'interaction_not_found', /'unknown'/);
    await refused(api.resume('unknown', 'unknown', {}), 404, 'session_not_found', /'unknown'/);
    await refused(
      api.call('POST', sessionPaths(sessionId).resume, { response: {} }),
      400,
      'malformed_request',
      /'interactionId'/,
    );

    // Cursors, parameters, paths, methods.
    for (const cursor of ['x', '-2', '1.5', '', '9999999999999999']) {
      await refused(get(`${stream}?after=${cursor}`), 400, 'invalid_cursor', /'after'/);
      await refused(get(`${stream}/events?after=${cursor}`), 400, 'invalid_cursor', /'after'/);
      await refused(
        get(`${SESSIONS_PATH}?since=${cursor}`, { accept: 'text/event-stream' }),
        400,
        'invalid_cursor',
        /'since'/,
      );
    }
    await refused(get(stream, { 'last-event-id': 'x' }), 400, 'invalid_cursor', /'Last-Event-ID'/);
    await refused(get(`/v1beta1/watch?session=a:b`), 400, 'invalid_cursor', /'session'/);
    await refused(get('/v1beta1/watch'), 400, 'malformed_request', /'feed' or 'session'/);
    await refused(get(`${SESSIONS_PATH}?pageToken=x`), 400, 'malformed_request', /'pageToken'/);
    await refused(get(`${SESSIONS_PATH}?status=asleep`), 400, 'malformed_request', /'asleep'/);
    await refused(get(`${stream}/status?waitFor=later`), 400, 'malformed_request', /'later'/);
    await refused(get('/v1beta1/nothing'), 404, 'not_found', /\/v1beta1\/nothing/);
    await refused(get(`${SESSIONS_PATH}/unknown`), 404, 'session_not_found', /'unknown'/);
    await refused(api.call('PUT', stream), 405, 'method_not_allowed', /PUT/);
    await refused(api.call('PATCH', stream, { title: '' }), 400, 'malformed_request', /'title'/);
    await refused(
      api.call('DELETE', `${SESSIONS_PATH}/unknown`),
      404,
      'session_not_found',
      /'unknown'/,
    );

    expect(await everything()).toEqual(before);

    // And it all still works.
    expect(await answer('one', { selected: { ids: ['a'] } })).toMatchObject({ status: 200 });
    await refused(
      answer('one', { selected: { ids: ['b'] } }),
      409,
      'interaction_resolved',
      /answered at/,
    );
    expect(await api.call('POST', sessionPaths(sessionId).cancel)).toMatchObject({ status: 200 });
    const ended = await everything();
    await refused(
      api.call('POST', sessionPaths(sessionId).cancel),
      409,
      'session_final',
      /cancelled/,
    );
    await refused(answer('text', {}), 409, 'session_final', /cancelled|ended|final/);
    expect(await everything()).toEqual(ended);
  });
});

test.describe('a server that cannot start says why in a line and ends', () => {
  test.use({ startServer: false });

  /** Starts on a file that cannot be used; gives what was said of it. */
  const refusal = async (args: readonly string[], file: string, asUser?: number) => {
    const { code, stdout, stderr } = await runServer(args, asUser === undefined ? {} : { asUser });
    expect({ code, stdout, lines: stderr.split('\n').length - 1 }, stderr).toEqual({
      code: 1,
      stdout: '',
      lines: 1,
    });
    expect(stderr).toContain(file);
    return stderr.trim().replace('reattach: ', '').replace(file, 'FILE');
  };

  test('on a file that is no database, and leaves it as it is', async ({ server, directory }) => {
    for (const content of ['a shopping list\n', 'a shopping list\n'.repeat(1000)]) {
      const db = join(directory, 'list.txt');
      await writeFile(db, content);
      expect(await refusal(server.args({ db }), db)).toBe('FILE is not a database');
      expect(await readFile(db, 'utf8')).toBe(content);
    }
  });

  test('on the database of another program, and leaves it as it is', async ({
    server,
    directory,
  }) => {
    const db = join(directory, 'theirs.db');
    const theirs = new Database(db);
    theirs.exec('CREATE TABLE theirs (x)');
    theirs.close();
    const before = await readFile(db);
    expect(await refusal(server.args({ db }), db)).toBe('FILE is a database of another program');
    expect((await readFile(db)).equals(before)).toBe(true);
  });

  test('on a database that comes from a newer version, and leaves it as it is', async ({
    server,
  }) => {
    await server.start();
    await server.kill();
    const database = new Database(server.db);
    database.pragma('user_version = 99');
    database.close();
    expect(await refusal(server.args(), server.db)).toMatch(
      /^FILE comes from a newer version of this program \(schema 99; this one knows \d+\)$/,
    );
    const after = new Database(server.db);
    expect(after.pragma('user_version', { simple: true })).toBe(99);
    after.close();
  });

  test('on a database that may not be written', async ({ server, api, directory }) => {
    await server.start();
    await api.start(survey);
    await server.end('SIGTERM');
    const closed = join(directory, 'closed');
    await mkdir(closed);
    const db = join(closed, 'reattach.db');
    await copyFile(server.db, db);
    await chmod(db, 0o444);
    const isRoot = process.getuid?.() === 0;
    // Root may write what nobody may: the server is run as somebody else then.
    if (isRoot) for (const path of [directory, closed]) await chmod(path, 0o755);
    const said = await refusal(server.args({ db }), db, isRoot ? 65_534 : undefined);
    expect(said).toBe('FILE is read-only');
    expect((await stat(db)).size).toBeGreaterThan(0);
    await chmod(db, 0o644);
  });

  test('on a directory', async ({ server, directory }) => {
    expect(await refusal(server.args({ db: directory }), directory)).toBe(
      'FILE is a directory, not a database',
    );
  });

  test('without its graphs', async ({ server, directory }) => {
    const missing = join(directory, 'missing');
    expect(await refusal(server.args({ graphs: missing }), missing)).toContain(
      'The graphs directory cannot be read',
    );
  });

  test('with a node module that is none', async ({ server, directory }) => {
    const module = join(directory, 'module.mjs');
    const start = () => refusal(server.args({ nodes: [module] }), module);
    expect(await start()).toContain("The node module 'FILE' cannot be loaded");
    await writeFile(module, 'export default {');
    expect(await start()).toContain("The node module 'FILE' cannot be loaded");
    await writeFile(module, 'export const nodes = {};');
    expect(await start()).toContain("The node module 'FILE' must have a default export");
    await writeFile(module, 'export default { greet: "hello" };');
    expect(await start()).toBe("The node module 'FILE' exports 'greet', which is no function.");
    await writeFile(module, 'export default { ask: () => null };');
    expect(await start()).toContain("The node type 'ask' comes from both");
  });

  test('with flags that mean nothing', async () => {
    for (const [args, sentence] of [
      [['--host', '0.0.0.0'], "'--host 0.0.0.0' is not a loopback address and needs '--token'"],
      [['--host', 'example.com'], "needs '--token'"],
      [['--port', '70000'], 'A port is a number from 0 to 65535'],
      [['--port', 'x'], 'A port is a number from 0 to 65535'],
      [['--db', ''], "'--db <file>'"],
      [['--colour'], "unknown option '--colour'"],
      [['stray'], 'too many arguments'],
      [['--allow-origin', 'panel.example'], 'An origin is scheme://host'],
      [['--allow-host', 'http://panel.example'], 'without a scheme'],
      [['--token', 'two words'], 'A token is printable ASCII without spaces'],
    ] as const) {
      const { code, stdout, stderr } = await runServer(args);
      expect
        .soft({ code, stdout, lines: stderr.trim().split('\n').length }, args.join(' '))
        .toEqual({
          code: 1,
          stdout: '',
          lines: 1,
        });
      expect.soft(stderr, args.join(' ')).toContain(sentence);
    }
  });

  test('--help and --version are answered, and nothing is started', async () => {
    const help = await runServer(['--help']);
    expect(help).toMatchObject({ code: 0, stderr: '' });
    for (const flag of [
      ...['port', 'host', 'db', 'graphs', 'nodes', 'token'],
      ...['allow-host', 'allow-origin', 'allow-fetch', 'help', 'version'],
    ]) {
      expect(help.stdout).toContain(`--${flag}`);
    }
    expect(await runServer(['--version'])).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
      stderr: '',
    });
  });
});
