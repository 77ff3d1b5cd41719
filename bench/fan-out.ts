import { join } from 'node:path';
import { sessionPaths } from '../shared/api.ts';
import type { Benchmark } from './benchmark.ts';
import { count } from './figures.ts';
import { alternate } from './rounds.ts';
import { graphOf } from './sample-sessions.ts';
import { startBaseline, startReattach } from './server-process.ts';
import { answer, startSession } from './session-calls.ts';
import { readStream } from './stream-reader.ts';

const READERS = 1000;
const EVENTS = 200;
/** With what Reattach adds, about 300 bytes an event. */
const TEXT = 'x'.repeat(150);

/** Many readers follow one session while it streams. */
export const fanOut: Benchmark = {
  title: 'live fan-out to many readers',
  async run({ directory }) {
    const reattach = await startReattach(join(directory, 'fan-out.db'));
    const http = await startBaseline('http-fan-out-server', String(EVENTS), TEXT);
    const deliveries = await alternate(
      { warmUp: 1, rounds: 3 },
      {
        reattach: async () => {
          const graph = graphOf('bench-stream', { count: EVENTS, text: TEXT });
          const session = await startSession(reattach.port, graph);
          const path = sessionPaths(session.sessionId).stream;
          return deliveriesPerSecond(reattach.port, path, () => answer(reattach.port, session));
        },
        http: () => deliveriesPerSecond(http.port, '/', () => readStream(http.port, '/go').ended),
      },
    );
    await Promise.all([reattach.stop(), http.stop()]);
    return [
      {
        what: `live fan-out to ${count(READERS)} readers, one event at a time`,
        ours: `${count(deliveries.reattach)} deliveries/s`,
        against: 'bare node:http, the same frames from memory',
        theirs: `${count(deliveries.http)} deliveries/s`,
        ratio: deliveries.reattach / deliveries.http,
        aim: { is: 'at least', ratio: 0.7 },
      },
    ];
  },
};

/** From the word to go until every reader has had everything. */
async function deliveriesPerSecond(port: number, path: string, go: () => Promise<unknown>) {
  const readers = Array.from({ length: READERS }, () => readStream(port, path));
  await Promise.all(readers.map((reader) => reader.replayed));
  const began = performance.now();
  await go();
  const received = await Promise.all(readers.map((reader) => reader.ended));
  const seconds = (performance.now() - began) / 1000;
  const least = Math.min(...received.map(({ bytes }) => bytes));
  if (least < EVENTS * TEXT.length) throw new Error(`A reader got only ${least} bytes.`);
  return (READERS * EVENTS) / seconds;
}
