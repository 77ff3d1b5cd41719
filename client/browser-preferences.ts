import type { PreferenceStore } from './state/preference-store.ts';

/** What this browser remembers of the page; nothing where the person does not let it. */
export const browserPreferences: PreferenceStore = {
  read(key) {
    try {
      return localStorage.getItem(key);
    } catch {
      // Storage is forbidden: there is nothing to read.
      return null;
    }
  },
  write(key, value) {
    try {
      if (value === null) localStorage.removeItem(key);
      else localStorage.setItem(key, value);
    } catch {
      // Storage is forbidden or full: the choice holds for this visit.
    }
  },
};
