import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  isFinal,
  sessionStatuses,
  type FeedEntry,
  type SessionSummary,
} from '../../shared/session.ts';
import {
  ALL,
  appendOf,
  eventsOf,
  factsOf,
  promptOf,
  recordOf,
  wholeList,
} from './store-fixtures.testing.ts';
import type { OpenStore } from './store.testing.ts';
import type { ProducerState, SessionFacts, SessionRecord, Store, StoredEvent } from './store.ts';

const id = fc.constantFrom('a', 'b', 'c', 'd');
const types = fc.uniqueArray(fc.constantFrom<string>('x', 'y', 'z'), { maxLength: 2 });

const facts = fc
  .record({
    status: fc.constantFrom(...sessionStatuses),
    ids: fc.uniqueArray(fc.constantFrom('p', 'q', 'r'), { maxLength: 2 }),
    needsRunner: fc.boolean(),
    nextWakeAt: fc.constantFrom(null, 1, 2),
    lostContactAt: fc.constantFrom(null, null, 7),
  })
  .map(({ ids, ...over }) =>
    factsOf({ ...over, openPrompts: ids.map(promptOf), openPromptCount: ids.length }),
  );

const producers = fc.uniqueArray(
  fc.record({
    producerId: fc.constantFrom('m', 'n'),
    epoch: fc.nat(2),
    seq: fc.nat(2),
    lastIndex: fc.nat(2),
    lease: fc.constantFrom(null, 30),
    leaseUntil: fc.constantFrom(null, 1030.5),
  }),
  { maxLength: 2, selector: ({ producerId }) => producerId },
);

const command = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('create' as const),
      id,
      types,
      facts,
      graphId: fc.constantFrom('g', 'h'),
      runner: fc.constantFrom('server' as const, 'external' as const),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('append' as const),
      id,
      facts: fc.option(facts),
      count: fc.integer({ min: 1, max: 3 }),
      producers,
      // Mostly right, at times a conflict.
      off: fc.constantFrom(0, 0, 0, 0, -1, 1),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('rename' as const),
      id,
      title: fc.constantFrom('t', 'u'),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('delete' as const), id }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('block' as const), types }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('beat' as const), id, producers }) },
);
type Command = typeof command extends fc.Arbitrary<infer T> ? T : never;

interface ModelSession {
  readonly record: SessionRecord;
  title: string;
  facts: SessionFacts;
  events: StoredEvent[];
  blockedBy: string[];
  producers: Map<string, ProducerState>;
  shown: Pick<SessionSummary, 'updatedAt' | 'eventCount'>;
}

/** The store as a map: what every command does, and whether it is refused. */
class Model {
  readonly sessions = new Map<string, ModelSession>();
  /** Stands for the store's clock, so that sessions differ in their creation. */
  #created = 0;

  /** Gives the command to the store and to the model; resolves once they agree on its outcome. */
  async run(store: Store, given: Command): Promise<void> {
    switch (given.do) {
      case 'create': {
        const record = recordOf(given.id, {
          graphId: given.graphId,
          nodeTypes: given.types,
          runner: given.runner,
          createdAt: (this.#created += 1),
        });
        const refused = this.sessions.has(given.id);
        if (!refused) {
          const events = eventsOf(0);
          const session = {
            record,
            title: record.title,
            facts: given.facts,
            events,
            blockedBy: [],
            producers: new Map<string, ProducerState>(),
          };
          this.sessions.set(given.id, { ...session, shown: shownAt(events) });
        }
        return agree(store.create(record, appendOf(given.id, 0, given.facts)), refused);
      }
      case 'append': {
        const session = this.sessions.get(given.id);
        // What the engine never does: nothing follows the end.
        if (session !== undefined && isFinal(session.facts.status)) return;
        const first = (session?.events.length ?? 0) + given.off;
        const events = eventsOf(first, given.count);
        const refused = session === undefined || given.off !== 0;
        if (!refused) this.#append(session, events, given.facts);
        const { facts, producers } = given;
        if (!refused) keep(session, producers);
        return agree(store.append({ sessionId: given.id, events, facts, producers }), refused);
      }
      case 'beat': {
        const session = this.sessions.get(given.id);
        if (session !== undefined) keep(session, given.producers);
        const { producers } = given;
        const beat = store.append({ sessionId: given.id, events: [], facts: null, producers });
        return agree(beat, session === undefined);
      }
      case 'rename': {
        const session = this.sessions.get(given.id);
        if (session !== undefined && session.title !== given.title) {
          session.title = given.title;
          session.shown = shownAt(session.events);
        }
        expect(await store.rename(given.id, given.title)).toBe(session !== undefined);
        return;
      }
      case 'delete': {
        const existed = this.sessions.delete(given.id);
        expect(await store.delete(given.id, 9)).toBe(existed);
        return;
      }
      case 'block': {
        for (const session of this.sessions.values()) {
          const blockedBy = isFinal(session.facts.status)
            ? []
            : session.record.nodeTypes.filter((type) => given.types.includes(type)).sort();
          if (blockedBy.join() !== session.blockedBy.join())
            session.shown = shownAt(session.events);
          session.blockedBy = blockedBy;
        }
        return store.setBlocked(given.types);
      }
    }
  }

  #append(session: ModelSession, events: StoredEvent[], facts: SessionFacts | null): void {
    session.events = [...session.events, ...events];
    if (facts === null) return;
    const [before, after] = [session.facts, facts].map(
      (of) =>
        `${of.status} ${of.lostContactAt} ${of.openPrompts
          .map((prompt) => prompt.interactionId)
          .sort()
          .join()}`,
    );
    if (before !== after) session.shown = shownAt(session.events);
    if (isFinal(facts.status)) session.blockedBy = [];
    session.facts = facts;
  }

  /** The list without the revisions, which are the store's own. */
  list(): Omit<SessionSummary, 'revision'>[] {
    return [...this.sessions.values()]
      .sort((a, b) => b.record.createdAt - a.record.createdAt)
      .map(({ record, title, facts, blockedBy, shown }) => ({
        sessionId: record.sessionId,
        graphId: record.graphId,
        status: facts.status,
        title,
        createdAt: record.createdAt,
        ...shown,
        openPromptCount: facts.openPromptCount,
        error: facts.error,
        ...(blockedBy.length === 0 ? {} : { blockedBy }),
        ...(record.runner === 'server' ? {} : { runner: record.runner }),
        ...(facts.lostContactAt === null ? {} : { lostContactAt: facts.lostContactAt }),
      }));
  }

  /** The ids of those that have not ended and pass `test`, in the order of creation. */
  open(test: (session: ModelSession) => boolean): string[] {
    return [...this.sessions.values()]
      .filter((session) => !isFinal(session.facts.status) && test(session))
      .sort((a, b) => a.record.createdAt - b.record.createdAt)
      .map(({ record }) => record.sessionId);
  }
}

function keep(session: ModelSession, producers: readonly ProducerState[]): void {
  for (const producer of producers) session.producers.set(producer.producerId, producer);
}

const shownAt = (events: readonly StoredEvent[]) => ({
  updatedAt: events.at(-1)!.time,
  eventCount: events.length,
});

async function agree(write: Promise<void>, refused: boolean): Promise<void> {
  if (refused) await expect(write).rejects.toThrow();
  else await write;
}

/** Follows the feed as a panel does: keeps what it is told, drops what is deleted. */
class FeedReader {
  readonly known = new Map<string, SessionSummary>();
  readonly #graphId: string | undefined;
  #since = 0;

  constructor(graphId: string | undefined) {
    this.#graphId = graphId;
  }

  /** Reads one page. Returns whether there is more. */
  async read(store: Store, limit: number): Promise<boolean> {
    const { entries, more, revision } = await store.changes({
      ...(this.#graphId === undefined ? {} : { graphId: this.#graphId }),
      since: this.#since,
      tombstonesFor: this.#since === 0 ? null : this.#since,
      limit,
    });
    for (const entry of entries) {
      expect(entry.revision).toBeGreaterThan(this.#since);
      this.#since = entry.revision;
      this.#take(entry);
    }
    if (!more) this.#since = revision;
    return more;
  }

  #take(entry: FeedEntry): void {
    if (entry.status === 'deleted') this.known.delete(entry.sessionId);
    else this.known.set(entry.sessionId, entry);
  }
}

/** A model of the store, and readers of its feed, under random commands in random groups. */
export function describeModel(open: OpenStore): void {
  it('does what a map of sessions does, and its feed leads to its list', async () => {
    const { store } = await open();
    const tick = fc.record({
      commands: fc.array(command, { minLength: 1, maxLength: 6 }),
      /** Pages that each reader reads afterwards, of this many entries. */
      reads: fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 3 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(tick, { maxLength: 12 }), async (ticks) => {
        const model = new Model();
        const readers = [undefined, 'g', 'h'].map((graphId) => new FeedReader(graphId));
        for (const { commands, reads } of ticks) {
          // Given in one turn: the store sees them in this order, in one commit.
          await Promise.all(commands.map((given) => model.run(store, given)));
          await compare(store, model);
          for (const limit of reads) for (const reader of readers) await reader.read(store, limit);
        }
        const list = await wholeList(store);
        for (const [reader, graphId] of readers.map(
          (of, n) => [of, [undefined, 'g', 'h'][n]] as const,
        )) {
          while (await reader.read(store, 2));
          expect([...reader.known.values()].sort((a, b) => b.createdAt - a.createdAt)).toEqual(
            list.filter((session) => graphId === undefined || session.graphId === graphId),
          );
        }
        for (const sessionId of model.sessions.keys()) await store.delete(sessionId, 9);
      }),
      { numRuns: 80 },
    );
  });
}

async function compare(store: Store, model: Model): Promise<void> {
  const list = await wholeList(store);
  expect(list.map(({ revision: _, ...summary }) => summary)).toEqual(model.list());
  expect(new Set(list.map(({ revision }) => revision)).size).toBe(list.length);
  for (const [sessionId, { record, facts, events, blockedBy, producers }] of model.sessions) {
    expect(await store.record(sessionId)).toEqual(record);
    expect(await store.events(sessionId, -1, ALL)).toEqual({
      events: events.map(({ index, json }) => ({ index, json })),
      status: facts.status,
      lastIndex: events.length - 1,
    });
    expect(await store.status(sessionId)).toMatchObject({
      updatedAt: events.at(-1)!.time,
      openPrompts: facts.openPrompts,
      blockedBy,
      runner: record.runner,
      lostContactAt: facts.lostContactAt,
    });
    expect(await store.producers(sessionId)).toEqual(
      [...producers.values()].sort((a, b) => (a.producerId < b.producerId ? -1 : 1)),
    );
  }
  const needed = model.open(() => true).flatMap((of) => model.sessions.get(of)!.record.nodeTypes);
  expect(await store.openTypes()).toEqual([...new Set(needed)].sort());
  expect(await store.needingRunner()).toEqual(
    model.open(({ facts, blockedBy }) => facts.needsRunner && blockedBy.length === 0),
  );
  const counts = new Map<string, Record<string, number>>();
  for (const { record, facts } of model.sessions.values()) {
    const of = counts.get(record.graphId) ?? {};
    counts.set(record.graphId, { ...of, [facts.status]: (of[facts.status] ?? 0) + 1 });
  }
  expect(await store.graphCounts()).toEqual(counts);
}
