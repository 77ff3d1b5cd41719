import { describe, expect, it } from 'vitest';
import { Unreachable } from '../api/api-error.ts';
import type { SessionSummary } from '../../shared/session.ts';
import { NO_FILTER } from './list-filter.ts';
import { makePanel, settle, summaryOf } from './panel.testing.ts';
import { UNDO_TIME } from './pending-deletes.ts';

const page = (sessions: SessionSummary[]) => ({ sessions, revision: 5, storeId: 'store' });

type Made = ReturnType<typeof makePanel>;

const rows = ({ panel }: Made): string[] =>
  panel.list
    .get()
    ?.model.get()
    .rows.map(({ sessionId }) => sessionId) ?? [];
const notices = ({ panel }: Made) => panel.notices.model.get().map(({ text }) => text);

async function started(query: string, calls: Parameters<typeof makePanel>[1] = {}): Promise<Made> {
  const made = makePanel(query, calls);
  made.panel.start();
  await settle();
  return made;
}

/** A panel whose list has these sessions, all of them selected. */
async function selected(sessions: SessionSummary[], calls: Parameters<typeof makePanel>[1] = {}) {
  const made = await started('?graph=G', { sessions: async () => page(sessions), ...calls });
  const list = made.panel.list.get();
  if (list === null) throw new Error('There is no list.');
  made.panel.pane.selection.all(list.model.get().rows);
  return made;
}

const running = (sessionId: string) => summaryOf(sessionId, { status: 'running' });

describe('the filters', () => {
  it('are taken from the address, and kept in it wherever the person goes', async () => {
    const queries: unknown[] = [];
    const made = await started('?graph=G&status=failed&q=x', {
      sessions: async ({ statuses, text, needsAnswer }) => {
        queries.push({ statuses, text, needsAnswer });
        return page([]);
      },
    });
    expect(queries).toEqual([{ statuses: ['failed'], text: 'x', needsAnswer: false }]);
    made.panel.open('s1');
    expect(made.navigation.query()).toBe('?graph=G&session=s1&status=failed&q=x');
    made.panel.setFilter({ ...NO_FILTER, needsAnswer: true });
    expect(made.navigation.query()).toBe('?graph=G&session=s1&needsAnswer=true');
    made.navigation.back();
    await settle();
    expect(made.panel.filter.get()).toEqual({ ...NO_FILTER, statuses: ['failed'], text: 'x' });
    expect(queries.at(-1)).toEqual({ statuses: ['failed'], text: 'x', needsAnswer: false });
  });

  it('wait for typing to rest, and not for anything else', async () => {
    const texts: (string | undefined)[] = [];
    const made = await started('?graph=G', {
      sessions: async ({ text }) => {
        texts.push(text);
        return page([]);
      },
    });
    for (const text of ['a', 'ab', 'abc']) {
      made.panel.setFilter({ ...NO_FILTER, text });
      made.timers.advance(100);
    }
    expect(made.panel.filter.get().text).toBe('abc');
    expect(made.navigation.query()).toBe('?graph=G');
    made.timers.advance(50);
    expect(made.navigation.query()).toBe('?graph=G&q=abc');
    made.panel.setFilter(NO_FILTER);
    expect(made.navigation.query()).toBe('?graph=G');
    expect(texts).toEqual(['', 'abc', '']);
  });
});

describe('the pane of sessions', () => {
  it('follows nothing while it is closed, and is right again when it is opened', async () => {
    const pages = [page([summaryOf('a')]), page([summaryOf('b')])];
    const made = await started('?graph=G', { sessions: async () => pages.shift() ?? page([]) });
    expect(made.connections).toHaveLength(1);
    made.panel.setListOpen(false);
    await settle();
    expect(made.panel.connection.get()).toEqual({ phase: 'idle' });
    expect([made.panel.list.get(), made.panel.pane.needs.get()]).toEqual([null, null]);
    made.panel.setListOpen(true);
    await settle();
    expect(rows(made)).toEqual(['b']);
    expect(made.connections).toHaveLength(2);
  });

  it('goes on to follow what needs the person while it is closed, if they asked for that', async () => {
    const made = await started('?graph=G');
    made.desktop.allowed = 'granted';
    made.desktop.isHidden = true;
    await made.panel.pane.toggleNotifications();
    made.panel.setListOpen(false);
    await settle();
    made.connections[0]?.send([
      'sessionStatus',
      { ...summaryOf('a', { openPromptCount: 1, revision: 6, graphId: 'H' }) },
    ]);
    await settle();
    expect(made.desktop.shown.map(({ tag }) => tag)).toEqual(['a']);
    made.desktop.shown[0]?.onClick();
    expect(made.navigation.query()).toBe('?graph=H&session=a');
    expect(made.panel.promptWanted.get()).toBe('a');
    await made.panel.pane.toggleNotifications();
    expect(made.panel.pane.needs.get()).toBeNull();
  });

  it('keeps its connection when another graph is picked', async () => {
    const made = await started('?graph=G', {
      sessions: async ({ graphId = '' }) => page([summaryOf(`of-${graphId}`, { graphId })]),
    });
    made.panel.pickGraph('H');
    await settle();
    expect(rows(made)).toEqual(['of-H']);
    expect(made.connections).toHaveLength(1);
    made.connections[0]?.send(
      ['sessionStatus', { ...summaryOf('g', { createdAt: 2, revision: 6 }) }],
      ['sessionStatus', { ...summaryOf('h', { createdAt: 3, revision: 7, graphId: 'H' }) }],
    );
    await settle();
    expect(rows(made)).toEqual(['h', 'of-H']);
  });

  it('says at once what has come to need an answer', async () => {
    const made = await started('?graph=G');
    made.connections[0]?.send([
      'sessionStatus',
      { ...summaryOf('a', { title: 'Trip', openPromptCount: 1, revision: 6 }) },
    ]);
    await settle();
    expect(made.panel.announcer.urgent.get()).toEqual({
      text: '“Trip” needs an answer.',
      turn: 1,
    });
  });

  it('forgets which prompt was wanted when another session is opened', async () => {
    const made = await started('?graph=G');
    made.panel.answerSession(summaryOf('a', { openPromptCount: 1 }));
    expect(made.panel.promptWanted.get()).toBe('a');
    made.panel.open('b');
    expect(made.panel.promptWanted.get()).toBeNull();
  });
});

describe('several sessions', () => {
  it('are cancelled a few at a time, with progress, but for those that have ended', async () => {
    const release: (() => void)[] = [];
    const made = await selected(
      [running('a'), summaryOf('b'), running('c'), running('d'), running('e')],
      {
        cancel: () => new Promise((resolve) => release.push(resolve)),
      },
    );
    const cancelling = made.panel.pane.cancelSelected();
    const progress = () => made.panel.pane.bulk.progress.get();
    expect(release).toHaveLength(3);
    expect(progress()).toEqual({ action: 'cancel', done: 0, total: 4 });
    release[0]?.();
    await settle();
    expect(progress()).toEqual({ action: 'cancel', done: 1, total: 4 });
    expect(release).toHaveLength(4);
    for (const run of release) run();
    await cancelling;
    expect(progress()).toBeNull();
    expect(made.panel.pane.selection.ids.get().size).toBe(0);
  });

  it('that could not be cancelled stay selected, and it is said why', async () => {
    const made = await selected([running('a'), running('b')], {
      cancel: async (id) => (id === 'a' ? undefined : Promise.reject(new Unreachable(null))),
    });
    await made.panel.pane.cancelSelected();
    expect([...made.panel.pane.selection.ids.get()]).toEqual(['b']);
    expect(notices(made)).toEqual([
      '1 of 2 sessions were not cancelled. The server cannot be reached.',
    ]);
  });

  it('that have ended are deleted together, with time to undo it', async () => {
    const removed: string[] = [];
    const made = await selected([summaryOf('a'), summaryOf('b'), summaryOf('c')], {
      remove: async (id) => void removed.push(id),
    });
    made.panel.pane.deleteSelected();
    await settle();
    expect(rows(made)).toEqual([]);
    expect(made.panel.deletes.undoable.get()).toHaveLength(1);
    made.panel.deletes.undo(made.panel.deletes.undoable.get()[0]?.sessionId ?? '');
    expect(rows(made)).toHaveLength(3);
    made.panel.pane.selection.all(made.panel.list.get()?.model.get().rows ?? []);
    made.panel.pane.deleteSelected();
    expect(removed).toEqual([]);
    made.timers.advance(UNDO_TIME);
    await settle();
    expect(removed.toSorted()).toEqual(['a', 'b', 'c']);
  });

  it('that are deleted here do not show up again when the feed says so', async () => {
    const made = await selected([summaryOf('a'), summaryOf('b')]);
    made.panel.pane.deleteSelected();
    made.timers.advance(UNDO_TIME);
    await settle();
    const list = made.panel.list.get();
    const before = list?.model.get();
    list?.apply({
      kind: 'entry',
      entry: { sessionId: 'a', status: 'deleted', createdAt: 1, revision: 6 },
    });
    made.connections[0]?.send([
      'sessionStatus',
      { sessionId: 'b', status: 'deleted', createdAt: 1, revision: 7 },
    ]);
    expect(before?.rows).toEqual([]);
    for (let turn = 0; turn < 10; turn += 1) {
      await Promise.resolve();
      expect(rows(made)).toEqual([]);
    }
    await settle();
    expect(rows(made)).toEqual([]);
    expect([...made.panel.deletes.hidden.get()]).toEqual(['a']);
  });

  it('are asked about before they are deleted when some have not ended', async () => {
    const removed: string[] = [];
    const made = await selected([running('a'), summaryOf('b')], {
      remove: async (id) => void removed.push(id),
    });
    made.panel.open('a');
    made.panel.pane.deleteSelected();
    expect(made.panel.pane.confirming.get()).toEqual({ count: 2, unfinished: 1 });
    await made.panel.pane.confirm(false);
    expect(removed).toEqual([]);
    expect(made.panel.pane.selection.ids.get().size).toBe(2);
    made.panel.pane.deleteSelected();
    await made.panel.pane.confirm(true);
    expect(removed).toEqual(['a']);
    expect(made.panel.place.get().sessionId).toBeNull();
    expect([...made.panel.deletes.hidden.get()]).toEqual(['b']);
  });

  it('are no longer selected when they are deleted elsewhere, or when others are shown', async () => {
    const made = await selected([summaryOf('a'), summaryOf('b')]);
    made.connections[0]?.send([
      'sessionStatus',
      { sessionId: 'a', status: 'deleted', createdAt: 1, revision: 6 },
    ]);
    await settle();
    expect([...made.panel.pane.selection.ids.get()]).toEqual(['b']);
    made.panel.setFilter({ ...NO_FILTER, needsAnswer: true });
    expect(made.panel.pane.selection.ids.get().size).toBe(0);
  });
});
