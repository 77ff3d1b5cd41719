import { isObject, type Json, type JsonObject } from '../../shared/json.ts';

/** What JSON makes of a value; undefined when it makes nothing of it. @throws TypeError as JSON does */
export function plain(value: unknown): Json | undefined {
  const text = JSON.stringify(value) as string | undefined;
  return text === undefined ? undefined : (JSON.parse(text) as Json);
}

/**
 * An agent event as the log takes it.
 * @throws TypeError when it is not an object with one key
 */
export function checkedEvent(event: unknown): JsonObject {
  const value = plain(event);
  if (isObject(value) && Object.keys(value).length === 1) return value;
  throw new TypeError('emit() takes an object whose one key names the event.');
}

/** A thought as the log takes it. @throws TypeError when it is no text */
export function checkedText(text: unknown): string {
  if (typeof text === 'string') return text;
  throw new TypeError('thought() takes a text.');
}
