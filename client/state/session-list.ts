// Longer than most: pages, the feed and the filters change one list, and have to agree on its order.
import { computed, signal } from '@lit-labs/signals';
import type { ApiClient } from '../api/api-client.ts';
import type { Timers } from '../api/timers.ts';
import type { FeedFrame } from '../api/watch-frame.ts';
import type { SessionSummary } from '../../shared/session.ts';
import type { Batch } from './batch.ts';
import { fits, isFiltering, type ListFilter } from './list-filter.ts';
import { messageOf } from './message-of.ts';
import { numberText } from './number-text.ts';
import type { FeedReader } from './session-feed.ts';
import { placeIn, SessionOrder, type RowKey } from './session-order.ts';

/** The list of one graph's sessions, as it is shown. */
export interface SessionListModel {
  readonly graphId: string;
  readonly filter: ListFilter;
  /** `failed`: the first page did not come; it is asked for again by itself. */
  readonly phase: 'loading' | 'ready' | 'failed';
  /** Newest first, those of the pages loaded. Another array only when it differs. */
  readonly rows: readonly RowKey[];
  readonly more: 'none' | 'available' | 'loading';
  readonly error: string | null;
  /** How many rows have come on top since the person scrolled away from there. */
  readonly newCount: number;
}

export interface SessionListOptions {
  readonly graphId: string;
  readonly filter: ListFilter;
  readonly api: Pick<ApiClient, 'sessions'>;
  readonly timers: Timers;
  readonly batch: Batch;
  /** The sessions that are not to be shown. */
  readonly hidden: { get(): ReadonlySet<string> };
  /** The first page is there: the feed is to be followed from `revision`. */
  readonly onLoaded: (revision: number, storeId: string) => void;
  /** The first page did not come. */
  readonly onFailed: () => void;
  /** How many sessions there are is another number: in words. */
  readonly onCount: (text: string) => void;
}

const PAGE = 100;
const FIRST_DELAY = 1_000;
const LONGEST_DELAY = 10_000;

/**
 * Keeps a graph's list: pages on demand, and what the feed says of any of its sessions. A session
 * that the feed tells of before its page is loaded is known, and shown with its page.
 */
export class SessionList implements FeedReader {
  readonly model;
  readonly #base;
  readonly #options: SessionListOptions;
  readonly #order = new SessionOrder();
  #known = new Map<string, SessionSummary>();
  /** An id is never given again, so a page read before a deletion cannot bring its session back. */
  readonly #deleted = new Set<string>();
  /** Whether a first page is on its way, or has yet to be asked for again. */
  #reading = true;
  /** Whether what is known is of a store or a time that may be gone. */
  #stale = true;
  /** What the feed has told of since the first page was asked for, and belongs to no page so far. */
  #waiting = new Set<string>();
  /** What has to be looked at before the next publication. */
  readonly #changed = new Set<string>();
  #filter: ListFilter;
  #phase: SessionListModel['phase'] = 'loading';
  #error: string | null = null;
  #pageToken: string | undefined;
  /** Creation time of the last session of the pages loaded; null when all are. */
  #frontier: number | null = null;
  #loadingMore = false;
  #loading = new AbortController();
  #failures = 0;
  /** The newest row when the person scrolled away from the top. */
  #top: RowKey | null = null;
  #cancelRetry: () => void = () => undefined;
  #counted: string | null = null;

  constructor(options: SessionListOptions) {
    this.#options = options;
    this.#filter = options.filter;
    this.#base = signal(this.#snapshot());
    this.model = computed((): SessionListModel => {
      const base = this.#base.get();
      const hidden = options.hidden.get();
      const rows =
        hidden.size === 0 ? base.rows : base.rows.filter(({ sessionId }) => !hidden.has(sessionId));
      return { ...base, rows, newCount: base.top === null ? 0 : placeIn(rows, base.top) };
    });
  }

  /** Reads the first page, again and again until it comes, and forgets what was there before. */
  async load(): Promise<void> {
    this.#stale = true;
    await this.#load();
  }

  /** Shows what fits another filter: of the rows that are there at once, the rest as it comes. */
  setFilter(filter: ListFilter): void {
    this.#filter = filter;
    this.#phase = 'loading';
    this.#top = null;
    this.#order.replace(
      this.#order.rows.filter(({ sessionId }) => {
        const row = this.#known.get(sessionId);
        return row !== undefined && fits(filter, row);
      }),
    );
    void this.#load();
    this.#publish();
  }

  /** Reads the next page; nothing when there is none, or when it is on its way. */
  async loadMore(): Promise<void> {
    if (this.#pageToken === undefined || this.#loadingMore || this.#reading) return;
    const { signal } = this.#loading;
    this.#loadingMore = true;
    this.#error = null;
    this.#publish();
    try {
      const page = await this.#page(signal, this.#pageToken);
      if (signal.aborted) return;
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
        if (entry.graphId !== this.#options.graphId) return;
        this.#learn(entry);
        this.#waiting.add(entry.sessionId);
      }
      this.#changed.add(entry.sessionId);
      this.#options.batch.mark(this.#publish);
    }
  }

  /** The session's row, whether it is shown or not. */
  find(sessionId: string): SessionSummary | undefined {
    return this.#known.get(sessionId);
  }

  /** The server has taken another title; the feed will say so too. */
  retitle(sessionId: string, title: string): void {
    const known = this.#known.get(sessionId);
    if (known === undefined) return;
    this.#known.set(sessionId, { ...known, title });
    this.#changed.add(sessionId);
    this.#publish();
  }

  /** Whether the person sees the newest rows: those that come while they do not are counted. */
  setAtTop(atTop: boolean): void {
    if (atTop === (this.#top === null)) return;
    this.#top = atTop ? null : (this.model.get().rows[0] ?? null);
    if (atTop || this.#top !== null) this.#publish();
  }

  dispose(): void {
    this.#loading.abort();
    this.#cancelRetry();
  }

  async #load(): Promise<void> {
    const { timers } = this.#options;
    const { signal } = this.#restart();
    try {
      const page = await this.#page(signal);
      if (signal.aborted) return;
      this.#failures = 0;
      this.#phase = 'ready';
      this.#error = null;
      if (this.#stale) this.#forget();
      this.#stale = false;
      this.#reading = false;
      this.#order.replace([]);
      this.#take(page.sessions, page.nextPageToken);
      this.#options.onLoaded(page.revision, page.storeId);
    } catch (error) {
      if (signal.aborted) return;
      this.#error = messageOf(error);
      if (this.#phase === 'loading') this.#phase = 'failed';
      const delay = Math.min(LONGEST_DELAY, FIRST_DELAY * 2 ** this.#failures);
      this.#failures += 1;
      this.#cancelRetry = timers.after(delay, () => void this.#load());
      this.#options.onFailed();
    }
    this.#publish();
  }

  #page(signal: AbortSignal, pageToken?: string) {
    const { api, graphId } = this.#options;
    return api.sessions({
      ...this.#filter,
      ...{ graphId, limit: PAGE, signal },
      ...(pageToken === undefined ? {} : { pageToken }),
    });
  }

  #restart(): AbortController {
    this.#loading.abort();
    this.#cancelRetry();
    this.#loadingMore = false;
    this.#reading = true;
    this.#waiting = new Set();
    this.#loading = new AbortController();
    return this.#loading;
  }

  /** Forgets all but what the feed has told since the page was asked for. */
  #forget(): void {
    const known = new Map<string, SessionSummary>();
    for (const sessionId of this.#waiting) {
      const row = this.#known.get(sessionId);
      if (row !== undefined) known.set(sessionId, row);
    }
    this.#known = known;
  }

  #take(sessions: readonly SessionSummary[], nextPageToken: string | undefined): void {
    for (const session of sessions) {
      this.#learn(session);
      this.#changed.add(session.sessionId);
    }
    for (const sessionId of this.#waiting) this.#changed.add(sessionId);
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

  /** Brings the rows up to what is known of those that changed. */
  #settle(): void {
    const frontier = this.#frontier ?? Number.NEGATIVE_INFINITY;
    const added: RowKey[] = [];
    const removed = new Set<string>();
    for (const sessionId of this.#changed) {
      const row = this.#known.get(sessionId);
      const belongs = row !== undefined && fits(this.#filter, row) && row.createdAt >= frontier;
      const isPaged = row === undefined || row.createdAt >= frontier;
      if (isPaged && !this.#reading) this.#waiting.delete(sessionId);
      if (belongs === this.#order.has(sessionId)) continue;
      if (belongs) added.push({ sessionId, createdAt: row.createdAt });
      else removed.add(sessionId);
    }
    this.#changed.clear();
    this.#order.change(added, removed);
  }

  readonly #publish = (): void => {
    this.#settle();
    this.#base.set(this.#snapshot());
    const count = countText(this.model.get());
    if (count === null || count === this.#counted) return;
    this.#counted = count;
    this.#options.onCount(count);
  };

  #snapshot() {
    return {
      graphId: this.#options.graphId,
      filter: this.#filter,
      phase: this.#phase,
      rows: this.#order.rows,
      more: this.#loadingMore
        ? ('loading' as const)
        : this.#pageToken === undefined
          ? ('none' as const)
          : ('available' as const),
      error: this.#error,
      top: this.#top,
    };
  }
}

/** How many sessions there are, in words; null while that is not known. */
export function countText({
  phase,
  rows,
  more,
  filter,
  newCount,
}: SessionListModel): string | null {
  if (phase !== 'ready') return null;
  if (rows.length === 0) return isFiltering(filter) ? 'No session matches' : 'No sessions';
  if (newCount > 0) return `${numberText(newCount)} new ${newCount === 1 ? 'session' : 'sessions'}`;
  const count = `${numberText(rows.length)}${more === 'none' ? '' : '+'}`;
  return `${count} ${rows.length === 1 && more === 'none' ? 'session' : 'sessions'}`;
}
