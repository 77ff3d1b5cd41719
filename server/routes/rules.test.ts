import { mkdir, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { Hono } from 'hono';
import { pino } from 'pino';
import { describe, expect, test } from 'vitest';
import type { NodeTypes } from '../engine/handler.ts';
import { startSession, startTestServer, temporaryDirectory } from '../server.testing.ts';
import { errorHandler } from './error-response.ts';
import { hostRule } from './host-rule.ts';

const GRAPHS = '/v1beta1/graphs';
const NEW = '/v1beta1/graphSessions/new';
const start = { body: { graphId: 'quick' } };

/** The answer to a GET of HTTP/1.0, which need not name a host. */
function withoutHost(port: number, path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(`GET ${path} HTTP/1.0\r\n\r\n`));
    socket.on('data', (bytes) => (answer += bytes.toString()));
    socket.on('error', reject);
    socket.on('close', () => resolve(answer));
  });
}

describe('the host', () => {
  test('is this machine with the port, or one that is allowed', async () => {
    const server = await startTestServer(['--allow-host', 'box', '--allow-host', 'other:99']);
    const statusFor = async (host: string) =>
      (await server.call('GET', GRAPHS, { headers: { Host: host } })).status;

    for (const host of ['localhost', '127.0.0.1', '[::1]', 'LOCALHOST']) {
      expect([host, await statusFor(`${host}:${server.port}`)]).toEqual([host, 200]);
      expect([host, await statusFor(`${host}:1`)]).toEqual([host, 403]);
      expect([host, await statusFor(host)]).toEqual([host, 403]);
    }
    expect(await statusFor('box')).toBe(200);
    expect(await statusFor('box:1234')).toBe(200);
    expect(await statusFor('other:99')).toBe(200);
    expect(await statusFor('other:98')).toBe(403);
    expect(await statusFor(`evil.example:${server.port}`)).toBe(403);
    expect(await statusFor(`localhost.evil.example:${server.port}`)).toBe(403);
  });

  test('may be missing only where it does not matter', async () => {
    const server = await startTestServer();
    expect(await withoutHost(server.port, '/healthz')).toMatch(/^HTTP\/1\.1 200 /);
    expect(await withoutHost(server.port, GRAPHS)).toMatch(/^HTTP\/1\.1 403 /);
  });

  test('is told by name when it is refused, and does not matter to /healthz', async () => {
    const server = await startTestServer();
    const headers = { Host: 'evil.example' };
    expect((await server.call('GET', GRAPHS, { headers })).json).toEqual({
      error: "This server does not answer for the host 'evil.example'; --allow-host names others.",
      code: 'forbidden_host',
    });
    expect(await server.call('GET', '/healthz', { headers })).toMatchObject({ status: 200 });
  });

  test.each([
    ['192.0.2.7', 4600, '192.0.2.7:4600', 200],
    ['192.0.2.7', 4600, '192.0.2.8:4600', 403],
    ['fe80::1', 4600, '[fe80::1]:4600', 200],
    ['Box.example', 80, 'box.example', 200],
    ['Box.example', 80, 'box.example:80', 200],
    ['Box.example', 80, 'box.example:81', 403],
    ['Box.example', 80, 'box.example:80:80', 403],
  ])('is the one of --host too: %s at %i, asked for %s: %i', async (host, port, Host, status) => {
    const app = new Hono();
    app.onError(errorHandler(pino({ level: 'silent' })));
    app.use(hostRule({ host, port: () => port, allowHosts: [] }));
    app.get('/', (c) => c.body(null));
    expect((await app.request('/', { headers: { Host } })).status).toBe(status);
  });
});

describe('the origin of a write', () => {
  test.each([
    ['none', {}, 200],
    ['the own', { Origin: 'http://127.0.0.1:{port}' }, 200],
    ['the own behind TLS', { Origin: 'https://127.0.0.1:{port}' }, 200],
    ['another port', { Origin: 'http://127.0.0.1:1' }, 403],
    ['another site', { Origin: 'https://evil.example' }, 403],
    ['an opaque one', { Origin: 'null' }, 403],
    ['an allowed one', { Origin: 'https://app.example', 'Sec-Fetch-Site': 'cross-site' }, 200],
    ['none, from another site', { 'Sec-Fetch-Site': 'cross-site' }, 403],
    ['none, from the same site', { 'Sec-Fetch-Site': 'same-origin' }, 200],
  ])('%s', async (_name, given, status) => {
    const server = await startTestServer(['--allow-origin', 'https://app.example']);
    const before = await server.everything();
    const headers = Object.fromEntries(
      Object.entries(given).map(([name, value]) => [
        name,
        value.replace('{port}', String(server.port)),
      ]),
    );
    const answer = await server.call('POST', NEW, { ...start, headers });
    expect(answer.status).toBe(status);
    if (status === 200) return;
    expect(answer.json.code).toBe('forbidden_origin');
    expect(await server.everything()).toEqual(before);
  });

  test('does not matter to a read, which tells a foreign page nothing', async () => {
    const server = await startTestServer();
    const { status, headers } = await server.call('GET', GRAPHS, {
      headers: { Origin: 'https://evil.example', 'Sec-Fetch-Site': 'cross-site' },
    });
    expect([status, headers['access-control-allow-origin']]).toEqual([200, undefined]);
  });
});

describe('CORS', () => {
  test('lets an allowed page read, errors and streams included', async () => {
    const server = await startTestServer(['--allow-origin', 'https://app.example']);
    const sessionId = await startSession(server, 'quick');
    const headers = { Origin: 'https://app.example' };
    for (const path of [GRAPHS, '/nowhere', `/v1beta1/graphSessions/${sessionId}`]) {
      const answer = await server.call('GET', path, { headers });
      expect(answer.headers).toMatchObject({
        'access-control-allow-origin': 'https://app.example',
        'access-control-expose-headers': 'Allow, ETag, Retry-After, WWW-Authenticate',
        vary: expect.stringContaining('Origin') as string,
      });
    }
  });

  test('answers the preflight of an allowed page, without a token', async () => {
    const flags = ['--allow-origin', 'https://app.example', '--token', 'secret'];
    const server = await startTestServer(flags);
    const preflight = (Origin: string) =>
      server.call('OPTIONS', '/v1beta1/graphSessions/x:resume', {
        headers: { Origin, 'Access-Control-Request-Method': 'POST' },
      });
    const { status, headers } = await preflight('https://app.example');
    expect(status).toBe(204);
    expect(headers['access-control-allow-methods']).toContain('POST');
    expect(headers['access-control-allow-headers']).toMatch(/Idempotency-Key.*Last-Event-ID/);
    const refused = await preflight('https://evil.example');
    expect(refused.headers['access-control-allow-origin']).toBeUndefined();
  });
});

describe('the token of the server', () => {
  const flags = ['--token', 'secret'];
  const bearer = { Authorization: 'Bearer secret' };

  test('is needed for everything but /healthz and the panel', async () => {
    const clientDirectory = await temporaryDirectory();
    await writeFile(join(clientDirectory, 'index.html'), '<!doctype html>');
    const server = await startTestServer(flags, { clientDirectory });
    for (const path of [GRAPHS, '/openapi.json', '/nowhere', '/v1beta1/graphSessions']) {
      const answer = await server.call('GET', path);
      expect([path, answer.status, answer.json.code]).toEqual([path, 401, 'unauthorized']);
      expect(answer.headers['www-authenticate']).toBe('Bearer realm="reattach"');
    }
    expect((await server.call('POST', NEW, start)).status).toBe(401);
    expect((await server.call('GET', '/healthz')).status).toBe(200);
    expect((await server.call('GET', '/')).status).toBe(200);
  });

  test.each([
    ['Bearer secret', 200],
    ['bearer  secret', 200],
    ['Bearer secre', 401],
    ['Bearer secret2', 401],
    ['Basic secret', 401],
    ['secret', 401],
  ])('as %j: %i', async (Authorization, status) => {
    const server = await startTestServer(flags);
    expect((await server.call('GET', GRAPHS, { headers: { Authorization } })).status).toBe(status);
  });

  test('is turned into a cookie and a clean address once', async () => {
    const server = await startTestServer(flags);
    const path = '/?graph=a%20b&token=secret&session=7';
    const { status, headers } = await server.call('GET', path);
    expect([status, headers.location]).toEqual([302, './?graph=a+b&session=7']);
    const [cookie = ''] = headers['set-cookie'] ?? [];
    expect(cookie).toMatch(
      new RegExp(
        `^reattach_${server.port}=[\\w-]{43}; Max-Age=\\d+; Path=/; HttpOnly; SameSite=Strict$`,
      ),
    );
    const Cookie = cookie.split(';', 1)[0] ?? '';
    expect((await server.call('GET', GRAPHS, { headers: { Cookie } })).status).toBe(200);
    const forged = `reattach_${server.port}=secret`;
    expect((await server.call('GET', GRAPHS, { headers: { Cookie: forged } })).status).toBe(401);
  });

  test('leaves a bare address and refuses a wrong token without a cookie', async () => {
    const server = await startTestServer(flags);
    expect((await server.call('GET', '/?token=secret')).headers.location).toBe('./');
    const wrong = await server.call('GET', '/?token=guess');
    expect([wrong.status, wrong.headers['set-cookie']]).toEqual([401, undefined]);
  });

  test('is never a run’s: only the body’s accessToken is', async () => {
    const tokens: (string | undefined)[] = [];
    const nodeTypes: NodeTypes = { template: (ctx) => void tokens.push(ctx.accessToken()) };
    const server = await startTestServer(flags, { nodeTypes });
    await startSession(server, 'quick', bearer);
    await server.call('POST', NEW, {
      headers: bearer,
      body: { graphId: 'quick', accessToken: 'mine' },
    });
    await expect.poll(() => tokens).toEqual([undefined, 'mine']);
  });
});

test('without a token of the server, Authorization is the run’s, and the body’s wins', async () => {
  const tokens: (string | undefined)[] = [];
  const nodeTypes: NodeTypes = { template: (ctx) => void tokens.push(ctx.accessToken()) };
  const server = await startTestServer([], { nodeTypes });
  const headers = { Authorization: 'Bearer header' };
  await startSession(server, 'quick', headers);
  const body = { graphId: 'quick', accessToken: 'body' };
  await server.call('POST', NEW, { headers, body });
  await expect.poll(() => tokens).toEqual(['header', 'body']);
});

describe('what browsers are told', () => {
  test('a strict policy on every response', async () => {
    const server = await startTestServer();
    for (const path of ['/', GRAPHS, '/nowhere', '/healthz']) {
      const { headers } = await server.call('GET', path);
      expect(headers['content-security-policy']).toContain("default-src 'none'; script-src 'self'");
      expect(headers['content-security-policy']).toContain("frame-ancestors 'none'");
      expect(headers).toMatchObject({
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
        'cache-control': 'no-store',
      });
    }
  });

  test('that pages of --allow-frame, and no others, may frame the panel', async () => {
    const flags = ['--allow-frame', 'https://app.example', '--allow-frame', 'http://box:81'];
    const { headers } = await (await startTestServer(flags)).call('GET', GRAPHS);
    expect(headers['content-security-policy']).toContain(
      'frame-ancestors https://app.example http://box:81;',
    );
    expect(headers['x-frame-options']).toBeUndefined();
    const without = await (await startTestServer()).call('GET', GRAPHS);
    expect(without.headers['x-frame-options']).toBe('DENY');
  });

  test('the panel’s files are sent as the build has compressed them, to whoever takes that', async () => {
    const clientDirectory = await temporaryDirectory();
    const text = '<!doctype html>'.repeat(9);
    await writeFile(join(clientDirectory, 'index.html'), text);
    await writeFile(join(clientDirectory, 'index.html.gz'), gzipSync(text));
    await writeFile(join(clientDirectory, 'icon.svg'), '<svg/>');
    const server = await startTestServer([], { clientDirectory });
    const get = async (path: string, takes: string, tag = '') => {
      const headers = { 'accept-encoding': takes, 'if-none-match': tag };
      const response = await fetch(server.url + path, { headers });
      const { status } = response;
      return { status, text: await response.text(), headers: Object.fromEntries(response.headers) };
    };
    for (const takes of ['gzip', 'br, GZIP;q=0.5', '*', 'deflate, gzip; q=1.0, *;q=0']) {
      const { text: sent, headers } = await get('/', takes);
      expect(headers).toMatchObject({ 'content-encoding': 'gzip', vary: 'Accept-Encoding' });
      expect(sent, takes).toBe(text);
    }
    const { etag = '' } = (await get('/', 'gzip')).headers;
    for (const takes of ['identity', 'gzip;q=0', 'br', '*;q=0.0', '']) {
      const { text: sent, headers } = await get('/', takes, etag);
      expect(headers['content-encoding'], takes).toBeUndefined();
      expect(headers['vary']).toBe('Accept-Encoding');
      expect(sent, takes).toBe(text);
    }
    expect((await get('/', 'gzip', etag)).status).toBe(304);
    expect((await get('/icon.svg', 'gzip')).headers['content-encoding']).toBeUndefined();
    expect((await get('/index.html.gz', 'gzip')).status).toBe(404);
  });

  test('the panel’s files: the page is revalidated, hashed assets are kept', async () => {
    const clientDirectory = await temporaryDirectory();
    await mkdir(join(clientDirectory, 'assets'));
    await writeFile(join(clientDirectory, 'index.html'), '<!doctype html>');
    await writeFile(join(clientDirectory, 'assets', 'main-1a2b.js'), 'export {};');
    const server = await startTestServer([], { clientDirectory });

    const page = await server.call('GET', '/?session=7');
    expect(page).toMatchObject({ status: 200, text: '<!doctype html>' });
    expect(page.headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-cache',
    });
    const headers = { 'If-None-Match': page.headers.etag ?? '' };
    expect(await server.call('GET', '/', { headers })).toMatchObject({ status: 304, text: '' });

    const script = await server.call('GET', '/assets/main-1a2b.js');
    expect(script).toMatchObject({ status: 200, text: 'export {};' });
    expect(script.headers).toMatchObject({
      'content-type': 'text/javascript; charset=utf-8',
      'cache-control': 'public, max-age=31536000, immutable',
    });
    expect(await server.call('HEAD', '/')).toMatchObject({ status: 200, text: '' });
    for (const path of [
      '/assets/../../package.json',
      '/assets/..%2f..%2fpackage.json',
      '/assets/',
    ]) {
      expect((await server.call('GET', path)).status).toBe(404);
    }
  });
});
