import type Database from 'better-sqlite3';
import type { EventPage, JournalClass, JournalRow, PageLimit, StoredEvent } from './store.ts';

export const eventsDdl = `
  CREATE TABLE events (
    -- The session's number; also of one that was deleted and is being purged.
    sid INTEGER NOT NULL,
    -- The event's place in the log, from 0, without gaps.
    idx INTEGER NOT NULL,
    -- How it takes part in a rebuild: 0 none, 1 mark, 2 full.
    journal INTEGER NOT NULL,
    -- Of those that take part.
    type TEXT,
    node_id TEXT,
    -- What goes on the wire, index and time included. Last, so that the rest is read without it.
    json TEXT NOT NULL,
    PRIMARY KEY (sid, idx)
  ) STRICT, WITHOUT ROWID;

  CREATE INDEX events_journal ON events (sid, idx) WHERE journal > 0;
`;

const JOURNAL_CODES = { none: 0, mark: 1, full: 2 } as const satisfies Record<JournalClass, number>;

type Range = [sid: number, after: number, last: number];

/** The logs: every event of every session, by session and index. */
export class EventsTable {
  readonly #insert: Database.Statement<
    [number, number, number, string | null, string | null, string]
  >;
  readonly #range: Database.Statement<Range, string>;
  readonly #journal: Database.Statement<[number], JournalRow>;
  readonly #first: Database.Statement<[number], number>;
  readonly #deleteBefore: Database.Statement<[sid: number, index: number]>;

  constructor(db: Database.Database) {
    this.#insert = db.prepare('INSERT INTO events VALUES (?, ?, ?, ?, ?, ?)');
    this.#range = db
      .prepare<Range, string>(
        'SELECT json FROM events WHERE sid = ? AND idx > ? AND idx <= ? ORDER BY idx',
      )
      .pluck();
    this.#journal = db.prepare(`
      SELECT idx AS "index", type, node_id AS nodeId, iif(journal = 2, json, NULL) AS json
      FROM events INDEXED BY events_journal
      WHERE sid = ? AND journal > 0
      ORDER BY idx
    `);
    this.#first = db
      .prepare<[number], number>('SELECT idx FROM events WHERE sid = ? ORDER BY idx LIMIT 1')
      .pluck();
    this.#deleteBefore = db.prepare('DELETE FROM events WHERE sid = ? AND idx < ?');
  }

  insert(sid: number, events: readonly StoredEvent[]): void {
    for (const { index, journal, type, nodeId, json } of events) {
      if (journal === 'none') this.#insert.run(sid, index, JOURNAL_CODES.none, null, null, json);
      else this.#insert.run(sid, index, JOURNAL_CODES[journal], type, nodeId, json);
    }
  }

  /** The events after `after`, up to `lastIndex` or what `limit` admits, and at least one. */
  page(sid: number, after: number, lastIndex: number, limit: PageLimit): EventPage['events'] {
    const first = Math.max(after, -1) + 1;
    const last = Math.min(lastIndex, first + Math.max(limit.events, 1) - 1);
    const events: { index: number; json: string }[] = [];
    let room = limit.bytes;
    // Row by row: a size asked of SQLite beforehand reads all the large events that do not fit.
    for (const json of this.#range.iterate(sid, first - 1, last)) {
      room -= Buffer.byteLength(json);
      if (room < 0 && events.length > 0) break;
      // Indices have no gaps, and rows of one column are read at twice the speed.
      events.push({ index: first + events.length, json });
    }
    return events;
  }

  /** The rows that take part in a rebuild, in order. */
  journal(sid: number): JournalRow[] {
    return this.#journal.all(sid);
  }

  /** Deletes up to `count` events from the start of a log. Returns whether there may be more. */
  deleteSome(sid: number, count: number): boolean {
    const first = this.#first.get(sid);
    if (first === undefined) return false;
    this.#deleteBefore.run(sid, first + count);
    return true;
  }
}
