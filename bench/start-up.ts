import { join } from 'node:path';
import type { Benchmark } from './benchmark.ts';
import { count, milliseconds } from './figures.ts';
import { alternate } from './rounds.ts';
import { writeDatabase, writeSuspendedSessions } from './sample-sessions.ts';
import { startReattach } from './server-process.ts';

const SESSIONS = 10_000;

/** From the spawn of the process to the line that says where it listens. */
export const startUp: Benchmark = {
  title: 'start-up with suspended sessions',
  async run({ directory }) {
    const timeOf = (file: string) => async () => {
      const server = await startReattach(file);
      await server.stop();
      return server.readyAfterMs;
    };
    const full = join(directory, 'start-full.db');
    const empty = join(directory, 'start-empty.db');
    await writeDatabase(full, (store) => writeSuspendedSessions(store, SESSIONS));
    await writeDatabase(empty, () => Promise.resolve());
    const time = await alternate(
      { warmUp: 1, rounds: 9 },
      { full: timeOf(full), empty: timeOf(empty) },
    );
    return [
      {
        what: `start-up with ${count(SESSIONS)} suspended sessions`,
        ours: milliseconds(time.full),
        against: 'with none',
        theirs: milliseconds(time.empty),
        ratio: time.full / time.empty,
        aim: { is: 'at most', ratio: 1.5 },
      },
    ];
  },
};
