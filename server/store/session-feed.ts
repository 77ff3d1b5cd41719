import type Database from 'better-sqlite3';
import type { SessionSummary } from '../../shared/session.ts';
import { summaryColumns, summaryOf, type SummaryRow } from './sessions-table.ts';
import type { ChangesPage, ChangesQuery } from './store.ts';
import type { TombstonesTable } from './tombstones-table.ts';

/** What changed, in the order of revisions: summaries as they are now, and tombstones. */
export class SessionFeed {
  readonly #tombstones: TombstonesTable;
  readonly #since: Database.Statement<[number, number], SummaryRow>;
  readonly #sinceInGraph: Database.Statement<[string, number, number], SummaryRow>;

  constructor(db: Database.Database, tombstones: TombstonesTable) {
    this.#tombstones = tombstones;
    this.#since = db.prepare(`
      SELECT ${summaryColumns} FROM sessions WHERE revision > ? ORDER BY revision LIMIT ?
    `);
    this.#sinceInGraph = db.prepare(`
      SELECT ${summaryColumns} FROM sessions WHERE graph_id = ? AND revision > ?
      ORDER BY revision LIMIT ?
    `);
  }

  page(query: ChangesQuery): Pick<ChangesPage, 'entries' | 'more'> {
    const { graphId, since, tombstonesFor, limit } = query;
    const entries = [
      ...this.#summaries(graphId, since, limit + 1),
      ...(tombstonesFor === null
        ? []
        : this.#tombstones.since(graphId, since, tombstonesFor, limit + 1)),
    ].sort((a, b) => a.revision - b.revision);
    return { entries: entries.slice(0, limit), more: entries.length > limit };
  }

  #summaries(graphId: string | undefined, since: number, limit: number): SessionSummary[] {
    const rows =
      graphId === undefined
        ? this.#since.all(since, limit)
        : this.#sinceInGraph.all(graphId, since, limit);
    return rows.map(summaryOf);
  }
}
