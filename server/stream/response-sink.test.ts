import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect as connectSocket, type AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import { Hono } from 'hono';
import { expect, test } from 'vitest';
import { streamResponse, type StreamingResponse } from './response-sink.ts';
import type { Sink } from './sink.ts';
import { connect } from './streams.testing.ts';

interface Served extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  readonly errors: unknown[];
  /** Resolves with the stream of the first request. */
  readonly opened: Promise<StreamingResponse>;
}

/** Serves one stream, and another response in its place at `/replaced`. */
async function serve(run: (sink: Sink) => Promise<void>): Promise<Served> {
  const errors: unknown[] = [];
  let open: (stream: StreamingResponse) => void = () => {};
  const opened = new Promise<StreamingResponse>((resolve) => (open = resolve));
  const app = new Hono();
  app.use('/replaced', async (c, next) => {
    await next();
    c.res = c.text('something else');
  });
  app.get('*', (c) => {
    const onError = (error: unknown) => errors.push(error);
    const stream = streamResponse(c, { keepAliveMs: 60_000, run, onError });
    open(stream);
    return stream.response;
  });
  const answer = getRequestListener(app.fetch);
  const server = createServer((request, response) => void answer(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    ...{ url: `http://127.0.0.1:${port}/`, port, errors, opened },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const aborted = ({ signal }: Sink) =>
  new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));

test('a reader that hangs up ends what writes to it', async () => {
  let ended: () => void = () => {};
  const over = new Promise<void>((resolve) => (ended = resolve));
  await using served = await serve(async (sink) => {
    void sink.write(': hello\n\n');
    await aborted(sink);
    ended();
    expect(sink.write('late')).toBeUndefined();
  });
  const reader = await connect(served.url);
  await reader.until(({ comments }) => comments.length === 1);
  reader.close();
  await over;
  await (
    await served.opened
  ).closed;
  expect(served.errors).toEqual([]);
});

test('a write that finds no room waits, and is released when the reader hangs up', async () => {
  let blocked: () => void = () => {};
  const stuck = new Promise<void>((resolve) => (blocked = resolve));
  let released: () => void = () => {};
  const over = new Promise<void>((resolve) => (released = resolve));
  await using served = await serve(async (sink) => {
    // More than a kernel takes.
    const room = sink.write(Buffer.alloc(64 * 1024 * 1024, 'x'));
    expect(room).toBeInstanceOf(Promise);
    blocked();
    await room;
    expect(sink.signal.aborted).toBe(true);
    released();
  });
  const socket = connectSocket(served.port, '127.0.0.1');
  socket.on('error', () => {});
  socket.pause();
  socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  await stuck;
  socket.destroy();
  await over;
  expect(served.errors).toEqual([]);
});

test('an end from this side cuts a reader that has no room', async () => {
  let blocked: () => void = () => {};
  const stuck = new Promise<void>((resolve) => (blocked = resolve));
  await using served = await serve(async (sink) => {
    const room = sink.write(Buffer.alloc(64 * 1024 * 1024, 'x'));
    expect(room).toBeInstanceOf(Promise);
    blocked();
    await room;
  });
  const socket = connectSocket(served.port, '127.0.0.1');
  socket.on('error', () => {});
  socket.pause();
  socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  await stuck;
  const stream = await served.opened;
  stream.end();
  await stream.closed;
  socket.destroy();
  expect(served.errors).toEqual([]);
});

test('a stream whose response is not the one that is sent never begins', async () => {
  let runs = 0;
  await using served = await serve(async () => {
    runs += 1;
  });
  const reader = await connect(`${served.url}replaced`);
  expect(await reader.ended).toBe(true);
  expect([reader.raw, runs]).toEqual(['something else', 0]);
});
