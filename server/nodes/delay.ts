import { z } from 'zod';
import type { NodeContext } from '../engine/handler.ts';
import { count, parseConfiguration } from './configuration.ts';

const configuration = z.object({ ms: count });

/** Waits `configuration.ms` milliseconds, over restarts, and passes its input on. */
export async function delay(ctx: NodeContext) {
  await ctx.sleep(parseConfiguration(configuration, ctx.configuration).ms);
  return { output: ctx.inputs['input'] ?? null };
}
