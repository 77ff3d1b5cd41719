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
  /** Does the write and returns how to tell its caller. Runs again when its commit was undone. */
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

  /**
   * Resolves with what `write` returned once it is durable. `length` is that of its JSON, about.
   * `write` may run more than once, each time as if for the first.
   */
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
    let done: Done;
    try {
      // A savepoint costs as much as a write, and hardly ever is one of use: without them first.
      done = this.#transaction(group, (job, changes) => job.run(changes));
    } catch {
      try {
        done = this.#transaction(group, (job, changes) => this.#runApart(job, changes));
      } catch (error) {
        for (const { reject } of group) reject(error);
        return;
      }
    }
    const { settle, sessions, feed } = done;
    for (const tell of settle) tell();
    if (feed || sessions.size > 0) this.#onCommit({ sessions, feed });
  }

  /** Runs writes and commits them. When it throws, nothing is changed. */
  #transaction(group: readonly Job[], run: (job: Job, changes: Changes) => () => void): Done {
    const { begin, commit, rollback } = this.#statements;
    const sessions = new Set<string>();
    try {
      begin.run();
      const before = this.#meta.read().revision;
      let revision = before;
      const changes: Changes = {
        nextRevision: () => (revision += 1),
        touch: (sessionId) => sessions.add(sessionId),
      };
      const settle = group.map((job) => run(job, changes));
      const feed = revision !== before;
      if (feed) this.#meta.setRevision(revision);
      commit.run();
      return { sessions, feed, settle };
    } catch (error) {
      if (this.#db.inTransaction) rollback.run();
      throw error;
    }
  }

  /** Runs one write, which is undone when it throws. Throws only when the transaction is lost. */
  #runApart(job: Job, changes: Changes): () => void {
    const { savepoint, release, undo } = this.#statements;
    const touched: string[] = [];
    savepoint.run();
    try {
      const tell = job.run({ ...changes, touch: (sessionId) => touched.push(sessionId) });
      release.run();
      for (const sessionId of touched) changes.touch(sessionId);
      return tell;
    } catch (error) {
      // SQLite has rolled everything back by itself, for instance when the disk is full.
      if (!this.#db.inTransaction) throw error;
      undo.run();
      release.run();
      return () => job.reject(error);
    }
  }
}

/** A commit that is done, and how to tell those who wrote. */
interface Done extends Commit {
  readonly settle: readonly (() => void)[];
}

const transactionStatements = (db: Database.Database) => ({
  begin: db.prepare('BEGIN IMMEDIATE'),
  commit: db.prepare('COMMIT'),
  rollback: db.prepare('ROLLBACK'),
  savepoint: db.prepare('SAVEPOINT job'),
  release: db.prepare('RELEASE job'),
  undo: db.prepare('ROLLBACK TO job'),
});
