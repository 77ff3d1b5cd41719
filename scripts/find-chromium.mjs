import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Debian's build of Chromium without a window: its pages open in half the time. */
export const SHELL = 'chromium-headless-shell';
const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome'];

/**
 * The Chromium that the browser tests drive: the one that `CHROMIUM_PATH` names, else Debian's without
 * a window, else Playwright's own, else one on the system; null when there is none.
 *
 * @param {string} own where Playwright's own would be
 * @returns {string | null}
 */
export function findChromium(own) {
  if (isNamed()) return process.env['CHROMIUM_PATH'] ?? null;
  return onPath([SHELL]).find((path) => existsSync(path)) ?? findWithWindow(own);
}

/**
 * One that may have a window, for what only such a one can do.
 *
 * @param {string} own where Playwright's own would be
 * @returns {string | null}
 */
export function findWithWindow(own) {
  return [own, ...onPath(NAMES), ...usualPlaces()].find((path) => existsSync(path)) ?? null;
}

/** Whether `CHROMIUM_PATH` says which one to take. */
export const isNamed = () => (process.env['CHROMIUM_PATH'] ?? '') !== '';

export const hasShell = () => onPath([SHELL]).some((path) => existsSync(path));

/** @param {readonly string[]} names */
function onPath(names) {
  if (process.platform === 'win32') return [];
  const directories = (process.env['PATH'] ?? '').split(delimiter).filter((entry) => entry !== '');
  return directories.flatMap((directory) => names.map((name) => join(directory, name)));
}

function usualPlaces() {
  if (process.platform === 'darwin') {
    return ['/Applications', join(process.env['HOME'] ?? '', 'Applications')].flatMap((base) => [
      join(base, 'Google Chrome.app/Contents/MacOS/Google Chrome'),
      join(base, 'Chromium.app/Contents/MacOS/Chromium'),
    ]);
  }
  if (process.platform === 'win32') {
    const bases = ['PROGRAMFILES', 'PROGRAMFILES(X86)', 'LOCALAPPDATA'].flatMap(
      (name) => process.env[name] ?? [],
    );
    return bases.flatMap((base) => [
      join(base, 'Google', 'Chrome', 'Application', 'chrome.exe'),
      join(base, 'Chromium', 'Application', 'chrome.exe'),
      join(base, 'Microsoft', 'Edge', 'Application', 'msedge.exe'),
    ]);
  }
  return ['/usr/bin', '/usr/local/bin', '/snap/bin'].flatMap((base) =>
    NAMES.map((name) => join(base, name)),
  );
}
