/**
 * Node types whose steps wait for the test. A step begins by adding a line to `NAME.begun` in the
 * directory of the latches, one an attempt, and goes on when `NAME.open` is there.
 */
import { appendFile, access } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

const POLL_MS = 20;

/** @typedef {import('../../server/engine/handler.ts').NodeContext} NodeContext */

/**
 * @param {string} name
 * @param {number} attempt
 * @param {AbortSignal} [signal] none for a step that does not listen
 */
async function passLatch(name, attempt, signal) {
  const directory = process.env['REATTACH_LATCHES'] ?? '';
  await appendFile(join(directory, `${name}.begun`), `${String(attempt)}\n`);
  while (!(await exists(join(directory, `${name}.open`)))) {
    signal?.throwIfAborted();
    await wait(POLL_MS);
  }
}

/** @param {string} path */
async function exists(path) {
  try {
    await access(path);
    return true;
  } catch {
    return false;
  }
}

/** @type {import('../../server/engine/handler.ts').NodeTypes} */
export default {
  /**
   * `{steps: [name]}`: one step after the other, each behind the latch of its name. Outputs the
   * object of what the steps returned: `{name: "name, attempt N"}`.
   */
  latch: async (/** @type {NodeContext} */ ctx) => {
    const steps = /** @type {string[]} */ (ctx.configuration['steps'] ?? []);
    /** @type {Record<string, string>} */
    const results = {};
    for (const name of steps) {
      results[name] = await ctx.step(name, async (step) => {
        await step.emit({ content: `${name}, attempt ${step.attempt}` });
        await passLatch(name, step.attempt, step.signal);
        return `${name}, attempt ${step.attempt}`;
      });
    }
    return { output: results };
  },

  /**
   * `{step: name}`: a step that never looks at its signal, and goes on writing once its latch is
   * open.
   */
  deaf: async (/** @type {NodeContext} */ ctx) => {
    const name = String(ctx.configuration['step'] ?? 'deaf');
    return ctx.step(name, async (step) => {
      await passLatch(name, step.attempt);
      await step.emit({ content: `${name} goes on` });
      return 'deaf to the end';
    });
  },

  /**
   * `{chunks, bytes, latch?}`: emits many pieces of text, `latch` holding it after the first half.
   */
  flood: async (/** @type {NodeContext} */ ctx) => {
    const chunks = Number(ctx.configuration['chunks'] ?? 100);
    const text = 'x'.repeat(Number(ctx.configuration['bytes'] ?? 100));
    const latch = ctx.configuration['latch'];
    for (let n = 0; n < chunks; n += 1) {
      if (n === Math.floor(chunks / 2) && typeof latch === 'string') {
        await ctx.step(latch, (step) => passLatch(latch, step.attempt, step.signal));
      }
      await ctx.emit({ content: `${String(n)} ${text}` });
    }
    return { output: chunks };
  },
};
