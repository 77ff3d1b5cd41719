import type { EventSourceMessage } from 'eventsource-parser';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { feedEntry, type FeedEntry, type SessionSummary } from '../../shared/session.ts';
import { openSqliteStore } from '../store/sqlite-store.ts';
import type { Store } from '../store/store.ts';
import { createReaders } from './create-readers.ts';
import {
  BadConnection,
  scheduledStore,
  turningScheduler,
  type Weather,
} from './readers.testing.ts';
import { Log } from './streams.testing.ts';

const GRAPHS = ['G', 'H'];

const action = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({ does: fc.constant('create'), graph: fc.nat(1), at: fc.nat() }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      does: fc.constantFrom('suspended', 'running', 'delete', 'delete', 'rename'),
      graph: fc.nat(1),
      at: fc.nat(),
    }),
  },
);

const weather: fc.Arbitrary<Weather> = fc.record({
  bytes: fc.integer({ min: 1, max: 1500 }),
  room: fc.array(fc.boolean(), { maxLength: 4 }),
});

const plan = fc.record({
  before: fc.array(action, { maxLength: 10 }),
  during: fc.array(action, { maxLength: 12 }),
  keepTombstones: fc.option(fc.nat(3), { nil: undefined }),
  readers: fc.array(
    fc.record({
      graphId: fc.constantFrom(undefined, ...GRAPHS),
      wantsMarker: fc.boolean(),
      connections: fc.array(weather, { maxLength: 5 }),
      last: fc.array(fc.boolean(), { maxLength: 4 }),
    }),
    { minLength: 1, maxLength: 3 },
  ),
});

/** The name of the session that is created last, so that a reader knows when it has read all. */
const END = 'end';

/** Does things to sessions, and knows what there was at each revision. */
class Writer {
  /** The revision at which each session was created. */
  readonly born = new Map<string, number>();
  /** The graph of each session that there was at a revision. */
  readonly living: ReadonlyMap<string, string>[] = [new Map()];
  readonly #store: Store;
  readonly #log: Log;
  readonly #graphs = new Map<string, string>();

  constructor(store: Store) {
    this.#store = store;
    this.#log = new Log(store);
  }

  async do({ does, graph, at }: { does: string; graph: number; at: number }): Promise<void> {
    const id = [...this.#graphs.keys()][at % this.#graphs.size];
    if (does === 'create' || id === undefined) {
      await this.create(`s${this.born.size}`, GRAPHS[graph] ?? 'G');
    } else if (does === 'delete') {
      this.#graphs.delete(id);
      await this.#foresee();
      await this.#store.delete(id, 2);
    } else {
      await this.#foresee();
      if (does === 'rename') await this.#store.rename(id, `title ${at}`);
      else await this.#log.append(id, [0], does === 'running' ? 'running' : 'suspended');
    }
  }

  async create(id: string, graphId: string): Promise<void> {
    this.#graphs.set(id, graphId);
    this.born.set(id, await this.#foresee());
    await this.#log.create(id, graphId);
  }

  /** Notes what there will be at the next revision, of which a reader may hear before a call returns. */
  async #foresee(): Promise<number> {
    const next = (await revisionOf(this.#store)) + 1;
    this.living[next] = new Map(this.#graphs);
    return next;
  }
}

async function revisionOf(store: Store): Promise<number> {
  return (await store.changes({ since: 0, tombstonesFor: null, limit: 1 })).revision;
}

/** What a reader makes of the frames that it is sent. */
class Fold {
  readonly sessions = new Map<string, SessionSummary>();
  since: number | null;
  readonly #writer: Writer;
  readonly #graphId: string | undefined;
  #last = 0;
  #markers = 0;
  #expected = 0;
  /** The revision of the connection's first read, at least. */
  #head = 0;
  #known = 0;

  constructor(since: number | null, writer: Writer, graphId: string | undefined) {
    this.since = since;
    this.#writer = writer;
    this.#graphId = graphId;
  }

  /** To be called before each connection. */
  connect(head: number): void {
    this.#head = head;
    this.#known = this.since ?? 0;
    this.#last = this.#known;
    this.#markers = 0;
    this.#expected = this.since === null ? 0 : 1;
  }

  take({ event, id, data }: EventSourceMessage): void {
    const value: unknown = JSON.parse(data);
    if (event === 'reset') {
      expect(id).toBeUndefined();
      this.sessions.clear();
      this.#known = 0;
      this.#last = 0;
      // One that was owed is given after the new snapshot; one that was given is given again.
      this.#expected = this.#markers + 1;
      return;
    }
    const revision = Number(id);
    this.since = revision;
    if (event === 'snapshotComplete') {
      expect(++this.#markers).toBe(this.#expected);
      expect(revision).toBeGreaterThanOrEqual(this.#last);
      expect(value).toMatchObject({ revision });
      // A reader drops at the marker what it was not told of, so that must be all there is.
      const living = [...(this.#writer.living[revision] ?? [])];
      const mine = living.filter(([, graph]) => graph === (this.#graphId ?? graph));
      expect(new Set(this.sessions.keys())).toEqual(new Set(mine.map(([id]) => id)));
      return;
    }
    const entry: FeedEntry = feedEntry.parse(value);
    expect([event, entry.revision]).toEqual(['sessionStatus', revision]);
    // Revisions only rise, so nothing is told twice.
    expect(revision).toBeGreaterThan(this.#last);
    this.#last = revision;
    if (entry.status !== 'deleted') {
      this.sessions.set(entry.sessionId, entry);
    } else {
      const existed = (this.#writer.born.get(entry.sessionId) ?? Infinity) <= this.#known;
      expect(existed || revision > this.#head, `an idle tombstone of ${entry.sessionId}`).toBe(
        true,
      );
      this.sessions.delete(entry.sessionId);
    }
  }

  /** Whether a marker was given when one was due. */
  get isMarked(): boolean {
    return this.#markers === this.#expected;
  }
}

const calm = (room: readonly boolean[]): Weather => ({ bytes: Infinity, room });

test('whatever breaks when, what a reader of the feed was told adds up to the list', async () => {
  await fc.assert(
    fc.asyncProperty(turningScheduler(), plan, async (scheduler, given) => {
      const { keepTombstones } = given;
      const store = await openSqliteStore({ file: ':memory:', keepTombstones });
      const writer = new Writer(store);
      for (const step of given.before) await writer.do(step);
      // A page that others read since the last news may be what a new reader is given.
      let announced = await revisionOf(store);
      const announce = async () => {
        announced = await revisionOf(store);
      };
      const readers = createReaders(scheduledStore(store, scheduler, () => void announce()));

      const read = async ({
        graphId,
        wantsMarker,
        connections,
        last,
      }: (typeof given.readers)[0]) => {
        const fold = new Fold(wantsMarker ? 0 : null, writer, graphId);
        for (const weather of [...connections, calm(last)]) {
          const connection: BadConnection = new BadConnection(scheduler, weather, (frame) => {
            fold.take(frame);
            if (fold.sessions.has(`${END}-${graphId ?? 'H'}`) && fold.isMarked) connection.close();
          });
          fold.connect(announced);
          await readers.feed(connection, { graphId, since: fold.since });
        }
        return fold.sessions;
      };
      const write = async () => {
        for (const step of given.during) {
          await scheduler.schedule(Promise.resolve(), 'write');
          await writer.do(step);
        }
        for (const graph of GRAPHS) await writer.create(`${END}-${graph}`, graph);
      };
      const [, ...results] = await scheduler.waitFor(
        Promise.all([write(), ...given.readers.map(read)]),
      );
      for (const [i, told] of results.entries()) {
        const graphId = given.readers[i]!.graphId;
        const { sessions } = await store.list({ graphId, limit: 100 });
        const byId = new Map(sessions.map((session) => [session.sessionId, session]));
        expect(told).toEqual(byId);
      }
      expect(readers.size).toBe(0);
      readers.close();
      await store.close();
    }),
    { numRuns: 250, timeout: 5_000 },
  );
});
