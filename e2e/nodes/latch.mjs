/**
 * Node types whose steps wait for the test. A step begins by adding a line to `NAME.begun` in the
 * directory of the latches, one an attempt, and goes on when `NAME.open` is there. As a module of
 * `--nodes`, that directory is in the environment.
 */
import { appendFile, access } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

const POLL_MS = 20;

/** @typedef {import('../../server/engine/handler.ts').NodeContext} NodeContext */

/** @param {string} path */
async function exists(path) {
  try {
    await access(path);
    return true;
  } catch {
    return false;
  }
}

/** @param {string} directory of the latches */
function latchesIn(directory) {
  /**
   * @param {string} name
   * @param {number} attempt
   * @param {AbortSignal} [signal] none for a step that does not listen
   */
  async function passLatch(name, attempt, signal) {
    await note(name, attempt);
    while (!(await exists(join(directory, `${name}.open`)))) {
      signal?.throwIfAborted();
      await wait(POLL_MS);
    }
  }

  /**
   * Leaves a trace outside of the log: this attempt of the step `name` really ran.
   *
   * @param {string} name
   * @param {number} attempt
   */
  async function note(name, attempt) {
    await appendFile(join(directory, `${name}.begun`), `${String(attempt)}\n`);
  }

  return { passLatch, note };
}

setFlagsFromString('--expose-gc');
/** @type {() => void} */
const collectGarbage = runInNewContext('gc');

/**
 * @param {string} directory of the latches
 * @returns {import('../../server/engine/handler.ts').NodeTypes}
 */
export function latchNodes(directory) {
  const { passLatch, note } = latchesIn(directory);
  return {
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
     * open. Leaves the trace `NAME.left` when it has tried.
     */
    deaf: async (/** @type {NodeContext} */ ctx) => {
      const name = String(ctx.configuration['step'] ?? 'deaf');
      return ctx.step(name, async (step) => {
        await passLatch(name, step.attempt);
        try {
          await step.emit({ content: `${name} goes on` });
        } finally {
          await note(`${name}.left`, step.attempt);
        }
        return 'deaf to the end';
      });
    },

    /**
     * `{steps}`: so many short steps, each of which leaves its trace, with an emission before each and
     * in each, and now and then a sleep. Outputs how many there were.
     */
    ledger: async (/** @type {NodeContext} */ ctx) => {
      const steps = Number(ctx.configuration['steps'] ?? 10);
      let sum = 0;
      for (let n = 0; n < steps; n += 1) {
        const name = `${ctx.nodeId}-${String(n)}`;
        await ctx.emit({ content: `${name} comes` });
        sum += await ctx.step(name, async (step) => {
          await note(name, step.attempt);
          await step.emit({ content: `${name} runs` });
          await wait(2);
          return 1;
        });
        if (n % 10 === 9) await ctx.sleep(1);
      }
      return sum;
    },

    /** Tells whether the run has an access token, and lets it slip into an event as an error would. */
    token: async (/** @type {NodeContext} */ ctx) => {
      const token = ctx.accessToken();
      await ctx.emit({ content: `https://api.example/?key=${token ?? 'none'}` });
      return { had: token !== undefined };
    },

    /** `{message}`: fails with it. */
    fail: (/** @type {NodeContext} */ ctx) => {
      throw new Error(String(ctx.configuration['message']));
    },

    /** Outputs how many bytes of memory the server's process has that it cannot let go. */
    memory: () => {
      collectGarbage();
      return process.memoryUsage().rss;
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

    /** As `flood`, of events that are no text, each an entry of its own. */
    pulse: async (/** @type {NodeContext} */ ctx) => {
      const chunks = Number(ctx.configuration['chunks'] ?? 100);
      const latch = String(ctx.configuration['latch'] ?? 'pulse');
      for (let n = 0; n < chunks; n += 1) {
        if (n === Math.floor(chunks / 2)) {
          await ctx.step(latch, (step) => passLatch(latch, step.attempt, step.signal));
        }
        await ctx.emit({ pulse: `${String(n)} ${'xxx '.repeat(1 + (n % 5))}` });
      }
      return { output: chunks };
    },

    /**
     * `{latch, pieces, pictures}`: a step writes as many lines as there are pieces, and fails once
     * `latch` is open; its next attempt supersedes them with one. Then comes one piece after the other,
     * behind the latches `LATCH 0` and so on, with a picture now and then, and an output of many lines.
     */
    grow: async (/** @type {NodeContext} */ ctx) => {
      const latch = String(ctx.configuration['latch'] ?? 'grow');
      const pieces = Number(ctx.configuration['pieces'] ?? 10);
      const pictures = /** @type {string[]} */ (ctx.configuration['pictures'] ?? []);
      await ctx.step(
        'draft',
        async (step) => {
          await step.emit({
            content: `Attempt ${step.attempt}.\n\n${'Line.\n\n'.repeat(step.attempt === 1 ? pieces : 1)}`,
          });
          if (step.attempt > 1) return;
          await passLatch(latch, step.attempt, step.signal);
          throw new Error('The draft is no good.');
        },
        { retries: 1 },
      );
      for (let n = 0; n < pieces; n += 1) {
        const name = `${latch} ${n}`;
        await ctx.step(name, (step) => passLatch(name, step.attempt, step.signal));
        await ctx.emit({ content: `Piece ${n} is\n\na text.\n\n` });
        const data = pictures[n % (pictures.length * 2)];
        if (data === undefined) continue;
        await ctx.emit({
          content: { parts: [{ inlineData: { mimeType: 'image/svg+xml', data } }] },
        });
      }
      return { output: 'The end of what grew.\n'.repeat(12) };
    },
  };
}

/**
 * Functions that models may call: `mark` leaves the trace `NAME.begun`, `hold` waits for its latch.
 *
 * @param {string} directory of the latches
 * @returns {import('../../server/engine/handler.ts').NodeTools}
 */
export function latchTools(directory) {
  const { passLatch, note } = latchesIn(directory);
  return {
    mark: {
      description: 'Leaves a mark.',
      parameters: { type: 'object', properties: { name: { type: 'string' } }, required: ['name'] },
      execute: async ({ name }, step) => {
        await note(String(name), step.attempt);
        return `${String(name)} is marked`;
      },
    },
    hold: {
      description: 'Waits.',
      parameters: { type: 'object', properties: { name: { type: 'string' } }, required: ['name'] },
      execute: async ({ name }, step) => {
        await passLatch(String(name), step.attempt, step.signal);
        return `${String(name)} was held`;
      },
    },
  };
}

const DIRECTORY = process.env['REATTACH_LATCHES'] ?? '';
export default latchNodes(DIRECTORY);
export const tools = latchTools(DIRECTORY);
