import { binOf, run } from './child.mjs';
import { prepare } from './prepare.mjs';

/**
 * `npm run stress`: 200 tests in parallel workers, twenty times over, over the servers that
 * `reattach/playwright` gives; not one may fail. Other arguments go to Playwright: `-- --workers=8`.
 */
await prepare({ build: true }, () => Promise.resolve());
process.exitCode = await run(
  process.execPath,
  [
    ...[binOf('@playwright/test', 'playwright'), 'test', 'e2e/many.spec.ts'],
    ...['--workers=4', '--repeat-each=20', '--max-failures=1', '--reporter=line'],
    ...process.argv.slice(2),
  ],
  // With one in ten of them in the panel these are 200.
  { env: { REATTACH_MANY: '181' } },
);
