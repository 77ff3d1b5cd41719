import { signal } from '@lit-labs/signals';
import { describe, expect, it } from 'vitest';
import type { ApiClient } from '../api/api-client.ts';
import { Unreachable } from '../api/api-error.ts';
import { ManualTimers } from '../api/manual-timers.testing.ts';
import type { ListResponse } from '../../shared/api.ts';
import type { FeedEntry, SessionSummary } from '../../shared/session.ts';
import { Batch } from './batch.ts';
import { needsCount, NeedsYou } from './needs-you.ts';
import { settle, summaryOf } from './panel.testing.ts';

type Query = Parameters<ApiClient['sessions']>[0];

const waiting = (sessionId: string, more: Partial<SessionSummary> = {}) =>
  summaryOf(sessionId, { status: 'suspended', openPromptCount: 1, ...more });
const page = (sessions: SessionSummary[], nextPageToken?: string): ListResponse => ({
  sessions,
  revision: 5,
  storeId: 'store',
  ...(nextPageToken === undefined ? {} : { nextPageToken }),
});

function setUp(...pages: (ListResponse | Promise<ListResponse>)[]) {
  const queries: Query[] = [];
  const needed: string[][] = [];
  const hidden = signal<ReadonlySet<string>>(new Set());
  const timers = new ManualTimers();
  const frames: (() => void)[] = [];
  const needs = new NeedsYou({
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
    onNeed: (sessions) => needed.push(sessions.map(({ sessionId }) => sessionId)),
  });
  return {
    ...{ needs, queries, needed, hidden, timers },
    ids: () => needs.model.get().sessions.map(({ sessionId }) => sessionId),
    feed: (...entries: FeedEntry[]) => {
      for (const entry of entries) needs.apply({ kind: 'entry', entry });
      for (const run of frames.splice(0)) run();
    },
  };
}

describe('what needs the person', () => {
  it('is what the server says waits, of all graphs, and no news on arrival', async () => {
    const made = setUp(page([waiting('a', { graphId: 'G' })], 'two'), page([waiting('b')]));
    await made.needs.load();
    expect(made.queries).toMatchObject([
      { needsAnswer: true },
      { needsAnswer: true, pageToken: 'two' },
    ]);
    expect(made.queries.map((query) => query.graphId)).toEqual([undefined, undefined]);
    expect(made.ids()).toEqual(['b', 'a']);
    expect(needsCount(made.needs.model.get())).toBe('2');
    expect(made.needed).toEqual([]);
  });

  it('comes and goes with the feed, and each new one is told of once', async () => {
    const made = setUp(page([waiting('a')]));
    await made.needs.load();
    made.feed(waiting('b', { revision: 6, graphId: 'H' }), waiting('c', { revision: 7 }));
    expect(made.needed).toEqual([['b', 'c']]);
    made.feed(waiting('b', { revision: 8, title: 'Renamed' }));
    expect(made.needed).toHaveLength(1);
    made.feed(waiting('b', { revision: 9, openPromptCount: 2 }));
    expect(made.needed.at(-1)).toEqual(['b']);
    made.feed(summaryOf('a', { revision: 10 }), {
      ...{ sessionId: 'c', status: 'deleted', createdAt: 1, revision: 11 },
    });
    expect(made.ids()).toEqual(['b']);
  });

  it('is not a session at rest, whose prompt is there to be used some day', async () => {
    const made = setUp(page([]));
    await made.needs.load();
    made.feed(summaryOf('chat', { status: 'suspended', openPromptCount: 0, revision: 6 }));
    expect(made.ids()).toEqual([]);
    expect(needsCount(made.needs.model.get())).toBe('');
  });

  it('is not told of when it was answered before anyone could be told', async () => {
    const made = setUp(page([]));
    await made.needs.load();
    made.feed(waiting('a', { revision: 6 }), summaryOf('a', { revision: 7 }));
    expect(made.needed).toEqual([]);
  });

  it('is not what was answered while the page was read', async () => {
    let answer: (page: ListResponse) => void = () => undefined;
    const made = setUp(new Promise((resolve) => (answer = resolve)));
    const loading = made.needs.load();
    made.feed(summaryOf('a', { revision: 6 }), waiting('b', { revision: 7 }));
    answer(page([waiting('a'), waiting('c')]));
    await loading;
    expect(made.ids()).toEqual(['c', 'b']);
  });

  it('is read again after a reset, and by itself when it could not be read', async () => {
    const made = setUp(page([waiting('a')]), Promise.reject(new Unreachable(null)), page([]));
    await made.needs.load();
    made.needs.apply({ kind: 'feedReset', reason: 'store_changed' });
    await settle();
    expect(made.needs.model.get()).toMatchObject({ error: 'The server cannot be reached.' });
    made.timers.advance(1_000);
    await settle();
    expect(made.ids()).toEqual([]);
    expect(made.needs.model.get()).toMatchObject({ phase: 'ready', error: null });
  });

  it('is not what is being deleted here', async () => {
    const made = setUp(page([waiting('a'), waiting('b')]));
    await made.needs.load();
    made.hidden.set(new Set(['a']));
    expect(made.ids()).toEqual(['b']);
  });

  it('is counted up to a thousand', async () => {
    const many = (from: number) => Array.from({ length: 500 }, (_, n) => waiting(`s${from + n}`));
    const made = setUp(page(many(0), 'two'), page(many(500), 'three'));
    await made.needs.load();
    expect(made.queries).toHaveLength(2);
    expect(needsCount(made.needs.model.get())).toBe('1000+');
  });
});
