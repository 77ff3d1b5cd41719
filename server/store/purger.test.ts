import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { expect, it, onTestFinished } from 'vitest';
import { openSqliteStore } from './sqlite-store.ts';
import { ALL, appendOf, eventsOf, factsOf, recordOf } from './store-fixtures.testing.ts';

const EVENTS = 20_000;

/** A store in a file that tells when a purge has finished. */
async function openFile(file: string) {
  let told: () => void;
  const purged = new Promise<void>((resolve) => (told = resolve));
  const store = await openSqliteStore({
    file,
    logger: {
      debug: (_, message) => {
        if (message === 'store.purge_finished') told();
      },
      error: (fields, message) => {
        throw new Error(message, { cause: fields });
      },
    },
  });
  onTestFinished(() => store.close());
  return { store, purged };
}

function temporaryFile(): string {
  const directory = mkdtempSync(join(tmpdir(), 'reattach-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return join(directory, 'store.db');
}

/** How many rows a closed file has of deleted sessions. */
function leftOvers(file: string) {
  const db = new Database(file);
  const count = (sql: string) => db.prepare<[], number>(sql).pluck().get();
  const rows = {
    events: count('SELECT count(*) FROM events WHERE sid NOT IN (SELECT sid FROM sessions)'),
    purges: count('SELECT count(*) FROM purges'),
    others: count(`
      SELECT (SELECT count(*) FROM records WHERE sid NOT IN (SELECT sid FROM sessions))
        + (SELECT count(*) FROM rests WHERE sid NOT IN (SELECT sid FROM sessions))
        + (SELECT count(*) FROM open_types WHERE sid NOT IN (SELECT sid FROM sessions))
    `),
  };
  db.close();
  return rows;
}

async function withDeletedSession(file: string) {
  const opened = await openFile(file);
  const events = eventsOf(0, EVENTS);
  await opened.store.create(recordOf('a'), { sessionId: 'a', events, facts: factsOf() });
  await opened.store.create(recordOf('b'), appendOf('b', 0, factsOf()));
  return opened;
}

it('removes the events of a deleted session, in turns with other work', async () => {
  const file = temporaryFile();
  const { store } = await withDeletedSession(file);
  await store.delete('a', 2000);
  await nextTurn();
  await store.append(appendOf('b', 1));
  await store.close();
  const { events, purges, others } = leftOvers(file);
  expect(events).toBeGreaterThan(0);
  expect(events).toBeLessThan(EVENTS);
  expect({ purges, others }).toEqual({ purges: 1, others: 0 });
});

it('goes on with a purge that a stop cut short', async () => {
  const file = temporaryFile();
  const { store } = await withDeletedSession(file);
  await store.delete('a', 2000);
  await store.close();
  expect(leftOvers(file)).toMatchObject({ purges: 1, others: 0 });
  const again = await openFile(file);
  await again.purged;
  expect((await again.store.events('b', -1, ALL))!.events).toHaveLength(1);
  await again.store.close();
  expect(leftOvers(file)).toEqual({ events: 0, purges: 0, others: 0 });
});
