import { z } from 'zod';
import { json } from '../../shared/json.ts';
import type { NodeContext } from '../engine/handler.ts';
import { parseConfiguration, promptSettings, text } from './configuration.ts';
import { renderText } from './slots.ts';

/** What a graph says of such a node. */
export const consentConfiguration = z.object({
  ...promptSettings,
  prompt: text.optional(),
  consentType: z.string('must be a string').optional(),
  scope: z.optional(json),
  graphUrl: z.string('must be a string').optional(),
  default: z.boolean('must be true or false').optional(),
});

/** Asks for a consent. Outputs true or false; the run goes on with either. */
export async function consent(ctx: NodeContext) {
  const { prompt, ...options } = parseConfiguration(consentConfiguration, ctx.configuration);
  return {
    output: await ctx.consent({
      ...options,
      ...(prompt === undefined ? {} : { prompt: renderText(prompt, ctx.inputs) }),
    }),
  };
}
