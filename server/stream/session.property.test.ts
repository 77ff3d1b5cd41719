import fc from 'fast-check';
import { expect, test } from 'vitest';
import { openSqliteStore } from '../store/sqlite-store.ts';
import { createReaders, type Readers } from './create-readers.ts';
import {
  BadConnection,
  scheduledStore,
  turningScheduler,
  type Weather,
} from './readers.testing.ts';
import { connect, eventJson, Log, openHarness } from './streams.testing.ts';

const IDS = ['a', 'b'];

const weather: fc.Arbitrary<Weather> = fc.record({
  bytes: fc.integer({ min: 1, max: 1500 }),
  room: fc.array(fc.boolean(), { maxLength: 4 }),
});

const plan = fc.record({
  /** How many events each append writes, and to which session. */
  appends: fc.array(
    fc.record({ id: fc.constantFrom(...IDS), events: fc.integer({ min: 1, max: 5 }) }),
    { maxLength: 10 },
  ),
  ending: fc.constantFrom('completed', 'failed', 'deleted'),
  readers: fc.array(
    fc.record({
      id: fc.constantFrom(...IDS),
      after: fc.integer({ min: -1, max: 12 }),
      connections: fc.array(weather, { maxLength: 6 }),
      last: fc.array(fc.boolean(), { maxLength: 4 }),
    }),
    { minLength: 1, maxLength: 4 },
  ),
});

interface Outcome {
  /** The events of the log that arrived, in the order in which they did. */
  readonly events: string[];
  readonly resets: number;
  readonly ended: string;
}

/** Reads to the end over one bad connection after the other, each with the cursor of the one before. */
async function readToEnd(
  session: (connection: BadConnection, after: number) => Promise<void>,
  open: (weather: Weather) => BadConnection,
  reader: { after: number; weathers: Weather[] },
): Promise<Outcome> {
  const events: string[] = [];
  let cursor = reader.after;
  let resets = 0;
  for (const weather of reader.weathers) {
    const connection = open(weather);
    await session(connection, cursor);
    const [first, ...rest] = connection.frames;
    if (first === undefined) continue;
    if (first.event === 'deleted') return { events, resets, ended: 'deleted' };
    expect(first.event).toBe('start');
    let marks = 0;
    for (const { id, event, data } of rest) {
      const { type, index } = JSON.parse(data) as { type?: string; index?: number };
      if (event === 'reset') {
        resets += 1;
        cursor = -1;
        events.length = 0;
      } else if (event === 'done' || event === 'deleted') {
        expect([marks > 0 || event === 'deleted', id]).toEqual([true, undefined]);
        return { events, resets, ended: event };
      } else if (type === 'replayComplete') {
        // A reader that takes the greatest index that it saw must not be moved past an event.
        expect([++marks, index, id]).toEqual([1, cursor, undefined]);
      } else {
        expect([event, id]).toEqual(['event', String(index)]);
        events.push(data);
        cursor = Number(id);
      }
    }
    expect(connection.signal.aborted).toBe(true);
  }
  throw new Error('A stream ended without an end.');
}

const calm = (room: readonly boolean[] = []): Weather => ({ bytes: Infinity, room });

test('whatever breaks when, each of several readers gets exactly the log', async () => {
  await fc.assert(
    fc.asyncProperty(
      turningScheduler(),
      plan,
      async (scheduler, { appends, ending, readers: plans }) => {
        const store = await openSqliteStore({ file: ':memory:' });
        const log = new Log(store);
        const readers: Readers = createReaders(scheduledStore(store, scheduler));
        for (const id of IDS) await log.create(id);
        const write = async () => {
          for (const { id, events } of appends) {
            await scheduler.schedule(Promise.resolve(), 'append');
            await log.append(id, new Array<number>(events).fill(40));
          }
          for (const id of IDS) {
            await scheduler.schedule(Promise.resolve(), 'end');
            if (ending === 'deleted') await store.delete(id, 2);
            else await log.append(id, [0], ending === 'failed' ? 'failed' : 'completed');
          }
        };
        const reading = plans.map(({ id, after, connections, last }) =>
          readToEnd(
            (connection, cursor) => readers.session(connection, { sessionId: id, after: cursor }),
            (weather) => new BadConnection(scheduler, weather),
            { after, weathers: [...connections, calm(last)] },
          ),
        );
        const [, ...outcomes] = await scheduler.waitFor(Promise.all([write(), ...reading]));
        for (const [i, outcome] of outcomes.entries()) {
          const { id, after } = plans[i]!;
          const { events, resets, ended } = outcome;
          const from = resets > 0 ? 0 : after + 1;
          const all = Array.from({ length: log.length(id) }, (_, index) =>
            eventJson(
              id,
              index,
              index === 0 || (ended === 'done' && index === log.length(id) - 1) ? 0 : 40,
            ),
          );
          const expected = all.slice(from);
          expect(ended).toBe(ending === 'deleted' ? 'deleted' : 'done');
          // A deletion may come before the rest was read; what was read is still the log from its start.
          if (ended === 'deleted') expect(events).toEqual(expected.slice(0, events.length));
          else expect(events).toEqual(expected);
        }
        expect(readers.size).toBe(0);
        readers.close();
        await store.close();
      },
    ),
    { numRuns: 200, timeout: 5_000 },
  );
});

test('over HTTP, a reader that hangs up at random and comes back gets exactly the log', async () => {
  await using h = await openHarness();
  let number = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(fc.nat(40_000), { minLength: 1, maxLength: 8 }), { maxLength: 6 }),
      fc.array(fc.array(fc.nat(60_000), { maxLength: 6 }), { minLength: 1, maxLength: 3 }),
      async (appends, hangUps) => {
        const id = `s${number++}`;
        await h.log.create(id);
        const read = async (limits: number[]): Promise<number[]> => {
          const indices: number[] = [];
          for (const limit of [...limits, Infinity]) {
            const after = indices.at(-1) ?? -1;
            const reader = await connect(`http://127.0.0.1:${h.port}/session/${id}?after=${after}`);
            reader.response.on('data', () => {
              if (reader.raw.length > limit) reader.close();
            });
            const whole = await reader.ended;
            for (const { id: index } of reader.frames) {
              if (index !== undefined) indices.push(Number(index));
            }
            if (whole) return indices;
          }
          throw new Error('The last stream did not end.');
        };
        const reading = Promise.all(hangUps.map(read));
        for (const sizes of appends) await h.log.append(id, sizes);
        await h.log.append(id, [0], 'completed');
        const log = Array.from({ length: h.log.length(id) }, (_, index) => index);
        for (const indices of await reading) expect(indices).toEqual(log);
      },
    ),
    { numRuns: 40 },
  );
  expect(h.errors).toEqual([]);
});
