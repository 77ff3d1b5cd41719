import { z } from 'zod';
import type { NodeContext } from '../engine/handler.ts';
import { parseConfiguration, promptSettings, text } from './configuration.ts';
import { renderText } from './slots.ts';

const oneOf = <const T extends readonly [string, ...string[]]>(...values: T) =>
  z.enum(values, `must be one of ${values.join(', ')}`);

/** What a graph says of such a node. */
export const choiceConfiguration = z.object({
  ...promptSettings,
  prompt: text,
  choices: z
    .array(
      z.object(
        { id: z.string('must be a string').min(1, 'must not be empty'), content: text },
        'must be an object with an id and a content',
      ),
      'must be an array of {id, content}',
    )
    .min(1, 'must offer at least one choice')
    .refine(
      (choices) => new Set(choices.map(({ id }) => id)).size === choices.length,
      'must not offer the same id twice',
    ),
  selectionMode: oneOf('single', 'multiple').optional(),
  layout: oneOf('list', 'row', 'grid').optional(),
  noneOfTheAboveLabel: z.string('must be a string').optional(),
  default: z
    .union([z.string(), z.array(z.string())], 'must be the id of a choice, or an array of ids')
    .optional(),
});

/**
 * Offers `configuration.choices`. Outputs the array of the ids that were chosen, empty for none of
 * the above.
 */
export async function choice(ctx: NodeContext) {
  const options = parseConfiguration(choiceConfiguration, ctx.configuration);
  const render = (value: typeof options.prompt) => renderText(value, ctx.inputs);
  const chosen = await ctx.choose({
    ...options,
    prompt: render(options.prompt),
    choices: options.choices.map(({ id, content }) => ({ id, content: render(content) })),
  });
  return { output: chosen };
}
