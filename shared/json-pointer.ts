import { isObject, type Json, type JsonObject } from './json.ts';

/** A JSON Pointer (RFC 6901) to the member `key` of what `parent` points to. */
export function pointerTo(parent: string, key: string | number): string {
  return `${parent}/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`;
}

/** What a pointer as it stands in an address (`#/a/b%20c`) leads to in `root`; undefined for nothing. */
export function referred(root: JsonObject, reference: string): Json | undefined {
  if (reference === '#') return root;
  if (!reference.startsWith('#/')) return undefined;
  return reference.slice(2).split('/').reduce<Json | undefined>(memberOf, root);
}

/** The member that one segment of such an address leads to. */
export function memberOf(value: Json | undefined, segment: string): Json | undefined {
  const name = decodeSegment(segment).replaceAll('~1', '/').replaceAll('~0', '~');
  if (Array.isArray(value)) return value[Number(name)];
  return isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;
}

/** The text that stands percent-encoded in an address. */
export function decodeSegment(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // A name with a per cent sign of its own.
    return text;
  }
}
