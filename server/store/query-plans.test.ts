import Database from 'better-sqlite3';
import { expect, it, onTestFinished, vi } from 'vitest';
import { EndedSessions } from './ended-sessions.ts';
import { migrate, schema } from './migrations.ts';
import { SessionFeed } from './session-feed.ts';
import { SessionList } from './session-list.ts';
import { openTables } from './tables.ts';

/** Every statement of the store, with the lines of its plan. */
function plans(): { sql: string; plan: string[] }[] {
  const db = new Database(':memory:');
  onTestFinished(() => {
    db.close();
  });
  migrate(db, ':memory:', schema);
  const prepare = vi.spyOn(db, 'prepare');
  const { tombstones } = openTables(db);
  new EndedSessions(db);
  new SessionList(db);
  new SessionFeed(db, tombstones);
  const statements = prepare.mock.calls.map(([sql]) => sql);
  prepare.mockRestore();
  return statements.map((sql) => {
    const anonymous = sql.replace(/@\w+/g, '?');
    const values = Array.from(anonymous.matchAll(/\?/g), () => null);
    const explained = db.prepare<null[], { detail: string }>(`EXPLAIN QUERY PLAN ${anonymous}`);
    return { sql, plan: explained.all(...values).map(({ detail }) => detail) };
  });
}

/** Walks that are no longer than their answer, or than what is kept in all. */
const WHOLE_ANSWERS = [
  'SCAN graph_counts',
  'SCAN found',
  'SCAN imports',
  'SCAN purges',
  'SCAN sqlite_sequence',
  'SCAN tombstones',
];

it('walks only what needs an answer when that is asked for, with any other filter', () => {
  const asked = plans().filter(({ sql }) => sql.includes('AND open_prompt_count > 0'));
  expect(asked).toHaveLength(8);
  for (const { sql, plan } of asked) {
    const index = sql.includes('graph_id =')
      ? 'sessions_by_graph_needing_answer (graph_id=? AND (created_at,session_id)<(?,?))'
      : 'sessions_needing_answer ((created_at,session_id)<(?,?))';
    expect(plan).toEqual([`SEARCH sessions USING INDEX ${index}`]);
  }
});

it('answers no query by walking a table, nor by sorting', () => {
  const all = plans();
  expect(all.length).toBeGreaterThan(40);
  const walks = all.flatMap(({ sql, plan }) =>
    plan
      .filter((line) => /^SCAN (?!CONSTANT ROW)|TEMP B-TREE/.test(line))
      .filter((line) => !WHOLE_ANSWERS.includes(line))
      .map((line) => `${line}: ${sql}`),
  );
  expect(walks).toEqual([]);
});
