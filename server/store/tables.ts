import type Database from 'better-sqlite3';
import { EventsTable } from './events-table.ts';
import { GraphCountsTable } from './graph-counts-table.ts';
import { IdempotencyTable } from './idempotency-table.ts';
import { ImportsTable } from './imports-table.ts';
import { MetaTable } from './meta-table.ts';
import { OpenTypesTable } from './open-types-table.ts';
import { ProducersTable } from './producers-table.ts';
import { PurgesTable } from './purges-table.ts';
import { RecordsTable } from './records-table.ts';
import { RestsTable } from './rests-table.ts';
import { SessionsTable } from './sessions-table.ts';
import { TombstonesTable } from './tombstones-table.ts';

/** The tables of a database whose schema is up to date, with their statements prepared. */
export const openTables = (db: Database.Database) => ({
  events: new EventsTable(db),
  graphCounts: new GraphCountsTable(db),
  idempotency: new IdempotencyTable(db),
  imports: new ImportsTable(db),
  meta: new MetaTable(db),
  openTypes: new OpenTypesTable(db),
  producers: new ProducersTable(db),
  purges: new PurgesTable(db),
  records: new RecordsTable(db),
  rests: new RestsTable(db),
  sessions: new SessionsTable(db),
  tombstones: new TombstonesTable(db),
});

export type Tables = ReturnType<typeof openTables>;
