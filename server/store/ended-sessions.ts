import type Database from 'better-sqlite3';
import { finalStatuses } from '../../shared/session.ts';
import type { EndedQuery } from './store.ts';

const ended = `status IN (${finalStatuses.map((status) => `'${status}'`).join(', ')})`;

/** What somebody took in to read stays until somebody deletes it. */
const endedHere = `${ended} AND imported IS NOT 'readOnly'`;

/** Since version 4: the sessions that have ended, by when. Their times move no more. */
export const endedDdl = `
  CREATE INDEX sessions_by_end ON sessions (updated_at, session_id) WHERE ${endedHere};
  CREATE INDEX sessions_by_graph_end ON sessions (graph_id, updated_at, session_id)
    WHERE ${endedHere};
`;

/** Finds the sessions that have ended and are not to be kept. */
export class EndedSessions {
  readonly #before: Database.Statement<[number, number], string>;
  readonly #graphs: Database.Statement<[number], string>;
  readonly #beyond: Database.Statement<[string, number, number], string>;

  constructor(db: Database.Database) {
    this.#before = db
      .prepare<[number, number], string>(
        `SELECT session_id FROM sessions INDEXED BY sessions_by_end
        WHERE ${endedHere} AND updated_at < ? ORDER BY updated_at, session_id LIMIT ?`,
      )
      .pluck();
    // No more than these can have too many: they count what was imported as well.
    this.#graphs = db
      .prepare<[number], string>(
        `SELECT graph_id FROM graph_counts WHERE ${ended}
        GROUP BY graph_id HAVING sum(sessions) > ?`,
      )
      .pluck();
    this.#beyond = db
      .prepare<[string, number, number], string>(
        `SELECT session_id FROM sessions INDEXED BY sessions_by_graph_end
        WHERE graph_id = ? AND ${endedHere}
        ORDER BY updated_at DESC, session_id DESC LIMIT ? OFFSET ?`,
      )
      .pluck();
  }

  find({ before, keepPerGraph, limit }: EndedQuery): string[] {
    const found = new Set(before === null ? [] : this.#before.all(before, limit));
    if (keepPerGraph === null) return [...found];
    for (const graphId of this.#graphs.all(keepPerGraph)) {
      if (found.size >= limit) break;
      for (const id of this.#beyond.all(graphId, limit, keepPerGraph)) found.add(id);
    }
    return [...found].slice(0, limit);
  }
}
