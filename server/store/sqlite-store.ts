// Longer than most: every write of a commit passes through here, in one transaction.
import type Database from 'better-sqlite3';
import type { SessionStatus } from '../../shared/session.ts';
import { messageOf } from '../errors.ts';
import { CommitQueue, type Changes } from './commit-queue.ts';
import { openDatabase } from './database.ts';
import { EndedSessions } from './ended-sessions.ts';
import { migrate, schema } from './migrations.ts';
import { Purger } from './purger.ts';
import { SessionFeed } from './session-feed.ts';
import { SessionList } from './session-list.ts';
import { lengthOf, SessionWriter } from './session-writer.ts';
import { typesIn, type LogRow, type SessionRow } from './sessions-table.ts';
import type { StoreLogger } from './store-logger.ts';
import {
  DatabaseUnusable,
  type Append,
  type ChangesPage,
  type ChangesQuery,
  type Commit,
  type EndedQuery,
  type EventForm,
  type EventPage,
  type EventTextPage,
  type IdempotencyRecord,
  type JournalRows,
  type ListPage,
  type ListQuery,
  type PageLimit,
  type ProducerState,
  type SessionFacts,
  type SessionRecord,
  type Store,
  type StoredImport,
  type StoredStatus,
} from './store.ts';
import { SqliteImport } from './sqlite-import.ts';
import { openTables, type Tables } from './tables.ts';

export interface SqliteStoreOptions {
  /** The database file, created with its directory when it is not there; or `:memory:`. */
  readonly file: string;
  /** Unix seconds; the clock unless given. */
  readonly now?: () => number;
  /** How many tombstones are kept; 10,000 unless given. */
  readonly keepTombstones?: number;
  readonly logger?: StoreLogger;
}

/**
 * Opens a store in an SQLite file, which no other process can then use until this one closes it or
 * ends.
 * @throws DatabaseUnusable
 */
export async function openSqliteStore(options: SqliteStoreOptions): Promise<Store> {
  const db = await openDatabase(options.file, (opened) => migrate(opened, options.file, schema));
  try {
    return new SqliteStore(db, options);
  } catch (error) {
    // The version says that the tables are there, and they are not.
    db.close();
    throw new DatabaseUnusable(`${options.file} is damaged: ${messageOf(error)}`, { cause: error });
  }
}

/**
 * Reads are single turns of the event loop on the only connection there is, so that each is a
 * snapshot without a transaction: nothing is written between two of its statements.
 */
class SqliteStore implements Store {
  readonly storeId: string;
  readonly #db: Database.Database;
  readonly #tables: Tables;
  readonly #list: SessionList;
  readonly #feed: SessionFeed;
  readonly #ended: EndedSessions;
  readonly #writer: SessionWriter;
  readonly #queue: CommitQueue;
  readonly #purger: Purger;
  readonly #logger: StoreLogger | undefined;
  readonly #subscriptions = new Set<{ readonly listener: (commit: Commit) => void }>();
  #closed = false;

  constructor(
    db: Database.Database,
    { now = () => Date.now() / 1000, keepTombstones = 10_000, logger }: SqliteStoreOptions,
  ) {
    this.#db = db;
    this.#logger = logger;
    this.#tables = openTables(db);
    this.#list = new SessionList(db);
    this.#feed = new SessionFeed(db, this.#tables.tombstones);
    this.#ended = new EndedSessions(db);
    this.#writer = new SessionWriter(this.#tables, now);
    this.#queue = new CommitQueue(db, this.#tables.meta, (commit) => this.#announce(commit));
    this.#purger = new Purger(db, this.#tables, { keepTombstones, logger });
    this.storeId = this.#tables.meta.storeId;
    // Whoever wrote them is gone with the process that had the file before.
    db.transaction(() => this.#tables.imports.purgeAll()).immediate();
    this.#purger.wake();
  }

  create(record: SessionRecord, append: Append): Promise<void> {
    return this.#write(lengthOf(append.events), (changes) =>
      this.#writer.create(changes, record, append),
    );
  }

  append(append: Append): Promise<void> {
    return this.#write(lengthOf(append.events), (changes) => this.#writer.append(changes, append));
  }

  beginImport(): StoredImport {
    return new SqliteImport(
      this.#writer,
      (length, write) => this.#write(length, write),
      () => this.#purger.wake(),
    );
  }

  continueImported(sessionId: string, facts: SessionFacts): Promise<boolean> {
    return this.#write(0, (changes) => this.#writer.continueImported(changes, sessionId, facts));
  }

  rename(sessionId: string, title: string): Promise<boolean> {
    return this.#write(title.length, (changes) => this.#writer.rename(changes, sessionId, title));
  }

  async delete(sessionId: string, time: number): Promise<boolean> {
    const deleted = await this.#write(0, (changes) =>
      this.#writer.delete(changes, sessionId, time),
    );
    if (deleted) this.#purger.wake();
    return deleted;
  }

  setBlocked(types: readonly string[]): Promise<void> {
    return this.#write(0, (changes) => this.#writer.setBlocked(changes, types));
  }

  record(sessionId: string): Promise<SessionRecord | null> {
    return this.#readSession(sessionId, ({ sid, graphId, createdAt, runner }) => ({
      ...this.#tables.records.get(sid),
      sessionId,
      graphId,
      createdAt,
      runner,
    }));
  }

  journal(sessionId: string): Promise<JournalRows | null> {
    return this.#readSession(sessionId, ({ sid, lastIndex, lastTime, imported }) => ({
      rows: this.#tables.events.journal(sid),
      lastIndex,
      time: lastTime,
      imported,
    }));
  }

  async producers(sessionId: string): Promise<ProducerState[]> {
    const read = ({ sid }: SessionRow) => this.#tables.producers.of(sid);
    return (await this.#readSession(sessionId, read)) ?? [];
  }

  events(sessionId: string, after: number, limit: PageLimit): Promise<EventPage | null> {
    return this.#readLog(sessionId, ({ sid, status, lastIndex }) => ({
      events: this.#tables.events.page(sid, after, lastIndex, limit),
      status,
      lastIndex,
    }));
  }

  eventText(
    sessionId: string,
    after: number,
    limit: PageLimit,
    form: EventForm,
  ): Promise<EventTextPage | null> {
    return this.#readLog(sessionId, ({ sid, status, lastIndex }) => ({
      ...this.#tables.events.text(sid, after, lastIndex, limit, form),
      status,
      lastIndex,
    }));
  }

  status(sessionId: string): Promise<StoredStatus | null> {
    return this.#readSession(sessionId, (row) => ({
      sessionId,
      graphId: row.graphId,
      status: row.status,
      title: row.title,
      createdAt: row.createdAt,
      updatedAt: row.lastTime,
      lastIndex: row.lastIndex,
      ...this.#tables.rests.get(row.sid),
      blockedBy: typesIn(row.blockedBy),
      runner: row.runner,
      lostContactAt: row.lostContactAt,
      error: row.error,
      imported: row.imported,
      revision: row.revision,
    }));
  }

  list(query: ListQuery): Promise<ListPage> {
    return this.#read(() => ({
      ...this.#list.page(query),
      revision: this.#tables.meta.read().revision,
    }));
  }

  changes(query: ChangesQuery): Promise<ChangesPage> {
    return this.#read(() => ({ ...this.#feed.page(query), ...this.#tables.meta.read() }));
  }

  graphCounts(): Promise<Map<string, Partial<Record<SessionStatus, number>>>> {
    return this.#read(() => this.#tables.graphCounts.all());
  }

  newestOf(graphId: string): Promise<string | null> {
    return this.#read(() => this.#tables.sessions.newestOf(graphId));
  }

  openTypes(): Promise<string[]> {
    return this.#read(() => this.#tables.openTypes.distinct());
  }

  needingRunner(): Promise<string[]> {
    return this.#read(() => this.#tables.sessions.needingRunner());
  }

  wakes(): Promise<{ sessionId: string; at: number }[]> {
    return this.#read(() => this.#tables.sessions.wakes());
  }

  ended(query: EndedQuery): Promise<string[]> {
    return this.#read(() => this.#ended.find(query));
  }

  idempotent(scope: string, key: string, now: number): Promise<IdempotencyRecord | null> {
    return this.#read(() => this.#tables.idempotency.get(scope, key, now));
  }

  onCommit(listener: (commit: Commit) => void): () => void {
    // Wrapped, so that the same listener given twice is two subscriptions.
    const subscription = { listener };
    this.#subscriptions.add(subscription);
    return () => {
      this.#subscriptions.delete(subscription);
    };
  }

  close(): Promise<void> {
    if (this.#closed) return Promise.resolve();
    this.#purger.stop();
    this.#queue.flush();
    this.#closed = true;
    // Closing the last connection of a file also writes its log back into it.
    this.#db.close();
    return Promise.resolve();
  }

  #read<T>(read: () => T): Promise<T> {
    return new Promise((resolve) => {
      this.#assertOpen();
      resolve(read());
    });
  }

  #readSession<T>(sessionId: string, read: (row: SessionRow) => T): Promise<T | null> {
    return this.#read(() => {
      const row = this.#tables.sessions.find(sessionId);
      return row === undefined ? null : read(row);
    });
  }

  #readLog<T>(sessionId: string, read: (row: LogRow) => T): Promise<T | null> {
    return this.#read(() => {
      const row = this.#tables.sessions.findLog(sessionId);
      return row === undefined ? null : read(row);
    });
  }

  #write<T>(length: number, write: (changes: Changes) => T): Promise<T> {
    if (this.#closed) return Promise.reject(new Error(CLOSED));
    return this.#queue.write(length, write);
  }

  #assertOpen(): void {
    if (this.#closed) throw new Error(CLOSED);
  }

  #announce(commit: Commit): void {
    for (const { listener } of [...this.#subscriptions]) {
      try {
        listener(commit);
      } catch (error) {
        this.#logger?.error({ err: error }, 'store.listener_failed');
      }
    }
  }
}

const CLOSED = 'The store is closed.';
