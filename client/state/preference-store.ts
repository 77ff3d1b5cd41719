/** Where preferences are remembered. Neither method throws: what cannot be stored is forgotten. */
export interface PreferenceStore {
  read(key: string): string | null;
  /** Null removes the key. */
  write(key: string, value: string | null): void;
}
