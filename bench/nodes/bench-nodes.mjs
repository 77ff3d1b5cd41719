import { setImmediate as turn, setTimeout as wait } from 'node:timers/promises';

/**
 * The node types that the benchmarks run.
 *
 * @type {import('../../server/engine/handler.ts').NodeTypes}
 */
export default {
  /** Asks, and asks again after each answer, for ever. */
  'bench-ask': async (ctx) => {
    for (;;) await ctx.ask({ prompt: 'What next?' });
  },

  /** After an answer, streams `configuration.count` texts, one in each turn of the event loop. */
  'bench-stream': async (ctx) => {
    const { count, text } = ctx.configuration;
    await ctx.ask({ prompt: 'Ready?' });
    await ctx.step('stream', async (step) => {
      for (let sent = 0; sent < Number(count); sent += 1) {
        await step.emit({ content: { text: String(text) } });
        await turn();
      }
    });
  },

  /** Tells the time (of the monotonic clock, in nanoseconds) every `configuration.everyMs`. */
  'bench-clock': (ctx) =>
    ctx.step('tick', async (step) => {
      while (!step.signal.aborted) {
        await step.emit({ clock: { now: String(process.hrtime.bigint()) } });
        await wait(Number(ctx.configuration['everyMs']));
      }
    }),

  /** Emits `configuration.perSecond` texts a second, evenly, for ever. */
  'bench-rate': async (ctx) => {
    const perSecond = Number(ctx.configuration['perSecond']);
    const began = performance.now();
    for (let sent = 0; !ctx.signal.aborted; await wait(5)) {
      const due = ((performance.now() - began) / 1000) * perSecond;
      for (; sent < due; sent += 1) await ctx.emit({ content: { text: `**${sent}** words and ` } });
    }
  },
};
