import type { WatchWant } from './watch-link.ts';

/**
 * The one request that serves all these wants, null when there is nothing to watch. What several
 * want is asked for from the lowest of their cursors: each drops what it has. A cursor of a store
 * other than `storeId` counts as none; its owner learns of the change from the answer.
 */
export function watchQuery(
  wants: readonly WatchWant[],
  storeId: string | null,
): URLSearchParams | null {
  const feeds = wants.flatMap(({ feed }) => feed ?? []);
  const sessions = wants.flatMap(({ session }) => session ?? []);
  if (feeds.length === 0 && sessions.length === 0) return null;
  const query = new URLSearchParams();
  if (feeds.length > 0) {
    const [graphId = '', ...others] = new Set(feeds.map((feed) => feed.graphId));
    query.set('feed', others.length === 0 ? graphId : '');
    // Nobody waits for the snapshot of a foreign feed: who hears of the change reads a page anew.
    const native = feeds.filter((feed) => feed.storeId === storeId);
    const cursors = (native.length > 0 ? native : feeds).map(({ since }) => since);
    const since = Math.min(...cursors);
    const known = Math.max(...cursors);
    query.set('since', String(since));
    // Those who are further know of sessions that were born after `since`, and are owed their end.
    if (known > since) query.set('known', String(known));
  }
  const lowest = new Map<string, number>();
  for (const session of sessions) {
    const after = session.storeId === storeId ? session.after : -1;
    lowest.set(session.id, Math.min(after, lowest.get(session.id) ?? after));
  }
  for (const [id, after] of lowest) query.append('session', `${id}:${after}`);
  if (storeId !== null) query.set('store', storeId);
  return query;
}
