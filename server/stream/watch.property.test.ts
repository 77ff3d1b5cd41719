import fc from 'fast-check';
import { expect, test } from 'vitest';
import { feedEntry } from '../../shared/session.ts';
import { openSqliteStore } from '../store/sqlite-store.ts';
import { createReaders } from './create-readers.ts';
import {
  BadConnection,
  scheduledStore,
  turningScheduler,
  type Weather,
} from './readers.testing.ts';
import { eventJson, Log } from './streams.testing.ts';

const IDS = ['a', 'b', 'c'];
/** Ends with a deletion instead of a final event. */
const DOOMED = 'c';

const weather: fc.Arbitrary<Weather> = fc.record({
  bytes: fc.integer({ min: 200, max: 6000 }),
  room: fc.array(fc.boolean(), { maxLength: 4 }),
});

const plan = fc.record({
  appends: fc.array(
    fc.record({ id: fc.constantFrom(...IDS), events: fc.integer({ min: 1, max: 5 }) }),
    { maxLength: 12 },
  ),
  readers: fc.array(fc.array(weather, { maxLength: 4 }), { minLength: 1, maxLength: 3 }),
});

/** A panel's page: it keeps the cursors of all that it watches, and opens the next stream with them. */
class Page {
  readonly logs = new Map<string, string[]>(IDS.map((id) => [id, []]));
  readonly ends = new Map<string, string>();
  readonly statuses = new Map<string, string>();
  since = 0;

  take({
    event = '',
    id,
    data,
  }: {
    event?: string | undefined;
    id?: string | undefined;
    data: string;
  }) {
    expect(id).toBeUndefined();
    const value = JSON.parse(data) as { type: string; index: number; revision: number };
    const log = this.logs.get(event);
    if (log === undefined) {
      expect(['sessionStatus', 'snapshotComplete']).toContain(event);
      this.since = value.revision;
      if (event === 'sessionStatus') {
        const entry = feedEntry.parse(value);
        this.statuses.set(entry.sessionId, entry.status);
      }
    } else if (value.type === 'thoughtEvent') {
      log.push(data);
    } else if (value.type === 'replayComplete') {
      expect(value.index).toBe(log.length - 1);
    } else if (value.type !== 'start') {
      expect(['done', 'deleted']).toContain(value.type);
      this.ends.set(event, value.type);
    }
  }

  query() {
    const sessions = IDS.filter((id) => !this.ends.has(id));
    return {
      feed: { since: this.since },
      sessions: sessions.map((id) => ({
        sessionId: id,
        after: (this.logs.get(id)?.length ?? 0) - 1,
      })),
    };
  }

  /** Whether all is told that there will ever be. */
  get isOver(): boolean {
    const { a, b, c } = Object.fromEntries(this.statuses);
    const isFeedOver = a === 'completed' && b === 'completed' && c !== 'running';
    return isFeedOver && this.ends.size === IDS.length;
  }
}

test('whatever breaks when, a watch brings each log and the whole feed', async () => {
  await fc.assert(
    fc.asyncProperty(turningScheduler(), plan, async (scheduler, { appends, readers: plans }) => {
      const store = await openSqliteStore({ file: ':memory:' });
      const log = new Log(store);
      const readers = createReaders(scheduledStore(store, scheduler));
      for (const id of IDS) await log.create(id);

      const write = async () => {
        for (const { id, events } of appends) {
          await scheduler.schedule(Promise.resolve(), 'append');
          await log.append(id, new Array<number>(events).fill(0));
        }
        for (const id of IDS) {
          await scheduler.schedule(Promise.resolve(), 'end');
          if (id === DOOMED) await store.delete(id, 2);
          else await log.append(id, [0], 'completed');
        }
      };
      const read = async (weathers: Weather[]) => {
        const page = new Page();
        for (const weather of [...weathers, { bytes: Infinity, room: [] }]) {
          const connection: BadConnection = new BadConnection(scheduler, weather, (frame) => {
            page.take(frame);
            if (page.isOver) connection.close();
          });
          if (!page.isOver) await readers.watch(connection, page.query());
        }
        return page;
      };

      const [, ...pages] = await scheduler.waitFor(Promise.all([write(), ...plans.map(read)]));
      for (const page of pages) {
        for (const [id, events] of page.logs) {
          const all = Array.from({ length: log.length(id) }, (_, index) => eventJson(id, index));
          expect(events).toEqual(id === DOOMED ? all.slice(0, events.length) : all);
        }
        expect(Object.fromEntries(page.ends)).toEqual({ a: 'done', b: 'done', c: 'deleted' });
        const { c, ...others } = Object.fromEntries(page.statuses);
        // Of a session that was gone before the feed's first read it need not tell.
        expect(c ?? 'deleted').toBe('deleted');
        expect(others).toEqual({ a: 'completed', b: 'completed' });
      }
      expect(readers.size).toBe(0);
      readers.close();
      await store.close();
    }),
    { numRuns: 150, timeout: 5_000 },
  );
});
