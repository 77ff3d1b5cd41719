import { describe, expect, it } from 'vitest';
import { ApiError, Unreachable } from '../api/api-error.ts';
import type { Json } from '../../shared/json.ts';
import type { SessionStatusReport, SessionSummary } from '../../shared/session.ts';
import { entriesOf } from '../../shared/session-view.ts';
import { makePanel, settle, summaryOf } from './panel.testing.ts';

const startFrame = (sessionId: string, lastIndex: number): [string, Json] => [
  sessionId,
  { type: 'start', sessionId, storeId: 'store', status: 'running', lastIndex },
];
const graphStart = (sessionId: string): [string, Json] => [
  sessionId,
  {
    type: 'graphStart',
    index: 0,
    time: 1,
    sessionId,
    graphId: 'G',
    mode: 'interactive',
    graph: { nodes: [{ id: 'n', type: 't' }], edges: [] },
  },
];
const thought = (sessionId: string, index: number): [string, Json] => [
  sessionId,
  { type: 'thoughtEvent', index, time: 1, nodeId: 'n', text: `of ${sessionId}` },
];
const replayed = (sessionId: string, index: number): [string, Json] => [
  sessionId,
  { type: 'replayComplete', index },
];

const report = (sessionId: string, prompt: Json): SessionStatusReport => ({
  sessionId,
  graphId: 'G',
  storeId: 'store',
  status: 'running',
  title: 'A title',
  createdAt: 1,
  updatedAt: 1,
  eventCount: 900,
  lastIndex: 899,
  turn: { id: 3, prompt, startedAt: 1 },
  openPrompts: [],
});

const opened = ({ panel }: ReturnType<typeof makePanel>) =>
  panel.opening.get()?.session.model.get();
const texts = (made: ReturnType<typeof makePanel>): string[] =>
  opened(made)?.view.nodes.flatMap((node) =>
    entriesOf(node.blocks).map((entry) => (entry.kind === 'thought' ? entry.text : entry.kind)),
  ) ?? [];
const rows = ({ panel }: ReturnType<typeof makePanel>): string[] =>
  panel.list
    .get()
    ?.model.get()
    .rows.map((row) => row.sessionId) ?? [];

describe('the panel', () => {
  it('opens one connection for the list and the session that the address names', async () => {
    const made = makePanel('?graph=G&session=s1');
    made.panel.start();
    await settle();
    expect(made.connections.map((c) => String(c.query))).toEqual([
      'feed=&since=5&session=s1%3A-1&store=store',
    ]);
  });

  it('watches the session even when the list cannot be read', async () => {
    const made = makePanel('?graph=G&session=s1', {
      sessions: () => Promise.reject(new Unreachable(null)),
      needs: () => Promise.reject(new Unreachable(null)),
    });
    made.panel.start();
    await settle();
    expect(made.panel.list.get()?.model.get().phase).toBe('failed');
    expect(made.connections.map((c) => String(c.query))).toEqual(['session=s1%3A-1']);
  });

  it('shows nothing of a session that was left in the middle of its replay', async () => {
    const made = makePanel('?graph=G&session=s1');
    made.panel.start();
    await settle();
    const first = made.connections[0]!;
    first.send(startFrame('s1', 99), graphStart('s1'), thought('s1', 1));
    await settle();
    expect(texts(made)).toEqual(['of s1']);
    first.send(thought('s1', 2), thought('s1', 3));
    made.panel.open('s2');
    expect(opened(made)).toMatchObject({ sessionId: 's2', phase: 'connecting', seen: 0 });
    await settle();
    expect(opened(made)?.view.nodes).toEqual([]);
    const second = made.connections[1]!;
    second.send(thought('s1', 2), startFrame('s2', 0), graphStart('s2'), thought('s2', 1));
    await settle();
    expect(texts(made)).toEqual(['of s2']);
    made.navigation.back();
    expect(opened(made)).toMatchObject({ sessionId: 's1', seen: 0 });
    await settle();
    expect(texts(made)).toEqual([]);
    expect(made.connections[2]?.query.get('session')).toBe('s1:-1');
  });

  it('passes over a status that comes for a session that was left', async () => {
    const waiting = new Map<string, (report: SessionStatusReport) => void>();
    const made = makePanel('?graph=G&session=s1', {
      status: (sessionId) => new Promise((resolve) => waiting.set(sessionId, resolve)),
    });
    made.panel.start();
    made.panel.open('s2');
    waiting.get('s1')?.({ ...report('s1', 'x'), graphId: 'other' });
    await settle();
    expect(opened(made)?.report).toBeNull();
    expect(made.panel.place.get()).toEqual({ graphId: 'G', sessionId: 's2' });
  });

  it('knows the prompt of the turn before the replay ends, and counts the replay', async () => {
    const made = makePanel('?graph=G&session=s1', {
      status: async (sessionId) => report(sessionId, { consent: true }),
    });
    made.panel.start();
    await settle();
    made.connections[0]?.send(startFrame('s1', 899), graphStart('s1'), thought('s1', 1));
    await settle();
    expect(opened(made)).toMatchObject({
      phase: 'replaying',
      seen: 2,
      total: 900,
      caughtUp: false,
      report: { turn: { prompt: { consent: true } } },
    });
    made.connections[0]?.send(replayed('s1', 1));
    await settle();
    expect(opened(made)).toMatchObject({ phase: 'live', caughtUp: true });
  });

  it('finds the graph of a session that the address names alone', async () => {
    const made = makePanel('?session=s1', { status: async (id) => report(id, null) });
    made.panel.start();
    await settle();
    expect(made.navigation.query()).toBe('?graph=G&session=s1');
    expect(made.connections.at(-1)?.query.get('feed')).toBe('');
    expect(made.panel.list.get()?.model.get().graphId).toBe('G');
  });

  it('tells of an open session that the feed says is deleted', async () => {
    const made = makePanel('?graph=G&session=s1');
    made.panel.start();
    await settle();
    made.connections[0]?.send(startFrame('s1', 0), graphStart('s1'), replayed('s1', 0), [
      'sessionStatus',
      { sessionId: 's1', status: 'deleted', createdAt: 1, revision: 6 },
    ]);
    await settle();
    expect(opened(made)?.phase).toBe('deleted');
  });

  it('publishes once for all that arrives together', async () => {
    const made = makePanel('?graph=G&session=s1');
    made.panel.start();
    await settle();
    const before = opened(made);
    const many = Array.from({ length: 5_000 }, (_, n) => thought('s1', n + 1));
    made.connections[0]?.send(startFrame('s1', 5_000), graphStart('s1'), ...many);
    await settle();
    expect(before?.seen).toBe(0);
    expect(opened(made)?.seen).toBe(5_001);
  });

  it('starts a run of the picked graph and opens it', async () => {
    const made = makePanel('?graph=G');
    made.panel.start();
    await made.panel.run();
    expect(made.navigation.query()).toBe('?graph=G&session=started');
  });

  it('says why a run was not started', async () => {
    const made = makePanel('?graph=G', {
      start: () => Promise.reject(new ApiError(400, 'invalid_graph', 'There is no node.')),
    });
    made.panel.start();
    await made.panel.run();
    expect(made.panel.notices.model.get().map((notice) => notice.text)).toEqual([
      'The run was not started. There is no node.',
    ]);
    expect(made.panel.starting.get()).toBe(false);
  });

  it('asks before it deletes an unfinished session, and not before a finished one', async () => {
    const removed: string[] = [];
    const made = makePanel('?graph=G', { remove: async (id) => void removed.push(id) });
    made.panel.start();
    made.panel.remove(summaryOf('a', { status: 'suspended' }));
    expect(made.panel.confirming.get()?.session.sessionId).toBe('a');
    await made.panel.confirm(false);
    expect(removed).toEqual([]);
    made.panel.remove(summaryOf('a', { status: 'suspended' }));
    await made.panel.confirm(true);
    expect(removed).toEqual(['a']);
    made.panel.remove(summaryOf('b'));
    expect(made.panel.confirming.get()).toBeNull();
    expect([...made.panel.deletes.hidden.get()]).toEqual(['b']);
  });

  it('asks before it continues an imported session, and says why it was refused', async () => {
    const continued: string[] = [];
    const made = makePanel('?graph=G', {
      continue: async (id) => {
        continued.push(id);
        throw new ApiError(409, 'session_read_only', 'It was redacted.');
      },
    });
    made.panel.start();
    const imported = summaryOf('a', { status: 'suspended', imported: 'readOnly' });
    made.panel.continue(imported);
    await made.panel.confirm(false);
    expect(continued).toEqual([]);
    made.panel.continue(imported);
    await made.panel.confirm(true);
    expect(continued).toEqual(['a']);
    expect(made.panel.notices.model.get().map(({ text }) => text)).toEqual([
      '“Title of a” could not be continued. It was redacted.',
    ]);
  });

  it('leaves an open session that is deleted here', () => {
    const made = makePanel('?graph=G&session=a');
    made.panel.start();
    made.panel.remove(summaryOf('a'));
    expect(made.navigation.query()).toBe('?graph=G');
  });
});

describe('the list', () => {
  const page = (sessions: SessionSummary[], more: { nextPageToken?: string } = {}) => ({
    sessions,
    revision: 5,
    storeId: 'store',
    ...more,
  });

  it('follows the feed from its first page, newest first', async () => {
    const made = makePanel('?graph=G', { sessions: async () => page([summaryOf('old')]) });
    made.panel.start();
    await settle();
    made.connections[0]?.send(
      ['sessionStatus', { ...summaryOf('new', { createdAt: 9, revision: 6 }) }],
      ['sessionStatus', { sessionId: 'old', status: 'deleted', createdAt: 1, revision: 7 }],
      ['sessionStatus', { ...summaryOf('newer', { createdAt: 10, revision: 8 }) }],
    );
    await settle();
    expect(rows(made)).toEqual(['newer', 'new']);
  });

  it('shows a session of a later page with its page, at its newest, and never a deleted one', async () => {
    const pages = [
      page([summaryOf('a', { createdAt: 9 })], { nextPageToken: 'next' }),
      page([
        summaryOf('b', { createdAt: 5, status: 'running' }),
        summaryOf('c', { createdAt: 4 }),
        summaryOf('d', { createdAt: 3 }),
      ]),
    ];
    const made = makePanel('?graph=G', { sessions: async () => pages.shift()! });
    made.panel.start();
    await settle();
    made.connections[0]?.send(
      ['sessionStatus', { ...summaryOf('b', { createdAt: 5, revision: 6 }) }],
      ['sessionStatus', { sessionId: 'c', status: 'deleted', createdAt: 4, revision: 7 }],
    );
    await settle();
    expect(rows(made)).toEqual(['a']);
    await made.panel.list.get()?.loadMore();
    expect(rows(made)).toEqual(['a', 'b', 'd']);
    expect(made.panel.list.get()?.find('b')?.status).toBe('completed');
    expect(made.panel.list.get()?.model.get().more).toBe('none');
  });

  it('reads its first page again after a reset, and forgets what is not there', async () => {
    const pages = [
      page([summaryOf('before')]),
      { ...page([summaryOf('after')]), storeId: 'other' },
    ];
    let storeId = 'store';
    const made = makePanel('?graph=G', {
      sessions: async () => pages.shift()!,
      needs: async () => ({ ...page([]), storeId }),
    });
    made.panel.start();
    await settle();
    storeId = 'other';
    made.connections[0]?.send(['reset', { reason: 'store', revision: 0 }]);
    await settle();
    expect(rows(made)).toEqual(['after']);
    expect(String(made.connections.at(-1)?.query)).toBe('feed=&since=5&store=other');
  });

  it('asks again by itself for a first page that did not come', async () => {
    let reachable = false;
    const made = makePanel('?graph=G', {
      sessions: async () => {
        if (!reachable) throw new Unreachable(null);
        return page([summaryOf('a')]);
      },
    });
    made.panel.start();
    await settle();
    expect(made.panel.list.get()?.model.get()).toMatchObject({
      phase: 'failed',
      error: 'The server cannot be reached.',
    });
    reachable = true;
    made.timers.advance(1_000);
    await settle();
    expect(made.panel.list.get()?.model.get()).toMatchObject({ phase: 'ready', error: null });
    expect(rows(made)).toEqual(['a']);
  });
});
