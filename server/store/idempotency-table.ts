import type Database from 'better-sqlite3';
import { z } from 'zod';
import { json } from '../../shared/json.ts';
import type { IdempotencyRecord } from './store.ts';

export const idempotencyDdl = `
  CREATE TABLE idempotency (
    scope TEXT NOT NULL,
    key TEXT NOT NULL,
    body_hash TEXT NOT NULL,
    -- The JSON that was answered.
    response TEXT NOT NULL,
    expires_at REAL NOT NULL,
    PRIMARY KEY (scope, key)
  ) STRICT, WITHOUT ROWID;

  CREATE INDEX idempotency_by_expiry ON idempotency (expires_at);
`;

/** Each insertion removes a few that have expired: more than it adds, so that they cannot pile up. */
const SWEPT_PER_INSERT = 4;

interface Row {
  readonly bodyHash: string;
  readonly response: string;
  readonly expiresAt: number;
}

/** What was answered to idempotency keys. */
export class IdempotencyTable {
  readonly #put: Database.Statement<[string, string, string, string, number]>;
  readonly #get: Database.Statement<[string, string, number], Row>;
  readonly #sweep: Database.Statement<[number]>;

  constructor(db: Database.Database) {
    this.#put = db.prepare('INSERT OR REPLACE INTO idempotency VALUES (?, ?, ?, ?, ?)');
    this.#get = db.prepare(`
      SELECT body_hash AS bodyHash, response, expires_at AS expiresAt FROM idempotency
      WHERE scope = ? AND key = ? AND expires_at > ?
    `);
    this.#sweep = db.prepare(`
      DELETE FROM idempotency WHERE (scope, key) IN (
        SELECT scope, key FROM idempotency WHERE expires_at <= ?
        ORDER BY expires_at LIMIT ${SWEPT_PER_INSERT}
      )
    `);
  }

  /** Keeps an answer, in place of an older one to the same key. `now` is in Unix seconds. */
  put({ scope, key, bodyHash, response, expiresAt }: IdempotencyRecord, now: number): void {
    this.#sweep.run(now);
    this.#put.run(scope, key, bodyHash, JSON.stringify(response), expiresAt);
  }

  get(scope: string, key: string, now: number): IdempotencyRecord | null {
    const row = this.#get.get(scope, key, now);
    if (row === undefined) return null;
    return { ...row, scope, key, response: storedResponse.parse(row.response) };
  }
}

const storedResponse = z
  .string()
  .transform((text): unknown => JSON.parse(text))
  .pipe(json);
