import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['{shared,server,cli,client,playwright,producer,scripts}/**/*.test.ts'],
    // One core less than there are, the default, is half of a small machine.
    maxWorkers: '100%',
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
