import { closeSync, mkdirSync, openSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { messageOf } from '../errors.ts';
import { DatabaseUnusable } from './store.ts';

/** The file name of a database that lives in memory alone. */
const IN_MEMORY = ':memory:';

/** Marks a file as this program's: "Reat" in ASCII. */
const APPLICATION_ID = 0x52656174;

/** In bytes. */
const SMALLEST_PAGE = 512;

/** Two servers that start at once can each see the other's lock and back off; one then gets it. */
const LOCK_ATTEMPTS = 5;

/**
 * Opens a database file for this process alone, and creates it, with its directory, when it is not
 * there. The lock lasts until the connection is closed or the process ends, however it ends.
 * `prepare` brings the schema up; what it throws is told like what opening throws.
 * @throws DatabaseUnusable
 */
export async function openDatabase(
  file: string,
  prepare: (db: Database.Database) => void,
): Promise<Database.Database> {
  // An absolute path is never taken for a URI.
  const path = file === IN_MEMORY ? file : resolve(file);
  if (path !== IN_MEMORY) preparePath(file, path);
  for (let attempt = 1; ; attempt += 1) {
    try {
      return openOnce(file, path, prepare);
    } catch (error) {
      if (attempt === LOCK_ATTEMPTS || !isBusy(error)) throw unusable(file, path, error);
    }
    await delay(20 + Math.random() * 80);
  }
}

function preparePath(file: string, path: string): void {
  try {
    mkdirSync(dirname(path), { recursive: true });
  } catch (error) {
    throw new DatabaseUnusable(`${file}: cannot create its directory: ${messageOf(error)}`, {
      cause: error,
    });
  }
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) return;
  if (found.isDirectory()) throw new DatabaseUnusable(`${file} is a directory, not a database`);
  // SQLite takes a file shorter than a page for an empty database, and would write over it.
  if (found.size > 0 && found.size < SMALLEST_PAGE) {
    throw new DatabaseUnusable(`${file} is not a database`);
  }
}

function openOnce(
  file: string,
  path: string,
  prepare: (db: Database.Database) => void,
): Database.Database {
  const db = new Database(path, { timeout: 0 });
  try {
    // Before the first access: a log whose index is in this process's memory has no other reader.
    db.pragma('locking_mode = EXCLUSIVE');
    // Before the first write: a file of another program stays as it is.
    const isNew = refuseForeign(db, file);
    if (isNew) db.pragma('page_size = 8192');
    db.pragma('journal_mode = WAL');
    db.pragma('synchronous = FULL');
    db.pragma('cache_size = -65536');
    // In pages. Many sessions rewrite the same few; the log is written back when it has 32 MiB.
    db.pragma('wal_autocheckpoint = 4000');
    db.pragma('journal_size_limit = 67108864');
    db.pragma('temp_store = MEMORY');
    db.transaction(() => {
      // Written each time: it proves that the file can be.
      db.pragma(`application_id = ${APPLICATION_ID}`);
      prepare(db);
    }).immediate();
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

/** Whether the file is empty. @throws DatabaseUnusable when it belongs to another program */
function refuseForeign(db: Database.Database, file: string): boolean {
  const applicationId = db.pragma('application_id', { simple: true });
  if (applicationId === APPLICATION_ID) return false;
  const objects = db.prepare<[], number>('SELECT count(*) FROM sqlite_schema').pluck().get();
  if (applicationId !== 0 || objects !== 0) {
    throw new DatabaseUnusable(`${file} is a database of another program`);
  }
  return true;
}

function isBusy(error: unknown): boolean {
  return codeOf(error).startsWith('SQLITE_BUSY') || codeOf(error).startsWith('SQLITE_LOCKED');
}

function unusable(file: string, path: string, error: unknown): DatabaseUnusable {
  if (error instanceof DatabaseUnusable) return error;
  return new DatabaseUnusable(`${file} ${reasonOf(path, error)}`, { cause: error });
}

function reasonOf(path: string, error: unknown): string {
  const code = codeOf(error);
  if (isBusy(error)) return 'is held by another server';
  if (code.startsWith('SQLITE_READONLY')) return 'is read-only';
  if (code.startsWith('SQLITE_NOTADB')) return 'is not a database';
  if (code.startsWith('SQLITE_CORRUPT')) return 'is damaged';
  // A lock for writing fails so on a file that could only be opened for reading.
  if (code.startsWith('SQLITE_IOERR') && !isWritable(path)) return 'is read-only';
  return `cannot be used as a database: ${messageOf(error)}`;
}

/**
 * Not to be asked while this process has the file locked: closing any descriptor of a file frees
 * the locks of all.
 */
function isWritable(path: string): boolean {
  try {
    closeSync(openSync(path, 'r+'));
    return true;
  } catch {
    // Whatever forbids it.
    return false;
  }
}

function codeOf(error: unknown): string {
  return error instanceof Database.SqliteError ? error.code : '';
}
