import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sessionPaths } from '../shared/api.ts';
import type { Benchmark } from './benchmark.ts';
import { count } from './figures.ts';
import { alternate } from './rounds.ts';
import { EVENT_BYTES, writeDatabase, writeLongSession } from './sample-sessions.ts';
import { startBaseline, startReattach } from './server-process.ts';
import { readStream } from './stream-reader.ts';

const EVENTS = 100_000;
const SESSION_ID = 'long';

/** One reader replays a long log from its start to its end. */
export const replay: Benchmark = {
  title: 'replay of a long log',
  async run({ directory }) {
    const ours = join(directory, 'replay.db');
    const theirs = join(directory, 'replay-copy.db');
    await writeDatabase(ours, (store) => writeLongSession(store, SESSION_ID, EVENTS));
    // Each server keeps its file for itself.
    await copyFile(ours, theirs);
    const reattach = await startReattach(ours);
    // It reads its file once, and then leaves it to the other.
    const http = await startBaseline('http-replay-server', theirs);
    const sqlite = await startBaseline('sqlite-replay-server', theirs);
    const from = (port: number) => async () => {
      const { bytes, ms } = await readStream(port, sessionPaths(SESSION_ID).stream).ended;
      if (bytes < EVENTS * EVENT_BYTES) throw new Error(`A replay of only ${bytes} bytes.`);
      return (EVENTS / ms) * 1000;
    };
    const rates = await alternate(
      { warmUp: 3, rounds: 15 },
      { reattach: from(reattach.port), http: from(http.port), sqlite: from(sqlite.port) },
    );
    await Promise.all([reattach, http, sqlite].map((server) => server.stop()));
    const what = `replay of ${count(EVENTS)} events of ${EVENT_BYTES} bytes`;
    const perSecond = (rate: number) => `${count(rate)}/s`;
    const figures = { what, ours: perSecond(rates.reattach) };
    return [
      {
        ...figures,
        against: 'SQLite pages into a bare socket',
        theirs: perSecond(rates.sqlite),
        ratio: rates.reattach / rates.sqlite,
        aim: { is: 'at least', ratio: 0.8 },
      },
      {
        ...figures,
        against: 'bare node:http from memory, 64 KiB chunks',
        theirs: perSecond(rates.http),
        ratio: rates.reattach / rates.http,
      },
    ];
  },
};
