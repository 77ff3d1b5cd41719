import { EventSource as NodeEventSource } from 'eventsource';
import { createEventSource } from 'eventsource-client';
import { sessionPaths } from '../shared/api.ts';
import { graphOf } from './graph-of.ts';
import { expect, test } from './process-fixtures.ts';

const graph = graphOf('Flood', { flood: ['flood', { chunks: 400, bytes: 500, latch: 'half' }] });

/** Reads a session with the browser's own EventSource; the page keeps what it got. */
function read(path: string): void {
  const seen: string[] = [];
  const errors: number[] = [];
  const source = new EventSource(path);
  source.addEventListener('event', (message: MessageEvent<string>) => {
    const event = JSON.parse(message.data) as { type: string };
    seen.push(event.type === 'replayComplete' ? 'replayComplete' : message.lastEventId);
  });
  source.addEventListener('done', () => seen.push('done'));
  source.addEventListener('error', () => errors.push(source.readyState));
  Object.assign(window, { reading: { seen, errors, source } });
}

interface Reading {
  seen: string[];
  errors: number[];
  source: EventSource;
}

const reading = () => {
  const { seen, errors, source } = (window as unknown as { reading: Reading }).reading;
  return { seen, errors, state: source.readyState };
};

test("a page's own EventSource reads a session to its end, over a restart, and is quiet then", async ({
  server,
  api,
  latches,
  page,
}) => {
  const sessionId = await api.start(graph);
  const path = sessionPaths(sessionId).stream;
  await latches.reached('half');
  // Any page of the server's origin.
  await page.goto('/');
  const answers: number[] = [];
  page.on('response', (response) => {
    if (new URL(response.url()).pathname === path) answers.push(response.status());
  });
  await page.evaluate(read, path);
  await page.waitForFunction(() =>
    (window as unknown as { reading: Reading }).reading.seen.includes('replayComplete'),
  );
  const reconnected = page.waitForResponse(
    (response) => new URL(response.url()).pathname === path && response.status() === 200,
  );
  await server.restart();
  await reconnected;
  const noContent = page.waitForResponse(
    (response) => new URL(response.url()).pathname === path && response.status() === 204,
  );
  await latches.open('half');
  await noContent;
  await page.waitForFunction(
    () =>
      (window as unknown as { reading: Reading }).reading.source.readyState === EventSource.CLOSED,
  );

  const log = await api.events(sessionId);
  const { seen } = await page.evaluate(reading);
  const marks = seen.filter((id) => id === 'replayComplete' || id === 'done');
  expect(seen.filter((id) => id !== 'replayComplete' && id !== 'done')).toEqual(
    log.map(({ index }) => String(index)),
  );
  expect(marks.at(-1)).toBe('done');
  expect(marks.filter((mark) => mark === 'done')).toHaveLength(1);
  // Closed for good: it never connects again. One more would have followed the hint to retry.
  const count = answers.length;
  expect(answers.at(-1)).toBe(204);
  const other = await api.start(graphOf('Later', { rest: ['delay', { ms: 2000 }] }));
  await api.waitFor(other, 'completed');
  expect(answers).toHaveLength(count);
});

/** What a client outside of a browser has read, and whether it has given up connecting. */
interface Client {
  readonly seen: readonly string[];
  isClosed(): boolean;
  close(): void;
}

/** How each client that people use is begun, by its package. */
const clients: Readonly<Record<string, (url: string) => Client>> = {
  eventsource(url) {
    const seen: string[] = [];
    const source = new NodeEventSource(url);
    source.addEventListener('event', ({ data, lastEventId }) => {
      const { type } = JSON.parse(String(data)) as { type: string };
      seen.push(type === 'replayComplete' ? type : lastEventId);
    });
    source.addEventListener('done', () => seen.push('done'));
    return {
      seen,
      isClosed: () => source.readyState === NodeEventSource.CLOSED,
      close: () => source.close(),
    };
  },
  'eventsource-client'(url) {
    const seen: string[] = [];
    const source = createEventSource({
      url,
      onMessage({ event, data, id }) {
        if (event === 'done') seen.push('done');
        if (event !== 'event') return;
        const { type } = JSON.parse(data) as { type: string };
        seen.push(type === 'replayComplete' ? type : (id ?? ''));
      },
    });
    return { seen, isClosed: () => source.readyState === 'closed', close: () => source.close() };
  },
};

for (const [name, begin] of Object.entries(clients)) {
  test(`${name} reads a session to its end, over a restart, and is quiet then`, async ({
    server,
    api,
    latches,
  }) => {
    const sessionId = await api.start(graph);
    await latches.reached('half');
    const client = begin(server.url(sessionPaths(sessionId).stream));
    try {
      await expect.poll(() => client.seen).toContain('replayComplete');
      await server.restart();
      const marks = () => client.seen.filter((mark) => mark === 'replayComplete').length;
      await expect.poll(marks).toBe(2);
      await latches.open('half');
      await expect.poll(() => client.isClosed()).toBe(true);
    } finally {
      client.close();
    }
    const log = await api.events(sessionId);
    expect(client.seen.filter((mark) => mark !== 'replayComplete')).toEqual([
      ...log.map(({ index }) => String(index)),
      'done',
    ]);
  });
}
