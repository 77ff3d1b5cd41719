import { existsSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { run, say } from './child.mjs';

/**
 * Installs packages on Debian, where the user may. Ubuntu is not meant: some of its packages are snaps,
 * which cannot be driven.
 *
 * @param {readonly string[]} names
 * @returns {Promise<boolean>} whether they were installed
 */
export async function installPackages(names) {
  if (!isDebian()) return false;
  const directories = (process.env['PATH'] ?? '').split(delimiter);
  if (!directories.some((directory) => existsSync(join(directory, 'apt-get')))) return false;
  const sudo = process.getuid?.() === 0 ? [] : ['sudo', '-n'];
  if (sudo.length > 0 && (await run('sudo', ['-n', 'true'], { output: 'ignore' })) !== 0) {
    return false;
  }
  say(`Installing ${names.join(', ')} …`);
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
  return (await apt('install', '-y', '-qq', '--no-install-recommends', ...names)) === 0;
}

function isDebian() {
  try {
    return /^ID=debian$/m.test(readFileSync('/etc/os-release', 'utf8'));
  } catch {
    return false;
  }
}
