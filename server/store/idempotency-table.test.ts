import Database from 'better-sqlite3';
import { expect, it, onTestFinished } from 'vitest';
import { idempotencyDdl, IdempotencyTable } from './idempotency-table.ts';

it('drops what has expired faster than it grows, and nothing else', () => {
  const db = new Database(':memory:');
  onTestFinished(() => {
    db.close();
  });
  db.exec(idempotencyDdl);
  const table = new IdempotencyTable(db);
  const put = (key: string, expiresAt: number, now: number) =>
    table.put({ scope: 's', key, bodyHash: 'h', response: null, expiresAt }, now);
  const keys = () =>
    db.prepare<[], string>('SELECT key FROM idempotency ORDER BY key').pluck().all();
  for (const key of ['a', 'b', 'c', 'd', 'e', 'f']) put(key, 100, 0);
  put('stays', 300, 0);
  put('x', 300, 200);
  expect(keys()).toEqual(['e', 'f', 'stays', 'x']);
  put('y', 300, 200);
  expect(keys()).toEqual(['stays', 'x', 'y']);
  put('z', 300, 200);
  expect(keys()).toEqual(['stays', 'x', 'y', 'z']);
});
