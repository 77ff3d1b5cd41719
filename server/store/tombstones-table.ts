import type Database from 'better-sqlite3';
import type { SessionTombstone } from '../../shared/session.ts';

export const tombstonesDdl = `
  -- The sessions that were deleted, for readers of the feed that were away.
  CREATE TABLE tombstones (
    -- That of the deletion.
    revision INTEGER PRIMARY KEY,
    -- That of the session's creation: who read up to an earlier one never heard of it.
    born_revision INTEGER NOT NULL,
    session_id TEXT NOT NULL,
    graph_id TEXT NOT NULL,
    -- The session's creation, in Unix seconds.
    created_at REAL NOT NULL,
    -- Unix seconds.
    deleted_at REAL NOT NULL
  ) STRICT;

  CREATE INDEX tombstones_by_graph ON tombstones (graph_id, revision);
`;

export interface Tombstone {
  readonly revision: number;
  readonly bornRevision: number;
  readonly sessionId: string;
  readonly graphId: string;
  readonly createdAt: number;
  readonly deletedAt: number;
}

type Row = Omit<SessionTombstone, 'status'>;

/** The tombstones, in the order of deletion. */
export class TombstonesTable {
  readonly #insert: Database.Statement<[Tombstone]>;
  readonly #since: Database.Statement<[number, number, number], Row>;
  readonly #sinceInGraph: Database.Statement<[string, number, number, number], Row>;
  readonly #newestBeyond: Database.Statement<[number], number>;
  readonly #deleteUpTo: Database.Statement<[number]>;

  constructor(db: Database.Database) {
    this.#insert = db.prepare(`
      INSERT INTO tombstones VALUES
        (@revision, @bornRevision, @sessionId, @graphId, @createdAt, @deletedAt)
    `);
    const select = 'SELECT session_id AS sessionId, created_at AS createdAt, revision';
    this.#since = db.prepare(`
      ${select} FROM tombstones WHERE revision > ? AND born_revision <= ?
      ORDER BY revision LIMIT ?
    `);
    this.#sinceInGraph = db.prepare(`
      ${select} FROM tombstones WHERE graph_id = ? AND revision > ? AND born_revision <= ?
      ORDER BY revision LIMIT ?
    `);
    this.#newestBeyond = db
      .prepare<[number], number>(
        'SELECT revision FROM tombstones ORDER BY revision DESC LIMIT 1 OFFSET ?',
      )
      .pluck();
    this.#deleteUpTo = db.prepare('DELETE FROM tombstones WHERE revision <= ?');
  }

  insert(tombstone: Tombstone): void {
    this.#insert.run(tombstone);
  }

  /** Deletions after `since` of sessions that existed at `bornBy`, in order. */
  since(
    graphId: string | undefined,
    since: number,
    bornBy: number,
    limit: number,
  ): SessionTombstone[] {
    const rows =
      graphId === undefined
        ? this.#since.all(since, bornBy, limit)
        : this.#sinceInGraph.all(graphId, since, bornBy, limit);
    return rows.map((row) => ({ ...row, status: 'deleted' }));
  }

  /** Drops all but the newest `keep`. Returns the revision of the newest dropped, if any was. */
  prune(keep: number): number | undefined {
    const upTo = this.#newestBeyond.get(keep);
    if (upTo !== undefined) this.#deleteUpTo.run(upTo);
    return upTo;
  }
}
