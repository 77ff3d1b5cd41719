import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startTestServer, temporaryDirectory } from '../server.testing.ts';

const flags = ['--base-path', '/runs/of-us/'];
const BASE = '/runs/of-us';

test('everything is below the base path, and nothing but /healthz beside it', async () => {
  const clientDirectory = await temporaryDirectory();
  await mkdir(join(clientDirectory, 'assets'));
  await writeFile(join(clientDirectory, 'index.html'), '<!doctype html>');
  await writeFile(join(clientDirectory, 'assets', 'main-1a2b.js'), 'export {};');
  const server = await startTestServer(flags, { clientDirectory });
  expect(server.url).toBe(`http://127.0.0.1:${server.port}${BASE}`);
  const paths = [
    ...['/', '/assets/main-1a2b.js', '/v1beta1/graphs', '/v1beta1/graphs/quick'],
    ...['/openapi.json', '/healthz'],
  ];
  for (const path of paths) {
    expect([path, (await server.call('GET', BASE + path)).status]).toEqual([path, 200]);
    const beside = (await server.call('GET', path)).status;
    expect([path, beside]).toEqual([path, path === '/healthz' ? 200 : 404]);
  }
  for (const path of ['/runs/of-usual/openapi.json', '/runs/openapi.json', `/x${BASE}/healthz`]) {
    const { status, json } = await server.call('GET', path);
    expect([status, json]).toEqual([
      404,
      { error: `There is nothing at ${path}.`, code: 'not_found' },
    ]);
  }
});

test('without its last slash the base path leads to the page', async () => {
  const server = await startTestServer(flags);
  const { status, headers } = await server.call('GET', `${BASE}?graph=a%20b`);
  expect([status, headers.location]).toEqual([308, `${BASE}/?graph=a%20b`]);
});

test('the OpenAPI document says where its paths are', async () => {
  const at = async (base: string, given: string[]) =>
    (await (await startTestServer(given)).call('GET', `${base}/openapi.json`)).json.servers;
  expect(await at(BASE, flags)).toEqual([{ url: BASE }]);
  expect(await at('', [])).toEqual([{ url: '/' }]);
});

test('the cookie is of the base path, and the clean address below it', async () => {
  const server = await startTestServer([...flags, '--token', 'secret']);
  const { status, headers } = await server.call('GET', `${BASE}/?token=secret&graph=quick`);
  expect([status, headers.location]).toEqual([302, './?graph=quick']);
  const [cookie = ''] = headers['set-cookie'] ?? [];
  expect(cookie).toContain(`Path=${BASE};`);
  const Cookie = cookie.split(';', 1)[0] ?? '';
  const graphs = `${BASE}/v1beta1/graphs`;
  expect((await server.call('GET', graphs, { headers: { Cookie } })).status).toBe(200);
  expect((await server.call('GET', graphs)).status).toBe(401);
  expect((await server.call('GET', '/?token=secret')).headers['set-cookie']).toBeUndefined();
});

test('a percent-encoded id and a verb are read below it as at the root', async () => {
  const server = await startTestServer(flags);
  const base = `${BASE}/v1beta1/graphSessions`;
  const { json } = await server.call('POST', `${base}/new`, { body: { graphId: 'quick' } });
  const sessionId = json.sessionId as string;
  await server.call('GET', `${base}/${sessionId}/status?waitFor=completed`);
  expect((await server.call('POST', `${base}/${sessionId}%3Acancel`)).status).toBe(409);
  expect((await server.call('GET', `${base}/no%2Fsuch/status`)).json).toEqual({
    error: "There is no session 'no/such'.",
    code: 'session_not_found',
  });
});
