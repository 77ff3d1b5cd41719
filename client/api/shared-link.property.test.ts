import fc from 'fast-check';
import { expect, it } from 'vitest';
import { settle, TabModel } from './tab-model.testing.ts';
import { TabsWorld } from './tabs-world.testing.ts';
import { WatchModel } from './watch-model.testing.ts';

const small = fc.nat(11);
const action = fc.oneof(
  fc.record({ does: fc.constant('join' as const) }),
  fc.record({
    does: fc.constantFrom('kill' as const, 'leave', 'return', 'freeze', 'thaw', 'retry'),
    tab: small,
  }),
  fc.record({ does: fc.constant('watch' as const), tab: small, session: fc.nat(6) }),
  fc.record({ does: fc.constant('load' as const), tab: small, graph: fc.nat(3) }),
  fc.record({ does: fc.constantFrom('append' as const, 'change', 'delete'), session: fc.nat(6) }),
  fc.record({ does: fc.constantFrom('create' as const, 'drop', 'refuse', 'accept') }),
  fc.record({ does: fc.constant('replace' as const) }),
  fc.record({ does: fc.constant('wait' as const), seconds: fc.integer({ min: 1, max: 20 }) }),
  { weight: 4, arbitrary: fc.record({ does: fc.constant('send' as const), count: small }) },
  {
    weight: 4,
    arbitrary: fc.record({
      does: fc.constant('hear' as const),
      picks: fc.array(fc.nat(30), { maxLength: 30 }),
    }),
  },
);
type Action = typeof action extends fc.Arbitrary<infer T> ? T : never;

/** A browser with its tabs and the server, to which anything happens. */
class Run {
  readonly world = new TabsWorld();
  readonly server = new WatchModel();
  readonly tabs: TabModel[] = [];
  readonly #away = new Set<TabModel>();
  readonly #frozen = new Map<TabModel, number>();
  #count = 0;

  constructor() {
    for (const graph of ['G', 'G', 'H']) this.server.create(graph);
    this.join();
  }

  join(): void {
    if (this.tabs.length >= 6) return;
    this.#count += 1;
    const tab = new TabModel(
      `tab${this.#count}`,
      this.world,
      this.server,
      (this.#count * 0.37) % 1,
    );
    this.tabs.push(tab);
    tab.load('G');
    tab.watch([...this.server.rows.keys()][this.#count % 3] ?? 's1');
  }

  act(action: Action): void {
    const { server, world } = this;
    const tab = 'tab' in action ? this.tabs[action.tab % Math.max(1, this.tabs.length)] : undefined;
    const session =
      'session' in action ? ([...server.rows.keys()][action.session] ?? 's99') : 's99';
    switch (action.does) {
      case 'join':
        return this.join();
      case 'create':
        return void server.create(this.#count % 2 === 0 ? 'G' : 'H');
      case 'append':
        return server.append(session, 2);
      case 'change':
        return server.change(session);
      case 'delete':
        return server.delete(session);
      case 'drop':
        return server.drop();
      case 'replace':
        return server.replaceStore();
      case 'refuse':
      case 'accept':
        server.refuse = action.does === 'refuse';
        return;
      case 'send':
        for (const n of server.connections.keys()) server.send(action.count, n);
        return;
      case 'hear':
        return action.picks.forEach((pick) => world.hearOne(pick));
      case 'wait':
        return this.advance(action.seconds * 1000);
      default:
        break;
    }
    if (tab === undefined) return;
    switch (action.does) {
      case 'kill':
        world.kill(tab.name);
        server.drop(tab.name);
        server.dead.add(tab.name);
        this.tabs.splice(this.tabs.indexOf(tab), 1);
        this.#away.delete(tab);
        this.#frozen.delete(tab);
        return;
      case 'freeze':
        if (this.#frozen.has(tab)) return;
        this.#frozen.set(tab, 0);
        world.freeze(tab.name);
        server.stalled.add(tab.name);
        return;
      case 'thaw':
        return this.thaw(tab);
      default:
        break;
    }
    // A frozen tab does nothing.
    if (this.#frozen.has(tab)) return;
    switch (action.does) {
      case 'leave':
        this.#away.add(tab);
        return tab.leave();
      case 'return':
        this.#away.delete(tab);
        return tab.join();
      case 'retry':
        return tab.stream.retryNow();
      case 'watch':
        return tab.watch(action.session === 5 ? null : session);
      case 'load':
        return tab.load(['G', 'H', '', null][action.graph] ?? null);
    }
  }

  thaw(tab: TabModel): void {
    const missed = this.#frozen.get(tab);
    if (missed === undefined) return;
    this.#frozen.delete(tab);
    this.world.thaw(tab.name);
    this.server.stalled.delete(tab.name);
    tab.timers.advance(missed);
  }

  advance(milliseconds: number): void {
    for (const tab of this.tabs) {
      const missed = this.#frozen.get(tab);
      if (missed === undefined) tab.timers.advance(milliseconds);
      else this.#frozen.set(tab, missed + milliseconds);
    }
  }

  /** Lets all come to rest. */
  async heal(): Promise<void> {
    this.server.refuse = false;
    for (const tab of [...this.#frozen.keys()]) this.thaw(tab);
    for (const tab of this.#away) tab.join();
    for (let round = 0; round < 150; round += 1) {
      for (let turn = 0; turn < 10; turn += 1) {
        await settle();
        for (const n of this.server.connections.keys()) this.server.send(500, n);
        await settle();
        while (this.world.unheard > 0) this.world.hearOne();
      }
      if (round > 10 && this.tabs.every(({ wrong }) => wrong.length === 0)) return;
      this.advance(1_000);
    }
  }
}

it('gives each tab all that it wants, once and in order, over one connection, whatever becomes of the tabs and the server', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(action, { maxLength: 50 }), async (actions) => {
      const run = new Run();
      for (const action of actions) {
        run.act(action);
        await settle();
      }
      await run.heal();
      expect(run.tabs.flatMap(({ wrong }) => wrong)).toEqual([]);
      const wanting = run.tabs.filter(
        ({ graphId, sessionId, isGone }) => graphId !== null || (sessionId !== null && !isGone),
      );
      expect(run.server.connections.length).toBe(wanting.length > 0 ? 1 : 0);
    }),
    { numRuns: Number(process.env['TABS_RUNS'] ?? 60) },
  );
}, 120_000);
