import { z } from 'zod';
import { jsonObject } from '../../shared/json.ts';
import type { NodeContext } from '../engine/handler.ts';
import { count, parseConfiguration } from './configuration.ts';

/** What a graph says of such a node. */
export const inputConfiguration = z.object({
  schema: z.optional(jsonObject),
  timeoutMs: count.optional(),
  default: z.optional(jsonObject),
});

/**
 * Shows the form of `configuration.schema`. Outputs one port a property, and `output`, the whole
 * object.
 */
export async function input(ctx: NodeContext) {
  const answer = await ctx.form(parseConfiguration(inputConfiguration, ctx.configuration));
  return { ...answer, output: answer };
}
