import type { FeedEntry } from '../../shared/session.ts';
import type { Store } from '../store/store.ts';
import type { PageCache } from './page-cache.ts';
import type { Write } from './sink.ts';
import type { FeedFrames } from './sse.ts';
import type { Progress } from './tail.ts';

/** Where a reader of the feed stands. */
export interface FeedCursor {
  /** Absent: all graphs. */
  readonly graphId?: string | undefined;
  /** The revision that the reader has seen all up to; null: none, and it wants no marker. */
  readonly since: number | null;
  /** The revision at which the sessions existed that the reader may know of; `since` unless given. */
  readonly known?: number | undefined;
  /** Why the cursor means nothing here, if it does not: a full snapshot is sent. */
  readonly foreign: string | null;
}

/** A page of changes, encoded. */
export interface FeedPage {
  readonly entries: readonly FeedEntry[];
  readonly chunk: Buffer | null;
  readonly size: number;
  readonly revision: number;
  readonly more: boolean;
  readonly tombstonesFrom: number;
}

export interface FeedStepOptions {
  readonly store: Store;
  readonly pages: PageCache<FeedPage>;
  readonly frames: FeedFrames;
  readonly write: Write;
  readonly cursor: FeedCursor;
}

/** The one topic of the page cache under which all feeds are kept. */
export const FEED_TOPIC = 'feed';

/** Summaries and tombstones of one read. */
const PAGE_ENTRIES = 200;

/**
 * The step of the feed's tail loop. A connection has two phases, because a tombstone is owed to a
 * reader only for a session that it can know of:
 *
 * - up to the revision `head` that the store had on connecting, sessions that existed at the
 *   revision that the reader says is known, its own unless given, none for a full snapshot. Whatever
 *   was born later and is gone was never told to it;
 * - beyond it, sessions that existed at the cursor: all that the connection may have told of.
 *
 * The marker follows the first read that left nothing unread, so what was told before it is the whole
 * truth of one snapshot. A reader so slow that tombstones were dropped before it came to them starts
 * over with a `reset`, as one that was away too long.
 */
export function feedStep(options: FeedStepOptions): () => Promise<Progress> {
  const { store, pages, frames, write } = options;
  const { graphId, since, foreign } = options.cursor;
  let cursor = since ?? 0;
  /** The revision whose sessions the reader knew on connecting; 0: it knew none. */
  let known = Math.max(cursor, options.cursor.known ?? 0);
  let head: number | null = null;
  let markerOwed = since !== null;
  let resetFor = since === null ? null : foreign;

  return async () => {
    const inSnapshot = head === null || cursor < head;
    const query = { graphId, since: cursor, existedAt: inSnapshot ? known : cursor };
    const page = await pages.get(FEED_TOPIC, `${frames.form} ${JSON.stringify(query)}`, () =>
      readPage(store, frames, query),
    );
    if (page === null) return 'end';
    const { revision, tombstonesFrom } = page;
    resetFor ??= whyUnreadable(query, { revision, tombstonesFrom });
    if (resetFor !== null) {
      const reset = frames.reset({ reason: resetFor, revision });
      resetFor = null;
      cursor = 0;
      known = 0;
      head = null;
      markerOwed = true;
      await write(reset);
      return 'more';
    }
    head ??= revision;
    const { chunk, last, more } = inSnapshot ? cutAt(head, page, frames) : whole(page);
    cursor = last;
    let written = chunk === null ? undefined : write(chunk);
    if (markerOwed && !more) {
      markerOwed = false;
      const { storeId } = store;
      written = write(frames.snapshotComplete({ revision: cursor, storeId }));
    }
    if (written !== undefined) await written;
    return more ? 'more' : 'head';
  };
}

interface FeedQuery {
  readonly graphId: string | undefined;
  readonly since: number;
  /** Tombstones are told of sessions that existed at this revision. */
  readonly existedAt: number;
}

async function readPage(store: Store, frames: FeedFrames, query: FeedQuery): Promise<FeedPage> {
  const { entries, revision, more, tombstonesFrom } = await store.changes({
    ...(query.graphId === undefined ? {} : { graphId: query.graphId }),
    since: query.since,
    tombstonesFor: query.existedAt === 0 ? null : query.existedAt,
    limit: PAGE_ENTRIES,
  });
  const chunk = encode(entries, frames);
  return { entries, chunk, size: chunk?.length ?? 0, revision, more, tombstonesFrom };
}

function encode(entries: readonly FeedEntry[], frames: FeedFrames): Buffer | null {
  if (entries.length === 0) return null;
  return Buffer.from(entries.map((entry) => frames.entry(entry)).join(''));
}

interface Part {
  readonly chunk: Buffer | null;
  /** All up to this revision is in `chunk` or was sent before. */
  readonly last: number;
  readonly more: boolean;
}

function whole(page: FeedPage): Part {
  const { chunk, more, revision } = page;
  return { chunk, more, last: more ? (page.entries.at(-1)?.revision ?? revision) : revision };
}

/** The part of a page up to the revision `head`; what is beyond is read again with other tombstones. */
function cutAt(head: number, page: FeedPage, frames: FeedFrames): Part {
  const last = page.entries.at(-1)?.revision ?? 0;
  if (last <= head && (page.more || page.revision === head)) return whole(page);
  const entries = page.entries.filter(({ revision }) => revision <= head);
  return { chunk: encode(entries, frames), last: head, more: true };
}

function whyUnreadable(
  query: FeedQuery,
  { revision, tombstonesFrom }: { revision: number; tombstonesFrom: number },
): string | null {
  if (query.since > revision) {
    return `The revision ${query.since} is above the store's, ${revision}.`;
  }
  if (query.existedAt > 0 && query.since < tombstonesFrom) {
    return `Deletions up to the revision ${tombstonesFrom} are no longer kept.`;
  }
  return null;
}
