import { describe, expect, it } from 'vitest';
import type { FeedFrame } from '../api/watch-frame.ts';
import { SessionFeed, type FeedReader } from './session-feed.ts';

const reset: FeedFrame = { kind: 'feedReset', reason: 'compacted' };

function setUp() {
  const said: string[] = [];
  const feed: SessionFeed = new SessionFeed({
    watch: (of) => said.push(of === null ? 'stop' : `${of.storeId} from ${of.since}`),
    onSettled: () => said.push('settled'),
  });
  const reader = (name: string): FeedReader => ({
    apply: (frame) => said.push(`${name}: ${frame.kind}`),
  });
  return { feed, said, a: reader('a'), b: reader('b') };
}

describe('the feed of sessions', () => {
  it('begins where the earliest of the first pages ends, once all are there', () => {
    const { feed, said, a, b } = setUp();
    feed.add(a);
    feed.add(b);
    feed.loaded(a, 7, 'store');
    expect(said).toEqual([]);
    expect(feed.settled).toBe(false);
    feed.loaded(b, 5, 'store');
    expect(said).toEqual(['store from 5', 'settled']);
  });

  it('does not wait for a page that did not come, and goes on when it comes later', () => {
    const { feed, said, a, b } = setUp();
    feed.add(a);
    feed.add(b);
    feed.failed(a);
    feed.loaded(b, 5, 'store');
    feed.loaded(a, 9, 'store');
    expect(said).toEqual(['store from 5', 'settled', 'settled']);
  });

  it('goes on as it is when a reader comes later or goes, and stops with the last', () => {
    const { feed, said, a, b } = setUp();
    feed.add(a);
    feed.loaded(a, 5, 'store');
    feed.add(b);
    expect(feed.settled).toBe(false);
    feed.loaded(b, 6, 'store');
    feed.remove(a);
    feed.remove(b);
    expect(said).toEqual(['store from 5', 'settled', 'settled', 'settled', 'stop', 'settled']);
  });

  it('begins again after a reset, when every reader has read again', () => {
    const { feed, said, a, b } = setUp();
    feed.add(a);
    feed.add(b);
    feed.loaded(a, 5, 'store');
    feed.loaded(b, 5, 'store');
    feed.apply(reset);
    feed.loaded(b, 8, 'store');
    expect(said.slice(2)).toEqual(['a: feedReset', 'b: feedReset']);
    feed.loaded(a, 9, 'store');
    expect(said.slice(4)).toEqual(['store from 8', 'settled']);
  });

  it('has what was read of a store that is gone read again', () => {
    const { feed, said, a, b } = setUp();
    feed.add(a);
    feed.add(b);
    feed.loaded(a, 50, 'old');
    feed.loaded(b, 2, 'new');
    expect(said).toEqual(['a: feedReset']);
    feed.loaded(a, 3, 'new');
    expect(said).toEqual(['a: feedReset', 'new from 2', 'settled']);
  });
});
