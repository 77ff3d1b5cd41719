import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { openSqliteStore, type SqliteStoreOptions } from './sqlite-store.ts';
import { describeStore } from './store.testing.ts';

describeStore('SQLite in a file', async (options) => {
  const directory = mkdtempSync(join(tmpdir(), 'reattach-'));
  const given: SqliteStoreOptions = { ...options, file: join(directory, 'a', 'db.sqlite') };
  let store = await openSqliteStore(given);
  onTestFinished(async () => {
    await store.close();
    rmSync(directory, { recursive: true });
  });
  return {
    store,
    reopen: async () => {
      await store.close();
      store = await openSqliteStore(given);
      return store;
    },
  };
});

describeStore('SQLite in memory', async (options) => {
  const store = await openSqliteStore({ ...options, file: ':memory:' });
  onTestFinished(() => store.close());
  return { store };
});
