import type Database from 'better-sqlite3';
import type { SessionStatus } from '../../shared/session.ts';

/** Kept by triggers, so that no statement that touches a session can forget to count. */
export const graphCountsDdl = `
  CREATE TABLE graph_counts (
    graph_id TEXT NOT NULL,
    status TEXT NOT NULL,
    -- How many sessions the graph has in this status; 0 when it had some.
    sessions INTEGER NOT NULL,
    PRIMARY KEY (graph_id, status)
  ) STRICT, WITHOUT ROWID;

  CREATE TRIGGER graph_counts_created AFTER INSERT ON sessions BEGIN
    INSERT INTO graph_counts VALUES (new.graph_id, new.status, 1)
      ON CONFLICT DO UPDATE SET sessions = sessions + 1;
  END;

  CREATE TRIGGER graph_counts_moved AFTER UPDATE OF status ON sessions
  WHEN new.status <> old.status BEGIN
    UPDATE graph_counts SET sessions = sessions - 1
      WHERE graph_id = old.graph_id AND status = old.status;
    INSERT INTO graph_counts VALUES (new.graph_id, new.status, 1)
      ON CONFLICT DO UPDATE SET sessions = sessions + 1;
  END;

  CREATE TRIGGER graph_counts_deleted AFTER DELETE ON sessions BEGIN
    UPDATE graph_counts SET sessions = sessions - 1
      WHERE graph_id = old.graph_id AND status = old.status;
  END;
`;

interface CountRow {
  readonly graphId: string;
  readonly status: SessionStatus;
  readonly sessions: number;
}

/** How many sessions each graph has in each status. */
export class GraphCountsTable {
  readonly #all: Database.Statement<[], CountRow>;

  constructor(db: Database.Database) {
    this.#all = db.prepare(
      'SELECT graph_id AS graphId, status, sessions FROM graph_counts WHERE sessions > 0',
    );
  }

  all(): Map<string, Partial<Record<SessionStatus, number>>> {
    const counts = new Map<string, Partial<Record<SessionStatus, number>>>();
    for (const { graphId, status, sessions } of this.#all.all()) {
      counts.set(graphId, { ...counts.get(graphId), [status]: sessions });
    }
    return counts;
  }
}
