import { signal } from '@lit-labs/signals';
import type { ApiClient } from '../api/api-client.ts';
import type { Timers } from '../api/timers.ts';
import type { FeedFrame } from '../api/watch-frame.ts';
import type { SessionSummary } from '../../shared/session.ts';
import type { Batch } from './batch.ts';
import { messageOf } from './message-of.ts';

/** The list of one graph's sessions, as it is shown. */
export interface SessionListModel {
  readonly graphId: string;
  /** `failed`: the first page did not come; it is asked for again by itself. */
  readonly phase: 'loading' | 'ready' | 'failed';
  /** Newest first. */
  readonly sessions: readonly SessionSummary[];
  readonly more: 'none' | 'available' | 'loading';
  readonly error: string | null;
}

export interface SessionListOptions {
  readonly graphId: string;
  readonly api: ApiClient;
  readonly timers: Timers;
  readonly batch: Batch;
  /** The first page is there: the feed is to be followed from `revision`. */
  readonly onLoaded: (revision: number, storeId: string) => void;
  /** The first page did not come. */
  readonly onFailed: () => void;
}

const PAGE = 50;
const FIRST_DELAY = 1_000;
const LONGEST_DELAY = 10_000;

/**
 * Keeps a graph's list: pages on demand, and what the feed says of any of its sessions. A session
 * that the feed tells of before its page is loaded is known, and shown with its page.
 */
export class SessionList {
  readonly model;
  readonly #options: SessionListOptions;
  readonly #known = new Map<string, SessionSummary>();
  /** An id is never given again, so a page read before a deletion cannot bring its session back. */
  readonly #deleted = new Set<string>();
  #phase: SessionListModel['phase'] = 'loading';
  #error: string | null = null;
  #pageToken: string | undefined;
  /** Creation time of the last session of the pages loaded; null when all are. */
  #frontier: number | null = null;
  #loadingMore = false;
  #loading = new AbortController();
  #failures = 0;
  #cancelRetry: () => void = () => undefined;

  constructor(options: SessionListOptions) {
    this.#options = options;
    this.model = signal<SessionListModel>(this.#snapshot());
  }

  /** Reads the first page, again and again until it comes, and forgets what was there before. */
  async load(): Promise<void> {
    const { api, graphId, timers } = this.#options;
    const { signal } = this.#restart();
    try {
      const page = await api.sessions({ graphId, limit: PAGE, signal });
      if (signal.aborted) return;
      this.#failures = 0;
      this.#phase = 'ready';
      this.#error = null;
      this.#known.clear();
      this.#deleted.clear();
      this.#take(page.sessions, page.nextPageToken);
      this.#options.onLoaded(page.revision, page.storeId);
    } catch (error) {
      if (signal.aborted) return;
      this.#error = messageOf(error);
      if (this.#phase === 'loading') this.#phase = 'failed';
      const delay = Math.min(LONGEST_DELAY, FIRST_DELAY * 2 ** this.#failures);
      this.#failures += 1;
      this.#cancelRetry = timers.after(delay, () => void this.load());
      this.#options.onFailed();
    }
    this.#publish();
  }

  /** Reads the next page. */
  async loadMore(): Promise<void> {
    if (this.#pageToken === undefined || this.#loadingMore) return;
    const { api, graphId } = this.#options;
    const { signal } = this.#loading;
    this.#loadingMore = true;
    this.#publish();
    try {
      const page = await api.sessions({ graphId, limit: PAGE, pageToken: this.#pageToken, signal });
      if (signal.aborted) return;
      this.#error = null;
      this.#take(page.sessions, page.nextPageToken);
    } catch (error) {
      if (signal.aborted) return;
      this.#error = messageOf(error);
    }
    this.#loadingMore = false;
    this.#publish();
  }

  apply(frame: FeedFrame): void {
    if (frame.kind === 'feedReset') {
      // Cheaper than the snapshot that would follow: a page costs the same however many there are.
      void this.load();
    } else if (frame.kind === 'entry') {
      const { entry } = frame;
      if (entry.status === 'deleted') {
        this.#known.delete(entry.sessionId);
        this.#deleted.add(entry.sessionId);
      } else {
        this.#learn(entry);
      }
      this.#options.batch.mark(this.#publish);
    }
  }

  /** The session's row, whether its page is loaded or not. */
  find(sessionId: string): SessionSummary | undefined {
    return this.#known.get(sessionId);
  }

  dispose(): void {
    this.#loading.abort();
    this.#cancelRetry();
  }

  #restart(): AbortController {
    this.dispose();
    this.#loadingMore = false;
    this.#loading = new AbortController();
    return this.#loading;
  }

  #take(sessions: readonly SessionSummary[], nextPageToken: string | undefined): void {
    for (const session of sessions) this.#learn(session);
    this.#pageToken = nextPageToken;
    this.#frontier = nextPageToken === undefined ? null : (sessions.at(-1)?.createdAt ?? null);
  }

  #learn(session: SessionSummary): void {
    const known = this.#known.get(session.sessionId);
    if (this.#deleted.has(session.sessionId)) return;
    if (known === undefined || known.revision <= session.revision) {
      this.#known.set(session.sessionId, session);
    }
  }

  readonly #publish = (): void => this.model.set(this.#snapshot());

  #snapshot(): SessionListModel {
    const frontier = this.#frontier ?? Number.NEGATIVE_INFINITY;
    return {
      graphId: this.#options.graphId,
      phase: this.#phase,
      sessions: [...this.#known.values()]
        .filter((session) => session.createdAt >= frontier)
        .sort(newestFirst),
      more: this.#loadingMore ? 'loading' : this.#pageToken === undefined ? 'none' : 'available',
      error: this.#error,
    };
  }
}

function newestFirst(a: SessionSummary, b: SessionSummary): number {
  return b.createdAt - a.createdAt || (a.sessionId < b.sessionId ? 1 : -1);
}
