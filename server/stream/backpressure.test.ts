import { expect, test } from 'vitest';
import { openSqliteStore } from '../store/sqlite-store.ts';
import { createReaders, type Readers } from './create-readers.ts';
import type { Sink } from './sink.ts';
import { Log } from './streams.testing.ts';
import { nextTurn } from './tail.ts';

/** A sink that has room only when it is given some. */
class NarrowSink implements Sink {
  readonly #abort = new AbortController();
  readonly signal = this.#abort.signal;
  /** The chunks since it last had room. */
  taken: string[] = [];
  #drained: PromiseWithResolversLike | null = null;

  readonly write = (...chunks: readonly (string | Buffer)[]): Promise<void> | undefined => {
    if (this.signal.aborted) return undefined;
    this.taken.push(...chunks.map(String));
    this.#drained ??= withResolvers();
    return this.#drained.promise;
  };

  /** Gives it room, and returns what it held. */
  drain(): string[] {
    const { taken } = this;
    this.taken = [];
    const drained = this.#drained;
    this.#drained = null;
    drained?.resolve();
    return taken;
  }

  close(): void {
    this.#abort.abort();
    this.drain();
  }
}

interface PromiseWithResolversLike {
  readonly promise: Promise<void>;
  readonly resolve: () => void;
}

function withResolvers(): PromiseWithResolversLike {
  let resolve: () => void = () => {};
  const promise = new Promise<void>((settle) => (resolve = settle));
  return { promise, resolve };
}

interface Setup extends AsyncDisposable {
  readonly log: Log;
  readonly readers: Readers;
  readonly reads: () => number;
}

/** Two sessions of several pages each. */
async function setUp(): Promise<Setup> {
  const store = await openSqliteStore({ file: ':memory:' });
  let count = 0;
  const counting = new Proxy(store, {
    get(target, name) {
      if (name === 'eventText' || name === 'changes') count += 1;
      const value: unknown = Reflect.get(target, name);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
  const log = new Log(store);
  for (const id of ['a', 'b']) {
    await log.create(id);
    for (let i = 0; i < 10; i++) await log.append(id, new Array<number>(64).fill(1024));
  }
  await log.create('c');
  return {
    log,
    readers: createReaders(counting),
    reads: () => count,
    [Symbol.asyncDispose]: () => store.close(),
  };
}

/** Lets everything happen that can without room in a sink. */
async function settle(): Promise<void> {
  for (let i = 0; i < 20; i++) await nextTurn();
}

const length = (chunks: readonly string[]) => chunks.join('').length;

test('nothing is read for a reader that has no room, whatever is appended', async () => {
  await using h = await setUp();
  const sink = new NarrowSink();
  const reading = h.readers.session(sink, { sessionId: 'a', after: -1 });
  await settle();
  expect([h.reads(), length(sink.taken) < 140_000]).toEqual([1, true]);
  for (let i = 0; i < 20; i++) await h.log.append('a', [1024]);
  await settle();
  expect([h.reads(), length(sink.taken) < 140_000]).toEqual([1, true]);
  sink.drain();
  await settle();
  expect([h.reads(), length(sink.taken) < 140_000]).toEqual([2, true]);
  sink.close();
  await reading;
});

test('the loops of one connection write one page between them, each in its turn', async () => {
  await using h = await setUp();
  const sink = new NarrowSink();
  const sessions = ['a', 'b', 'c'].map((sessionId) => ({ sessionId, after: -1 }));
  const reading = h.readers.watch(sink, { feed: { since: 0 }, sessions });
  const order: string[] = [];
  for (let i = 0; i < 8; i++) {
    await settle();
    const text = sink.drain().join('');
    expect(text.length).toBeLessThan(140_000);
    const names = [...text.matchAll(/^event: (.*)$/gm)].map(([, name]) => name);
    expect(new Set(names.filter((name) => name !== 'snapshotComplete')).size).toBe(1);
    order.push(names[0] ?? '');
  }
  expect(order).toEqual(['a', 'b', 'c', 'sessionStatus', 'a', 'b', 'a', 'b']);
  // What happens to a third meanwhile waits for the page that is being sent, and no longer.
  await h.log.append('c', [0]);
  const next: string[] = [];
  for (let i = 0; i < 3; i++) {
    await settle();
    next.push(/^event: (.*)$/m.exec(sink.drain().join(''))?.[1] ?? '');
  }
  expect(next).toContain('c');
  sink.close();
  await reading;
});
