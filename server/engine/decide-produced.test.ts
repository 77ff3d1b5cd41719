import { describe, expect, it } from 'vitest';
import type { GraphDescriptor } from '../../shared/graph.ts';
import { producedEvent } from '../../shared/produced-event.ts';
import { lostContactAt } from '../../shared/session-state.ts';
import { AppError } from '../errors.ts';
import type { SessionRecord } from '../store/store.ts';
import { decide, unstarted, type Command } from './decide.ts';
import type { Decidable } from './draft.ts';
import { SessionJournal } from './journal.ts';

const draft: GraphDescriptor = {
  nodes: [
    { id: 'a', type: 'unheard-of' },
    { id: 'b', type: 'unheard-of' },
  ],
  edges: [{ from: 'a', to: 'b' }],
};
const nothing: GraphDescriptor = { nodes: [], edges: [] };
const ask = {
  waitForInput: { prompt: { parts: [{ text: '?' }] }, inputType: 'text', skipLabel: 'Skip' },
};

/** An external session, one second after another. */
class Session implements Decidable {
  readonly record: SessionRecord;
  readonly journal = new SessionJournal();
  readonly readOnly = false;
  state;
  now = 1000;

  constructor(graph: GraphDescriptor = draft) {
    this.record = {
      ...{ sessionId: 's', graphId: 'g', graph, mode: 'interactive', inputs: {}, title: 't' },
      ...{ runner: 'external', createdAt: 1000, nodeTypes: [] },
    };
    this.state = unstarted(this.record, this.journal).state;
    this.do({ type: 'start' });
  }

  do(command: Command) {
    const { events, state } = decide(this, command, this.now);
    for (const event of events) this.journal.add(event);
    this.state = state;
    this.now += 1;
    return events.map(({ index: _index, time: _time, ...body }) => body);
  }

  /** Sends a batch as a program would write it. */
  send(...events: object[]) {
    return this.do({
      type: 'produce',
      events: events.map((event) => producedEvent.parse(event)),
      turn: null,
      before: undefined,
    });
  }

  types(): string {
    return `${this.state.status} ${[...this.state.nodes.values()].map(({ id, phase }) => `${id}:${phase}`).join(' ')}`;
  }
}

const start = (nodeId: string) => ({ type: 'nodeStart', nodeId });
const end = (nodeId: string) => ({ type: 'nodeEnd', nodeId });
const step = (type: string, attempt = 1, more = {}) => ({
  ...{ type, nodeId: 'a', op: 's', step: 'search', attempt },
  ...more,
});
const prompt = (interactionId: string, more = {}) => ({
  ...{ type: 'inputRequired', nodeId: 'a', interactionId, suspendEvent: ask },
  ...more,
});

describe('a batch', () => {
  it('tells a run of a graph whose types nobody here knows', () => {
    const session = new Session();
    expect(session.types()).toBe('running a:pending b:pending');
    session.send(start('a'), prompt('p'));
    expect(session.types()).toBe('suspended a:started b:pending');
    const answer = { input: { parts: [{ text: 'yes' }] } };
    session.do({ type: 'answer', interactionId: 'p', response: answer });
    expect(session.send(end('a'), start('b'), end('b'), { type: 'graphComplete' })).toEqual([
      { type: 'nodeEnd', nodeId: 'a', outputs: {} },
      { type: 'nodeStart', nodeId: 'b' },
      { type: 'nodeEnd', nodeId: 'b', outputs: {} },
      { type: 'graphComplete', sessionId: 's', outputs: { b: {} } },
    ]);
    expect(session.types()).toBe('completed a:ended b:ended');
  });

  it('withdraws what nobody can answer any more, as a run of the server does', () => {
    const session = new Session();
    session.send(start('a'), step('stepStart'), prompt('p', { op: 's' }), prompt('q'));
    expect(session.send(step('stepStart', 2))).toEqual([
      {
        type: 'inputWithdrawn',
        nodeId: 'a',
        interactionId: 'p',
        reason: 'its step runs again as attempt 2',
      },
      { type: 'stepStart', nodeId: 'a', op: 's', step: 'search', attempt: 2 },
    ]);
    expect(session.send(end('a')).map(({ type }) => type)).toEqual(['inputWithdrawn', 'nodeEnd']);
  });

  it('may start any node in a session without a graph, and with a title', () => {
    const session = new Session(nothing);
    expect(session.types()).toBe('running ');
    session.send({ ...start('x'), title: 'The first' }, end('x'), start('y'));
    expect(session.types()).toBe('running x:ended y:started');
    expect(session.state.graph.nodes).toEqual([
      { id: 'x', type: '', title: 'The first' },
      { id: 'y', type: '' },
    ]);
    session.send({ type: 'nodeError', nodeId: 'y', error: 'no' }, { type: 'graphComplete' });
    expect(session.types()).toBe('completed x:ended y:failed');
  });

  it('of one branch that asks is suspended, whatever the graph has besides', () => {
    const session = new Session({ nodes: draft.nodes, edges: [] });
    session.send(start('a'), prompt('p'));
    expect(session.types()).toBe('suspended a:started b:pending');
  });
});

describe('a batch is refused whole', () => {
  const begun = [start('a'), step('stepStart'), prompt('p')];
  const cases: [why: string, events: object[], place: number, says: string][] = [
    ['an unknown node starts', [start('c')], 0, "the graph has no node 'c'"],
    ['a node starts twice', [...begun, start('a')], 3, "node 'a' has started already"],
    ['a node ends unbegun', [start('a'), end('b')], 1, "node 'b' has not started"],
    ['a node ends twice', [start('a'), end('a'), end('a')], 2, "node 'a' has ended already"],
    ['an unknown node ends', [end('c')], 0, "there is no node 'c'"],
    [
      'a started node is skipped',
      [start('a'), { type: 'nodeSkipped', nodeId: 'a', reason: '' }],
      1,
      "node 'a' has started already",
    ],
    ['a prompt opens twice', [...begun, prompt('p')], 3, "'p' was opened before"],
    ['a prompt has no node', [prompt('p')], 0, "node 'a' has not started"],
    ['a prompt has a step that is not', [start('a'), prompt('p', { op: 'x' })], 1, "step 'x'"],
    [
      'a choice offers nothing',
      [
        start('a'),
        prompt('p', {
          suspendEvent: {
            waitForChoice: { prompt: { parts: [] }, choices: [], selectionMode: 'single' },
          },
        }),
      ],
      1,
      "'choices' must offer at least one choice",
    ],
    [
      'a prompt is malformed',
      [start('a'), prompt('p', { suspendEvent: { waitForInput: {} } })],
      1,
      "'suspendEvent.waitForInput' is not what such a prompt carries",
    ],
    [
      'a fallback does not fit',
      [start('a'), prompt('p', { expiresAt: 2000, fallback: { input: 3 } })],
      1,
      "the 'fallback' does not fit",
    ],
    [
      'a fallback has no time',
      [start('a'), prompt('p', { fallback: { skipped: true } })],
      1,
      "'expiresAt', which is missing",
    ],
    [
      'what is not open is withdrawn',
      [start('a'), { type: 'inputWithdrawn', nodeId: 'a', interactionId: 'p', reason: '' }],
      1,
      "no interaction 'p' is open",
    ],
    ['a step ends unbegun', [start('a'), step('stepEnd')], 1, "attempt 1 of step 's'"],
    ['a step ends as another attempt', [...begun, step('stepEnd', 2)], 3, "attempt 2 of step 's'"],
    ['an attempt is repeated', [...begun, step('stepStart')], 3, 'the next must be greater'],
    [
      'an operation begins again after its end',
      [...begun, step('stepEnd'), step('stepStart', 2)],
      4,
      "operation 's' has ended",
    ],
    [
      'an emission belongs to an attempt that is over',
      [...begun, { type: 'thoughtEvent', nodeId: 'a', text: '', op: 's', attempt: 4 }],
      3,
      "attempt 4 of step 's' is not running",
    ],
    [
      'an agent event has two names',
      [start('a'), { type: 'agentEvent', nodeId: 'a', event: { x: 1, y: 2 } }],
      1,
      "'event' must have one key",
    ],
    ['a sleep ends unbegun', [start('a'), { type: 'sleepEnd', nodeId: 'a', op: 'z' }], 1, "'z'"],
    ['it completes with a node open', [...begun, { type: 'graphComplete' }], 3, "node 'a'"],
    ['something follows the end', [{ type: 'graphComplete' }, start('a')], 1, 'nothing can follow'],
  ];

  it.each(cases)('when %s', (_, events, place, says) => {
    const session = new Session();
    const before = session.state;
    const refused = refusalOf(() => session.send(...events));
    expect(refused.code).toBe('invalid_event');
    expect(refused.details).toEqual({ field: `events.${place}`, event: place });
    expect(refused.message).toContain(`'events.${place}' (`);
    expect(refused.message).toContain(says);
    expect(session.state).toBe(before);
  });

  it('when the session has ended', () => {
    const session = new Session();
    session.do({ type: 'cancel' });
    expect(refusalOf(() => session.send()).code).toBe('session_final');
  });

  it.each(['graphStart', 'inputResolved', 'graphCancelled', 'memory', 'contactLost'])(
    'when it writes %s, which is the server’s',
    (type) => {
      const { error } = producedEvent.safeParse({ type });
      expect(error?.issues[0]?.message).toContain(`'${type}' is the server's`);
    },
  );
});

describe('time', () => {
  it('answers or withdraws the prompts that run out, and leaves sleeps to the program', () => {
    const session = new Session();
    session.send(
      start('a'),
      prompt('p', { expiresAt: 1100, fallback: { skipped: true } }),
      prompt('q', { expiresAt: 1100 }),
      prompt('r', { expiresAt: 1200 }),
      { type: 'sleepStart', nodeId: 'a', op: 'z', until: 1050 },
    );
    session.now = 1100;
    expect(session.do({ type: 'timeUp', silent: [] })).toEqual([
      { type: 'inputResolved', nodeId: 'a', interactionId: 'p', response: { skipped: true } },
      { type: 'inputWithdrawn', nodeId: 'a', interactionId: 'q', reason: 'its time ran out' },
    ]);
  });

  it('marks a session whose producer is silent, until it says something', () => {
    const session = new Session();
    session.now = 1030;
    session.do({ type: 'timeUp', silent: ['m', 'n'] });
    session.do({ type: 'timeUp', silent: ['m', 'n'] });
    expect(lostContactAt(session.state)).toBe(1030);
    session.do({ type: 'hear', producerId: 'm' });
    expect(session.do({ type: 'hear', producerId: 'n' })).toEqual([
      { type: 'contactRegained', producerId: 'n' },
    ]);
    expect(lostContactAt(session.state)).toBeNull();
  });

  it('marks nothing that has ended', () => {
    const session = new Session();
    session.do({ type: 'timeUp', silent: ['m'] });
    session.do({ type: 'cancel' });
    expect(lostContactAt(session.state)).toBeNull();
    expect(session.do({ type: 'timeUp', silent: ['m'] })).toEqual([]);
  });
});

function refusalOf(run: () => unknown): AppError {
  try {
    run();
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  throw new Error('It was not refused.');
}
