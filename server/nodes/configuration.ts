import { z } from 'zod';
import type { JsonObject } from '../../shared/json.ts';
import { llmContent } from '../../shared/prompt.ts';

/** A text in a configuration: plain, or as LLM content. */
export const text = z.union([z.string(), llmContent], 'must be text or LLM content');

/** A whole number of milliseconds, bytes or times that is not negative. */
export const count = z
  .int('must be a whole number')
  .min(0, 'must not be negative')
  .max(Number.MAX_SAFE_INTEGER);

/** What every prompt's configuration takes besides its payload. */
export const promptSettings = {
  /** After so many milliseconds the prompt is answered with `default`, or the node fails. */
  timeoutMs: count.optional(),
  requestId: z.string('must be a string').optional(),
};

/**
 * A node's configuration, parsed.
 * @throws Error naming the first field that does not fit: `configuration.choices must be …`
 */
export function parseConfiguration<T>(schema: z.ZodType<T>, configuration: JsonObject): T {
  const parsed = schema.safeParse(configuration);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const path = (issue?.path ?? []).map((key) =>
    typeof key === 'number' ? `[${key}]` : `.${String(key)}`,
  );
  throw new Error(`configuration${path.join('')} ${issue?.message ?? 'does not fit'}`);
}
