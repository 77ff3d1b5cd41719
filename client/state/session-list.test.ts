import { signal } from '@lit-labs/signals';
import { describe, expect, it } from 'vitest';
import { Unreachable } from '../api/api-error.ts';
import { ManualTimers } from '../api/manual-timers.testing.ts';
import type { ApiClient } from '../api/api-client.ts';
import type { ListResponse } from '../../shared/api.ts';
import type { FeedEntry, SessionSummary } from '../../shared/session.ts';
import { Batch } from './batch.ts';
import { NO_FILTER } from './list-filter.ts';
import { settle, summaryOf } from './panel.testing.ts';
import { countText, SessionList } from './session-list.ts';

type Query = Parameters<ApiClient['sessions']>[0];

const page = (sessions: SessionSummary[], nextPageToken?: string): ListResponse => ({
  sessions,
  revision: 5,
  storeId: 'store',
  ...(nextPageToken === undefined ? {} : { nextPageToken }),
});
const row = (createdAt: number, more: Partial<SessionSummary> = {}) =>
  summaryOf(`s${createdAt}`, { createdAt, ...more });

/** A list whose pages the test gives, one for each call. */
function setUp(...pages: (ListResponse | Promise<ListResponse>)[]) {
  const queries: Query[] = [];
  const counts: string[] = [];
  const frames: (() => void)[] = [];
  const hidden = signal<ReadonlySet<string>>(new Set());
  const timers = new ManualTimers();
  const list = new SessionList({
    graphId: 'G',
    filter: NO_FILTER,
    api: {
      sessions: async (query) => {
        queries.push(query);
        return pages.shift() ?? Promise.reject(new Unreachable(null));
      },
    },
    timers,
    batch: new Batch((run) => frames.push(run)),
    hidden,
    onLoaded: () => undefined,
    onFailed: () => undefined,
    onCount: (text) => counts.push(text),
  });
  return {
    ...{ list, queries, counts, hidden, timers, frames },
    model: () => list.model.get(),
    ids: () => list.model.get().rows.map(({ sessionId }) => sessionId),
    feed: (...entries: FeedEntry[]) => {
      for (const entry of entries) list.apply({ kind: 'entry', entry });
    },
    frame: () => {
      for (const run of frames.splice(0)) run();
    },
  };
}

const deleted = (sessionId: string, revision: number): FeedEntry => ({
  sessionId,
  status: 'deleted',
  createdAt: 1,
  revision,
});

describe('the list of sessions', () => {
  it('publishes once a frame, and keeps its array when only rows change', async () => {
    const made = setUp(page([row(2), row(1)]));
    await made.list.load();
    const { rows } = made.model();
    for (let n = 0; n < 1_000; n += 1) made.feed(row(2, { title: `T${n}`, revision: 6 + n }));
    expect(made.frames).toHaveLength(1);
    made.frame();
    expect(made.model().rows).toBe(rows);
    expect(made.list.find('s2')?.title).toBe('T999');
  });

  it('puts new rows in their place, and leaves out those of other graphs and those deleted', async () => {
    const made = setUp(page([row(4), row(2)]));
    await made.list.load();
    made.feed(row(3, { revision: 6 }), row(9, { revision: 7, graphId: 'H' }), deleted('s4', 8));
    made.frame();
    expect(made.ids()).toEqual(['s3', 's2']);
  });

  it('reads the next page once, and tells when there is none', async () => {
    const made = setUp(page([row(4)], 'two'), page([row(3)]));
    await made.list.load();
    expect(made.model().more).toBe('available');
    const both = [made.list.loadMore(), made.list.loadMore()];
    expect(made.model().more).toBe('loading');
    await Promise.all(both);
    expect(made.queries.map(({ pageToken }) => pageToken)).toEqual([undefined, 'two']);
    expect(made.ids()).toEqual(['s4', 's3']);
    expect(made.model().more).toBe('none');
  });

  it('keeps its rows when a page does not come, says why, and reads it when asked again', async () => {
    const made = setUp(page([row(4)], 'two'));
    await made.list.load();
    await made.list.loadMore();
    expect(made.model()).toMatchObject({ error: 'The server cannot be reached.', phase: 'ready' });
    expect(made.ids()).toEqual(['s4']);
  });

  it('keeps its rows while it is read again after a reset, and then shows only what is there', async () => {
    let answer: (page: ListResponse) => void = () => undefined;
    const later = new Promise<ListResponse>((resolve) => (answer = resolve));
    const made = setUp(page([row(4), row(2)]), later);
    await made.list.load();
    made.list.apply({ kind: 'feedReset', reason: 'store_changed' });
    made.feed(row(7, { revision: 1 }));
    made.frame();
    expect(made.ids()).toEqual(['s7', 's4', 's2']);
    answer(page([row(3)]));
    await settle();
    expect(made.ids()).toEqual(['s7', 's3']);
    expect(made.list.find('s4')).toBeUndefined();
  });

  it('asks the server with its filter, and shows at once which of its rows fit', async () => {
    let answer: (page: ListResponse) => void = () => undefined;
    const later = new Promise<ListResponse>((resolve) => (answer = resolve));
    const made = setUp(page([row(4, { status: 'failed' }), row(2)]), later);
    await made.list.load();
    made.list.setFilter({ statuses: ['failed'], text: 'title', needsAnswer: false });
    expect(made.ids()).toEqual(['s4']);
    expect(made.model().phase).toBe('loading');
    expect(made.queries.at(-1)).toMatchObject({
      graphId: 'G',
      statuses: ['failed'],
      text: 'title',
      needsAnswer: false,
    });
    answer(page([row(4, { status: 'failed' }), row(1, { status: 'failed' })]));
    await settle();
    expect(made.ids()).toEqual(['s4', 's1']);
    expect(made.model().phase).toBe('ready');
  });

  it('lets rows come and go as they begin and cease to fit', async () => {
    const made = setUp(page([]), page([row(4, { openPromptCount: 1 })]));
    await made.list.load();
    made.list.setFilter({ ...NO_FILTER, needsAnswer: true });
    await settle();
    made.feed(row(4, { revision: 6 }), row(5, { revision: 7, openPromptCount: 2 }), row(6));
    made.frame();
    expect(made.ids()).toEqual(['s5']);
    made.feed(row(4, { revision: 8, openPromptCount: 1 }));
    made.frame();
    expect(made.ids()).toEqual(['s5', 's4']);
  });

  it('does not show what ceased to fit while its page was read', async () => {
    let answer: (page: ListResponse) => void = () => undefined;
    const later = new Promise<ListResponse>((resolve) => (answer = resolve));
    const made = setUp(page([]), later);
    await made.list.load();
    made.list.setFilter({ ...NO_FILTER, needsAnswer: true });
    made.feed(
      row(4, { revision: 6, openPromptCount: 0 }),
      row(7, { revision: 6, openPromptCount: 1 }),
    );
    made.frame();
    answer(page([row(4, { openPromptCount: 1 })]));
    await settle();
    expect(made.ids()).toEqual(['s7']);
  });

  it('takes the answer to its last filter, whichever comes first', async () => {
    let answer: (page: ListResponse) => void = () => undefined;
    const late = new Promise<ListResponse>((resolve) => (answer = resolve));
    const made = setUp(page([]), late, page([row(3, { title: 'bb' })]));
    await made.list.load();
    made.list.setFilter({ ...NO_FILTER, text: 'b' });
    made.list.setFilter({ ...NO_FILTER, text: 'bb' });
    await settle();
    answer(page([row(9, { title: 'b' })]));
    await settle();
    expect(made.ids()).toEqual(['s3']);
  });

  it('counts what comes on top while the person is elsewhere', async () => {
    const made = setUp(page([row(4), row(2)]));
    await made.list.load();
    made.feed(row(5, { revision: 6 }));
    made.frame();
    expect(made.model().newCount).toBe(0);
    made.list.setAtTop(false);
    made.feed(row(6, { revision: 7 }), row(3, { revision: 8 }), row(7, { revision: 9 }));
    made.frame();
    expect(made.model().newCount).toBe(2);
    made.feed(deleted('s7', 10), deleted('s5', 11));
    made.frame();
    expect(made.model().newCount).toBe(1);
    made.list.setAtTop(true);
    expect(made.model().newCount).toBe(0);
  });

  it('does not show what is hidden, for as long as it is', async () => {
    const made = setUp(page([row(4), row(2)]));
    await made.list.load();
    made.hidden.set(new Set(['s4']));
    expect(made.ids()).toEqual(['s2']);
    made.hidden.set(new Set());
    expect(made.ids()).toEqual(['s4', 's2']);
  });

  it('says how many there are when that changes', async () => {
    const made = setUp(page([row(4)], 'two'), page([]), page([]));
    await made.list.load();
    made.feed(row(4, { revision: 6, title: 'Other' }));
    made.frame();
    await made.list.loadMore();
    made.list.setFilter({ ...NO_FILTER, text: 'x' });
    await settle();
    expect(made.counts).toEqual(['1+ sessions', '1 session', 'No session matches']);
    expect(
      countText({ ...made.model(), newCount: 3, rows: [{ sessionId: 'a', createdAt: 1 }] }),
    ).toBe('3 new sessions');
  });

  it('shows a title as soon as the server has taken it', async () => {
    const made = setUp(page([row(4)]));
    await made.list.load();
    made.list.retitle('s4', 'New');
    expect(made.list.find('s4')?.title).toBe('New');
  });

  it('asks for nothing more after its end', async () => {
    const made = setUp();
    await made.list.load();
    expect(made.timers.pending).toBe(1);
    made.list.dispose();
    expect(made.timers.pending).toBe(0);
  });
});
