import { fork } from 'node:child_process';
import { once } from 'node:events';
import { get } from 'node:http';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { createParser } from 'eventsource-parser';
import { sessionPaths } from '../shared/api.ts';
import type { Benchmark } from './benchmark.ts';
import { milliseconds } from './figures.ts';
import { quantile } from './rounds.ts';
import { graphOf, writeDatabase, writeLongSession } from './sample-sessions.ts';
import { startReattach } from './server-process.ts';
import { runGraph } from './session-calls.ts';

const EVENTS = 100_000;
const LONG = 'long';
const READERS = 10;
const EVERY_MS = 10;
const WINDOW_MS = 4000;
const ROUNDS = 3;

/** How long an event takes from its handler to the readers of its session, the commit included. */
export const liveLatency: Benchmark = {
  title: 'live readers beside a long replay',
  async run({ directory }) {
    const file = join(directory, 'latency.db');
    await writeDatabase(file, (store) => writeLongSession(store, LONG, EVENTS));
    const server = await startReattach(file);
    const sessionId = await runGraph(server.port, graphOf('bench-clock', { everyMs: EVERY_MS }));
    let samples: number[] = [];
    for (let reader = 0; reader < READERS; reader += 1) {
      followClock(server.port, sessionId, (latency) => samples.push(latency));
    }
    const during = async () => {
      await wait(200);
      samples = [];
      await wait(WINDOW_MS);
      return samples;
    };
    await during();
    const alone: number[] = [];
    const beside: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      alone.push(...(await during()));
      const stopReplay = await replayBeside(server.port);
      beside.push(...(await during()));
      await stopReplay();
    }
    await server.stop();
    if (alone.length === 0 || beside.length === 0) throw new Error('No event came.');
    return [0.5, 0.99].map((q) => ({
      what: `latency of live readers beside a long replay, p${q * 100}`,
      ours: milliseconds(quantile(beside, q)),
      against: 'without the replay',
      theirs: milliseconds(quantile(alone, q)),
      ratio: quantile(beside, q) / quantile(alone, q),
    }));
  },
};

/** Reads a session of `bench-clock` and tells of each live event how long it took, in milliseconds. */
function followClock(port: number, sessionId: string, tell: (latency: number) => void): void {
  const path = sessionPaths(sessionId).stream;
  const parser = createParser({
    onEvent({ data }) {
      const [, sent] = /"now":"(\d+)"/.exec(data) ?? [];
      if (sent !== undefined) tell(Number(process.hrtime.bigint() - BigInt(sent)) / 1e6);
    },
  });
  get({ port, path, host: '127.0.0.1', agent: false }, (response) => {
    response.setEncoding('utf8').on('data', (text: string) => parser.feed(text));
    // The server is stopped at the end.
    response.on('error', () => undefined);
  });
}

/** Replays the long session over and over, in a process of its own. Returns how to end that. */
async function replayBeside(port: number): Promise<() => Promise<void>> {
  const path = sessionPaths(LONG).stream;
  const child = fork(join(import.meta.dirname, 'replay-forever.js'), [String(port), path]);
  await once(child, 'message');
  return async () => {
    child.kill();
    await once(child, 'exit');
  };
}
