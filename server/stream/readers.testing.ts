import fc, { type Scheduler } from 'fast-check';
import { createParser, type EventSourceMessage } from 'eventsource-parser';
import type { Commit, Store } from '../store/store.ts';
import type { Sink } from './sink.ts';
import { nextTurn } from './tail.ts';

/**
 * A scheduler that lets the event loop turn after each task: rings are given at the end of a turn, and
 * without one they would never come between two tasks.
 */
export function turningScheduler(): fc.Arbitrary<Scheduler> {
  return fc.scheduler({
    act: async (task) => {
      await task();
      await nextTurn();
    },
  });
}

/**
 * The store with small pages and under a scheduler, which decides when each read is made, when its
 * result arrives, and when the news of a commit does; `onNews` is told then.
 */
export function scheduledStore(
  store: Store,
  scheduler: Scheduler,
  onNews: () => void = () => {},
): Store {
  const turn = (label: string) => scheduler.schedule(Promise.resolve(), label);
  const read = async <T>(label: string, load: () => Promise<T>): Promise<T> => {
    await turn(`${label} asked`);
    const result = await load();
    await turn(`${label} told`);
    return result;
  };
  const own: Partial<Store> = {
    eventText: (sessionId, after, _, form) =>
      read(`events ${sessionId} ${after}`, () =>
        store.eventText(sessionId, after, { events: 2, bytes: 1_000_000 }, form),
      ),
    changes: (query) => read(`changes ${query.since}`, () => store.changes({ ...query, limit: 2 })),
    onCommit: (listener) =>
      store.onCommit((commit: Commit) => {
        void turn('commit').then(() => {
          listener(commit);
          onNews();
        });
      }),
  };
  return new Proxy(store, {
    get(target, name) {
      const value: unknown = Reflect.get(name in own ? own : target, name);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}

/** How one connection goes: how many bytes arrive before it breaks, and when it has no room. */
export interface Weather {
  /** Infinity: it does not break. */
  readonly bytes: number;
  /** Of each write in turn, over and over: whether the reader has room afterwards. */
  readonly room: readonly boolean[];
}

/** The far end of a connection in bad weather. */
export class BadConnection implements Sink {
  readonly frames: EventSourceMessage[] = [];
  readonly #abort = new AbortController();
  readonly #weather: Weather;
  readonly #scheduler: Scheduler;
  readonly #parser = createParser({
    onEvent: (event) => {
      this.frames.push(event);
      this.#onFrame(event);
    },
  });
  readonly #onFrame: (event: EventSourceMessage) => void;
  #left: number;
  #writes = 0;

  constructor(
    scheduler: Scheduler,
    weather: Weather,
    onFrame: (event: EventSourceMessage) => void = () => {},
  ) {
    this.#scheduler = scheduler;
    this.#weather = weather;
    this.#left = weather.bytes;
    this.#onFrame = onFrame;
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  readonly write = (...chunks: readonly (string | Buffer)[]): Promise<void> | undefined => {
    for (const chunk of chunks) {
      if (this.signal.aborted) return undefined;
      const bytes = Buffer.from(chunk);
      this.#parser.feed(bytes.subarray(0, this.#left).toString());
      this.#left -= bytes.length;
      if (this.#left <= 0) this.close();
    }
    const { room } = this.#weather;
    const hasRoom = room[this.#writes++ % room.length] ?? true;
    return hasRoom ? undefined : this.#scheduler.schedule(Promise.resolve(), 'drain');
  };

  close(): void {
    this.#abort.abort();
  }
}
