import { z } from 'zod/mini';

/** Any value that JSON can carry. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** A JSON object. */
export type JsonObject = Record<string, Json>;

/**
 * JSON that arrived through `JSON.parse` and is carried, not inspected: it is typed, and not walked
 * again.
 */
export const json = z.custom<Json>((value: unknown) => value !== undefined);

/** A JSON object, its members not inspected. */
export const jsonObject = z.custom<JsonObject>(
  (value: unknown) => typeof value === 'object' && value !== null && !Array.isArray(value),
  'must be an object',
);

/** Whether `value` is an object and neither null nor an array. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
