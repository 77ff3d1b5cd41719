import type Database from 'better-sqlite3';
import type { MetaTable } from './meta-table.ts';
import type { Commit } from './store.ts';

/** How much JSON one commit takes before what is left waits for the next, so that readers get a turn. */
const MAX_COMMIT_LENGTH = 4 * 1024 * 1024;

/** What a write says of itself to the commit that it is part of. */
export interface Changes {
  /** The next revision of the store. */
  nextRevision(): number;
  /** The session has new events, or is deleted. */
  touch(sessionId: string): void;
}

interface Job {
  readonly length: number;
  /** Does the write and returns how to tell its caller. */
  readonly run: (changes: Changes) => () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Group commit: what is written in one turn of the event loop shares a transaction. A write that
 * throws is undone and fails alone; when the commit fails, all of it do.
 */
export class CommitQueue {
  readonly #db: Database.Database;
  readonly #meta: MetaTable;
  readonly #onCommit: (commit: Commit) => void;
  readonly #statements: ReturnType<typeof transactionStatements>;
  #jobs: Job[] = [];
  #wake: NodeJS.Immediate | undefined;

  constructor(db: Database.Database, meta: MetaTable, onCommit: (commit: Commit) => void) {
    this.#db = db;
    this.#statements = transactionStatements(db);
    this.#meta = meta;
    this.#onCommit = onCommit;
  }

  /** Resolves with what `write` returned once it is durable. `length` is that of its JSON, about. */
  write<T>(length: number, write: (changes: Changes) => T): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const run = (changes: Changes) => {
        const value = write(changes);
        return () => resolve(value);
      };
      this.#jobs.push({ length, run, reject });
      this.#wake ??= setImmediate(() => this.#turn());
    });
  }

  /** Commits all that is queued, now. */
  flush(): void {
    while (this.#jobs.length > 0) this.#commit(this.#takeGroup());
  }

  #turn(): void {
    this.#commit(this.#takeGroup());
    this.#wake = this.#jobs.length > 0 ? setImmediate(() => this.#turn()) : undefined;
  }

  #takeGroup(): Job[] {
    let length = 0;
    const beyond = this.#jobs.findIndex((job, place) => {
      length += job.length;
      return place > 0 && length > MAX_COMMIT_LENGTH;
    });
    return this.#jobs.splice(0, beyond === -1 ? this.#jobs.length : beyond);
  }

  #commit(group: readonly Job[]): void {
    if (group.length === 0) return;
    const sessions = new Set<string>();
    const settle: (() => void)[] = [];
    let feed = false;
    try {
      this.#statements.begin.run();
      const before = this.#meta.read().revision;
      let revision = before;
      for (const job of group) settle.push(this.#attempt(job, sessions, () => (revision += 1)));
      feed = revision !== before;
      if (feed) this.#meta.setRevision(revision);
      this.#statements.commit.run();
    } catch (error) {
      for (const { reject } of group) reject(error);
      if (this.#db.inTransaction) this.#statements.rollback.run();
      return;
    }
    for (const tell of settle) tell();
    if (feed || sessions.size > 0) this.#onCommit({ sessions, feed });
  }

  /** Runs one write. Throws only when the transaction as a whole is lost. */
  #attempt(job: Job, sessions: Set<string>, nextRevision: () => number): () => void {
    const touched: string[] = [];
    this.#statements.savepoint.run();
    try {
      const tell = job.run({ nextRevision, touch: (sessionId) => touched.push(sessionId) });
      this.#statements.release.run();
      for (const sessionId of touched) sessions.add(sessionId);
      return tell;
    } catch (error) {
      // SQLite has rolled everything back by itself, for instance when the disk is full.
      if (!this.#db.inTransaction) throw error;
      this.#statements.undo.run();
      this.#statements.release.run();
      return () => job.reject(error);
    }
  }
}

const transactionStatements = (db: Database.Database) => ({
  begin: db.prepare('BEGIN IMMEDIATE'),
  commit: db.prepare('COMMIT'),
  rollback: db.prepare('ROLLBACK'),
  savepoint: db.prepare('SAVEPOINT job'),
  release: db.prepare('RELEASE job'),
  undo: db.prepare('ROLLBACK TO job'),
});
