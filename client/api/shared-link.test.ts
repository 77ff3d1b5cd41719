import { describe, expect, it } from 'vitest';
import { settle, TabModel } from './tab-model.testing.ts';
import { TabsWorld } from './tabs-world.testing.ts';
import { WatchModel } from './watch-model.testing.ts';

/** A browser with so many tabs, each on a session of its own. */
async function setUp(count: number) {
  const world = new TabsWorld();
  const server = new WatchModel();
  const tabs: TabModel[] = [];
  const live = async (send = 100) => {
    for (let round = 0; round < 4; round += 1) {
      await settle();
      for (const n of server.connections.keys()) server.send(send, n);
      await settle();
      while (world.unheard > 0) world.hearOne();
    }
    await settle();
  };
  for (let n = 0; n < count; n += 1) {
    const sessionId = server.create('G');
    const tab = new TabModel(`tab${n}`, world, server, n / count);
    tabs.push(tab);
    tab.watch(sessionId);
    await live();
  }
  const [first, second] = tabs;
  if (first === undefined || second === undefined) throw new Error('Two tabs at least.');
  const kill = (tab: TabModel) => {
    world.kill(tab.name);
    server.drop(tab.name);
  };
  return { world, server, tabs, first, second, live, kill };
}

const wrongOf = (tabs: readonly TabModel[]) => tabs.flatMap(({ wrong }) => wrong);

describe('tabs that share a connection', () => {
  it('are all served by the first, which asks once for each that comes', async () => {
    const { server, tabs } = await setUp(4);
    expect(wrongOf(tabs)).toEqual([]);
    expect(server.connections).toEqual(['tab0']);
    expect(server.requests.map((query) => query.getAll('session'))).toEqual([
      ['s1:-1'],
      ['s1:0', 's2:-1'],
      ['s1:0', 's2:0', 's3:-1'],
      ['s1:0', 's2:0', 's3:0', 's4:-1'],
    ]);
  });

  it('hear nothing of a connection that is made anew for another', async () => {
    const { server, tabs, first, live } = await setUp(2);
    const { told, states } = first;
    const before = [told.length, states.length];
    const third = server.create('G');
    tabs[1]?.watch(third);
    await live();
    expect([told.length, states.length]).toEqual(before);
    expect(told).toEqual(['start', 'event', 'replayComplete']);
    expect(wrongOf(tabs)).toEqual([]);
  });

  it('go on with another when the holder is killed, from where each of them was, unaware of it', async () => {
    const { server, tabs, first, live, kill } = await setUp(4);
    const rest = tabs.slice(1);
    const states = rest.map((tab) => tab.states.length);
    for (const id of server.rows.keys()) server.append(id, 3);
    await live(2);
    kill(first);
    for (const id of server.rows.keys()) server.append(id, 2);
    const asked = server.requests.length;
    await live();
    expect(wrongOf(rest)).toEqual([]);
    expect(server.connections).toEqual(['tab1']);
    // One for itself, and one with all that the others said meanwhile.
    expect(server.requests.slice(asked).map((query) => query.getAll('session').length)).toEqual([
      1, 3,
    ]);
    expect(rest.map((tab) => tab.states.length)).toEqual(states);
  });

  it('follow one graph or all of them over one feed, and miss no deletion that only some are owed', async () => {
    const { server, tabs, first, second, live } = await setUp(2);
    first.load('G');
    await live();
    const born = server.create('H');
    second.load('H');
    // Both are lost together; what is deleted meanwhile, the first never knew.
    server.drop();
    server.delete(born);
    for (const { timers } of tabs) timers.advance(1_000);
    await live();
    expect(server.requests.at(-1)?.get('feed')).toBe('');
    expect(server.requests.at(-1)?.get('known')).not.toBe(null);
    expect([...second.rows]).toEqual([]);
    expect(wrongOf(tabs)).toEqual([]);
  });

  it('all tell why the connection is lost, and each can hurry it', async () => {
    const { server, tabs, second, live } = await setUp(3);
    server.refuse = true;
    server.drop();
    await live();
    const expected = { phase: 'waiting', attempt: 1, reason: 'The server cannot be reached.' };
    for (const tab of tabs) expect(tab.states.at(-1)).toMatchObject(expected);
    const asked = server.requests.length;
    second.stream.retryNow();
    await live();
    expect(server.requests.length).toBe(asked + 1);
    for (const tab of tabs) expect(tab.states.at(-1)).toMatchObject({ attempt: 2 });
    server.refuse = false;
    second.stream.retryNow();
    await live();
    expect(wrongOf(tabs)).toEqual([]);
  });

  it('are in time when the timers of a hidden holder are not', async () => {
    const { server, tabs, second, live } = await setUp(2);
    server.drop();
    await live();
    expect(second.states.at(-1)?.phase).toBe('waiting');
    second.timers.advance(1_000);
    await live();
    expect(wrongOf(tabs)).toEqual([]);
  });

  it('take the connection from a holder that is frozen, which follows them when it wakes', async () => {
    const { world, server, tabs, first, second, live } = await setUp(3);
    world.freeze(first.name);
    server.stalled.add(first.name);
    for (const id of server.rows.keys()) server.append(id, 3);
    for (let n = 0; n < 60; n += 1) {
      for (const tab of tabs.slice(1)) tab.timers.advance(1_000);
      await live();
    }
    expect(wrongOf(tabs.slice(1))).toEqual([]);
    world.thaw(first.name);
    server.stalled.delete(first.name);
    await live();
    expect(wrongOf(tabs)).toEqual([]);
    expect(server.connections).toHaveLength(1);
    expect(server.connections).not.toContain(first.name);
    second.leave();
    await live();
    expect(server.connections).toHaveLength(1);
  });

  it('let the connection go as soon as they learn that another has taken the lock', async () => {
    const { world, server, tabs, first, second, live } = await setUp(3);
    // A page that is too busy to answer is as a frozen one is, for a while.
    world.freeze(first.name);
    for (let n = 0; n < 60 && server.connections.length < 2; n += 1) {
      for (const tab of tabs.slice(1)) tab.timers.advance(1_000);
      await live();
    }
    expect(server.connections).toHaveLength(2);
    expect(server.connections).toContain(first.name);
    const heard = world.unheard;
    world.thaw(first.name);
    await settle();
    // Before it has heard a word of the others, some of which waits for it.
    expect(world.unheard).toBeGreaterThan(heard);
    expect(server.connections).toHaveLength(1);
    expect(server.connections).not.toContain(first.name);
    // Whatever it asks for goes to the other.
    server.append('s1', 2);
    second.stream.retryNow();
    first.stream.retryNow();
    await live();
    expect(wrongOf(tabs)).toEqual([]);
    expect(server.connections).toHaveLength(1);
  });

  it('are served alone where no locks are to be had', async () => {
    const server = new WatchModel();
    const world = new TabsWorld();
    world.refuseLocks = true;
    const tabs = ['one', 'two'].map((name) => new TabModel(name, world, server));
    for (const tab of tabs) {
      tab.watch(server.create('G'));
      await settle();
      for (const n of server.connections.keys()) server.send(100, n);
      await settle();
    }
    expect(wrongOf(tabs)).toEqual([]);
    expect(server.connections).toEqual(['one', 'two']);
    for (const tab of tabs) tab.leave();
    await settle();
    expect(server.connections).toEqual([]);
  });

  it('are not held up by one that takes nothing in, for which little is kept', async () => {
    const { world, server, tabs, first, second, live } = await setUp(3);
    world.freeze(second.name);
    const long = 'x'.repeat(50_000);
    for (let n = 0; n < 100; n += 1) server.append('s2', 1, long);
    await live();
    server.append('s3', 5);
    expect(world.waitingFor(second.name)).toBeLessThan(1_300_000);
    first.timers.advance(3_000);
    await live();
    expect(wrongOf(tabs).map((text) => text.slice(0, 4))).toEqual(['tab1']);
    expect(world.waitingFor(second.name)).toBeLessThan(1_300_000);
    expect(server.requests.at(-1)?.getAll('session')).toEqual(['s1:0', 's3:0']);
    world.thaw(second.name);
    for (let n = 0; n < 10; n += 1) await live();
    expect(wrongOf(tabs)).toEqual([]);
  });

  it('read no faster than the slowest of them', async () => {
    const { world, server, second, live, tabs } = await setUp(2);
    for (let n = 0; n < 100; n += 1) server.append('s2', 1, 'x'.repeat(50_000));
    await settle();
    for (let n = 0; n < 100; n += 1) {
      server.send(1);
      await settle();
    }
    expect(world.waitingFor(second.name)).toBeLessThan(1_300_000);
    for (let n = 0; n < 10; n += 1) await live();
    expect(wrongOf(tabs)).toEqual([]);
  });

  it('leave a page that goes to the back-forward cache, and let it come back', async () => {
    const { server, tabs, first, live } = await setUp(3);
    first.leave();
    await live();
    expect(server.connections).toEqual(['tab1']);
    server.append('s1', 2);
    first.join();
    await live();
    expect(server.connections).toEqual(['tab1']);
    expect(wrongOf(tabs)).toEqual([]);
  });
});
