import { Hono } from 'hono';
import { expect, test } from 'vitest';
import { streamResponse, type StreamingResponse } from './response-sink.ts';
import type { Sink } from './sink.ts';

/** Asks by `fetch` alone for a stream that `run` writes. */
async function ask(run: (sink: Sink) => Promise<void>, signal?: AbortSignal, keepAliveMs = 60_000) {
  const errors: unknown[] = [];
  const opened: StreamingResponse[] = [];
  const app = new Hono();
  app.get('/', (c) => {
    const onError = (error: unknown) => errors.push(error);
    const stream = streamResponse(c, { keepAliveMs, run, onError });
    opened.push(stream);
    return stream.response;
  });
  const response = await app.fetch(
    new Request('http://localhost/', signal === undefined ? {} : { signal }),
  );
  return { response, errors, stream: opened[0]! };
}

const readerOf = ({ body }: Response) =>
  (body as ReadableStream<Uint8Array<ArrayBuffer>>).getReader();

const aborted = ({ signal }: Sink) =>
  new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));

test('a request that came through no socket is answered with a stream', async () => {
  const { response, stream } = await ask(async (sink) => {
    expect(sink.write('a', Buffer.from('b'))).toBeUndefined();
  });
  expect(response.headers.get('content-type')).toBe('text/event-stream');
  expect(await response.text()).toBe('ab');
  await stream.closed;
});

test('a reader that has no room is waited for', async () => {
  const steps: string[] = [];
  const { response } = await ask(async (sink) => {
    const room = sink.write(Buffer.alloc(1024 * 1024, 'x'));
    expect(room).toBeInstanceOf(Promise);
    await room;
    steps.push('room');
    void sink.write('end');
  });
  await new Promise(setImmediate);
  expect(steps).toEqual([]);
  expect(await response.text()).toHaveLength(1024 * 1024 + 3);
});

test('a reader that lets go ends what writes to it', async () => {
  let over: () => void = () => {};
  const ended = new Promise<void>((resolve) => (over = resolve));
  const { response, errors } = await ask(async (sink) => {
    void sink.write('hello');
    await aborted(sink);
    expect(sink.write('late')).toBeUndefined();
    over();
  });
  const reader = readerOf(response);
  await reader.read();
  await reader.cancel();
  await ended;
  expect(errors).toEqual([]);
});

test('a request that is given up ends the stream, also before it has begun', async () => {
  const given = new AbortController();
  const { response, stream } = await ask(aborted, given.signal);
  const text = response.text();
  given.abort();
  expect(await text).toBe('');
  await stream.closed;
});

test('a page that many readers share is not detached by one of them', async () => {
  const page = Buffer.from('shared');
  const run = async (sink: Sink) => void sink.write(page);
  const { response } = await ask(run);
  const { value } = await readerOf(response).read();
  structuredClone(value, { transfer: [value!.buffer] });
  expect(page.toString()).toBe('shared');
});

test('what fails breaks the stream off, so that its reader comes back', async () => {
  const { response, errors, stream } = await ask(async (sink) => {
    void sink.write('a');
    throw new Error('disk');
  });
  await expect(response.text()).rejects.toThrow('The stream failed.');
  await stream.closed;
  expect(errors).toEqual([new Error('disk')]);
});

test('silence is broken by comments', async () => {
  const { response } = await ask(aborted, undefined, 5);
  const reader = readerOf(response);
  const { value } = await reader.read();
  expect(new TextDecoder().decode(value)).toBe(': keep-alive\n\n');
  await reader.cancel();
});
