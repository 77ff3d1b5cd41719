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
  readonly #rangeBytes: Database.Statement<Range, number>;
  readonly #rangeSizes: Database.Statement<Range, number>;
  readonly #journal: Database.Statement<[number], JournalRow>;
  readonly #first: Database.Statement<[number], number>;
  readonly #deleteBefore: Database.Statement<[sid: number, index: number]>;

  constructor(db: Database.Database) {
    this.#insert = db.prepare('INSERT INTO events VALUES (?, ?, ?, ?, ?, ?)');
    const range = 'FROM events WHERE sid = ? AND idx > ? AND idx <= ?';
    this.#range = db.prepare<Range, string>(`SELECT json ${range} ORDER BY idx`).pluck();
    this.#rangeBytes = db.prepare<Range, number>(`SELECT sum(octet_length(json)) ${range}`).pluck();
    this.#rangeSizes = db
      .prepare<Range, number>(`SELECT octet_length(json) ${range} ORDER BY idx`)
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
    if (first > last) return [];
    const jsons = this.#range.all(sid, first - 1, this.#cut(sid, first, last, limit.bytes));
    // Indices have no gaps, and rows of one column are read at twice the speed.
    return jsons.map((json, place) => ({ index: first + place, json }));
  }

  /** The last index up to which the events from `first` on fit into `bytes`. */
  #cut(sid: number, first: number, last: number, bytes: number): number {
    // One number for the whole page is far cheaper than a size a row, and nearly always enough.
    if ((this.#rangeBytes.get(sid, first - 1, last) ?? 0) <= bytes) return last;
    let room = bytes;
    let cut = first;
    for (const size of this.#rangeSizes.all(sid, first - 1, last)) {
      room -= size;
      if (room < 0) break;
      cut += 1;
    }
    return Math.max(cut - 1, first);
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
