import { binOf, PrepareError, run, say } from './child.mjs';
import { installPackages } from './debian-packages.mjs';
import { findChromium, hasShell, isNamed, SHELL } from './find-chromium.mjs';

/**
 * Finds a Chromium or gets one: Debian's packages where they may be installed, else Playwright's own.
 *
 * @returns {Promise<string>} the path of its executable
 * @throws {PrepareError} saying what to do by hand
 */
export async function ensureChromium() {
  // Worth a package although another browser is there: the tests take half as long with it.
  if (!isNamed() && !hasShell()) await installPackages([SHELL]);
  const found = await find();
  if (found !== null) return found;
  if (await installPackages(['chromium'])) {
    const installed = await find();
    if (installed !== null) return installed;
  }
  say("Fetching Playwright's Chromium …");
  await run(process.execPath, [binOf('@playwright/test', 'playwright'), 'install', 'chromium'], {
    output: 'stderr',
  });
  const fetched = await find();
  if (fetched !== null) return fetched;
  throw new PrepareError(
    'The browser tests need a Chromium and none could be installed. Install one, or set ' +
      'CHROMIUM_PATH to its executable; `npm run check` runs everything else.',
  );
}

async function find() {
  const { chromium } = await import('@playwright/test');
  return findChromium(chromium.executablePath());
}
