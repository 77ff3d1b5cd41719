import { describe, expect, it } from 'vitest';
import { simulate } from './simulation.testing.ts';

/** `SIM_SEED=1234` replays one world and tells what happened; `SIM_SEEDS=100000` runs so many. */
const only = process.env['SIM_SEED'];
const count = Number(process.env['SIM_SEEDS'] ?? 2000);

describe('the simulated world', () => {
  it.skipIf(only !== undefined)('is the same each time for the same seed', async () => {
    let length = 0;
    for (let seed = 0; seed < 10; seed += 1) {
      const first = await simulate(seed);
      const second = await simulate(seed);
      expect(second.trace).toEqual(first.trace);
      length += first.trace.length;
    }
    expect(length).toBeGreaterThan(1000);
  });

  it('keeps every promise in every world', { timeout: 600_000 }, async () => {
    const seeds = only === undefined ? Array.from({ length: count }, (_, i) => i) : [Number(only)];
    for (const seed of seeds) {
      const { problems, trace } = await simulate(seed);
      if (only !== undefined) process.stdout.write(`${trace.join('\n')}\n`);
      expect(problems, `SIM_SEED=${seed} npx vitest run simulation`).toEqual([]);
    }
  });
});
