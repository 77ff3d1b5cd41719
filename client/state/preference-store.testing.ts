import type { PreferenceStore } from './preference-store.ts';

/** Preferences in memory, as `entries` says at first. */
export function memoryStore(entries: Record<string, string> = {}): PreferenceStore {
  const values = new Map(Object.entries(entries));
  return {
    read: (key) => values.get(key) ?? null,
    write(key, value) {
      if (value === null) values.delete(key);
      else values.set(key, value);
    },
  };
}
