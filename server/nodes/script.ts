import { z } from 'zod';
import { jsonObject, type JsonObject } from '../../shared/json.ts';
import type { NodeContext } from '../engine/handler.ts';
import { count, parseConfiguration } from './configuration.ts';

/** What a graph says of such a node. */
export const scriptConfiguration = z.object({
  events: z.array(
    z.union(
      [
        z.strictObject({
          event: jsonObject.check(
            z.refine<JsonObject>(
              (event) => Object.keys(event).length === 1,
              'must have exactly one key, which names the event',
            ),
          ),
          delayMs: count.optional(),
        }),
        z.strictObject({ thought: z.string(), delayMs: count.optional() }),
      ],
      'must be an {event}, an object with one key, or a {thought}, a text, each with a delayMs if wanted',
    ),
    'must be an array',
  ),
});

/**
 * Emits `configuration.events`, agent events and thoughts, each after its delay, and passes its
 * input on.
 */
export async function script(ctx: NodeContext) {
  const { events } = parseConfiguration(scriptConfiguration, ctx.configuration);
  for (const entry of events) {
    if (entry.delayMs !== undefined && entry.delayMs > 0) await ctx.sleep(entry.delayMs);
    if ('event' in entry) await ctx.emit(entry.event);
    else await ctx.thought(entry.thought);
  }
  return { output: ctx.inputs['input'] ?? null };
}
