import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['{shared,server,client,scripts}/**/*.test.ts'],
    testTimeout: 30_000,
  },
});
