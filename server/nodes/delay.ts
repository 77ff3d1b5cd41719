import { z } from 'zod';
import type { NodeContext } from '../engine/handler.ts';
import { count, parseConfiguration } from './configuration.ts';

/** What a graph says of such a node. */
export const delayConfiguration = z.object({ ms: count });

/** Waits `configuration.ms` milliseconds, over restarts, and passes its input on. */
export async function delay(ctx: NodeContext) {
  await ctx.sleep(parseConfiguration(delayConfiguration, ctx.configuration).ms);
  return { output: ctx.inputs['input'] ?? null };
}
