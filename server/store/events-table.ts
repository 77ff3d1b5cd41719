import type Database from 'better-sqlite3';
import type {
  EventForm,
  EventPage,
  EventTextPage,
  JournalClass,
  JournalRow,
  PageLimit,
  StoredEvent,
} from './store.ts';

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
type TextRange = EventForm & { sid: number; after: number; last: number };

/** Where a page begins and ends; both are in it. */
interface Cut {
  readonly first: number;
  readonly last: number;
}

/** The size of so many events is asked first. */
const FIRST_MEASURED = 4;

/** The logs: every event of every session, by session and index. */
export class EventsTable {
  readonly #insert: Database.Statement<
    [number, number, number, string | null, string | null, string]
  >;
  readonly #range: Database.Statement<Range, string>;
  readonly #text: Database.Statement<[TextRange], Buffer>;
  readonly #bytes: Database.Statement<Range, number>;
  readonly #sizes: Database.Statement<Range, number>;
  readonly #journal: Database.Statement<[number], JournalRow>;
  readonly #first: Database.Statement<[number], number>;
  readonly #deleteBefore: Database.Statement<[sid: number, index: number]>;

  constructor(db: Database.Database) {
    this.#insert = db.prepare('INSERT INTO events VALUES (?, ?, ?, ?, ?, ?)');
    const range = 'FROM events WHERE sid = ? AND idx > ? AND idx <= ?';
    this.#range = db.prepare<Range, string>(`SELECT json ${range} ORDER BY idx`).pluck();
    // The rows come in the order of the key that they are found by; to sort them here would double the
    // time. As bytes, so that they are not decoded only to be encoded again.
    this.#text = db
      .prepare<[TextRange], Buffer>(
        `SELECT CAST(
          group_concat(coalesce(@beforeIndex || idx, '') || @beforeJson || json || @afterJson, '')
          AS BLOB
        )
        FROM events WHERE sid = @sid AND idx > @after AND idx <= @last`,
      )
      .pluck();
    this.#bytes = db.prepare<Range, number>(`SELECT sum(octet_length(json)) ${range}`).pluck();
    this.#sizes = db
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
    const cut = this.#cut(sid, after, lastIndex, limit);
    if (cut === null) return [];
    const { first, last } = cut;
    // Indices have no gaps, and rows of one column are read at twice the speed.
    return this.#range
      .all(sid, first - 1, last)
      .map((json, place) => ({ index: first + place, json }));
  }

  /** The events of `page` as one text. */
  text(
    sid: number,
    after: number,
    lastIndex: number,
    limit: PageLimit,
    form: EventForm,
  ): Pick<EventTextPage, 'text' | 'last'> {
    const cut = this.#cut(sid, after, lastIndex, limit);
    if (cut === null) return { text: null, last: after };
    const { first, last } = cut;
    return { text: this.#text.get({ ...form, sid, after: first - 1, last }) ?? null, last };
  }

  /** Where a page begins and ends; null when it is empty. */
  #cut(sid: number, after: number, lastIndex: number, limit: PageLimit): Cut | null {
    const first = Math.max(after, -1) + 1;
    const end = Math.min(lastIndex, first + Math.max(limit.events, 1) - 1);
    if (first > end) return null;
    // One is always sent, however large it is.
    if (first === end) return { first, last: end };
    let room = limit.bytes;
    let last = first - 1;
    // The sum of many rows is far cheaper than the size of each. It is asked of as many as fit if they
    // are like those before: each row of a large event is a page of the file of its own.
    for (let count = FIRST_MEASURED; last < end;) {
      const measured = Math.min(end, last + count);
      const bytes = this.#bytes.get(sid, last, measured) ?? 0;
      if (bytes > room) {
        return { first, last: Math.max(first, this.#fill(sid, last, measured, room)) };
      }
      room -= bytes;
      last = measured;
      const average = (limit.bytes - room) / (last - first + 1);
      count = Math.max(1, Math.min(4 * count, Math.floor(room / average)));
    }
    return { first, last };
  }

  /** The last index up to which those of the events after `after`, up to `end`, fit. */
  #fill(sid: number, after: number, end: number, bytes: number): number {
    let room = bytes;
    let last = after;
    for (const size of this.#sizes.all(sid, after, end)) {
      room -= size;
      if (room < 0) break;
      last += 1;
    }
    return last;
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
