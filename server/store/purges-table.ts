import type Database from 'better-sqlite3';

export const purgesDdl = `
  -- Deleted sessions whose events are still there.
  CREATE TABLE purges (
    sid INTEGER PRIMARY KEY
  ) STRICT;
`;

/** The deleted sessions whose events wait to be purged. */
export class PurgesTable {
  readonly #add: Database.Statement<[number]>;
  readonly #first: Database.Statement<[], number>;
  readonly #remove: Database.Statement<[number]>;

  constructor(db: Database.Database) {
    this.#add = db.prepare('INSERT INTO purges VALUES (?)');
    this.#first = db.prepare<[], number>('SELECT sid FROM purges ORDER BY sid LIMIT 1').pluck();
    this.#remove = db.prepare('DELETE FROM purges WHERE sid = ?');
  }

  add(sid: number): void {
    this.#add.run(sid);
  }

  /** The session to purge next. */
  first(): number | undefined {
    return this.#first.get();
  }

  remove(sid: number): void {
    this.#remove.run(sid);
  }
}
