import { computed, signal } from '@lit-labs/signals';
import type { ApiClient } from '../api/api-client.ts';
import type { Timers } from '../api/timers.ts';
import type { FeedFrame } from '../api/watch-frame.ts';
import type { FeedEntry, SessionSummary } from '../../shared/session.ts';
import type { Batch } from './batch.ts';
import { messageOf } from './message-of.ts';
import type { FeedReader } from './session-feed.ts';
import { newestFirst } from './session-order.ts';

/** What waits for a person, over all graphs. */
export interface NeedsYouModel {
  /** `failed`: it could not be read; it is asked for again by itself. */
  readonly phase: 'loading' | 'ready' | 'failed';
  /** Newest first. */
  readonly sessions: readonly SessionSummary[];
  /** Whether there are more than are told of. */
  readonly more: boolean;
  readonly error: string | null;
}

export interface NeedsYouOptions {
  readonly api: Pick<ApiClient, 'sessions'>;
  readonly timers: Timers;
  readonly batch: Batch;
  /** The sessions that are not to be shown. */
  readonly hidden: { get(): ReadonlySet<string> };
  readonly onLoaded: (revision: number, storeId: string) => void;
  readonly onFailed: () => void;
  /** These have just come to wait, or wait for more than before. */
  readonly onNeed: (sessions: readonly SessionSummary[]) => void;
}

const PAGE = 100;
/** More than a person looks through; the list has the rest. */
const MOST = 1_000;
const FIRST_DELAY = 1_000;
const LONGEST_DELAY = 10_000;

/**
 * Keeps the sessions that have an open prompt: from the list at first, then from the feed of all
 * graphs. A prompt of a session at rest, which is there to be used some day, keeps nobody waiting.
 */
export class NeedsYou implements FeedReader {
  readonly model;
  readonly #base;
  readonly #options: NeedsYouOptions;
  #sessions = new Map<string, SessionSummary>();
  /** What the feed has told since the pages were asked for; null once they are there. */
  #arrived: Map<string, FeedEntry> | null = null;
  #fresh: SessionSummary[] = [];
  #phase: NeedsYouModel['phase'] = 'loading';
  #more = false;
  #error: string | null = null;
  #loading = new AbortController();
  #failures = 0;
  #cancelRetry: () => void = () => undefined;

  constructor(options: NeedsYouOptions) {
    this.#options = options;
    this.#base = signal(this.#snapshot());
    this.model = computed((): NeedsYouModel => {
      const base = this.#base.get();
      const hidden = options.hidden.get();
      if (hidden.size === 0) return base;
      return { ...base, sessions: base.sessions.filter((row) => !hidden.has(row.sessionId)) };
    });
  }

  /** Reads what waits, again and again until it comes, and forgets what was there before. */
  async load(): Promise<void> {
    this.dispose();
    const loading = new AbortController();
    this.#loading = loading;
    const { signal } = loading;
    const arrived = new Map<string, FeedEntry>();
    this.#arrived = arrived;
    try {
      const { sessions, revision, storeId, more } = await this.#pages(signal);
      if (signal.aborted) return;
      this.#failures = 0;
      this.#phase = 'ready';
      this.#error = null;
      this.#more = more;
      this.#sessions = new Map(sessions.map((session) => [session.sessionId, session]));
      this.#arrived = null;
      for (const entry of arrived.values()) this.#learn(entry);
      // What was there on arrival is no news.
      this.#fresh = [];
      this.#options.onLoaded(revision, storeId);
    } catch (error) {
      if (signal.aborted) return;
      this.#error = messageOf(error);
      if (this.#phase === 'loading') this.#phase = 'failed';
      const delay = Math.min(LONGEST_DELAY, FIRST_DELAY * 2 ** this.#failures);
      this.#failures += 1;
      this.#cancelRetry = this.#options.timers.after(delay, () => void this.load());
      this.#options.onFailed();
    }
    this.#publish();
  }

  apply(frame: FeedFrame): void {
    if (frame.kind === 'feedReset') {
      void this.load();
    } else if (frame.kind === 'entry') {
      if (this.#arrived !== null) this.#arrived.set(frame.entry.sessionId, frame.entry);
      if (this.#learn(frame.entry)) this.#options.batch.mark(this.#publish);
    }
  }

  dispose(): void {
    this.#loading.abort();
    this.#cancelRetry();
  }

  async #pages(signal: AbortSignal) {
    const { api } = this.#options;
    const query = { needsAnswer: true, limit: PAGE, signal };
    const first = await api.sessions(query);
    const sessions = [...first.sessions];
    let { nextPageToken } = first;
    while (nextPageToken !== undefined && sessions.length < MOST) {
      const page = await api.sessions({ ...query, pageToken: nextPageToken });
      sessions.push(...page.sessions);
      nextPageToken = page.nextPageToken;
    }
    const { revision, storeId } = first;
    return { sessions, revision, storeId, more: nextPageToken !== undefined };
  }

  /** Whether what waits is another than before. */
  #learn(entry: FeedEntry): boolean {
    const before = this.#sessions.get(entry.sessionId);
    if (before !== undefined && before.revision > entry.revision) return false;
    if (entry.status === 'deleted' || entry.openPromptCount === 0) {
      return this.#sessions.delete(entry.sessionId);
    }
    if (entry.openPromptCount > (before?.openPromptCount ?? 0)) this.#fresh.push(entry);
    this.#sessions.set(entry.sessionId, entry);
    return true;
  }

  readonly #publish = (): void => {
    this.#base.set(this.#snapshot());
    const fresh = new Map(this.#fresh.map((session) => [session.sessionId, session]));
    this.#fresh = [];
    const waiting = [...fresh.values()].filter(({ sessionId }) => this.#sessions.has(sessionId));
    if (waiting.length > 0 && this.#phase === 'ready') this.#options.onNeed(waiting);
  };

  #snapshot(): NeedsYouModel {
    return {
      phase: this.#phase,
      sessions: [...this.#sessions.values()].sort(newestFirst),
      more: this.#more,
      error: this.#error,
    };
  }
}

/** How many wait, in words; empty when nobody is waited for. */
export function needsCount({ sessions, more }: NeedsYouModel): string {
  return countOf(sessions.length, more);
}

/** As `needsCount`, of so many, and maybe more. */
export function countOf(count: number, more: boolean): string {
  if (count === 0) return '';
  return more ? `${MOST}+` : String(count);
}
