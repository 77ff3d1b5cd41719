import { isFinal, type SessionStatus } from '../../shared/session.ts';
import type { PageLimit, Store } from '../store/store.ts';
import type { PageCache } from './page-cache.ts';
import type { Write } from './sink.ts';
import type { SessionFrames } from './sse.ts';
import type { Progress } from './tail.ts';

/** Where a reader of a session stands. */
export interface SessionCursor {
  readonly sessionId: string;
  /** The index of the last event that the reader has; −1 for none. */
  readonly after: number;
  /** Why the cursor means nothing here, if it does not: everything is sent again. */
  readonly foreign: string | null;
}

/** A page of a session's log, encoded. */
export interface SessionPage {
  /** The frames; null when nothing follows the cursor. */
  readonly chunk: Buffer | null;
  readonly size: number;
  /** The index of the last event in `chunk`, else the cursor. */
  readonly last: number;
  readonly status: SessionStatus;
  readonly lastIndex: number;
}

export interface SessionStepOptions {
  readonly store: Store;
  readonly pages: PageCache<SessionPage>;
  readonly frames: SessionFrames;
  readonly write: Write;
  readonly cursor: SessionCursor;
}

/** One write and one turn of the event loop: short enough that other readers do not notice. */
const PAGE: PageLimit = { events: 1000, bytes: 128 * 1024 };

/**
 * The step of a session's tail loop. Sends `start` first, `replayComplete` once the loop passes the
 * head that it saw first, `done` after a final event, and `deleted` when the session is gone.
 */
export function sessionStep(options: SessionStepOptions): () => Promise<Progress> {
  const { store, pages, frames, write } = options;
  const { sessionId, after, foreign } = options.cursor;
  let cursor = after;
  /** The last index at the time of connecting; null before that is known. */
  let head: number | null = null;
  let replayed = false;
  let done = false;

  return async () => {
    const page = await pages.get(sessionId, `${frames.form} ${cursor}`, () =>
      readPage(store, frames, sessionId, cursor),
    );
    if (page === null) {
      await write(frames.control(sessionId, 'deleted', { sessionId }));
      return 'end';
    }
    const { status, lastIndex } = page;
    if (head === null) {
      head = lastIndex;
      const { storeId } = store;
      const start = frames.control(sessionId, 'start', { sessionId, storeId, status, lastIndex });
      const reason = foreign ?? beyondTheLog(cursor, lastIndex);
      if (reason !== null) {
        cursor = -1;
        await write(start, frames.control(sessionId, 'reset', { reason, lastIndex }));
        return 'more';
      }
      void write(start);
    }
    cursor = page.last;
    let written = page.chunk === null ? undefined : write(page.chunk);
    if (!replayed && cursor >= head) {
      replayed = true;
      written = write(frames.control(sessionId, 'replayComplete', { index: cursor }));
    }
    const atHead = cursor === lastIndex;
    const ended = atHead && isFinal(status);
    if (ended && !done) {
      done = true;
      written = write(frames.control(sessionId, 'done', { status, lastIndex }));
    }
    if (written !== undefined) await written;
    if (done && frames.endsWithSession) return 'end';
    return atHead ? 'head' : 'more';
  };
}

async function readPage(
  store: Store,
  frames: SessionFrames,
  sessionId: string,
  after: number,
): Promise<SessionPage | null> {
  const page = await store.eventText(sessionId, after, PAGE, frames.event(sessionId));
  if (page === null) return null;
  const { text: chunk, last, status, lastIndex } = page;
  return { chunk, size: chunk?.length ?? 0, last, status, lastIndex };
}

function beyondTheLog(cursor: number, lastIndex: number): string | null {
  if (cursor <= lastIndex) return null;
  return `The cursor ${cursor} is beyond the session's last index, ${lastIndex}.`;
}
