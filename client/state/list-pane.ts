import { signal } from '@lit-labs/signals';
import type { ApiClient } from '../api/api-client.ts';
import type { Timers } from '../api/timers.ts';
import type { FeedFrame } from '../api/watch-frame.ts';
import { isFinal, type SessionSummary } from '../../shared/session.ts';
import type { Announcer } from './announcer.ts';
import type { Batch } from './batch.ts';
import type { BulkFailure, BulkRun } from './bulk-run.ts';
import { NO_FILTER, type ListFilter } from './list-filter.ts';
import { messageOf } from './message-of.ts';
import { NeedsYou } from './needs-you.ts';
import { Notifier, type Desktop } from './notifier.ts';
import type { PendingDelete, PendingDeletes } from './pending-deletes.ts';
import type { PreferenceStore } from './preference-store.ts';
import { Rename } from './rename.ts';
import { RowSelection } from './row-selection.ts';
import { mayCancel } from './session-handle.ts';
import { SessionFeed, type SessionFeedOptions } from './session-feed.ts';
import { SessionList } from './session-list.ts';

export interface ListPaneOptions extends SessionFeedOptions {
  readonly api: ApiClient;
  readonly timers: Timers;
  readonly batch: Batch;
  readonly desktop: Desktop;
  readonly store: PreferenceStore;
  readonly deletes: PendingDeletes;
  readonly bulk: BulkRun;
  readonly announcer: Announcer;
  /** What went wrong is told to the person. */
  readonly tell: (text: string) => void;
  /** These sessions are deleted here. */
  readonly onDeleted: (sessionIds: readonly string[]) => void;
  /** The person wants to answer this session. */
  readonly onAnswer: (session: SessionSummary) => void;
}

/** A deletion of several sessions that waits for a yes, because some have not finished. */
export interface BulkQuestion {
  readonly count: number;
  readonly unfinished: number;
}

/**
 * The presenter of the pane that lists sessions: what needs the person, over all graphs, and the
 * list of the picked graph. It reads and follows only what somebody looks at or asked to be told of.
 */
export class ListPane {
  /** Whether the pane is there. Closed, it reads nothing but what notifications need. */
  readonly open = signal(true);
  readonly list = signal<SessionList | null>(null);
  readonly needs = signal<NeedsYou | null>(null);
  readonly notifier: Notifier;
  readonly selection = new RowSelection();
  readonly rename: Rename;
  readonly bulk: BulkRun;
  readonly confirming = signal<BulkQuestion | null>(null);
  readonly #feed: SessionFeed;
  readonly #options: ListPaneOptions;
  #graphId: string | null = null;
  #filter = NO_FILTER;
  #asked: readonly SessionSummary[] = [];

  constructor(options: ListPaneOptions) {
    this.#options = options;
    const { api, desktop, store, onAnswer } = options;
    this.#feed = new SessionFeed(options);
    this.bulk = options.bulk;
    this.notifier = new Notifier({ desktop, store, onClick: onAnswer });
    this.rename = new Rename(api, (sessionId, title) => {
      this.list.get()?.retitle(sessionId, title);
    });
  }

  /** Whether no first page is on its way. */
  get settled(): boolean {
    return this.#feed.settled;
  }

  /** Begins to look for what needs the person. */
  start(): void {
    this.#lookForNeeds();
  }

  /** Shows the list of a graph; null for none. */
  show(graphId: string | null, filter: ListFilter): void {
    this.#graphId = graphId;
    this.#filter = filter;
    this.selection.clear();
    this.rename.cancel();
    this.#showList();
  }

  setFilter(filter: ListFilter): void {
    this.#filter = filter;
    this.selection.clear();
    this.list.get()?.setFilter(filter);
  }

  setOpen(open: boolean): void {
    if (open === this.open.get()) return;
    this.open.set(open);
    this.selection.clear();
    this.rename.cancel();
    this.#showList();
    this.#lookForNeeds();
  }

  async toggleNotifications(): Promise<void> {
    await this.notifier.toggle();
    this.#lookForNeeds();
  }

  apply(frame: FeedFrame): void {
    this.#feed.apply(frame);
    if (frame.kind !== 'entry' || frame.entry.status !== 'deleted') return;
    this.selection.drop(frame.entry.sessionId);
    this.rename.drop(frame.entry.sessionId);
  }

  /** Reads again at once what could not be read. */
  retryNow(): void {
    for (const reader of [this.list.get(), this.needs.get()]) {
      if (reader?.model.get().error != null) void reader.load();
    }
  }

  /** Cancels those of the selected sessions that have a run to cancel. */
  async cancelSelected(): Promise<void> {
    const open = this.#selected().filter(mayCancel);
    const { api } = this.#options;
    const failures = await this.bulk.run('cancel', idsOf(open), (id) => api.cancel(id));
    this.#finish(failures, open.length, 'cancelled');
  }

  /** Deletes the selected sessions, with time to undo it; asks first about those not finished. */
  deleteSelected(): void {
    this.#asked = this.#selected();
    const unfinished = this.#asked.filter(({ status }) => !isFinal(status)).length;
    if (unfinished > 0) this.confirming.set({ count: this.#asked.length, unfinished });
    else void this.#deleteAsked();
  }

  /** Answers the question that `deleteSelected` asked. */
  async confirm(yes: boolean): Promise<void> {
    this.confirming.set(null);
    if (yes) await this.#deleteAsked();
    this.#asked = [];
  }

  dispose(): void {
    this.list.get()?.dispose();
    this.needs.get()?.dispose();
  }

  async #deleteAsked(): Promise<void> {
    const { api, deletes, onDeleted } = this.#options;
    const finished = this.#asked.filter(({ status }) => isFinal(status));
    const unfinished = this.#asked.filter(({ status }) => !isFinal(status));
    const deletion = deletionOf(finished);
    if (deletion !== null) deletes.add(deletion);
    onDeleted(idsOf(finished));
    this.selection.keep(idsOf(unfinished));
    const failures = await this.bulk.run('delete', idsOf(unfinished), (id) => api.remove(id));
    const failed = new Set(failures.map(({ sessionId }) => sessionId));
    onDeleted(idsOf(unfinished).filter((id) => !failed.has(id)));
    this.#finish(failures, unfinished.length, 'deleted');
  }

  /** Tells what failed and leaves only that selected. */
  #finish(failures: readonly BulkFailure[], of: number, done: string): void {
    this.selection.keep(failures.map(({ sessionId }) => sessionId));
    const [first] = failures;
    if (first === undefined) return;
    const { tell } = this.#options;
    tell(`${failures.length} of ${of} sessions were not ${done}. ${messageOf(first.error)}`);
  }

  #selected(): SessionSummary[] {
    const list = this.list.get();
    return [...this.selection.ids.get()].flatMap((id) => list?.find(id) ?? []);
  }

  #showList(): void {
    const before = this.list.get();
    const graphId = this.open.get() ? this.#graphId : null;
    const list = graphId === null ? null : this.#newList(graphId);
    // Added before the other is removed: the feed goes on.
    if (list !== null) this.#feed.add(list);
    if (before !== null) {
      before.dispose();
      this.#feed.remove(before);
    }
    this.list.set(list);
    void list?.load();
  }

  #newList(graphId: string): SessionList {
    const { api, timers, batch, deletes, announcer } = this.#options;
    const list: SessionList = new SessionList({
      ...{ graphId, filter: this.#filter, api, timers, batch, hidden: deletes.hidden },
      onLoaded: (revision, storeId) => this.#feed.loaded(list, revision, storeId),
      onFailed: () => this.#feed.failed(list),
      onCount: (text) => announcer.say('sessions', `${text}.`),
    });
    return list;
  }

  #lookForNeeds(): void {
    const wanted = this.open.get() || this.notifier.on.get();
    const before = this.needs.get();
    if (wanted === (before !== null)) return;
    if (before !== null) {
      before.dispose();
      this.needs.set(null);
      this.#feed.remove(before);
      return;
    }
    const { api, timers, batch, deletes } = this.#options;
    const needs: NeedsYou = new NeedsYou({
      ...{ api, timers, batch, hidden: deletes.hidden },
      onLoaded: (revision, storeId) => this.#feed.loaded(needs, revision, storeId),
      onFailed: () => this.#feed.failed(needs),
      onNeed: (sessions) => this.#need(sessions),
    });
    this.#feed.add(needs);
    this.needs.set(needs);
    void needs.load();
  }

  #need(sessions: readonly SessionSummary[]): void {
    const [first] = sessions;
    if (first === undefined) return;
    const text =
      sessions.length === 1
        ? `“${first.title}” needs an answer.`
        : `${sessions.length} sessions need an answer.`;
    this.#options.announcer.sayNow('needs-you', text);
    this.notifier.notify(sessions);
  }
}

function idsOf(sessions: readonly SessionSummary[]): string[] {
  return sessions.map(({ sessionId }) => sessionId);
}

function deletionOf(sessions: readonly SessionSummary[]): PendingDelete | null {
  const [first, ...others] = sessions;
  if (first === undefined) return null;
  return { sessionId: first.sessionId, title: first.title, others: idsOf(others) };
}
