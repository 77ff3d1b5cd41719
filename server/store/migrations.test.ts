import Database from 'better-sqlite3';
import { expect, it, onTestFinished } from 'vitest';
import { migrate, type Schema } from './migrations.ts';
import { DatabaseUnusable } from './store.ts';

function open(version = 0) {
  const db = new Database(':memory:');
  onTestFinished(() => {
    db.close();
  });
  db.pragma(`user_version = ${version}`);
  return db;
}

/** A schema of version 3 that notes what is run. */
function noting() {
  const ran: string[] = [];
  const schema: Schema = {
    create: () => ran.push('create'),
    steps: [() => ran.push('1 to 2'), () => ran.push('2 to 3')],
  };
  return { ran, schema };
}

it.each([
  [0, ['create']],
  [1, ['1 to 2', '2 to 3']],
  [2, ['2 to 3']],
  [3, []],
])('brings version %i to the newest', (version, expected) => {
  const db = open(version);
  const { ran, schema } = noting();
  migrate(db, 'a.db', schema);
  expect(ran).toEqual(expected);
  expect(db.pragma('user_version', { simple: true })).toBe(3);
});

it('refuses a newer version, naming the file and both versions', () => {
  const { ran, schema } = noting();
  const run = () => migrate(open(4), 'a.db', schema);
  expect(run).toThrow(DatabaseUnusable);
  expect(run).toThrow(
    'a.db comes from a newer version of this program (schema 4; this one knows 3)',
  );
  expect(ran).toEqual([]);
});
