import { ProducerProcess } from './producer-process.ts';
import { test as processTest } from './process-fixtures.ts';

interface ProducerFixtures {
  /** Starts a program of `producers/` at the test's server; none of them outlives the test. */
  startProducer: (program: string, ...args: string[]) => Promise<ProducerProcess>;
}

/** The test with a real server process, and programs elsewhere that write its sessions. */
export const test = processTest.extend<ProducerFixtures>({
  startProducer: async ({ server, directory }, use) => {
    const started: ProducerProcess[] = [];
    await use(async (program, ...args) => {
      const { origin } = server;
      const producer = await ProducerProcess.start(program, args, { origin, directory });
      started.push(producer);
      return producer;
    });
    await Promise.all(started.map((producer) => producer.kill()));
  },
});

export { expect } from './process-fixtures.ts';
