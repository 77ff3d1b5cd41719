import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { expect, it, onTestFinished } from 'vitest';
import { openSqliteStore } from './sqlite-store.ts';
import {
  appendOf,
  eventsOf,
  factsOf,
  recordOf,
  start,
  waitingOn,
} from './store-fixtures.testing.ts';
import { DatabaseUnusable } from './store.ts';

function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'reattach-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

const temporaryFile = () => join(temporaryDirectory(), 'store.db');

/** Opens a store that the test's end closes. */
async function open(file: string) {
  const store = await openSqliteStore({ file });
  onTestFinished(() => store.close());
  return store;
}

async function expectUnusable(file: string, message: string): Promise<void> {
  await expect(openSqliteStore({ file })).rejects.toThrow(new DatabaseUnusable(message));
}

/**
 * Another process that opens a store and starts session `a` in it, then says `held` and stays; one
 * that cannot says why. Resolves with what it said.
 */
async function otherServer(file: string) {
  const script = `
    import { runnerImport } from 'vite';
    const load = async (path) =>
      (await runnerImport(path, { configFile: false, logLevel: 'error' })).module;
    const { openSqliteStore } = await load('./server/store/sqlite-store.ts');
    const { start } = await load('./server/store/store-fixtures.testing.ts');
    try {
      const store = await openSqliteStore({ file: process.argv[1] });
      await start(store, 'a');
      console.log('held');
      setInterval(() => {}, 1000);
    } catch (error) {
      console.log(error.message);
    }
  `;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script, file], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  const kill = async () => {
    child.kill('SIGKILL');
    await exited;
  };
  onTestFinished(kill);
  const [said] = (await once(child.stdout, 'data')) as [Buffer];
  return { said: said.toString().trim(), kill };
}

it('is refused to a second server, and freed by a kill, with all that was acknowledged', async () => {
  const file = temporaryFile();
  const { said, kill } = await otherServer(file);
  expect(said).toBe('held');
  await expectUnusable(file, `${file} is held by another server`);
  await kill();
  const store = await open(file);
  expect((await store.status('a'))?.lastIndex).toBe(0);
});

it('goes to one of two servers that start at once', async () => {
  const file = temporaryFile();
  const servers = await Promise.all([otherServer(file), otherServer(file)]);
  expect(servers.map(({ said }) => said).sort()).toEqual(
    [`${file} is held by another server`, 'held'].sort(),
  );
});

it('is refused a second time in the same process, and freed by closing', async () => {
  const file = temporaryFile();
  const store = await open(file);
  await expectUnusable(file, `${file} is held by another server`);
  await start(store, 'a');
  await store.close();
  expect(await (await open(file)).status('a')).not.toBeNull();
});

it.each([
  ['some text', 'This is no database.'],
  ['a page of text', 'This is no database. '.repeat(1000)],
  ['one byte', '\n'],
])('refuses %s, and leaves it as it is', async (_, content) => {
  const file = temporaryFile();
  writeFileSync(file, content);
  await expectUnusable(file, `${file} is not a database`);
  expect(readFileSync(file, 'utf8')).toBe(content);
});

it.each(['delete', 'wal'])(
  'refuses the database of another program in mode %s, and leaves it as it is',
  async (mode) => {
    const file = temporaryFile();
    const db = new Database(file);
    db.pragma(`journal_mode = ${mode}`);
    db.exec('CREATE TABLE theirs (x)');
    db.close();
    const before = readFileSync(file);
    await expectUnusable(file, `${file} is a database of another program`);
    expect(readFileSync(file).equals(before)).toBe(true);
  },
);

it('brings a database of version 1, without producers, imports or an index of what needs an answer, to the newest', async () => {
  const file = temporaryFile();
  const before = await open(file);
  await start(before, 'a', {}, waitingOn('p'));
  await before.close();
  const db = new Database(file);
  db.exec(`
    DROP TABLE producers;
    ALTER TABLE sessions DROP COLUMN lost_contact_at;
    ALTER TABLE sessions DROP COLUMN runner;
    DROP TABLE imports;
    DROP INDEX sessions_by_end;
    DROP INDEX sessions_by_graph_end;
    ALTER TABLE records DROP COLUMN redacted;
    ALTER TABLE sessions DROP COLUMN imported;
    DROP INDEX sessions_needing_answer;
    DROP INDEX sessions_by_graph_needing_answer;
  `);
  db.pragma('user_version = 1');
  db.close();
  const store = await open(file);
  const { sessions } = await store.list({ needsAnswer: true, limit: 1 });
  expect(sessions.map(({ sessionId }) => sessionId)).toEqual(['a']);
  const target = store.beginImport();
  await target.append(eventsOf(0));
  await target.finish(recordOf('b'), appendOf('b', 1, factsOf()), 'readOnly');
  expect(await store.status('b')).toMatchObject({ imported: 'readOnly', lastIndex: 1 });
  expect(await store.ended({ before: 1e9, keepPerGraph: 0, limit: 9 })).toEqual([]);
});

it('refuses a database of a newer version', async () => {
  const file = temporaryFile();
  await (await open(file)).close();
  const db = new Database(file);
  db.pragma('user_version = 7');
  db.close();
  await expectUnusable(
    file,
    `${file} comes from a newer version of this program (schema 7; this one knows 5)`,
  );
});

it('refuses a damaged database', async () => {
  const file = temporaryFile();
  await (await open(file)).close();
  const content = readFileSync(file);
  writeFileSync(file, content.fill(0xaa, 100, 8192));
  await expect(openSqliteStore({ file })).rejects.toThrow(DatabaseUnusable);
  await expect(openSqliteStore({ file })).rejects.toThrow(`${file} is damaged`);
});

it('refuses a database that lacks a table', async () => {
  const file = temporaryFile();
  await (await open(file)).close();
  const db = new Database(file);
  db.exec('DROP TABLE purges');
  db.close();
  await expectUnusable(file, `${file} is damaged: no such table: purges`);
});

it('refuses a directory', async () => {
  const directory = temporaryDirectory();
  await expectUnusable(directory, `${directory} is a directory, not a database`);
});

it('refuses a file that may not be written', async () => {
  const file = temporaryFile();
  const store = await open(file);
  await start(store, 'a');
  await store.close();
  chmodSync(file, 0o444);
  onTestFinished(() => chmodSync(file, 0o644));
  await withoutPrivileges(file, () => expectUnusable(file, `${file} is read-only`));
});

it('refuses a directory in which nothing may be written', async (context) => {
  // Elsewhere a directory's mode does not bind.
  if (process.platform === 'win32') context.skip();
  const directory = join(temporaryDirectory(), 'closed');
  mkdirSync(directory);
  chmodSync(directory, 0o555);
  onTestFinished(() => chmodSync(directory, 0o755));
  const file = join(directory, 'store.db');
  await withoutPrivileges(directory, async () => {
    await expect(openSqliteStore({ file })).rejects.toThrow(DatabaseUnusable);
  });
});

it('creates the directories of a new file', async () => {
  const directory = temporaryDirectory();
  const file = join(directory, 'a', 'b', 'store.db');
  await open(file);
  expect(existsSync(file)).toBe(true);
  const below = join(file, 'c', 'store.db');
  await expect(openSqliteStore({ file: below })).rejects.toThrow(
    `${below}: cannot create its directory: `,
  );
});

/** Root may write anything: does `work` as a user who may not. */
async function withoutPrivileges(path: string, work: () => Promise<void>): Promise<void> {
  if (process.getuid?.() !== 0 || process.seteuid === undefined) return work();
  chmodSync(join(path, '..'), 0o755);
  process.seteuid(65534);
  try {
    await work();
  } finally {
    process.seteuid(0);
  }
}
