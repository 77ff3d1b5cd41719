import { z } from 'zod';
import type { NodeContext } from '../engine/handler.ts';
import { parseConfiguration, promptSettings, text } from './configuration.ts';
import { renderText } from './slots.ts';

/** What a graph says of such a node. */
export const askConfiguration = z.object({
  ...promptSettings,
  prompt: text,
  inputType: z.string('must be a string').optional(),
  skipLabel: z.string('must be a string').optional(),
  default: text.nullable().optional(),
});

/** Asks `configuration.prompt`. Outputs the answer, LLM content, or null when it was skipped. */
export async function ask(ctx: NodeContext) {
  const options = parseConfiguration(askConfiguration, ctx.configuration);
  return { output: await ctx.ask({ ...options, prompt: renderText(options.prompt, ctx.inputs) }) };
}
