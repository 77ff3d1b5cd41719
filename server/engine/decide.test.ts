import { describe, expect, it } from 'vitest';
import type { EventBody, RunMode, SessionEvent } from '../../shared/event.ts';
import type { GraphDescriptor } from '../../shared/graph.ts';
import type { Json, JsonObject } from '../../shared/json.ts';
import { textContent, toSuspendEvent, type Prompt } from '../../shared/prompt.ts';
import { AppError } from '../errors.ts';
import type { SessionRecord } from '../store/store.ts';
import { decide, unstarted, type Command } from './decide.ts';
import type { Decidable } from './draft.ts';
import { SessionJournal } from './journal.ts';

const ask: Prompt = {
  kind: 'waitForInput',
  payload: { prompt: textContent('?', 'model'), inputType: 'text', skipLabel: 'Skip' },
};
const consent: Prompt = { kind: 'queryConsent', payload: { consentType: 'general' } };
const formOf = (schema: JsonObject): Prompt => ({ kind: 'inputNode', payload: { schema } });
const choice: Prompt = {
  kind: 'waitForChoice',
  payload: {
    prompt: textContent('?'),
    choices: [{ id: 'a', content: textContent('A') }],
    selectionMode: 'single',
  },
};

const one: GraphDescriptor = { nodes: [{ id: 'n', type: 't' }], edges: [] };

/** A session to which commands are given by hand, one second after another. */
class Session implements Decidable {
  readonly readOnly = false;
  readonly record: SessionRecord;
  readonly journal = new SessionJournal();
  state;
  now = 1000;

  constructor(graph: GraphDescriptor = one, given: { mode?: RunMode; inputs?: JsonObject } = {}) {
    this.record = {
      sessionId: 's',
      graphId: 'g',
      graph,
      mode: given.mode ?? 'interactive',
      runner: 'server',
      inputs: given.inputs ?? {},
      title: 'title',
      createdAt: 1000,
      nodeTypes: ['t'],
    };
    this.state = unstarted(this.record, this.journal).state;
  }

  /** What follows from a command, without the stamps. */
  do(command: Command): EventBody[] {
    return this.append(command).map(({ index: _index, time: _time, ...body }) => body);
  }

  append(command: Command): readonly SessionEvent[] {
    const { events, state } = decide(this, command, this.now);
    for (const event of events) this.journal.add(event);
    this.state = state;
    this.now += 1;
    return events;
  }

  /** Started, with the node `n` running. */
  static running(...given: ConstructorParameters<typeof Session>): Session {
    const session = new Session(...given);
    session.do({ type: 'start' });
    return session;
  }

  open(prompt: Prompt, more: Partial<Extract<Command, { type: 'openPrompt' }>> = {}): EventBody[] {
    return this.do({
      type: 'openPrompt',
      nodeId: 'n',
      op: 'ask:ask:0',
      attempt: null,
      interactionId: 'i',
      prompt,
      timeoutMs: null,
      fallback: undefined,
      idle: false,
      ...more,
    });
  }

  answer(response: Json, interactionId = 'i'): EventBody[] {
    return this.do({ type: 'answer', interactionId, response });
  }
}

const required = (more: Partial<Extract<EventBody, { type: 'inputRequired' }>> = {}) => ({
  type: 'inputRequired',
  nodeId: 'n',
  op: 'ask:ask:0',
  interactionId: 'i',
  suspendEvent: toSuspendEvent(ask),
  ...more,
});
const resolved = (response: Json, interactionId = 'i') => ({
  type: 'inputResolved',
  nodeId: 'n',
  interactionId,
  response,
});
const withdrawn = (reason: string, interactionId = 'i', nodeId = 'n') => ({
  type: 'inputWithdrawn',
  nodeId,
  interactionId,
  reason,
});
const failed = (error: string) => [
  { type: 'nodeError', nodeId: 'n', error },
  { type: 'graphError', sessionId: 's', error: `n: ${error}` },
];

function refusal(act: () => unknown): { code: string; message: string } {
  try {
    act();
  } catch (error) {
    if (error instanceof AppError) return { code: error.code, message: error.message };
    throw error;
  }
  throw new Error('It was not refused.');
}

const hello: Json = { input: { parts: [{ text: 'hello' }] } };

describe('a start', () => {
  it('is the graph as it is drawn, then the first nodes', () => {
    const graph: GraphDescriptor = {
      title: 'T',
      nodes: [
        { id: 'n', type: 't', configuration: { secret: 1 }, metadata: { title: 'N' } },
        { id: 'm', type: 't' },
        { id: 'lonely', type: 't' },
      ],
      edges: [{ from: 'n', to: 'm' }],
    };
    expect(new Session(graph).append({ type: 'start' })).toEqual([
      {
        type: 'graphStart',
        sessionId: 's',
        graphId: 'g',
        mode: 'interactive',
        graph: {
          title: 'T',
          nodes: [
            { id: 'n', type: 't', title: 'N' },
            { id: 'm', type: 't' },
            { id: 'lonely', type: 't' },
          ],
          edges: [{ from: 'n', to: 'm' }],
        },
        index: 0,
        time: 1000,
      },
      { type: 'nodeStart', nodeId: 'n', index: 1, time: 1000 },
    ]);
  });

  it('runs all nodes that need no other, and of nodes without edges the first', () => {
    const nodes = ['a', 'b', 'c'].map((id) => ({ id, type: 't' }));
    const starts = (graph: GraphDescriptor) => new Session(graph).do({ type: 'start' }).slice(1);
    const edges = [
      { from: 'a', to: 'c' },
      { from: 'b', to: 'c' },
    ];
    expect(starts({ nodes, edges })).toEqual([
      { type: 'nodeStart', nodeId: 'a' },
      { type: 'nodeStart', nodeId: 'b' },
    ]);
    expect(starts({ nodes, edges: [] })).toEqual([{ type: 'nodeStart', nodeId: 'a' }]);
  });
});

describe('time', () => {
  it('never decreases in a log, though the clock does', () => {
    const session = Session.running();
    session.now = 10;
    const [event] = session.append({ type: 'cancel' });
    expect(event?.time).toBe(1000);
  });
});

describe('the end of a node', () => {
  const chain: GraphDescriptor = {
    nodes: ['n', 'm', 'o'].map((id) => ({ id, type: 't' })),
    edges: [
      { from: 'n', to: 'm' },
      { from: 'm', to: 'o' },
    ],
  };

  it('starts those that it was waited for by, and ends the run with the outputs of the last', () => {
    const session = Session.running(chain);
    const end = (nodeId: string): Command => ({
      type: 'endNode',
      nodeId,
      outputs: { output: nodeId },
    });
    expect(session.do(end('n'))).toEqual([
      { type: 'nodeEnd', nodeId: 'n', outputs: { output: 'n' } },
      { type: 'nodeStart', nodeId: 'm' },
    ]);
    session.do(end('m'));
    expect(session.do(end('o'))).toEqual([
      { type: 'nodeEnd', nodeId: 'o', outputs: { output: 'o' } },
      { type: 'graphComplete', sessionId: 's', outputs: { o: { output: 'o' } } },
    ]);
  });

  it('by a failure skips what needs it, and what needs that, and fails the run', () => {
    const session = Session.running(chain);
    expect(session.do({ type: 'failNode', nodeId: 'n', error: 'no' })).toEqual([
      { type: 'nodeError', nodeId: 'n', error: 'no' },
      { type: 'nodeSkipped', nodeId: 'm', reason: "port 'input' got no value: node 'n' failed" },
      {
        type: 'nodeSkipped',
        nodeId: 'o',
        reason: "port 'input' got no value: node 'm' was skipped",
      },
      { type: 'graphError', sessionId: 's', error: 'n: no' },
    ]);
  });

  it('by a failure does not stop the branches that do not need it; the errors are joined', () => {
    const session = Session.running({
      nodes: ['n', 'm', 'o'].map((id) => ({ id, type: 't' })),
      edges: [
        { from: 'n', to: 'o', optional: true },
        { from: 'm', to: 'o', optional: true },
      ],
    });
    session.do({ type: 'failNode', nodeId: 'n', error: 'one' });
    expect(session.do({ type: 'failNode', nodeId: 'm', error: 'two' }).slice(1)).toEqual([
      { type: 'nodeStart', nodeId: 'o' },
    ]);
    expect(session.do({ type: 'endNode', nodeId: 'o', outputs: {} }).slice(1)).toEqual([
      { type: 'graphError', sessionId: 's', error: 'n: one; m: two' },
    ]);
  });

  it('withdraws what it asks, and nothing of other nodes', () => {
    const session = Session.running({
      nodes: ['n', 'm', 'o'].map((id) => ({ id, type: 't' })),
      edges: [
        { from: 'n', to: 'o' },
        { from: 'm', to: 'o' },
      ],
    });
    session.open(ask);
    session.open(ask, { nodeId: 'm', interactionId: 'j' });
    expect(session.do({ type: 'endNode', nodeId: 'n', outputs: {} })).toEqual([
      withdrawn('its node ended'),
      { type: 'nodeEnd', nodeId: 'n', outputs: {} },
    ]);
    expect([...session.state.prompts.keys()]).toEqual(['j']);
  });

  it('happens once', () => {
    const session = Session.running(chain);
    session.do({ type: 'endNode', nodeId: 'n', outputs: {} });
    expect(session.do({ type: 'endNode', nodeId: 'n', outputs: {} })).toEqual([]);
    expect(session.do({ type: 'failNode', nodeId: 'n', error: 'late' })).toEqual([]);
  });

  it('is the end of what its code can add', () => {
    const session = Session.running(chain);
    session.do({ type: 'endNode', nodeId: 'n', outputs: {} });
    const late: Command[] = [
      { type: 'beginStep', nodeId: 'n', op: 'step:y:0', step: 'y' },
      { type: 'startSleep', nodeId: 'n', op: 'sleep:sleep:0', ms: 1 },
      { type: 'emit', nodeId: 'n', step: null, event: { said: 1 } },
      { type: 'thought', nodeId: 'n', step: null, text: 'x' },
    ];
    for (const command of late) expect(session.do(command)).toEqual([]);
  });
});

describe('a step', () => {
  const begin: Command = { type: 'beginStep', nodeId: 'n', op: 'step:x:0', step: 'x' };
  const ref = { nodeId: 'n', op: 'step:x:0' };
  const started = (attempt: number) => ({ type: 'stepStart', ...ref, step: 'x', attempt });
  const fail = (attempt: number, retries: number): Command => ({
    type: 'failStep',
    ...ref,
    attempt,
    error: 'no',
    retries,
  });
  const end = (attempt: number, result?: Json): Command => ({
    type: 'endStep',
    ...ref,
    attempt,
    result,
  });

  it('ends with its result, or with none', () => {
    const session = Session.running();
    expect(session.do(begin)).toEqual([started(1)]);
    expect(session.do(end(1, { a: 1 }))).toEqual([
      { type: 'stepEnd', ...ref, step: 'x', attempt: 1, result: { a: 1 } },
    ]);
    session.do({ type: 'beginStep', nodeId: 'n', op: 'step:y:0', step: 'y' });
    expect(
      session.do({
        type: 'endStep',
        nodeId: 'n',
        op: 'step:y:0',
        attempt: 1,
        result: undefined,
      }),
    ).toEqual([{ type: 'stepEnd', nodeId: 'n', op: 'step:y:0', step: 'y', attempt: 1 }]);
  });

  it('is retried as often as it may be, later each time, and then fails', () => {
    const session = Session.running();
    const delays: number[] = [];
    for (let attempt = 1; attempt <= 9; attempt += 1) {
      expect(session.do(begin)).toEqual([started(attempt)]);
      const { now } = session;
      const [error] = session.do(fail(attempt, 8));
      if (error?.type !== 'stepError' || error.retryAt === undefined) {
        expect(error).toEqual({
          type: 'stepError',
          ...ref,
          step: 'x',
          attempt: 9,
          error: 'no',
          final: true,
        });
      } else delays.push(error.retryAt - now);
    }
    expect(delays).toEqual([0.5, 1, 2, 4, 8, 16, 30, 30]);
  });

  it('is retried no earlier than its error says, and no earlier than otherwise', () => {
    const session = Session.running();
    const waits = [3000, 1].map((retryAfterMs, i) => {
      session.do(begin);
      const { now } = session;
      const [error] = session.do({ ...fail(i + 1, 5), retryAfterMs } as Command);
      return error?.type === 'stepError' && error.retryAt! - now;
    });
    expect(waits).toEqual([3, 1]);
  });

  it('fails at once without retries', () => {
    const session = Session.running();
    session.do(begin);
    expect(session.do(fail(1, 0))).toEqual([
      { type: 'stepError', ...ref, step: 'x', attempt: 1, error: 'no', final: true },
    ]);
  });

  it('that was cut short runs again as its next attempt, which is no failure', () => {
    const session = Session.running();
    session.do(begin);
    expect(session.do(begin)).toEqual([started(2)]);
    expect(session.do(fail(2, 1))).toEqual([expect.objectContaining({ final: false })]);
    session.do(begin);
    expect(session.do(fail(3, 1))).toEqual([expect.objectContaining({ final: true })]);
  });

  it('fails when its tenth attempt in a row was cut short', () => {
    const session = Session.running();
    for (let attempt = 1; attempt <= 10; attempt += 1) {
      expect(session.do(begin)).toEqual([started(attempt)]);
    }
    expect(session.do(begin)).toEqual([
      {
        type: 'stepError',
        ...ref,
        step: 'x',
        attempt: 10,
        error: 'The step was cut short 10 times in a row.',
        final: true,
      },
    ]);
  });

  it('counts the attempts that were cut short anew after one that failed', () => {
    const session = Session.running();
    for (let attempt = 1; attempt <= 10; attempt += 1) session.do(begin);
    session.do(fail(10, 5));
    for (let attempt = 11; attempt <= 20; attempt += 1) {
      expect(session.do(begin)).toEqual([started(attempt)]);
    }
    expect(session.do(begin)).toEqual([expect.objectContaining({ attempt: 20, final: true })]);
  });

  it('ends nothing by an attempt that is over', () => {
    const session = Session.running();
    session.do(begin);
    session.do(begin);
    expect(session.do(end(1))).toEqual([]);
    expect(session.do(fail(1, 0))).toEqual([]);
    session.do(fail(2, 5));
    expect(session.do(end(2))).toEqual([]);
    session.do(begin);
    session.do(end(3));
    expect(session.do(end(3))).toEqual([]);
  });

  it.each<[string, Command, string]>([
    ['end', end(1), 'its step ended'],
    ['failure', fail(1, 3), 'its step failed'],
    ['next attempt', begin, 'its step runs again as attempt 2'],
  ])('withdraws what it asks with its %s, and nothing else', (_name, command, reason) => {
    const session = Session.running();
    session.do(begin);
    session.open(ask, { op: 'step:x:0', attempt: 1 });
    session.open(ask, { interactionId: 'j' });
    expect(session.do(command)[0]).toEqual(withdrawn(reason));
    expect([...session.state.prompts.keys()]).toEqual(['j']);
  });

  it('emits under its own name while its attempt runs, and nothing afterwards', () => {
    const session = Session.running();
    const emission: Command = {
      type: 'emit',
      nodeId: 'n',
      step: { op: 'step:x:0', attempt: 1 },
      event: { said: 1 },
    };
    expect(session.do(emission)).toEqual([]);
    session.do(begin);
    expect(session.do(emission)).toEqual([
      { type: 'agentEvent', ...ref, attempt: 1, event: { said: 1 } },
    ]);
    session.do(begin);
    expect(session.do(emission)).toEqual([]);
    expect(session.open(ask, { op: 'step:x:0', attempt: 1 })).toEqual([]);
    expect(
      session.do({ type: 'thought', nodeId: 'n', step: { op: 'step:x:0', attempt: 2 }, text: 'h' }),
    ).toEqual([{ type: 'thoughtEvent', ...ref, attempt: 2, text: 'h' }]);
  });
});

describe('what a step remembers', () => {
  const ref = { nodeId: 'n', op: 'step:x:0' };
  const begin: Command = { type: 'beginStep', ...ref, step: 'x' };
  const remember = (attempt: number, value: Json, name = 'place'): Command => ({
    type: 'remember',
    ...ref,
    attempt,
    name,
    value,
  });
  const memoryOf = (session: Session) => [...(session.state.nodes.get('n')?.memory ?? [])];

  it('is an event, kept until the node ends', () => {
    const session = Session.running();
    session.do(begin);
    expect(session.do(remember(1, 7))).toEqual([
      { type: 'memory', ...ref, attempt: 1, name: 'place', value: 7 },
    ]);
    session.do({ type: 'endStep', ...ref, attempt: 1, result: undefined });
    expect(memoryOf(session)).toEqual([['place', 7]]);
    session.do({ type: 'endNode', nodeId: 'n', outputs: {} });
    expect(memoryOf(session)).toEqual([]);
  });

  it('is dropped when the attempt that remembers is not the one that runs', () => {
    const session = Session.running();
    session.do(begin);
    session.do(begin);
    expect(session.do(remember(1, 'late'))).toEqual([]);
    expect(session.do(remember(2, 'now'))).toHaveLength(1);
    session.do({ type: 'endStep', ...ref, attempt: 2, result: undefined });
    expect(session.do(remember(2, 'later'))).toEqual([]);
    expect(memoryOf(session)).toEqual([['place', 'now']]);
  });

  it('is forgotten together with the end of the attempt, if there is anything to forget', () => {
    const session = Session.running();
    session.do(begin);
    session.do(remember(1, 7));
    expect(
      session.do({
        ...{ type: 'failStep', ...ref, attempt: 1, error: 'no', retries: 0 },
        forget: ['place', 'nothing'],
      }),
    ).toEqual([
      { type: 'memory', ...ref, attempt: 1, name: 'place' },
      { type: 'stepError', ...ref, step: 'x', attempt: 1, error: 'no', final: true },
    ]);
    expect(memoryOf(session)).toEqual([]);
  });

  it('is forgotten when the step was cut short ten times in a row: it may be the cause', () => {
    const session = Session.running();
    session.do(begin);
    session.do(remember(1, 7));
    for (let attempt = 2; attempt <= 10; attempt += 1) session.do(begin);
    expect(memoryOf(session)).toEqual([['place', 7]]);
    expect(session.do(begin).map(({ type }) => type)).toEqual(['memory', 'stepError']);
    expect(memoryOf(session)).toEqual([]);
  });
});

describe('a sleep', () => {
  it('lasts until a time that is in the log, and ends once', () => {
    const session = Session.running();
    const ref = { nodeId: 'n', op: 'sleep:sleep:0' };
    expect(session.do({ type: 'startSleep', ...ref, ms: 1500 })).toEqual([
      { type: 'sleepStart', ...ref, until: 1002.5 },
    ]);
    expect(session.do({ type: 'endSleep', ...ref })).toEqual([{ type: 'sleepEnd', ...ref }]);
    expect(session.do({ type: 'endSleep', ...ref })).toEqual([]);
  });
});

describe('a prompt', () => {
  it('is opened with what it shows, its deadline and whether anybody is kept waiting', () => {
    expect(Session.running().open(ask)).toEqual([required()]);
    expect(Session.running().open(ask, { timeoutMs: 500, idle: true })).toEqual([
      required({ expiresAt: 1001.5, idle: true }),
    ]);
  });

  it('takes one answer that fits', () => {
    const session = Session.running();
    session.open(ask);
    expect(session.answer(hello)).toEqual([resolved(hello)]);
    expect(refusal(() => session.answer(hello))).toEqual({
      code: 'interaction_resolved',
      message: 'This prompt was answered at 1970-01-01T00:16:42.000Z.',
    });
  });

  it('stays open after an answer that does not fit, which is told why', () => {
    const session = Session.running();
    session.open(ask);
    expect(refusal(() => session.answer('hello'))).toEqual({
      code: 'invalid_answer',
      message: "The answer must be an object whose 'input' is LLM content.",
    });
    expect(session.answer(hello)).toEqual([resolved(hello)]);
  });

  it('that never was is not found, in a session that has ended too', () => {
    const session = Session.running();
    const notFound = {
      code: 'interaction_not_found',
      message: "Session 's' has no interaction 'other'.",
    };
    expect(refusal(() => session.answer(hello, 'other'))).toEqual(notFound);
    session.do({ type: 'cancel' });
    expect(refusal(() => session.answer(hello, 'other'))).toEqual(notFound);
  });

  it('that was withdrawn says why, and after the end that the session has ended', () => {
    const session = Session.running();
    session.open(ask, { timeoutMs: 10 });
    session.do({ type: 'expire', interactionId: 'i', fallback: undefined });
    expect(refusal(() => session.answer('does not matter'))).toEqual({
      code: 'prompt_withdrawn',
      message: 'This prompt was withdrawn: its time ran out.',
    });
    session.do({ type: 'cancel' });
    expect(refusal(() => session.answer(hello))).toEqual({
      code: 'session_final',
      message: "Session 's' is cancelled already.",
    });
  });

  it('that was answered says so after the end as well', () => {
    const session = Session.running();
    session.open(ask);
    session.answer(hello);
    session.do({ type: 'cancel' });
    expect(refusal(() => session.answer(hello)).code).toBe('interaction_resolved');
  });

  it('is answered with its default when its time is up, unless somebody was faster', () => {
    const session = Session.running();
    const expire: Command = { type: 'expire', interactionId: 'i', fallback: { skipped: true } };
    expect(session.open(ask, { timeoutMs: 10, fallback: { skipped: true } })).toEqual([
      required({ expiresAt: 1001.01, fallback: { skipped: true } }),
    ]);
    expect(session.do(expire)).toEqual([resolved({ skipped: true })]);
    expect(session.do(expire)).toEqual([]);
  });

  it('is not opened by a node that has ended', () => {
    const session = Session.running();
    session.do({ type: 'endNode', nodeId: 'n', outputs: {} });
    expect(session.open(ask)).toEqual([]);
  });
});

describe('inputs given in advance', () => {
  const inputs = { n: 'hello' };
  const given = resolved({ input: { role: 'user', parts: [{ text: 'hello' }] } });

  it.each<RunMode>(['interactive', 'headless'])(
    'answer the first prompt of their node in the append that opens it: %s',
    (mode) => {
      const session = Session.running(one, { mode, inputs });
      expect(session.open(ask)).toEqual([required(), given]);
    },
  );

  it('answer no second prompt', () => {
    const session = Session.running(one, { inputs });
    session.open(ask);
    const second = { op: 'ask:ask:1', interactionId: 'j' };
    expect(session.open(ask, second)).toEqual([required(second)]);
  });

  it('answer the first prompt of a step again when the step runs again, and no other', () => {
    const session = Session.running(one, { inputs });
    const begin: Command = { type: 'beginStep', nodeId: 'n', op: 'step:x:0', step: 'x' };
    session.do(begin);
    const first = { op: 'step:x:0', attempt: 1 };
    expect(session.open(ask, first)).toHaveLength(2);
    expect(session.open(ask, { ...first, interactionId: 'j' })).toHaveLength(1);
    session.do(begin);
    const again = { op: 'step:x:0', attempt: 2, interactionId: 'k' };
    expect(session.open(ask, again)).toHaveLength(2);
    expect(session.open(ask, { op: 'ask:ask:0', interactionId: 'l' })).toHaveLength(1);
  });

  it('that do not fit fail the node', () => {
    const session = Session.running(one, { inputs: { n: 7 } });
    expect(session.open(ask)).toEqual(
      failed(
        "The input given for this node does not fit: The answer must be an object whose 'input' is LLM content.",
      ),
    );
  });

  it('for another node answer nothing here', () => {
    expect(Session.running(one, { inputs: { m: 'x' } }).open(ask)).toEqual([required()]);
  });
});

describe('a headless run', () => {
  const headless = (configuration?: JsonObject) =>
    Session.running(
      { nodes: [{ id: 'n', type: 't', ...(configuration ? { configuration } : {}) }], edges: [] },
      { mode: 'headless' },
    );
  const needsAnswer = failed(
    "This node needs an answer, and a headless run has nobody to ask: give it in 'inputs.n'.",
  );

  it.each<[string, Prompt]>([
    ['an ask', ask],
    ['a choice', choice],
    ['a consent', consent],
  ])('fails a node at %s that nobody answers', (_name, prompt) => {
    expect(headless().open(prompt)).toEqual(needsAnswer);
    expect(headless({ required: true }).open(prompt)).toEqual(needsAnswer);
  });

  it.each<[string, Prompt, Json]>([
    ['an ask', ask, { skipped: true }],
    ['a choice', choice, { selected: { ids: [] } }],
    ['a consent', consent, { consent: false }],
  ])('says nothing at %s that is not required', (_name, prompt, response) => {
    expect(headless({ required: false }).open(prompt)).toEqual([
      required({ suspendEvent: toSuspendEvent(prompt) }),
      resolved(response),
    ]);
  });

  it('fails a node at a form with required properties, whatever its configuration says', () => {
    const form = formOf({ type: 'object', required: ['a'] });
    expect(headless({ required: false }).open(form)).toEqual(needsAnswer);
  });

  it.each<[string, Prompt]>([
    ['of optional properties', formOf({ type: 'object', required: [] })],
    ['without a schema', { kind: 'inputNode', payload: {} }],
  ])('says nothing at a form %s', (_name, form) => {
    expect(headless().open(form)).toEqual([
      required({ suspendEvent: toSuspendEvent(form) }),
      resolved({}),
    ]);
  });

  it('takes the default where there is one', () => {
    expect(headless().open(consent, { fallback: { consent: true } })).toEqual([
      required({ suspendEvent: toSuspendEvent(consent) }),
      resolved({ consent: true }),
    ]);
  });

  it('goes on with the branches that do not need the node that failed', () => {
    const session = Session.running(
      {
        nodes: ['n', 'm', 'o'].map((id) => ({ id, type: 't' })),
        edges: [
          { from: 'n', to: 'o' },
          { from: 'm', to: 'o' },
        ],
      },
      { mode: 'headless' },
    );
    expect(session.open(ask)).toEqual(needsAnswer.slice(0, 1));
    expect(session.state.status).toBe('running');
  });
});

describe('a cancel', () => {
  it('withdraws what is open and ends the run', () => {
    const session = Session.running();
    session.open(ask);
    session.open(ask, { op: 'ask:ask:1', interactionId: 'j' });
    expect(session.do({ type: 'cancel' })).toEqual([
      withdrawn('the run was cancelled'),
      withdrawn('the run was cancelled', 'j'),
      { type: 'graphCancelled', sessionId: 's' },
    ]);
  });

  it('is refused after the end', () => {
    const session = Session.running();
    session.do({ type: 'endNode', nodeId: 'n', outputs: {} });
    expect(refusal(() => session.do({ type: 'cancel' }))).toEqual({
      code: 'session_final',
      message: "Session 's' is completed already.",
    });
  });

  it('leaves nothing to what the code of the run does afterwards', () => {
    const session = Session.running();
    session.do({ type: 'beginStep', nodeId: 'n', op: 'step:x:0', step: 'x' });
    session.do({ type: 'cancel' });
    const late: Command[] = [
      { type: 'start' },
      { type: 'beginStep', nodeId: 'n', op: 'step:y:0', step: 'y' },
      { type: 'endStep', nodeId: 'n', op: 'step:x:0', attempt: 1, result: 1 },
      { type: 'failStep', nodeId: 'n', op: 'step:x:0', attempt: 1, error: 'no', retries: 3 },
      { type: 'startSleep', nodeId: 'n', op: 'sleep:sleep:0', ms: 1 },
      { type: 'emit', nodeId: 'n', step: null, event: { said: 1 } },
      { type: 'thought', nodeId: 'n', step: null, text: 'x' },
      { type: 'endNode', nodeId: 'n', outputs: {} },
      { type: 'failNode', nodeId: 'n', error: 'no' },
    ];
    for (const command of late) expect(session.do(command)).toEqual([]);
    expect(session.open(ask)).toEqual([]);
  });
});
