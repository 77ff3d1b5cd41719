import Database from 'better-sqlite3';
import { expect, it, onTestFinished } from 'vitest';
import { CommitQueue } from './commit-queue.ts';
import { createMeta, metaDdl, MetaTable } from './meta-table.ts';
import type { Commit } from './store.ts';

/** A queue over a table of numbers, each of which must be in `known` by the time of the commit. */
function openQueue() {
  const db = new Database(':memory:');
  onTestFinished(() => {
    db.close();
  });
  db.exec(metaDdl);
  createMeta(db);
  db.exec(`
    CREATE TABLE known (n INTEGER PRIMARY KEY) STRICT;
    CREATE TABLE numbers (
      n INTEGER PRIMARY KEY REFERENCES known DEFERRABLE INITIALLY DEFERRED, filler BLOB
    );
    INSERT INTO known VALUES (1), (2), (3), (4);
  `);
  const commits: Commit[] = [];
  const meta = new MetaTable(db);
  const queue = new CommitQueue(db, meta, (commit) => commits.push(commit));
  const insert = db.prepare<[number, number]>('INSERT INTO numbers VALUES (?, zeroblob(?))');
  const add = (n: number, length = 0) =>
    queue.write(length, (changes) => {
      insert.run(n, length);
      changes.touch(`session ${n}`);
      return changes.nextRevision();
    });
  const stored = () => db.prepare<[], number>('SELECT n FROM numbers ORDER BY n').pluck().all();
  return { db, meta, queue, add, stored, commits };
}

const outcomesOf = async (writes: Promise<unknown>[]) =>
  (await Promise.allSettled(writes)).map(({ status }) => status === 'fulfilled');

it('undoes all of a write that throws, and only that', async () => {
  const { queue, add, stored, commits, db } = openQueue();
  const halfDone = queue.write(0, () => {
    db.exec('INSERT INTO numbers VALUES (2, NULL)');
    throw new Error('after half of it');
  });
  expect(await outcomesOf([add(1), halfDone, add(3)])).toEqual([true, false, true]);
  await expect(halfDone).rejects.toThrow('after half of it');
  expect(stored()).toEqual([1, 3]);
  expect(commits).toEqual([{ sessions: new Set(['session 1', 'session 3']), feed: true }]);
});

it('fails all writes of a commit that fails, tells nobody of it, and goes on', async () => {
  const { add, stored, commits, meta } = openQueue();
  expect(await outcomesOf([add(1), add(99), add(3)])).toEqual([false, false, false]);
  expect(stored()).toEqual([]);
  expect(commits).toEqual([]);
  expect(meta.read().revision).toBe(0);
  expect(await add(4)).toBe(1);
  expect(stored()).toEqual([4]);
});

it('stays usable when the disk is full in the middle of a group', async () => {
  const { db, add, stored } = openQueue();
  db.pragma('max_page_count = 20');
  expect((await outcomesOf([add(1), add(2, 1_000_000)])).at(1)).toBe(false);
  await add(3);
  expect(stored()).toContain(3);
  expect(stored()).not.toContain(2);
});

it('gives readers a turn between the commits of a large group', async () => {
  const { add, commits } = openQueue();
  await Promise.all([add(1, 3_000_000), add(2, 3_000_000), add(3, 1_000_000), add(4, 5_000_000)]);
  expect(commits.map(({ sessions }) => [...sessions])).toEqual([
    ['session 1'],
    ['session 2', 'session 3'],
    ['session 4'],
  ]);
});

it('commits everything at once when it is flushed', () => {
  const { queue, add, stored } = openQueue();
  void add(1, 3_000_000);
  void add(2, 3_000_000);
  queue.flush();
  expect(stored()).toEqual([1, 2]);
});
