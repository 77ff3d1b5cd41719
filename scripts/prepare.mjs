import { join } from 'node:path';
import { root, say } from './child.mjs';
import { ensureBuilt } from './ensure-built.mjs';
import { ensureInstalled } from './ensure-installed.mjs';
import { withLock } from './lock.mjs';

/**
 * Installs what is missing and, with `build`, builds what is stale; then calls `then` while no other
 * process can change either. Several processes of one clone take turns.
 *
 * @template T
 * @param {{ build: boolean }} what
 * @param {() => Promise<T>} then
 * @returns {Promise<T>}
 */
export function prepare({ build }, then) {
  const onWait = () => say('Waiting for another process of this clone to install or build …');
  return withLock(join(root, '.reattach', 'prepare.lock'), { onWait }, async () => {
    await ensureInstalled();
    if (build) await ensureBuilt();
    return then();
  });
}
