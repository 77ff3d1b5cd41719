import { z } from 'zod';
import { isObject, jsonObject, type JsonObject } from '../../shared/json.ts';
import { count, parseConfiguration, text } from './configuration.ts';
import { modelProviders } from './model-providers.ts';

const name = z.string('must be a string').min(1, 'must not be empty');

/** What a graph says of a `generate` node. */
export const generateConfiguration = z.object({
  prompt: text,
  system: z.string('must be a string').optional(),
  model: name.optional(),
  temperature: z.number('must be a number').min(0, 'must not be negative').optional(),
  maxOutputTokens: count.min(1, 'must be positive').optional(),
  /** A JSON Schema: the answer is JSON that fits it. */
  schema: z.optional(jsonObject),
  tools: z
    .array(
      z.union(
        [
          name.transform((tool) => ({ name: tool, consent: false })),
          z.strictObject({
            name,
            consent: z
              .union([z.boolean(), z.string()], 'must be true, false or a text')
              .default(false),
          }),
        ],
        'must be the name of a tool, or a {name, consent}',
      ),
      'must be an array',
    )
    .refine(
      (tools) => new Set(tools.map((tool) => tool.name)).size === tools.length,
      'must not name a tool twice',
    )
    .default([]),
  /** How many calls of the model there may be; the last may not call tools. */
  maxSteps: count.min(1, 'must be positive').max(1000, 'must be at most 1000').default(10),
  /** Of each call of the model, where it is busy or cannot be reached to the end. */
  retries: count.max(100, 'must be at most 100').default(4),
  /** True: the run's access token is the provider's key. */
  useAccessToken: z.boolean('must be true or false').default(false),
});

export type GenerateSettings = z.infer<typeof generateConfiguration>;

/**
 * The configuration of a `generate` node.
 * @param secrets the keys that the server has
 * @throws Error naming the first field that does not fit, or that holds a key
 */
export function generateSettings(given: JsonObject, secrets: readonly string[]): GenerateSettings {
  refuseKeys(given, secrets);
  return parseConfiguration(generateConfiguration, given);
}

/** In lower case, without hyphens and underscores. */
const keyNames = new Set([
  ...['key', 'apikey', 'secret', 'token', 'accesstoken', 'authtoken', 'bearer'],
  ...['password', 'authorization', 'headers'],
]);
/** How the keys of the known providers begin. */
const keyShape = /\b(?:sk-[\w-]{16,}|AIza[\w-]{30,})/;

function refuseKeys(given: JsonObject, secrets: readonly string[]): void {
  for (const [field, value] of Object.entries(given)) {
    const plain = field.toLowerCase().replaceAll(/[-_]/g, '');
    const isNamedSo = keyNames.has(plain) || plain.endsWith('apikey');
    if (!isNamedSo && !holdsKey(value, secrets)) continue;
    const variables = Object.values(modelProviders).map(({ keyVariable }) => keyVariable);
    throw new Error(
      `configuration.${field} holds a key, and a graph is no place for one: it is stored, and shown to everybody who may see the run. Set the provider's key in the server's environment (${variables.join(', ')}), or let the node take the run's access token with "useAccessToken": true.`,
    );
  }
}

function holdsKey(value: unknown, secrets: readonly string[]): boolean {
  if (typeof value === 'string') {
    return keyShape.test(value) || secrets.some((secret) => value.includes(secret));
  }
  if (Array.isArray(value)) return value.some((item) => holdsKey(item, secrets));
  return isObject(value) && Object.values(value).some((member) => holdsKey(member, secrets));
}
