import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { findChromium } from './find-chromium.mjs';

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'reattach-chromium-'));
  vi.stubEnv('CHROMIUM_PATH', '');
});

afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(directory, { recursive: true, force: true });
});

const executable = (name: string) => {
  const path = join(directory, name);
  writeFileSync(path, '');
  chmodSync(path, 0o755);
  return path;
};

test('the one that CHROMIUM_PATH names wins, whether or not it is there', () => {
  vi.stubEnv('CHROMIUM_PATH', '/somewhere/chrome');
  expect(findChromium(executable('own'))).toBe('/somewhere/chrome');
});

test.skipIf(process.platform === 'win32')("Debian's without a window wins over any other", () => {
  const shell = executable('chromium-headless-shell');
  executable('chromium');
  vi.stubEnv('PATH', directory);
  expect(findChromium(executable('own'))).toBe(shell);
});

test("Playwright's own wins over one on the path", () => {
  executable('chromium');
  vi.stubEnv('PATH', directory);
  const own = executable('own');
  expect(findChromium(own)).toBe(own);
});

test.skipIf(process.platform === 'win32')('one on the path is found', () => {
  const path = executable('chromium');
  vi.stubEnv('PATH', ['/nowhere', directory].join(delimiter));
  expect(findChromium(join(directory, 'own'))).toBe(path);
});
