import { isDeepStrictEqual } from 'node:util';
import type { SessionEvent } from '../../../shared/event.ts';
import {
  evolve,
  initialState,
  openPromptCount,
  openPrompts,
  type SessionState,
} from '../../../shared/session-state.ts';
import { isFinal } from '../../../shared/session.ts';
import type { Append, Commit, SessionRecord, Store } from '../../store/store.ts';
import type { Life, Scheduler } from './scheduler.testing.ts';

/** What may go wrong with the disk. Probabilities. */
export interface DiskFaults {
  /** A commit fails, and nothing of it was written. */
  readonly failedCommit: number;
  /** The same for one that deletes something. */
  readonly failedDeletion: number;
  /** A commit was written, and yet is reported as failed. */
  readonly doubtfulCommit: number;
  readonly failedRead: number;
}

export const noFaults: DiskFaults = {
  failedCommit: 0,
  failedDeletion: 0,
  doubtfulCommit: 0,
  failedRead: 0,
};

/** The disk failed; so it was arranged. */
export class DiskError extends Error {
  override readonly name = 'DiskError';
}

interface Write {
  readonly label: string;
  readonly run: () => Promise<() => void>;
  readonly reject: (error: unknown) => void;
}

/**
 * A store that outlives the processes that use it. Writes are committed in the order in which they
 * were given, some of them together; when, when that is acknowledged, and what fails is up to the
 * scheduler. Beside it stands what every commit has said, against which the store is checked.
 */
export class Disk {
  faults: DiskFaults = noFaults;
  /** Every event that was ever committed, by session; also of those that are deleted. */
  readonly logs = new Map<string, SessionEvent[]>();
  readonly deleted = new Set<string>();
  readonly #states = new Map<string, SessionState>();
  readonly #store: Store;
  readonly #scheduler: Scheduler;
  readonly #report: (problem: string) => void;
  readonly #onCommitted: (life: Life) => boolean;

  constructor(options: {
    store: Store;
    scheduler: Scheduler;
    report: (problem: string) => void;
    /** A commit is done, and nobody knows yet. True: and the process that made it has died. */
    onCommitted: (life: Life) => boolean;
  }) {
    this.#store = options.store;
    this.#scheduler = options.scheduler;
    this.#report = options.report;
    this.#onCommitted = options.onCommitted;
  }

  log(sessionId: string): readonly SessionEvent[] {
    return this.logs.get(sessionId) ?? [];
  }

  /** The fold of what was committed. */
  state(sessionId: string): SessionState {
    return this.#states.get(sessionId) ?? initialState;
  }

  /** The store as one process sees it. */
  connect(life: Life): Store {
    const store = this.#store;
    const scheduler = this.#scheduler;
    let queue: Write[] = [];
    const commit = async () => {
      const group = queue.slice(0, 1 + scheduler.random.below(queue.length));
      queue = queue.slice(group.length);
      if (queue.length > 0) scheduler.add('commit', commit, life);
      await this.#commit(life, group);
    };
    const write = <T>(label: string, act: () => Promise<T>) =>
      new Promise<T>((resolve, reject) => {
        const run = async () => {
          try {
            const value = await act();
            return () => resolve(value);
          } catch (error) {
            return () => reject(error);
          }
        };
        queue.push({ label, run, reject });
        if (queue.length === 1) scheduler.add('commit', commit, life);
      });
    const read = <T>(label: string, act: () => Promise<T>) =>
      new Promise<T>((resolve, reject) => {
        scheduler.add(
          `read ${label}`,
          async () => {
            if (scheduler.random.chance(this.faults.failedRead)) {
              reject(new DiskError('read failed'));
            } else resolve(await act());
          },
          life,
        );
      });
    const own: Partial<Record<keyof Store, unknown>> = {
      create: (record: SessionRecord, append: Append) =>
        write(describe('create', append), async () => {
          await store.create(record, append);
          this.#took(append);
        }),
      append: (append: Append) =>
        write(describe('append', append), async () => {
          await store.append(append);
          this.#took(append);
        }),
      rename: (sessionId: string, title: string) =>
        write(`rename ${sessionId}`, () => store.rename(sessionId, title)),
      delete: (sessionId: string, time: number) =>
        write(`delete ${sessionId}`, async () => {
          const found = await store.delete(sessionId, time);
          if (found) this.deleted.add(sessionId);
          return found;
        }),
      setBlocked: (types: readonly string[]) => write('setBlocked', () => store.setBlocked(types)),
      onCommit: (listener: (commit: Commit) => void) => store.onCommit(listener),
      close: () => Promise.resolve(),
    };
    // Everything else reads.
    return new Proxy(store, {
      get: (_, name: keyof Store) => {
        if (own[name] !== undefined) return own[name];
        const member: unknown = Reflect.get(store, name, store);
        if (typeof member !== 'function') return member;
        return (...args: unknown[]) => {
          const what = args.filter((arg) => typeof arg !== 'object').join(' ');
          return read(
            `${name} ${what}`,
            () => Reflect.apply(member, store, args) as Promise<unknown>,
          );
        };
      },
    });
  }

  async #commit(life: Life, group: readonly Write[]): Promise<void> {
    const { random, trace } = this.#scheduler;
    const deletes = group.some(({ label }) => label.startsWith('delete'));
    const { failedCommit, failedDeletion } = this.faults;
    const fails = random.chance(deletes ? failedDeletion : failedCommit);
    trace.push(`${fails ? 'failed: ' : ''}${group.map(({ label }) => label).join(', ')}`);
    if (fails) {
      for (const { reject } of group) reject(new DiskError('commit failed'));
      return;
    }
    // Given in one turn of the event loop, so that they share a transaction.
    const acknowledgements = await Promise.all(group.map(({ run }) => run()));
    await this.#check();
    if (this.#onCommitted(life)) return;
    const doubtful = random.chance(this.faults.doubtfulCommit);
    const acknowledge = () => {
      if (!doubtful) for (const tell of acknowledgements) tell();
      else for (const { reject } of group) reject(new DiskError('commit in doubt'));
    };
    if (random.chance(0.5)) acknowledge();
    else this.#scheduler.add('acknowledge', acknowledge, life);
  }

  readonly #touched = new Set<string>();

  #took({ sessionId, events }: Append): void {
    const log = this.logs.get(sessionId) ?? [];
    this.logs.set(sessionId, log);
    if (this.deleted.has(sessionId)) this.#report(`${sessionId} was written to after its deletion`);
    if (isFinal(this.state(sessionId).status)) {
      this.#report(`${sessionId} was written to after its end`);
    }
    for (const { index, json } of events) {
      const event = JSON.parse(json) as SessionEvent;
      if (index !== log.length || event.index !== index) {
        this.#report(`event ${index} of ${sessionId} came as number ${log.length}`);
      }
      log.push(event);
      this.#states.set(sessionId, evolve(this.state(sessionId), event));
    }
    this.#touched.add(sessionId);
  }

  /** Compares the rows of the sessions just written with the fold of their logs. */
  async #check(): Promise<void> {
    for (const sessionId of this.#touched) {
      if (this.deleted.has(sessionId)) continue;
      const row = await this.#store.status(sessionId);
      const state = this.state(sessionId);
      const expected = {
        status: state.status,
        lastIndex: state.lastIndex,
        updatedAt: state.time,
        turn: state.turn,
        error: state.error,
        openPrompts: openPrompts(state),
      };
      const { status, lastIndex, updatedAt, turn, error, openPrompts: prompts } = row ?? {};
      const stored = { status, lastIndex, updatedAt, turn, error, openPrompts: prompts };
      if (!isDeepStrictEqual(stored, expected)) {
        this.#report(
          `the row of ${sessionId} says ${JSON.stringify(stored)}, its log ${JSON.stringify(expected)}`,
        );
      }
    }
    this.#touched.clear();
  }

  /** Compares the list with the fold of the logs. */
  async checkList(): Promise<void> {
    const { sessions } = await this.#store.list({ limit: 1000 });
    const listed = sessions.map(({ sessionId, status, openPromptCount: count }) => ({
      sessionId,
      status,
      openPromptCount: count,
    }));
    const expected = [...this.logs.keys()]
      .filter((sessionId) => !this.deleted.has(sessionId))
      .map((sessionId) => ({
        sessionId,
        status: this.state(sessionId).status,
        openPromptCount: openPromptCount(this.state(sessionId)),
      }));
    const byId = (a: { sessionId: string }, b: { sessionId: string }) =>
      a.sessionId < b.sessionId ? -1 : 1;
    if (!isDeepStrictEqual(listed.sort(byId), expected.sort(byId))) {
      this.#report(
        `the list says ${JSON.stringify(listed)}, the logs say ${JSON.stringify(expected)}`,
      );
    }
  }
}

function describe(what: string, { sessionId, events }: Append): string {
  const types = events.map(({ index, type }) => `${index}:${type}`);
  return `${what} ${sessionId} ${types.join(' ')}`;
}
