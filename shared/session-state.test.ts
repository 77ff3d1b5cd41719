import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { EventBody, SessionEvent } from './event.ts';
import type { GraphOutline } from './graph.ts';
import type { SuspendEvent } from './prompt.ts';
import {
  activityOf,
  evolve,
  initialState,
  needsRunner,
  nextWakeAt,
  openPromptCount,
  openPrompts,
  readyNodes,
  type SessionState,
} from './session-state.ts';
import { isFinal, sessionStatuses } from './session.ts';

/** a → b, with c on its own branch from a. */
const graph: GraphOutline = {
  nodes: ['a', 'b', 'c'].map((id) => ({ id, type: 't' })),
  edges: [
    { from: 'a', to: 'b' },
    { from: 'a', to: 'c' },
  ],
};
const one: GraphOutline = { nodes: [{ id: 'a', type: 't' }], edges: [] };
const pair: GraphOutline = {
  nodes: ['a', 'b'].map((id) => ({ id, type: 't' })),
  edges: [{ from: 'a', to: 'b' }],
};

const startOf = (outline: GraphOutline): EventBody => ({
  type: 'graphStart',
  sessionId: 's',
  graphId: 'g',
  mode: 'interactive',
  graph: outline,
});
const stepStart = (nodeId: string, op = 'step:x:0', attempt = 1): EventBody => ({
  type: 'stepStart',
  nodeId,
  op,
  step: 'x',
  attempt,
});
const stepEnd = (nodeId: string, op = 'step:x:0', attempt = 1): EventBody => ({
  type: 'stepEnd',
  nodeId,
  op,
  step: 'x',
  attempt,
});
const asks = (
  nodeId: string,
  interactionId: string,
  more: Partial<Extract<EventBody, { type: 'inputRequired' }>> = {},
): EventBody => ({
  type: 'inputRequired',
  nodeId,
  op: `ask:${interactionId}:0`,
  interactionId,
  suspendEvent: { waitForInput: { prompt: { parts: [] }, inputType: 'text' } },
  ...more,
});
const answers = (nodeId: string, interactionId: string): EventBody => ({
  type: 'inputResolved',
  nodeId,
  interactionId,
  response: { input: interactionId },
});
const nodeStart = (nodeId: string): EventBody => ({ type: 'nodeStart', nodeId });
const nodeEnd = (nodeId: string): EventBody => ({ type: 'nodeEnd', nodeId, outputs: {} });

/** Event n has the index n and the time 100 + n. */
function stamped(bodies: readonly EventBody[]): SessionEvent[] {
  return bodies.map((body, index) => ({ ...body, index, time: 100 + index }));
}

function after(...bodies: EventBody[]): SessionState {
  return stamped(bodies).reduce(evolve, initialState);
}

const name = fc.constantFrom('a', 'b', 'c', 'nobody');
const op = fc.constantFrom('step:x:0', 'step:y:0', 'sleep:sleep:0', 'ask:ask:0');
const interaction = fc.constantFrom('i', 'j', 'k');
const outline: fc.Arbitrary<GraphOutline> = fc.record({
  nodes: fc.array(fc.record({ id: name, type: fc.constant('t') }), { maxLength: 4 }),
  edges: fc.array(fc.record({ from: name, to: name }), { maxLength: 4 }),
});
const text = fc.constant('text');

/** Events of every type in no sensible order, about nodes, operations and prompts that may not be. */
const bodies: fc.Arbitrary<EventBody>[] = [
  fc.oneof(fc.constantFrom(graph, one, pair), outline).map((drawn): EventBody => startOf(drawn)),
  fc.record({ type: fc.constant('nodeStart'), nodeId: name }),
  fc.record({ type: fc.constant('nodeEnd'), nodeId: name, outputs: fc.constant({ output: 1 }) }),
  fc.record({ type: fc.constant('nodeError'), nodeId: name, error: text }),
  fc.record({ type: fc.constant('nodeSkipped'), nodeId: name, reason: text }),
  fc.record({
    type: fc.constantFrom('stepStart', 'stepEnd'),
    nodeId: name,
    op,
    step: text,
    attempt: fc.nat(3),
  }),
  fc.record(
    {
      type: fc.constant('stepError'),
      nodeId: name,
      op,
      step: text,
      attempt: fc.nat(3),
      error: text,
      final: fc.boolean(),
      retryAt: fc.nat(500),
    },
    { requiredKeys: ['type', 'nodeId', 'op', 'step', 'attempt', 'error', 'final'] },
  ),
  fc.record({ type: fc.constant('sleepStart'), nodeId: name, op, until: fc.nat(500) }),
  fc.record({ type: fc.constant('sleepEnd'), nodeId: name, op }),
  fc.record({ type: fc.constant('agentEvent'), nodeId: name, event: fc.constant({ said: 1 }) }),
  fc.record({ type: fc.constant('thoughtEvent'), nodeId: name, text, op, attempt: fc.nat(3) }),
  fc.record(
    {
      type: fc.constant('inputRequired'),
      nodeId: name,
      op,
      interactionId: interaction,
      suspendEvent: fc.constantFrom<SuspendEvent[]>({}, { unheardOf: 1 }, { queryConsent: {} }),
      expiresAt: fc.nat(500),
      idle: fc.boolean(),
    },
    { requiredKeys: ['type', 'nodeId', 'op', 'interactionId'] },
  ),
  fc.record({
    type: fc.constant('inputResolved'),
    nodeId: name,
    interactionId: interaction,
    response: fc.constant(null),
  }),
  fc.record({
    type: fc.constant('inputWithdrawn'),
    nodeId: name,
    interactionId: interaction,
    reason: text,
  }),
];
const anyBody = fc.oneof(...bodies);
const anyEnd: fc.Arbitrary<EventBody> = fc.oneof(
  fc.record({
    type: fc.constant('graphComplete'),
    sessionId: fc.constant('s'),
    outputs: fc.constant({}),
  }),
  fc.record({ type: fc.constant('graphError'), sessionId: fc.constant('s'), error: text }),
  fc.record({ type: fc.constant('graphCancelled'), sessionId: fc.constant('s') }),
);
const anyLog = fc
  .tuple(
    fc.boolean(),
    fc.array(fc.oneof({ arbitrary: anyBody, weight: 40 }, { arbitrary: anyEnd, weight: 1 }), {
      maxLength: 40,
    }),
  )
  // Without a start nothing makes sense, with one some of it may.
  .map(([starts, bodies]) => stamped(starts ? [startOf(graph), ...bodies] : bodies));

describe('evolve', () => {
  it('is total and pure over any prefix of any sequence of events', () => {
    fc.assert(
      fc.property(anyLog, (log) => {
        let state = initialState;
        for (const event of log) {
          deepFreeze(state);
          deepFreeze(event);
          const next = evolve(state, event);
          expect(next.lastIndex).toBe(event.index);
          expect(next.time).toBe(event.time);
          expect(sessionStatuses).toContain(next.status);
          // Whatever else is derived is total as well.
          expect(openPromptCount(next)).toBeLessThanOrEqual(openPrompts(next).length);
          expect(readyNodes(next).every((node) => node.phase === 'pending')).toBe(true);
          expect(nextWakeAt(next)).not.toBeNaN();
          expect(typeof needsRunner(next)).toBe('boolean');
          for (const node of next.nodes.values()) expect(activityOf(next, node)).toBeTruthy();
          // The same again: nothing hidden has changed.
          expect(evolve(state, event)).toEqual(next);
          state = next;
        }
      }),
      { numRuns: 400 },
    );
  });

  it('gives the same state without agent events and thoughts, but for the index and the time', () => {
    fc.assert(
      fc.property(anyLog, (log) => {
        const whole = log.reduce(evolve, initialState);
        const part = log
          .filter(({ type }) => type !== 'agentEvent' && type !== 'thoughtEvent')
          .reduce(evolve, initialState);
        const { lastIndex, time } = whole;
        expect({ ...part, lastIndex, time }).toEqual(whole);
      }),
      { numRuns: 1000 },
    );
  });

  it('moves nothing but the index and the time once a session has ended', () => {
    fc.assert(
      fc.property(anyLog, anyEnd, fc.array(fc.oneof(anyBody, anyEnd)), (log, end, late) => {
        const ended = stamped([...log, end]).reduce(evolve, initialState);
        fc.pre(isFinal(ended.status));
        const later = stamped([...log, end, ...late])
          .slice(log.length + 1)
          .reduce(evolve, ended);
        const { lastIndex, time } = later;
        expect(later).toEqual({ ...ended, lastIndex, time });
      }),
      { numRuns: 500 },
    );
  });

  it('keeps the first start only', () => {
    const state = after(startOf(one), nodeStart('a'), startOf(graph));
    expect([...state.nodes.keys()]).toEqual(['a']);
    expect(state.nodes.get('a')?.phase).toBe('started');
  });

  it('knows the nodes that the run executes, in the order of the graph', () => {
    const lonely = { ...graph, nodes: [{ id: 'z', type: 't' }, ...graph.nodes] };
    expect([...after(startOf(lonely)).nodes.keys()]).toEqual(['a', 'b', 'c']);
    const edgeless = { nodes: graph.nodes, edges: [] };
    expect([...after(startOf(edgeless)).nodes.keys()]).toEqual(['a']);
  });

  it('forgets what was open in a node that settles, and nothing of the others', () => {
    const state = after(
      startOf(graph),
      nodeStart('a'),
      nodeEnd('a'),
      nodeStart('b'),
      nodeStart('c'),
      stepStart('b'),
      asks('b', 'i'),
      asks('c', 'j'),
      { type: 'nodeError', nodeId: 'b', error: 'no' },
    );
    expect([...state.prompts.keys()]).toEqual(['j']);
    expect(state.nodes.get('b')).toEqual({
      id: 'b',
      phase: 'failed',
      error: 'no',
      open: new Map(),
    });
  });

  it('counts the attempts of a step that were cut short in a row, and those that failed', () => {
    const failed = (attempt: number): EventBody => ({
      type: 'stepError',
      nodeId: 'a',
      op: 'step:x:0',
      step: 'x',
      attempt,
      error: 'no',
      final: false,
      retryAt: 200,
    });
    const step = (...bodies: EventBody[]) =>
      after(startOf(one), nodeStart('a'), ...bodies)
        .nodes.get('a')
        ?.open.get('step:x:0');
    const begin = [1, 2, 3, 4].map((attempt) => stepStart('a', 'step:x:0', attempt));
    expect(step(...begin.slice(0, 3))).toEqual({
      kind: 'step',
      name: 'x',
      attempt: 3,
      retryAt: null,
      cutShort: 2,
      failures: 0,
    });
    expect(step(...begin.slice(0, 3), failed(3))).toMatchObject({ retryAt: 200, failures: 1 });
    expect(step(...begin.slice(0, 3), failed(3), ...begin.slice(3))).toMatchObject({
      attempt: 4,
      retryAt: null,
      cutShort: 0,
      failures: 1,
    });
  });
});

describe('the status', () => {
  const status = (...bodies: EventBody[]) => after(...bodies).status;
  const sleepStart: EventBody = { type: 'sleepStart', nodeId: 'a', op: 'sleep:sleep:0', until: 9 };

  it('is running while a node is ready', () => {
    expect(status(startOf(one))).toBe('running');
  });

  it('is running while a node has started and does nothing that is known', () => {
    expect(status(startOf(one), nodeStart('a'))).toBe('running');
  });

  it('is suspended while the only node waits for an answer', () => {
    expect(status(startOf(one), nodeStart('a'), asks('a', 'i'))).toBe('suspended');
    expect(status(startOf(one), nodeStart('a'), asks('a', 'i'), answers('a', 'i'))).toBe('running');
  });

  it('is running while the node that asks has a step open beside the prompt', () => {
    const waiting = [startOf(one), nodeStart('a'), asks('a', 'i'), stepStart('a')];
    expect(status(...waiting)).toBe('running');
    expect(status(...waiting, stepEnd('a'))).toBe('suspended');
  });

  it('is suspended while a step itself asks', () => {
    const asking = [startOf(one), nodeStart('a'), stepStart('a')];
    expect(status(...asking, asks('a', 'i', { op: 'step:x:0' }))).toBe('suspended');
    const another = stepStart('a', 'step:y:0');
    expect(status(...asking, another, asks('a', 'i', { op: 'step:x:0' }))).toBe('running');
  });

  it('is running while only sleeps are open', () => {
    expect(status(startOf(one), nodeStart('a'), sleepStart)).toBe('running');
  });

  it('is suspended while one node sleeps and another waits', () => {
    const log = [
      startOf(graph),
      nodeStart('a'),
      nodeEnd('a'),
      nodeStart('b'),
      nodeStart('c'),
      asks('b', 'i'),
    ];
    expect(status(...log)).toBe('running');
    expect(status(...log, { ...sleepStart, nodeId: 'c' })).toBe('suspended');
  });

  it('is running between the attempts of a step', () => {
    const error: EventBody = {
      type: 'stepError',
      nodeId: 'a',
      op: 'step:x:0',
      step: 'x',
      attempt: 1,
      error: 'no',
      final: false,
      retryAt: 200,
    };
    const log = [startOf(one), nodeStart('a'), asks('a', 'i'), stepStart('a'), error];
    expect(status(...log)).toBe('running');
    expect(status(...log, { ...error, final: true })).toBe('suspended');
  });

  it('is that of an idle prompt as of any other, which only is not counted', () => {
    const state = after(startOf(one), nodeStart('a'), asks('a', 'i', { idle: true }));
    expect(state.status).toBe('suspended');
    expect(openPromptCount(state)).toBe(0);
    expect(openPrompts(state)).toEqual([
      {
        interactionId: 'i',
        nodeId: 'a',
        kind: 'waitForInput',
        prompt: { prompt: { parts: [] }, inputType: 'text' },
        idle: true,
      },
    ]);
  });

  it('is final after each of the three ends', () => {
    const end = (body: EventBody) => after(startOf(one), nodeStart('a'), asks('a', 'i'), body);
    const completed = end({ type: 'graphComplete', sessionId: 's', outputs: {} });
    const failed = end({ type: 'graphError', sessionId: 's', error: 'no' });
    const cancelled = end({ type: 'graphCancelled', sessionId: 's' });
    expect([completed, failed, cancelled].map((state) => state.status)).toEqual([
      'completed',
      'failed',
      'cancelled',
    ]);
    expect([completed, failed, cancelled].map((state) => state.error)).toEqual([null, 'no', null]);
    expect(completed.prompts.size + failed.prompts.size + cancelled.prompts.size).toBe(0);
  });
});

describe('the turn', () => {
  const log = [startOf(graph), nodeStart('a'), asks('a', 'i')];

  it('begins with the start, and stays through the rest that follows', () => {
    expect(after(startOf(graph)).turn).toEqual({ id: 0, prompt: null, startedAt: 100 });
    expect(after(...log).turn).toEqual({ id: 0, prompt: null, startedAt: 100 });
  });

  it('begins anew with an answer given at rest', () => {
    expect(after(...log, answers('a', 'i')).turn).toEqual({
      id: 3,
      prompt: { input: 'i' },
      startedAt: 103,
    });
  });

  it('goes on when an answer comes while something runs', () => {
    const running = [...log, stepStart('a'), answers('a', 'i')];
    expect(after(...running).turn).toEqual({ id: 0, prompt: null, startedAt: 100 });
  });

  it('goes on when a prompt is withdrawn, or answered that is not open', () => {
    const withdrawn: EventBody = {
      type: 'inputWithdrawn',
      nodeId: 'a',
      interactionId: 'i',
      reason: 'late',
    };
    expect(after(...log, withdrawn).turn.id).toBe(0);
    expect(after(...log, answers('a', 'j')).turn.id).toBe(0);
  });
});

describe('what a session at rest needs', () => {
  it('is code while a node is ready, a step is open or the end is not written', () => {
    expect(needsRunner(after(startOf(one)))).toBe(true);
    expect(needsRunner(after(startOf(one), nodeStart('a')))).toBe(true);
    expect(needsRunner(after(startOf(one), nodeStart('a'), nodeEnd('a')))).toBe(true);
    const asking = [startOf(one), nodeStart('a'), stepStart('a')];
    expect(needsRunner(after(...asking, asks('a', 'i', { op: 'step:x:0' })))).toBe(true);
  });

  it('is nothing but an answer or a timer else, and nothing at all after the end', () => {
    const asking = [startOf(one), nodeStart('a'), asks('a', 'i')];
    expect(needsRunner(after(...asking))).toBe(false);
    expect(needsRunner(after(...asking, { type: 'graphCancelled', sessionId: 's' }))).toBe(false);
  });

  it('is the earliest timer of all that are open', () => {
    const log = [
      startOf(one),
      nodeStart('a'),
      asks('a', 'i', { expiresAt: 500 }),
      asks('a', 'j'),
      { type: 'sleepStart', nodeId: 'a', op: 'sleep:sleep:0', until: 400 },
    ] as const;
    expect(nextWakeAt(after(...log))).toBe(400);
    expect(nextWakeAt(after(...log, { type: 'sleepEnd', nodeId: 'a', op: 'sleep:sleep:0' }))).toBe(
      500,
    );
    expect(nextWakeAt(after(...log, { type: 'graphCancelled', sessionId: 's' }))).toBe(null);
    expect(nextWakeAt(after(startOf(one)))).toBe(null);
  });
});

describe('readyNodes', () => {
  it('are the pending nodes whose sources have all settled, however they did', () => {
    const ready = (...bodies: EventBody[]) => readyNodes(after(...bodies)).map(({ id }) => id);
    expect(ready(startOf(graph))).toEqual(['a']);
    expect(ready(startOf(graph), nodeStart('a'))).toEqual([]);
    expect(ready(startOf(graph), nodeStart('a'), nodeEnd('a'))).toEqual(['b', 'c']);
    expect(ready(startOf(graph), { type: 'nodeSkipped', nodeId: 'a', reason: 'no' })).toEqual([
      'b',
      'c',
    ]);
  });
});

function deepFreeze(value: unknown): void {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return;
  if (value instanceof Map) {
    // Freezing a map does not keep anybody from changing its entries.
    for (const change of ['set', 'delete', 'clear']) {
      Object.defineProperty(value, change, {
        value: () => {
          throw new TypeError(`${change}() on a map that belongs to an earlier state`);
        },
      });
    }
    for (const member of value.values()) deepFreeze(member);
  }
  Object.freeze(value);
  Object.values(value).forEach(deepFreeze);
}
