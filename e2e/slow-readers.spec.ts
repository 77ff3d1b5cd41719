import type { ReattachApi } from 'reattach/playwright';
import { sessionPaths, WATCH_PATH } from '../shared/api.ts';
import { graphOf } from './graph-of.ts';
import { expect, test } from './process-fixtures.ts';
import { SseReader } from './sse.ts';

const MIB = 1024 * 1024;
const CHUNKS = 512;
const CHUNK_BYTES = 64 * 1024;
const READERS = 17;
const STUCK = 24;

test('readers that never read delay nobody and cost no memory, and can still read it all', async ({
  server,
  api,
  latches,
}) => {
  test.slow();
  // What the server keeps for good, such as the pages that SQLite caches, it has after the first.
  await latches.open('warm-up');
  const warm = await flood(api, 'warm-up');
  expect(await follow(server.url(sessionPaths(warm).stream))).toBeGreaterThan(CHUNKS * CHUNK_BYTES);
  const before = await memory(api);

  const sessionId = await flood(api, 'held');
  await latches.reached('held');
  const url = server.url(sessionPaths(sessionId).stream);
  const watch = server.url(`${WATCH_PATH}?feed=&session=${sessionId}`);
  const stuck = await Promise.all(
    Array.from({ length: STUCK }, (_, n) => SseReader.open(n % 2 === 0 ? url : watch)),
  );
  const reading = Array.from({ length: READERS }, () => follow(url));
  await latches.open('held');
  // Each of them has half of it as replay and half live.
  const read = await Promise.all(reading);
  expect(Math.min(...read)).toBeGreaterThan(CHUNKS * CHUNK_BYTES);
  expect(new Set(read).size).toBe(1);
  expect(read.reduce((sum, bytes) => sum + bytes)).toBeGreaterThan(512 * MIB);
  expect((await memory(api)) - before).toBeLessThan(64 * MIB);

  const [late] = stuck;
  const log = await api.events(sessionId);
  const events = (await late?.rest())?.filter(({ id }) => id !== null);
  expect(events?.map(({ id }) => Number(id))).toEqual(log.map(({ index }) => index));
  expect(events?.map(({ data }) => data)).toEqual(log);
  for (const reader of stuck) reader.close();
});

/** Starts a run that writes 32 MiB, half of it once its latch is open. */
function flood(api: ReattachApi, latch: string): Promise<string> {
  const configuration = { chunks: CHUNKS, bytes: CHUNK_BYTES, latch };
  return api.start(graphOf('Flood', { flood: ['flood', configuration] }));
}

/** Reads a session to its end; gives the number of bytes. */
async function follow(url: string): Promise<number> {
  const { body } = await fetch(url);
  let bytes = 0;
  for await (const chunk of body ?? []) bytes += chunk.byteLength;
  return bytes;
}

async function memory(api: ReattachApi): Promise<number> {
  const sessionId = await api.start(graphOf('Memory', { memory: ['memory'] }));
  await api.waitFor(sessionId, 'completed');
  const end = (await api.events(sessionId)).at(-1);
  if (end?.type !== 'graphComplete') throw new Error('The session has no end.');
  return (end.outputs['memory'] as { output: number }).output;
}
