import { existsSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { binOf, PrepareError, run, say } from './child.mjs';
import { findChromium } from './find-chromium.mjs';

/**
 * Finds a Chromium or gets one: Debian's package where that may be installed, else Playwright's own.
 *
 * @returns {Promise<string>} the path of its executable
 * @throws {PrepareError} saying what to do by hand
 */
export async function ensureChromium() {
  const found = await find();
  if (found !== null) return found;
  if (isDebian() && (await installPackage())) {
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

/** Ubuntu's package is not meant: it installs a snap, which cannot be driven. */
function isDebian() {
  try {
    return /^ID=debian$/m.test(readFileSync('/etc/os-release', 'utf8'));
  } catch {
    return false;
  }
}

async function installPackage() {
  const directories = (process.env['PATH'] ?? '').split(delimiter);
  if (!directories.some((directory) => existsSync(join(directory, 'apt-get')))) return false;
  const sudo = process.getuid?.() === 0 ? [] : ['sudo', '-n'];
  if (sudo.length > 0 && (await run('sudo', ['-n', 'true'], { output: 'ignore' })) !== 0) {
    return false;
  }
  say('Installing the package chromium …');
  /** @param {string[]} args */
  const apt = (...args) => {
    const [command = '', ...rest] = [...sudo, 'apt-get', ...args];
    return run(command, rest, {
      output: 'stderr',
      env: { DEBIAN_FRONTEND: 'noninteractive' },
    });
  };
  // The lists of a fresh container are empty; those that are there may do even when an update fails.
  await apt('update', '-qq');
  return (await apt('install', '-y', '-qq', '--no-install-recommends', 'chromium')) === 0;
}
