import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['{shared,server,cli,client,playwright,producer,scripts}/**/*.test.ts'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
