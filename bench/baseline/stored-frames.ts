import Database from 'better-sqlite3';

/** Opens a database with the settings that Reattach's store has. */
export function openLikeTheStore(file: string): Database.Database {
  const db = new Database(file);
  db.pragma('locking_mode = EXCLUSIVE');
  db.pragma('journal_mode = WAL');
  db.pragma('synchronous = FULL');
  db.pragma('cache_size = -65536');
  db.pragma('wal_autocheckpoint = 4000');
  db.pragma('temp_store = MEMORY');
  return db;
}

/** Events in a page: about 64 KiB of 300-byte events. */
const PAGE_EVENTS = 200;

/** The log of the database's first session as the frames that are sent of it, by page. */
export function* storedFrames(db: Database.Database): Generator<Buffer> {
  const page = db
    .prepare<[number, number], string>(
      'SELECT json FROM events WHERE sid = 1 AND idx > ? AND idx <= ? ORDER BY idx',
    )
    .pluck();
  for (let index = 0; ;) {
    const events = page.all(index - 1, index - 1 + PAGE_EVENTS);
    if (events.length === 0) return;
    let text = '';
    for (const json of events) text += `id: ${index++}\nevent: event\ndata: ${json}\n\n`;
    yield Buffer.from(text);
  }
}
