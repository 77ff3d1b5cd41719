import fc from 'fast-check';
import { expect, test } from 'vitest';
import { produceRequest } from '../../shared/api.ts';
import { AppError } from '../errors.ts';
import { openSqliteStore } from '../store/sqlite-store.ts';
import type { Append, Store } from '../store/store.ts';
import { engineWith, logOf, starting } from './engine.testing.ts';
import type { Engine } from './engine.ts';
import { HandClock } from './hand-clock.testing.ts';

/** What becomes of one attempt to send a batch. */
const fate = fc.constantFrom(
  ...(['ok', 'ok', 'request lost', 'response lost', 'sent twice at once'] as const),
  ...(['server killed before the commit', 'server killed after the commit'] as const),
  ...(['producer killed', 'producer killed after sending'] as const),
);
type Fate = typeof fate extends fc.Arbitrary<infer T> ? T : never;

/** A store whose server can be killed: from then on it answers nothing, as if its process were gone. */
class KillableStore {
  readonly store: Store;
  #kill: 'before' | 'after' | null = null;
  #isDead = false;
  #dead: () => void = () => undefined;

  constructor(real: Store) {
    const append = async (given: Append) => {
      if (this.#isDead) return new Promise<never>(() => undefined);
      const kill = this.#kill;
      this.#kill = null;
      if (kill !== 'before') await real.append(given);
      if (kill === null) return;
      this.#isDead = true;
      this.#dead();
      await new Promise(() => undefined);
    };
    // Everything else is the real store, which outlives the server as its file does.
    this.store = new Proxy(real, {
      get: (target, name) => {
        if (name === 'append') return append;
        const value: unknown = Reflect.get(target, name);
        return typeof value === 'function' ? (value.bind(target) as unknown) : value;
      },
    });
  }

  /** The next commit is the server's end; resolves when that has come. */
  killAt(moment: 'before' | 'after'): Promise<void> {
    this.#kill = moment;
    return new Promise((resolve) => {
      this.#dead = resolve;
    });
  }
}

/** A program that writes down the numbers from 0, and a world in which anything may break. */
class World {
  readonly #real: Store;
  #clock = new HandClock();
  #killable: KillableStore;
  #engine: Engine;
  #sessionId = '';
  #epoch = 0;
  #seq = 0;
  /** The first number that the program does not know to be stored. */
  #next = 1;

  constructor(real: Store) {
    this.#real = real;
    this.#killable = new KillableStore(real);
    this.#engine = this.#boot();
  }

  #boot(): Engine {
    this.#killable = new KillableStore(this.#real);
    // The timers of a server end with it.
    this.#clock = new HandClock(this.#clock.now() / 1000);
    return engineWith(this.#killable.store, () => undefined, { clock: this.#clock });
  }

  async begin(): Promise<void> {
    const request = starting({ runner: 'external', graphId: 'G' });
    ({ sessionId: this.#sessionId } = await this.#engine.start(request));
    const start = [{ type: 'nodeStart', nodeId: 'n' }];
    await this.#send(0, 0, start);
    this.#seq = 1;
  }

  #send(epoch: number, seq: number, events: object[]) {
    const turn = { producerId: 'main', epoch, seq, lease: 10 };
    return this.#engine.produce(this.#sessionId, produceRequest.parse({ events }), turn);
  }

  /** Sends the next numbers until they are acknowledged; each attempt but the last has a fate. */
  async write(count: number, fates: readonly Fate[]): Promise<void> {
    const upTo = this.#next + count;
    for (const fate of [...fates, 'ok' as const]) {
      if (this.#next >= upTo) return;
      await this.#attempt(fate, upTo);
    }
  }

  async #attempt(fate: Fate, upTo: number): Promise<void> {
    const numbers = Array.from({ length: upTo - this.#next }, (_, place) => this.#next + place);
    const events = numbers.map((n) => ({ type: 'thoughtEvent', nodeId: 'n', text: String(n) }));
    const send = () => this.#send(this.#epoch, this.#seq, events);
    const acknowledged = () => {
      this.#seq += 1;
      this.#next = upTo;
    };
    this.#clock.pass(4);
    switch (fate) {
      case 'ok':
        await send();
        acknowledged();
        return;
      case 'request lost':
        return;
      case 'response lost':
        await send();
        return;
      case 'sent twice at once': {
        const answers = await Promise.all([send(), send()]);
        expect(answers[1].duplicate).toBe(true);
        acknowledged();
        return;
      }
      case 'server killed before the commit':
      case 'server killed after the commit': {
        const killed = this.#killable.killAt(
          fate.endsWith('before the commit') ? 'before' : 'after',
        );
        void send().catch(() => undefined);
        await killed;
        this.#engine = this.#boot();
        await this.#engine.recover();
        return;
      }
      case 'producer killed':
      case 'producer killed after sending':
        if (fate === 'producer killed after sending') await send();
        return this.#succeed(events);
    }
  }

  /** A new life of the producer, which learns from the log where to go on; the old one is fenced. */
  async #succeed(events: object[]): Promise<void> {
    const [epoch, seq] = [this.#epoch, this.#seq];
    this.#epoch += 1;
    await this.#send(this.#epoch, 0, []);
    this.#seq = 1;
    await expect(this.#send(epoch, seq, events)).rejects.toThrow(AppError);
    this.#next = (await this.numbers()).length + 1;
  }

  async numbers(): Promise<number[]> {
    const log = await logOf(this.#real, this.#sessionId);
    expect(log.map(({ index }) => index)).toEqual(log.map((_, place) => place));
    return log.flatMap((event) => (event.type === 'thoughtEvent' ? [Number(event.text)] : []));
  }

  async end(): Promise<void> {
    await this.#engine.close();
  }
}

test('whatever breaks, on either side, every event is stored once and in order', async () => {
  const store = await openSqliteStore({ file: ':memory:' });
  const batch = fc.record({
    count: fc.integer({ min: 1, max: 4 }),
    fates: fc.array(fate, { maxLength: 4 }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(batch, { maxLength: 6 }), async (batches) => {
      const world = new World(store);
      await world.begin();
      let total = 0;
      for (const { count, fates } of batches) {
        await world.write(count, fates);
        total += count;
        expect(await world.numbers()).toEqual(Array.from({ length: total }, (_, n) => n + 1));
      }
      await world.end();
    }),
    { numRuns: 60 },
  );
  await store.close();
});
