import { mkdir, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { pino } from 'pino';
import { describe, expect, test } from 'vitest';
import type { NodeTypes } from './engine/handler.ts';
import { parseOptions } from './options.ts';
import { startSession, startTestServer, temporaryDirectory } from './server.testing.ts';
import { startServer } from './start-server.ts';

const silent = pino({ level: 'silent' });

function optionsOf(...flags: string[]) {
  return parseOptions(['--port', '0', '--db', ':memory:', ...flags], {
    out: () => {},
    err: () => {},
  });
}

/** Why a server does not start. */
async function complaint(...flags: string[]): Promise<string> {
  try {
    const server = await startServer(optionsOf(...flags), silent);
    await server.close();
  } catch (error) {
    if (error instanceof Error) return error.message;
  }
  throw new Error('The server started.');
}

describe('a server that cannot start says why in a line', () => {
  test('when its port is in use, and then holds neither the port nor the database', async () => {
    const directory = await temporaryDirectory();
    const db = join(directory, 'a.db');
    const running = await startTestServer();
    expect(await complaint('--db', db, '--port', String(running.port))).toBe(
      `Port ${running.port} of 127.0.0.1 is in use by another program.`,
    );
    const next = await startServer(optionsOf('--db', db, '--graphs', directory), silent);
    await next.close();
  });

  test('when its host is not one of this machine', async () => {
    expect(await complaint('--host', '192.0.2.1', '--token', 't')).toMatch(
      /^Cannot listen on port 0 of 192\.0\.2\.1: [^\n]*$/,
    );
  });

  test('when another server holds its database', async () => {
    const directory = await temporaryDirectory();
    const db = join(directory, 'a.db');
    const first = await startServer(optionsOf('--db', db), silent);
    expect(await complaint('--db', db)).toBe(`${db} is held by another server`);
    await first.close();
    const second = await startServer(optionsOf('--db', db), silent);
    await second.close();
  });

  test('when the graphs directory is not there', async () => {
    const directory = join(await temporaryDirectory(), 'nowhere');
    expect(await complaint('--graphs', directory)).toMatch(
      /^The graphs directory cannot be read: [^\n]*nowhere[^\n]*$/,
    );
  });

  test('when a node module has a type that is there already', async () => {
    const file = join(await temporaryDirectory(), 'mine.mjs');
    await writeFile(file, 'export default { ask: () => 1 };');
    expect(await complaint('--nodes', file)).toBe(
      `The node type 'ask' comes from both the built-in types and the node module '${file}'.`,
    );
  });
});

describe('a server', () => {
  test('without --graphs offers the examples and knows their node types', async () => {
    const server = await startServer(optionsOf(), silent);
    const response = await fetch(`${server.url}/v1beta1/graphs`);
    const { graphs } = (await response.json()) as {
      graphs: { error?: string; offered: boolean }[];
    };
    expect(graphs.length).toBeGreaterThanOrEqual(4);
    expect(graphs.filter(({ offered }) => !offered)).toEqual([]);
    await server.close();
  });

  test('runs the node types of --nodes', async () => {
    const directory = await temporaryDirectory();
    const file = join(directory, 'mine.mjs');
    await writeFile(
      file,
      'export default { shout: async (ctx) => ctx.configuration.text.toUpperCase() };',
    );
    const graphs = join(directory, 'graphs');
    await mkdir(graphs);
    const graph = { nodes: [{ id: 'a', type: 'shout', configuration: { text: 'hi' } }] };
    await writeFile(join(graphs, 'loud.json'), JSON.stringify(graph));
    const server = await startTestServer(['--nodes', file, '--graphs', graphs]);
    const sessionId = await startSession(server, 'loud');
    const { json } = await server.call('GET', `/v1beta1/graphSessions/${sessionId}/events`);
    expect(json.events).toContainEqual(
      expect.objectContaining({ type: 'graphComplete', outputs: { a: { output: 'HI' } } }),
    );
  });

  test('closes while streams are open and a handler ignores its signal', async () => {
    const nodeTypes: NodeTypes = { template: () => new Promise(() => {}) };
    const server = await startTestServer([], { nodeTypes });
    const { json } = await server.call('POST', '/v1beta1/graphSessions/new', {
      body: { graphId: 'quick' },
    });
    const sessionId = json.sessionId as string;
    const paths = [
      `/v1beta1/graphSessions/${sessionId}`,
      '/v1beta1/graphSessions',
      `/v1beta1/watch?feed=&session=${sessionId}`,
      `/v1beta1/graphSessions/${sessionId}/status?waitFor=completed&timeout=60`,
    ];
    const reads = paths.map((path) => openRead(server.port, path));
    await Promise.all(reads.slice(0, 3).map(({ first }) => first));
    await server.close();
    const texts = await Promise.all(reads.map(({ all }) => all));
    expect(texts.slice(0, 3).filter((text) => text.includes('event: done'))).toEqual([]);
    await expect(fetch(server.url)).rejects.toThrow();
  });

  test('closes once, however often it is told to', async () => {
    const server = await startTestServer();
    await Promise.all([server.close(), server.close()]);
    await server.close();
  });
});

/** Reads until the connection ends, in whatever way. */
function openRead(port: number, path: string): { first: Promise<void>; all: Promise<string> } {
  let started: () => void = () => {};
  const first = new Promise<void>((resolve) => {
    started = resolve;
  });
  const all = new Promise<string>((resolve) => {
    let text = '';
    const outgoing = request({ host: '127.0.0.1', port, path, agent: false }, (incoming) => {
      incoming.on('data', (chunk: Buffer) => {
        text += chunk.toString('utf8');
        started();
      });
      incoming.on('close', () => resolve(text));
      incoming.on('error', () => resolve(text));
    });
    outgoing.on('error', () => resolve(text));
    outgoing.end();
  });
  return { first, all };
}
