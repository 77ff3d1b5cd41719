import { expect, it } from 'vitest';
import { HeldAddress, type Whereabouts } from './held-address.ts';
import { makePanel, settle } from './panel.testing.ts';

const nowhere: Whereabouts = { graphId: null, sessionId: null, filter: '' };

function setUp(at = nowhere) {
  const gone: unknown[] = [];
  let moves = 0;
  const address = new HeldAddress(at, {
    base: 'http://box/x/',
    onGo: (to, replaces) => gone.push([to, replaces]),
  });
  address.onMove(() => (moves += 1));
  return { address, gone, moves: () => moves };
}

it('tells where the panel goes, and whether there is a way back', () => {
  const { address, gone, moves } = setUp();
  address.replace('?graph=G');
  address.push('?graph=G&session=s&status=failed&q=x');
  expect(gone).toEqual([
    [{ graphId: 'G', sessionId: null, filter: '' }, true],
    [{ graphId: 'G', sessionId: 's', filter: 'status=failed&q=x' }, false],
  ]);
  expect(moves()).toBe(0);
});

it('moves the panel when it is set elsewhere, and not when it is set where it is', () => {
  const { address, gone, moves } = setUp({ graphId: 'G', sessionId: null, filter: 'q=x' });
  expect(address.query()).toBe('?graph=G&q=x');
  address.set({ graphId: 'G', sessionId: null, filter: '?q=x&unknown=1' });
  expect(moves()).toBe(0);
  address.set({ graphId: 'G', sessionId: 's', filter: 'q=x' });
  expect([address.query(), moves(), gone]).toEqual(['?graph=G&session=s&q=x', 1, []]);
});

it('leads its links to the panel’s own page', () => {
  expect(setUp().address.href('?graph=G')).toBe('http://box/x/?graph=G');
});

it('tells nothing of what a panel does that has been left', () => {
  const { address, gone } = setUp();
  address.close();
  address.push('?graph=G');
  expect(gone).toEqual([]);
});

it('of a panel that was stopped nothing goes on: no connection, no timer, no deletion that waits', async () => {
  const removed: string[] = [];
  const made = makePanel('?graph=G&session=s1', {
    remove: async (sessionId) => void removed.push(sessionId),
  });
  made.panel.start();
  await settle();
  expect(made.connections).toHaveLength(1);
  made.panel.remove({ sessionId: 's2', title: 'Two', status: 'completed' });
  expect(removed).toEqual([]);
  made.panel.stop();
  await settle();
  expect(removed).toEqual(['s2']);
  expect(made.timers.pending).toBe(0);
  made.timers.advance(60_000);
  await settle();
  expect(made.connections).toHaveLength(1);
});
