import { join } from 'node:path';

/**
 * The clean folder in which npm installed the package as it would be published; `scripts/package-setup.mjs`
 * makes it before the first test.
 */
export function packageFolder(): string {
  const folder = process.env['REATTACH_PACKAGE'];
  if (folder === undefined)
    throw new Error('The package is not installed: scripts/package-setup.mjs did not run.');
  return folder;
}

/** A file of the installed package. */
export function packageFile(...path: string[]): string {
  return join(packageFolder(), 'node_modules', 'reattach', ...path);
}
