import { describe, expect, it } from 'vitest';
import type { ConnectionState } from '../api/watch-stream.ts';
import { initialState } from '../../shared/session-state.ts';
import { emptyView } from '../../shared/session-view.ts';
import type { OpenSessionModel } from './open-session.ts';
import { connectionText, lostConnection, secondsLeft, streamText } from './stream-text.ts';

const model = (more: Partial<OpenSessionModel>): OpenSessionModel => ({
  sessionId: 's',
  phase: 'connecting',
  seen: 0,
  total: 0,
  caughtUp: false,
  liveFrom: null,
  prompts: new Map(),
  state: initialState,
  view: emptyView,
  report: null,
  ...more,
});
const open: ConnectionState = { phase: 'open' };
const first: ConnectionState = { phase: 'connecting', attempt: 0, reason: null };
const again: ConnectionState = { phase: 'connecting', attempt: 2, reason: 'It closed.' };
const waiting: ConnectionState = { phase: 'waiting', attempt: 1, reason: 'It closed.', retryAt: 0 };

describe('the words for a session’s stream', () => {
  it('tell each state apart', () => {
    const live = model({ phase: 'live', caughtUp: true });
    expect(streamText(model({}), first)).toBe('Connecting…');
    expect(streamText(model({}), open)).toBe('Connecting…');
    expect(streamText(model({ phase: 'replaying', seen: 12, total: 39 }), open)).toBe(
      'Replaying 12 of 39',
    );
    expect(streamText(live, open)).toBe('Live');
    expect(streamText(live, waiting)).toBe('Reconnecting…');
    expect(streamText(live, again)).toBe('Reconnecting…');
    expect(streamText(model({ phase: 'replaying' }), again)).toBe('Reconnecting…');
    expect(streamText(model({ phase: 'ended', caughtUp: true }), open)).toBe('Ended');
  });

  it('stay what they are for a session to which nothing more can happen', () => {
    expect(streamText(model({ phase: 'ended', caughtUp: true }), waiting)).toBe('Ended');
    expect(streamText(model({ phase: 'deleted' }), waiting)).toMatch(/^Deleted/);
  });
});

describe('the words for the connection', () => {
  it('say nothing while all is well, and else why', () => {
    expect([{ phase: 'idle' } as const, open, first, waiting, again].map(connectionText)).toEqual([
      '',
      '',
      'Connecting…',
      'Reconnecting: It closed.',
      'Reconnecting: It closed.',
    ]);
  });
});

describe('a lost connection', () => {
  it('says why, and when it is tried again', () => {
    const live = model({ phase: 'live', caughtUp: true });
    expect(lostConnection(live, waiting)).toEqual({ reason: 'It closed.', retryAt: 0 });
    expect(lostConnection(live, again)).toEqual({ reason: 'It closed.', retryAt: null });
    expect(lostConnection(live, open)).toBeNull();
    expect(lostConnection(model({}), first)).toBeNull();
    expect(lostConnection(model({ phase: 'ended', caughtUp: true }), waiting)).toBeNull();
  });

  it('counts down in whole seconds, of which the last is one', () => {
    expect([5_000, 4_001, 4_000, 10, 0, -50].map((left) => secondsLeft(left, 0))).toEqual([
      5, 5, 4, 1, 1, 1,
    ]);
  });
});
