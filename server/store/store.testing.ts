import { describe } from 'vitest';
import { describeFeed } from './store-feed.testing.ts';
import { describeImport } from './store-import.testing.ts';
import { describeList } from './store-list.testing.ts';
import { describeLog } from './store-log.testing.ts';
import { describeModel } from './store-model.testing.ts';
import { describeSchedule } from './store-schedule.testing.ts';
import type { Store } from './store.ts';

/** A store under test. */
export interface OpenedStore {
  readonly store: Store;
  /** Closes the store and opens the same data again; absent where nothing outlives a store. */
  readonly reopen?: () => Promise<Store>;
}

/** Opens an empty store, which the test's end closes. Keeps all tombstones of a test, unless told. */
export type OpenStore = (options?: { keepTombstones?: number }) => Promise<OpenedStore>;

/** The contract of `Store`, as tests. Every implementation runs them. */
export function describeStore(name: string, open: OpenStore): void {
  describe(name, () => {
    describe('log', () => describeLog(open));
    describe('import', () => describeImport(open));
    describe('list', () => describeList(open));
    describe('feed', () => describeFeed(open));
    describe('schedule', () => describeSchedule(open));
    describe('any use', () => describeModel(open));
  });
}
