import { randomUUID } from 'node:crypto';
import type Database from 'better-sqlite3';

export const metaDdl = `
  CREATE TABLE meta (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    -- Tells this database from any other that was or will be in the same file.
    store_id TEXT NOT NULL,
    -- The revision given last. Never falls, whatever is deleted.
    revision INTEGER NOT NULL,
    -- Tombstones at or before this revision were dropped.
    tombstones_from INTEGER NOT NULL
  ) STRICT;
`;

/** Writes the one row of a new database. */
export function createMeta(db: Database.Database): void {
  db.prepare('INSERT INTO meta VALUES (1, ?, 0, 0)').run(randomUUID());
}

/** What there is one of in a database. */
export class MetaTable {
  readonly storeId: string;
  readonly #read: Database.Statement<[], { revision: number; tombstonesFrom: number }>;
  readonly #setRevision: Database.Statement<[number]>;
  readonly #setTombstonesFrom: Database.Statement<[number]>;

  constructor(db: Database.Database) {
    const storeId = db.prepare<[], string>('SELECT store_id FROM meta WHERE id = 1').pluck().get();
    if (storeId === undefined) throw new Error('The database has no identity.');
    this.storeId = storeId;
    this.#read = db.prepare(
      'SELECT revision, tombstones_from AS tombstonesFrom FROM meta WHERE id = 1',
    );
    this.#setRevision = db.prepare('UPDATE meta SET revision = ? WHERE id = 1');
    this.#setTombstonesFrom = db.prepare('UPDATE meta SET tombstones_from = ? WHERE id = 1');
  }

  /** The revision given last, and the one up to which tombstones are gone. */
  read(): { revision: number; tombstonesFrom: number } {
    return this.#read.get() ?? { revision: 0, tombstonesFrom: 0 };
  }

  setRevision(revision: number): void {
    this.#setRevision.run(revision);
  }

  setTombstonesFrom(revision: number): void {
    this.#setTombstonesFrom.run(revision);
  }
}
