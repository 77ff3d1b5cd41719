import { findProxy } from './find-proxy.mjs';
import { installPackages } from './debian-packages.mjs';
import { say } from './child.mjs';

/**
 * Gets the proxies that browser tests run behind, where they may be installed. Without them these tests
 * are skipped.
 */
export async function ensureProxies() {
  const missing = ['nginx', 'haproxy'].filter((name) => findProxy(name) === null);
  if (missing.length > 0 && !(await installPackages(missing))) {
    say(`Without ${missing.join(' and ')} here, what is behind it is not tested.`);
  }
}
