import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { withLock } from './lock.mjs';

let directory: string;
let file: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'reattach-lock-'));
  file = join(directory, 'in', 'a', 'clone', 'lock');
});

afterEach(() => rmSync(directory, { recursive: true, force: true }));

test('of several that want the lock one has it at a time, and each gets it', async () => {
  let holders = 0;
  let most = 0;
  let waited = 0;
  const enter = (name: string) =>
    withLock(file, { onWait: () => (waited += 1) }, async () => {
      holders += 1;
      most = Math.max(most, holders);
      await new Promise((done) => setImmediate(done));
      holders -= 1;
      return name;
    });
  expect(await Promise.all([enter('a'), enter('b'), enter('c')])).toEqual(['a', 'b', 'c']);
  expect(most).toBe(1);
  expect(waited).toBeGreaterThan(0);
});

test('the lock is free again when the work fails, and the failure is told', async () => {
  await expect(withLock(file, {}, () => Promise.reject(new Error('no compiler')))).rejects.toThrow(
    'no compiler',
  );
  expect(await withLock(file, {}, () => Promise.resolve('next'))).toBe('next');
});

test('a lock whose holder was killed is taken over, and nothing of it is left', async () => {
  const { pid } = spawnSync(process.execPath, ['--version']);
  await withLock(file, {}, () => Promise.resolve());
  writeFileSync(file, JSON.stringify({ host: hostname(), pid, id: 'dead' }));
  const files = await withLock(file, {}, () =>
    Promise.resolve(readdirSync(join(directory, 'in', 'a', 'clone'))),
  );
  expect(files).toEqual(['lock']);
});
