import { describe, expect, it } from 'vitest';
import { Notifier } from './notifier.ts';
import { ManualDesktop, summaryOf } from './panel.testing.ts';
import { memoryStore } from './preference-store.testing.ts';

function setUp(entries: Record<string, string> = {}) {
  const desktop = new ManualDesktop();
  desktop.allowed = 'granted';
  desktop.isHidden = true;
  const store = memoryStore(entries);
  const clicked: string[] = [];
  const make = () =>
    new Notifier({ desktop, store, onClick: ({ sessionId }) => clicked.push(sessionId) });
  return { desktop, store, clicked, make };
}

const a = summaryOf('a', { openPromptCount: 1 });
const b = summaryOf('b', { openPromptCount: 2 });

describe('notifications', () => {
  it('come of what needs an answer while the page is hidden, once they were asked for', async () => {
    const { desktop, clicked, make } = setUp();
    const notifier = make();
    notifier.notify([a]);
    expect(desktop.shown).toEqual([]);
    await notifier.toggle();
    notifier.notify([a, b]);
    expect(desktop.shown).toMatchObject([
      { title: 'Title of a', body: 'Needs an answer', tag: 'a' },
      { title: 'Title of b', body: 'Needs 2 answers', tag: 'b' },
    ]);
    desktop.shown[1]?.onClick();
    expect(clicked).toEqual(['b']);
    desktop.isHidden = false;
    notifier.notify([a]);
    expect(desktop.shown).toHaveLength(2);
  });

  it('are one when many come at once', async () => {
    const { desktop, make } = setUp();
    const notifier = make();
    await notifier.toggle();
    notifier.notify(['a', 'b', 'c', 'd'].map((id) => summaryOf(id)));
    expect(desktop.shown.map(({ title }) => title)).toEqual(['4 sessions need an answer']);
  });

  it('are remembered as they were chosen', async () => {
    const { make } = setUp();
    await make().toggle();
    const again = make();
    expect(again.on.get()).toBe(true);
    await again.toggle();
    expect(make().on.get()).toBe(false);
  });

  it.each([
    ['denied', 'The browser does not allow notifications of this page: its settings say so.'],
    ['default', 'The browser was not told to allow notifications.'],
    ['unsupported', 'This browser has no notifications, or not on a page without TLS.'],
  ] as const)('say why they cannot be turned on: %s', async (permission, problem) => {
    const { desktop, make } = setUp();
    desktop.allowed = permission;
    const notifier = make();
    await notifier.toggle();
    expect(notifier.on.get()).toBe(false);
    expect(notifier.problem.get()).toBe(problem);
  });

  it('are off when the browser has come to forbid them', () => {
    const { desktop, make } = setUp({ 'reattach.notify': 'on' });
    desktop.allowed = 'denied';
    expect(make().on.get()).toBe(false);
  });
});
