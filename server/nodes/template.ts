import { z } from 'zod';
import type { NodeContext } from '../engine/handler.ts';
import { parseConfiguration } from './configuration.ts';
import { renderSlots } from './slots.ts';

/** What a graph says of such a node. */
export const templateConfiguration = z.object({ text: z.string('must be a string') });

/** Outputs `configuration.text` with its `{{port}}` slots filled from the node's inputs. */
export function template(ctx: NodeContext) {
  const { text } = parseConfiguration(templateConfiguration, ctx.configuration);
  return { output: renderSlots(text, ctx.inputs) };
}
