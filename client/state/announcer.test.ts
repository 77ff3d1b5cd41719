import { describe, expect, it } from 'vitest';
import { ManualTimers } from '../api/manual-timers.testing.ts';
import { Announcer, LONGEST_WAIT, SETTLE_TIME } from './announcer.ts';

function setUp() {
  const timers = new ManualTimers();
  const announcer = new Announcer(timers);
  return { timers, announcer, polite: () => announcer.polite.get() };
}

describe('what is announced', () => {
  it('politely waits until things have settled, and is then the latest of each subject', () => {
    const { timers, announcer, polite } = setUp();
    announcer.say('sessions', '3 sessions.');
    timers.advance(SETTLE_TIME - 1);
    announcer.say('sessions', '4 sessions.');
    announcer.say('prompts', '1 needs an answer.');
    timers.advance(SETTLE_TIME - 1);
    expect(polite()).toEqual({ text: '', turn: 0 });
    timers.advance(1);
    expect(polite()).toEqual({ text: '4 sessions. 1 needs an answer.', turn: 1 });
    expect(timers.pending).toBe(0);
  });

  it('is not put off for ever by a count that never rests', () => {
    const { timers, announcer, polite } = setUp();
    for (let n = 1; n <= LONGEST_WAIT / 100; n += 1) {
      expect(polite().turn).toBe(0);
      announcer.say('sessions', `${n} sessions.`);
      timers.advance(100);
    }
    expect(polite()).toEqual({ text: `${LONGEST_WAIT / 100} sessions.`, turn: 1 });
  });

  it('urgently is said at once, and can be the same twice', () => {
    const { announcer } = setUp();
    announcer.sayNow('session', 'It needs an answer.');
    expect(announcer.urgent.get()).toEqual({ text: 'It needs an answer.', turn: 1 });
    announcer.sayNow('session', 'It needs an answer.');
    expect(announcer.urgent.get()).toEqual({ text: 'It needs an answer.', turn: 2 });
  });

  it('is nothing of a muted subject, and all of the others', () => {
    const { timers, announcer, polite } = setUp();
    announcer.say('session', 'Before.');
    announcer.mute('session', true);
    announcer.say('session', 'Replayed.');
    announcer.sayNow('session', 'Replayed question.');
    announcer.say('sessions', '2 sessions.');
    timers.advance(LONGEST_WAIT);
    expect(polite()).toEqual({ text: '2 sessions.', turn: 1 });
    expect(announcer.urgent.get().turn).toBe(0);
    announcer.mute('session', false);
    timers.advance(LONGEST_WAIT);
    expect(polite().turn).toBe(1);
    announcer.say('session', 'Live.');
    timers.advance(SETTLE_TIME);
    expect(polite()).toEqual({ text: 'Live.', turn: 2 });
  });

  it('is nothing after the end', () => {
    const { timers, announcer, polite } = setUp();
    announcer.say('sessions', '3 sessions.');
    announcer.dispose();
    timers.advance(LONGEST_WAIT);
    expect(polite().turn).toBe(0);
  });
});
