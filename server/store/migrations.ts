import type Database from 'better-sqlite3';
import { endedDdl } from './ended-sessions.ts';
import { eventsDdl } from './events-table.ts';
import { graphCountsDdl } from './graph-counts-table.ts';
import { idempotencyDdl } from './idempotency-table.ts';
import { createMeta, metaDdl } from './meta-table.ts';
import { openTypesDdl } from './open-types-table.ts';
import { producersDdl } from './producers-table.ts';
import { purgesDdl } from './purges-table.ts';
import { recordsDdl, redactedDdl } from './records-table.ts';
import { restsDdl } from './rests-table.ts';
import { externalDdl, importsDdl, needsAnswerDdl, sessionsDdl } from './sessions-table.ts';
import { DatabaseUnusable } from './store.ts';
import { tombstonesDdl } from './tombstones-table.ts';

/** How a schema is made, and how each older one becomes the next. */
export interface Schema {
  /** Creates the newest schema in an empty database. */
  readonly create: (db: Database.Database) => void;
  /** The first brings version 1 to version 2, the second that to 3; none is ever edited again. */
  readonly steps: readonly ((db: Database.Database) => void)[];
}

/** The schema of this version: the tables' DDL, each beside the code that reads it. */
export const schema: Schema = {
  create(db) {
    for (const ddl of [
      metaDdl,
      sessionsDdl,
      needsAnswerDdl,
      graphCountsDdl,
      recordsDdl,
      restsDdl,
      openTypesDdl,
      eventsDdl,
      tombstonesDdl,
      purgesDdl,
      idempotencyDdl,
      importsDdl,
      redactedDdl,
      endedDdl,
      externalDdl,
      producersDdl,
    ]) {
      db.exec(ddl);
    }
    createMeta(db);
  },
  steps: [
    (db) => db.exec(needsAnswerDdl),
    (db) => db.exec(importsDdl + redactedDdl),
    (db) => db.exec(endedDdl),
    (db) => db.exec(externalDdl + producersDdl),
  ],
};

/**
 * Brings a database to the newest version, inside the caller's transaction. The version is kept in
 * `user_version`; 0 is an empty database.
 * @throws DatabaseUnusable when the database is of a newer version than this program
 */
export function migrate(db: Database.Database, file: string, { create, steps }: Schema): void {
  const newest = steps.length + 1;
  const found = Number(db.pragma('user_version', { simple: true }));
  if (found > newest) {
    throw new DatabaseUnusable(
      `${file} comes from a newer version of this program (schema ${found}; this one knows ${newest})`,
    );
  }
  if (found === 0) create(db);
  else for (const step of steps.slice(found - 1)) step(db);
  db.pragma(`user_version = ${newest}`);
}
