import fc from 'fast-check';
import { expect, it } from 'vitest';
import { sessionStatuses } from '../../shared/session.ts';
import { appendOf, factsOf, start, waitingOn } from './store-fixtures.testing.ts';
import type { OpenStore } from './store.testing.ts';
import { InvalidPageToken, type ListQuery, type Store } from './store.ts';

/** The ids of every page of a query, following the tokens. */
async function pagesOf(store: Store, query: ListQuery): Promise<string[][]> {
  const pages: string[][] = [];
  let pageToken: string | undefined;
  do {
    const page = await store.list({ ...query, ...(pageToken === undefined ? {} : { pageToken }) });
    pages.push(page.sessions.map(({ sessionId }) => sessionId));
    pageToken = page.next ?? undefined;
  } while (pageToken !== undefined);
  return pages;
}

const session = fc.record({
  createdAt: fc.constantFrom(1, 1.5, 2, 3.25),
  graphId: fc.constantFrom('g', 'h'),
  status: fc.constantFrom(...sessionStatuses),
  openPromptCount: fc.nat(2),
  title: fc.constantFrom('', 'One%', 'one_', 'ONE\\', 'Été', "o'ne", '\u0000one', '🦊'),
});

const query = fc.record(
  {
    graphId: fc.constantFrom('g', 'h', 'none'),
    statuses: fc.uniqueArray(fc.constantFrom(...sessionStatuses)),
    text: fc.constantFrom('', 'one', '%', '_', '\\', 'é', "'", 'S-1', '🦊', '\u0000'),
    needsAnswer: fc.boolean(),
    limit: fc.integer({ min: 1, max: 5 }),
  },
  { requiredKeys: ['limit'] },
);

const lower = (text: string) => text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());

/** The session list: its order, pages and filters. */
export function describeList(open: OpenStore): void {
  it('lists newest first, by creation and then by id', async () => {
    const { store } = await open();
    await start(store, 'b', { createdAt: 2 });
    await start(store, 'c', { createdAt: 1 });
    await start(store, 'a', { createdAt: 2 });
    expect(await pagesOf(store, { limit: 2 })).toEqual([['b', 'a'], ['c']]);
    expect(await pagesOf(store, { limit: 3 })).toEqual([['b', 'a', 'c']]);
  });

  it('gives the summary as of its revision', async () => {
    const { store } = await open();
    await start(store, 'a', { title: 'First' });
    await store.append(appendOf('a', 1, waitingOn('p')));
    const { revision } = await store.list({ limit: 1 });
    await store.append(appendOf('a', 2));
    expect(await store.list({ limit: 1 })).toEqual({
      sessions: [
        {
          sessionId: 'a',
          graphId: 'g',
          status: 'suspended',
          title: 'First',
          createdAt: 1000,
          updatedAt: 1001,
          eventCount: 2,
          openPromptCount: 1,
          error: null,
          revision,
        },
      ],
      next: null,
      revision,
    });
  });

  it('keeps to what needs an answer as prompts open and close', async () => {
    const { store } = await open();
    await start(store, 'a');
    await start(store, 'b', { graphId: 'h' });
    const needing = (query: Partial<ListQuery> = {}) =>
      pagesOf(store, { limit: 5, needsAnswer: true, ...query });
    expect(await needing()).toEqual([[]]);
    await store.append(appendOf('a', 1, waitingOn('p')));
    await store.append(appendOf('b', 1, waitingOn('q')));
    expect(await needing()).toEqual([['b', 'a']]);
    expect(await needing({ graphId: 'h' })).toEqual([['b']]);
    await store.append(appendOf('b', 2, factsOf({ status: 'running' })));
    expect(await needing()).toEqual([['a']]);
  });

  it('goes on after a page where it ended, whatever came or went since', async () => {
    const { store } = await open();
    for (const id of ['a', 'b', 'c', 'd']) await start(store, id);
    const first = await store.list({ limit: 2 });
    await start(store, 'e');
    await store.delete('c', 2000);
    await store.append(appendOf('a', 1, waitingOn('p')));
    expect(first.sessions.map(({ sessionId }) => sessionId)).toEqual(['d', 'c']);
    const second = await store.list({ limit: 2, pageToken: first.next! });
    expect(second.sessions.map(({ sessionId }) => sessionId)).toEqual(['b', 'a']);
    expect(second.next).toBeNull();
  });

  it.each([
    '',
    'x',
    '%%%',
    Buffer.from('[1]').toString('base64url'),
    Buffer.from('{"createdAt":1}').toString('base64url'),
    Buffer.from('["1","a"]').toString('base64url'),
  ])('refuses the page token %j', async (pageToken) => {
    const { store } = await open();
    await expect(store.list({ limit: 1, pageToken })).rejects.toThrow(InvalidPageToken);
  });

  it('gives every session that fits any filter, once, in order, over its pages', async () => {
    const { store } = await open();
    await fc.assert(
      fc.asyncProperty(
        fc.array(session, { maxLength: 25 }),
        fc.array(query),
        async (rows, queries) => {
          const sessions = rows.map((row, n) => ({ ...row, sessionId: `s-${n}` }));
          await Promise.all(
            sessions.map(({ sessionId, status, openPromptCount, ...over }) =>
              start(store, sessionId, over, factsOf({ status, openPromptCount })),
            ),
          );
          for (const asked of queries) {
            const { graphId, statuses = [], text = '', needsAnswer = false, limit } = asked;
            const expected = sessions
              .filter((row) => graphId === undefined || row.graphId === graphId)
              .filter((row) => statuses.length === 0 || statuses.includes(row.status))
              .filter((row) => !needsAnswer || row.openPromptCount > 0)
              .filter(({ title, sessionId }) =>
                [title, sessionId].some((field) => lower(field).includes(lower(text))),
              )
              .sort((a, b) => b.createdAt - a.createdAt || (a.sessionId < b.sessionId ? 1 : -1))
              .map(({ sessionId }) => sessionId);
            const pages = await pagesOf(store, asked);
            expect(pages.flat()).toEqual(expected);
            expect(pages.slice(0, -1).every((page) => page.length === limit)).toBe(true);
          }
          await Promise.all(sessions.map(({ sessionId }) => store.delete(sessionId, 1)));
        },
      ),
      { numRuns: 60 },
    );
  });
}
