import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import type { JsonObject } from '../../shared/json.ts';
import { fetchNode } from './fetch.ts';
import { builtInNodes } from './built-in-nodes.ts';
import { recordingContext } from './recording-context.testing.ts';
import { runGraph } from './run-graph.testing.ts';

const servers: Server[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

/** Starts an HTTP server on a free port; gives its host with the port. */
async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const call = async (
  allowed: string[],
  configuration: JsonObject,
  rest: { inputs?: JsonObject; signal?: AbortSignal } = {},
) => {
  const { ctx, calls } = recordingContext({ configuration, ...rest });
  const outputs = await fetchNode(allowed)(ctx);
  return { outputs, calls };
};

async function bodyOf(request: IncomingMessage): Promise<string> {
  let body = '';
  for await (const chunk of request) body += String(chunk);
  return body;
}

/** Answers with what was asked. */
const echo: RequestListener = (request, response) => {
  response.setHeader('content-type', 'application/json');
  const { method, url, headers } = request;
  void bodyOf(request).then((body) => response.end(JSON.stringify({ method, url, headers, body })));
};

test('it is a step with the configured retries, and outputs parsed JSON and the status', async () => {
  const host = await serve((_, response) => {
    response.writeHead(201, { 'content-type': 'application/problem+json; charset=utf-8' });
    response.end('{"n":1}');
  });
  expect(await call([host], { url: `http://${host}/`, retries: 2 })).toEqual({
    outputs: { output: { n: 1 }, status: 201 },
    calls: [['step', 'fetch', { retries: 2 }]],
  });
});

test('a body that is not JSON is text, in its charset', async () => {
  const host = await serve((_, response) => {
    response.setHeader('content-type', 'text/plain; charset=iso-8859-1');
    response.end(Buffer.from([0x63, 0x61, 0x66, 0xe9]));
  });
  const { outputs } = await call([host], { url: `http://${host}/` });
  expect(outputs).toEqual({ output: 'café', status: 200 });
});

test('slots are filled in the URL, encoded, in header values and in the body', async () => {
  const host = await serve(echo);
  const { outputs } = await call(
    [host],
    {
      url: `http://${host}/{{path}}?q={{q}}`,
      method: 'post',
      headers: { 'x-name': 'n {{q}}' },
      body: { list: '{{list}}', text: 'q: {{q}}' },
    },
    { inputs: { path: 'a/../b', q: 'x&y=1', list: [1, 2] } },
  );
  expect(outputs).toMatchObject({
    output: {
      method: 'POST',
      url: '/a%2F..%2Fb?q=x%26y%3D1',
      headers: { 'x-name': 'n x&y=1', 'content-type': 'application/json' },
      body: '{"list":[1,2],"text":"q: x&y=1"}',
    },
  });
});

test('a slot cannot climb out of its place in the path', async () => {
  await expect(
    call(['h'], { url: 'http://h/users/{{id}}/name' }, { inputs: { id: '..' } }),
  ).rejects.toThrow("configuration.url: the value of {{id}} is '..'");
});

test('a host that is not named is not reached', async () => {
  let reached = false;
  const host = await serve((_, response) => {
    reached = true;
    response.end();
  });
  await expect(call(['localhost', '127.0.0.1:1'], { url: `http://${host}/` })).rejects.toThrow(
    `fetch may not reach ${host}: start the server with --allow-fetch ${host}`,
  );
  expect(reached).toBe(false);
});

test('credentials in the URL and other schemes are refused', async () => {
  await expect(call(['h'], { url: 'http://user:pass@h/' })).rejects.toThrow(
    'user name or a password',
  );
  await expect(call(['h'], { url: 'file:///etc/passwd' })).rejects.toThrow('http and https only');
  await expect(call(['h'], { url: '/relative' })).rejects.toThrow('configuration.url is not a URL');
});

test('a redirect to another host is refused before that host is reached', async () => {
  let reached = false;
  const other = await serve((_, response) => {
    reached = true;
    response.end();
  });
  const host = await serve((_, response) =>
    response.writeHead(302, { location: `http://${other}/secret` }).end(),
  );
  await expect(call([host], { url: `http://${host}/` })).rejects.toThrow(`may not reach ${other}`);
  expect(reached).toBe(false);
});

test('a redirect to credentials is refused', async () => {
  const host = await serve((request, response) =>
    response.writeHead(302, { location: `http://a:b@${request.headers.host ?? ''}/` }).end(),
  );
  await expect(call([host], { url: `http://${host}/` })).rejects.toThrow('user name or a password');
});

test('a redirect to another allowed host does not take the secret headers along', async () => {
  const other = await serve(echo);
  const host = await serve((_, response) =>
    response.writeHead(307, { location: `http://${other}/next` }).end(),
  );
  const { outputs } = await call(['127.0.0.1'], {
    url: `http://${host}/`,
    method: 'PUT',
    headers: { authorization: 'Bearer x', cookie: 'a=b', 'x-kept': 'yes' },
    body: 'data',
  });
  const { output } = outputs as { output: { headers: JsonObject } };
  expect(output).toMatchObject({ method: 'PUT', url: '/next', body: 'data' });
  expect(output.headers).toMatchObject({ 'x-kept': 'yes' });
  expect(output.headers).not.toHaveProperty('authorization');
  expect(output.headers).not.toHaveProperty('cookie');
});

test.each([
  [301, 'POST', 'GET', ''],
  [302, 'POST', 'GET', ''],
  [303, 'PUT', 'GET', ''],
  [302, 'PUT', 'PUT', 'data'],
  [307, 'POST', 'POST', 'data'],
  [308, 'POST', 'POST', 'data'],
])('a %d turns %s into %s', async (status, method, expected, body) => {
  const host = await serve((request, response) => {
    if (request.url === '/next') echo(request, response);
    else response.writeHead(status, { location: '/next' }).end();
  });
  const { outputs } = await call([host], { url: `http://${host}/`, method, body: 'data' });
  expect(outputs).toMatchObject({ output: { method: expected, body } });
});

test('the fifth redirect is followed and the sixth is not', async () => {
  const host = await serve((request, response) => {
    const left = Number(request.url?.slice(1));
    if (left === 0) response.end('there');
    else response.writeHead(302, { location: `/${left - 1}` }).end();
  });
  const { outputs } = await call([host], { url: `http://${host}/5` });
  expect(outputs).toEqual({ output: 'there', status: 200 });
  await expect(call([host], { url: `http://${host}/6` })).rejects.toThrow('more than 5 times');
});

test('an answer that is no success fails with its status and the start of its body', async () => {
  const host = await serve((_, response) => response.writeHead(503).end('try later'));
  await expect(call([host], { url: `http://${host}/a?key=secret` })).rejects.toThrow(
    new Error(`GET http://${host}/a answered 503: try later`),
  );
});

test('JSON that does not parse fails', async () => {
  const host = await serve((_, response) => {
    response.setHeader('content-type', 'application/json');
    response.end('{');
  });
  await expect(call([host], { url: `http://${host}/` })).rejects.toThrow(
    'JSON that does not parse',
  );
});

test('a body is read to its allowed size and no further', async () => {
  let closed!: () => void;
  const cancelled = new Promise<void>((done) => (closed = done));
  const host = await serve((request, response) => {
    response.on('close', closed);
    if (request.url === '/fits') response.end('x'.repeat(100));
    // Never ends: only a reader that stops at its limit gets away.
    else response.write('x'.repeat(101));
  });
  const { outputs } = await call([host], { url: `http://${host}/fits`, maxBytes: 100 });
  expect(outputs).toEqual({ output: 'x'.repeat(100), status: 200 });
  await expect(call([host], { url: `http://${host}/endless`, maxBytes: 100 })).rejects.toThrow(
    'answered with more than 100 bytes',
  );
  await cancelled;
});

test('an answer that does not come, or does not end, times out', async () => {
  const host = await serve((request, response) => {
    if (request.url === '/body') response.write('begun');
  });
  for (const path of ['head', 'body']) {
    await expect(call([host], { url: `http://${host}/${path}`, timeoutMs: 30 })).rejects.toThrow(
      'fetch timed out after 30 ms',
    );
  }
});

test('the abort of the step ends the call', async () => {
  const controller = new AbortController();
  const host = await serve(() => controller.abort(new Error('cancelled')));
  await expect(
    call([host], { url: `http://${host}/` }, { signal: controller.signal }),
  ).rejects.toThrow('cancelled');
});

test('a GET takes no body, and a header no line break', async () => {
  await expect(call(['h'], { url: 'http://h/', body: 'x' })).rejects.toThrow(
    'configuration.body must be absent when the method is GET',
  );
  await expect(
    call(['h'], { url: 'http://h/', headers: { a: '{{v}}' } }, { inputs: { v: 'x\r\ny: z' } }),
  ).rejects.toThrow('configuration.headers.a is not a valid header');
});

test('a host that cannot be reached is named with the reason', async () => {
  const host = await serve(() => undefined);
  const [server] = servers.splice(0);
  await new Promise((done) => server!.close(done));
  await expect(call([host], { url: `http://${host}/` })).rejects.toThrow(
    `GET http://${host} failed: connect ECONNREFUSED`,
  );
});

test('in a run, a failed attempt is in the log and the next one counts', async () => {
  let calls = 0;
  const host = await serve((_, response) => {
    calls += 1;
    response.writeHead(calls === 1 ? 503 : 200).end(`call ${calls}`);
  });
  const configuration = { url: `http://${host}/`, retries: 1 };
  const { log, outputs } = await runGraph(builtInNodes({ allowFetch: [host] }), {
    nodes: [{ id: 'call', type: 'fetch', configuration }],
    edges: [],
  });
  expect(outputs).toEqual({ call: { output: 'call 2', status: 200 } });
  const steps = log.filter((event) => event.type.startsWith('step'));
  expect(steps).toMatchObject([
    { type: 'stepStart', attempt: 1 },
    {
      type: 'stepError',
      attempt: 1,
      final: false,
      error: `GET http://${host}/ answered 503: call 1`,
    },
    { type: 'stepStart', attempt: 2 },
    { type: 'stepEnd', attempt: 2, result: { output: 'call 2', status: 200 } },
  ]);
});
