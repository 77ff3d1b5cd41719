import type Database from 'better-sqlite3';

export const openTypesDdl = `
  -- The node types of every session that has not ended.
  CREATE TABLE open_types (
    type TEXT NOT NULL,
    sid INTEGER NOT NULL,
    PRIMARY KEY (type, sid)
  ) STRICT, WITHOUT ROWID;
`;

/** Which node types the sessions that have not ended need. */
export class OpenTypesTable {
  readonly #insert: Database.Statement<[string, number]>;
  readonly #delete: Database.Statement<[string, number]>;
  readonly #distinct: Database.Statement<[], string>;
  readonly #withType: Database.Statement<[string], number>;

  constructor(db: Database.Database) {
    this.#insert = db.prepare('INSERT OR IGNORE INTO open_types VALUES (?, ?)');
    this.#delete = db.prepare('DELETE FROM open_types WHERE type = ? AND sid = ?');
    // Skips from each type to the next, over however many sessions have it.
    this.#distinct = db
      .prepare<[], string>(
        `
        WITH RECURSIVE found (type) AS (
          SELECT min(type) FROM open_types
          UNION ALL
          SELECT (SELECT min(type) FROM open_types WHERE type > found.type)
          FROM found WHERE found.type IS NOT NULL
        )
        SELECT type FROM found WHERE type IS NOT NULL
      `,
      )
      .pluck();
    this.#withType = db
      .prepare<[string], number>('SELECT sid FROM open_types WHERE type = ? ORDER BY sid')
      .pluck();
  }

  add(sid: number, types: readonly string[]): void {
    for (const type of types) this.#insert.run(type, sid);
  }

  /** For a session that has ended or is deleted. */
  remove(sid: number, types: readonly string[]): void {
    for (const type of types) this.#delete.run(type, sid);
  }

  /** Every type, once, in order. */
  distinct(): string[] {
    return this.#distinct.all();
  }

  /** The sessions that need any of `types`, each with those it needs, in order. */
  needing(types: readonly string[]): Map<number, string[]> {
    const sessions = new Map<number, string[]>();
    for (const type of [...new Set(types)].sort()) {
      for (const sid of this.#withType.all(type)) {
        const needed = sessions.get(sid);
        if (needed === undefined) sessions.set(sid, [type]);
        else needed.push(type);
      }
    }
    return sessions;
  }
}
