import type Database from 'better-sqlite3';

/** The imports that are under way; `importsDdl` stands beside the sessions that they become. */
export class ImportsTable {
  readonly #nextSid: Database.Statement<[], number>;
  readonly #add: Database.Statement<[number]>;
  readonly #remove: Database.Statement<[number]>;
  readonly #purge: Database.Statement<[]>;
  readonly #clear: Database.Statement<[]>;

  constructor(db: Database.Database) {
    this.#nextSid = db
      .prepare<[], number>(
        "UPDATE sqlite_sequence SET seq = seq + 1 WHERE name = 'sessions' RETURNING seq",
      )
      .pluck();
    this.#add = db.prepare('INSERT INTO imports VALUES (?)');
    this.#remove = db.prepare('DELETE FROM imports WHERE sid = ?');
    this.#purge = db.prepare('INSERT INTO purges SELECT sid FROM imports');
    this.#clear = db.prepare('DELETE FROM imports');
  }

  /** Returns a number that no session has or will have, unless it is this one. */
  add(): number {
    const sid = this.#nextSid.get();
    if (sid === undefined) throw new Error('The database does not number its sessions.');
    this.#add.run(sid);
    return sid;
  }

  remove(sid: number): void {
    this.#remove.run(sid);
  }

  /** Leaves what is there of all of them to the purge. */
  purgeAll(): void {
    this.#purge.run();
    this.#clear.run();
  }
}
