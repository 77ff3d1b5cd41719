import type { KeyValueStore } from './draft-store.ts';

/** A store in memory; `room` is how many characters it takes before it is full. */
export function memoryStore(
  room = Infinity,
): KeyValueStore & { readonly entries: Map<string, string> } {
  const entries = new Map<string, string>();
  return {
    entries,
    get length() {
      return entries.size;
    },
    key: (n) => [...entries.keys()][n] ?? null,
    getItem: (key) => entries.get(key) ?? null,
    setItem(key, value) {
      const others = [...entries].filter(([other]) => other !== key);
      const taken = others.reduce((sum, [name, text]) => sum + name.length + text.length, 0);
      if (taken + key.length + value.length > room)
        throw new DOMException('', 'QuotaExceededError');
      entries.set(key, value);
    },
    removeItem: (key) => void entries.delete(key),
  };
}
