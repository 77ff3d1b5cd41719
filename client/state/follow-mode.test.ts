import { describe, expect, it } from 'vitest';
import { FollowMode, newText } from './follow-mode.ts';

const at = (top: number, height = 1_000) => ({ top, height, viewHeight: 100 });

function following(): FollowMode {
  const follow = new FollowMode();
  follow.scrolled(at(900), 5);
  expect(follow.following).toBe(true);
  return follow;
}

describe('following a log', () => {
  it('goes on as the log grows', () => {
    const follow = following();
    follow.scrolled(at(1_000, 1_100), 6);
    follow.scrolled(at(1_000, 1_300), 7);
    expect(follow.following).toBe(true);
  });

  it('is let go by any scroll up, however short, and counts from then on', () => {
    const follow = following();
    follow.scrolled(at(899), 5);
    expect(follow.following).toBe(false);
    expect(newText(follow.since, 5)).toBe('Latest');
    expect(newText(follow.since, 17)).toBe('12 new');
    follow.release(9);
    expect(newText(follow.since, 1_245)).toBe('1,240 new');
  });

  it('is taken up again at the end, and only there', () => {
    const follow = following();
    follow.scrolled(at(500), 5);
    follow.scrolled(at(700), 5);
    expect(follow.following).toBe(false);
    follow.scrolled(at(899), 5);
    expect(follow.following).toBe(true);
    expect(newText(follow.since, 9)).toBeNull();
  });

  it('is not let go by a log that shrinks', () => {
    const follow = following();
    follow.scrolled(at(300, 400), 6);
    expect(follow.following).toBe(true);
  });

  it('is not let go by a window that grows, nor by one that shows all of it', () => {
    const follow = following();
    follow.scrolled({ top: 600, height: 1_000, viewHeight: 400 }, 6);
    expect(follow.following).toBe(true);
    follow.scrolled({ top: 0, height: 2_000, viewHeight: 2_000 }, 6);
    expect(follow.following).toBe(true);
  });

  it('is not let go by a log that shrank and grew again before it is told of', () => {
    const follow = following();
    follow.placed(at(300, 400));
    follow.scrolled(at(300, 1_200), 7);
    expect(follow.following).toBe(true);
    follow.scrolled(at(299, 1_200), 7);
    expect(follow.following).toBe(false);
  });

  it('is let go by whatever moves it down to a place that is not its end', () => {
    const follow = following();
    follow.placed(at(100, 1_000));
    follow.scrolled(at(400, 1_000), 7);
    expect(follow.following).toBe(false);
  });

  it('begins anew with another log', () => {
    const follow = following();
    follow.release(5);
    follow.reset();
    follow.scrolled(at(0), 0);
    expect(follow.following).toBe(true);
  });
});
