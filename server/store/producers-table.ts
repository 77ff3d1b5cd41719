import type Database from 'better-sqlite3';
import type { ProducerState } from './store.ts';

export const producersDdl = `
  -- How far each program has come that writes an external session: what it sends again is known by it.
  CREATE TABLE producers (
    sid INTEGER NOT NULL,
    producer_id TEXT NOT NULL,
    epoch INTEGER NOT NULL,
    -- Of its last batch that is stored.
    seq INTEGER NOT NULL,
    -- The index of the log's last event after that batch.
    last_index INTEGER NOT NULL,
    -- In seconds: for how long it may keep silent; null for as long as it likes.
    lease REAL,
    -- Unix seconds: when the lease runs out.
    lease_until REAL,
    PRIMARY KEY (sid, producer_id)
  ) STRICT, WITHOUT ROWID;
`;

/** The producers of each session. */
export class ProducersTable {
  readonly #put: Database.Statement<[ProducerState & { sid: number }]>;
  readonly #of: Database.Statement<[number], ProducerState>;
  readonly #delete: Database.Statement<[number]>;

  constructor(db: Database.Database) {
    this.#put = db.prepare(`
      INSERT OR REPLACE INTO producers VALUES
        (@sid, @producerId, @epoch, @seq, @lastIndex, @lease, @leaseUntil)
    `);
    this.#of = db.prepare(`
      SELECT producer_id AS producerId, epoch, seq, last_index AS lastIndex, lease,
        lease_until AS leaseUntil
      FROM producers WHERE sid = ? ORDER BY producer_id
    `);
    this.#delete = db.prepare('DELETE FROM producers WHERE sid = ?');
  }

  put(sid: number, producer: ProducerState): void {
    const { producerId, epoch, seq, lastIndex, lease, leaseUntil } = producer;
    this.#put.run({ sid, producerId, epoch, seq, lastIndex, lease, leaseUntil });
  }

  /** In the order of their ids. */
  of(sid: number): ProducerState[] {
    return this.#of.all(sid);
  }

  /** For a session that is deleted. */
  delete(sid: number): void {
    this.#delete.run(sid);
  }
}
