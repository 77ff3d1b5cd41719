import { join } from 'node:path';
import { SESSIONS_PATH } from '../shared/api.ts';
import type { Benchmark } from './benchmark.ts';
import { Connection } from './connection.ts';
import { count, milliseconds } from './figures.ts';
import { alternate, quantile } from './rounds.ts';
import { writeDatabase, writeSuspendedSessions } from './sample-sessions.ts';
import { startReattach } from './server-process.ts';

const MANY = 100_000;
const FEW = 100;
const REQUESTS = 50;

/** The first page of the list, which a panel opens with. */
export const listPage: Benchmark = {
  title: 'first page of the session list',
  async run({ directory }) {
    const serverWith = async (sessions: number) => {
      const file = join(directory, `list-${sessions}.db`);
      await writeDatabase(file, (store) => writeSuspendedSessions(store, sessions));
      return startReattach(file);
    };
    const many = await serverWith(MANY);
    const few = await serverWith(FEW);
    const pageOf = (port: number) => {
      const connection = new Connection(port);
      return async () => {
        const times: number[] = [];
        for (let request = 0; request < REQUESTS; request += 1) {
          const began = performance.now();
          const { status, body } = await connection.request(`${SESSIONS_PATH}?limit=50`);
          times.push(performance.now() - began);
          if (status !== 200) throw new Error(body);
        }
        return quantile(times, 0.5);
      };
    };
    const latency = await alternate(
      { warmUp: 10, rounds: 20 },
      { many: pageOf(many.port), few: pageOf(few.port) },
    );
    await Promise.all([many.stop(), few.stop()]);
    return [
      {
        what: `first list page of ${count(MANY)} sessions`,
        ours: milliseconds(latency.many),
        against: `of ${FEW} sessions`,
        theirs: milliseconds(latency.few),
        ratio: latency.many / latency.few,
        aim: { is: 'at most', ratio: 1.5 },
      },
    ];
  },
};
