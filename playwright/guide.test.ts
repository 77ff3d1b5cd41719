import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { packageRoot } from '../server/package-info.ts';

test('what the guide shows is what the browser tests run', async () => {
  const guide = await readFile(join(packageRoot, 'docs', 'playwright.md'), 'utf8');
  const spec = await readFile(join(packageRoot, 'e2e', 'guide.spec.ts'), 'utf8');
  const blocks = [...guide.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code = '']) => code.trim());
  // One shows how to merge it with a test that only its reader has.
  const runnable = blocks.filter((code) => !code.includes("from './my-test'"));
  expect(runnable.length).toBeGreaterThan(4);
  for (const code of runnable) {
    const body = code.replace(/^import [^\n]*\n/, '').trim();
    expect(spec, body.split('\n', 1)[0]).toContain(body);
  }
});
