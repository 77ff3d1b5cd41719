import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/**
 * The executable of a proxy; null where it is not installed. Debian has them in `/usr/sbin`, which is
 * not in everybody's path.
 *
 * @param {string} name
 */
export function findProxy(name) {
  const directories = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/sbin'];
  return (
    directories.map((directory) => join(directory, name)).find((file) => existsSync(file)) ?? null
  );
}
