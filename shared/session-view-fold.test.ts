import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { EventBody, SessionEvent } from './event.ts';
import type { JsonObject } from './json.ts';
import { SessionViewFold } from './session-view-fold.ts';
import { entriesOf, type Entry, type SessionView } from './session-view.ts';

const stamp = (bodies: readonly EventBody[]): SessionEvent[] =>
  bodies.map((body, index) => ({ ...body, index, time: 100 + index }));

function fold(bodies: readonly EventBody[]): SessionView {
  const view = new SessionViewFold();
  for (const event of stamp(bodies)) view.apply(event);
  return view.snapshot();
}

/** The entries of a node as lines, so that one assertion reads like the screen. */
function lines(entries: readonly Entry[], indent = ''): string[] {
  return entries.flatMap((entry) => {
    switch (entry.kind) {
      case 'text':
      case 'thought':
        return `${indent}${entry.kind}: ${entry.text}`;
      case 'agent':
        return `${indent}${entry.name}: ${JSON.stringify(entry.value)}`;
      case 'step':
        return [
          `${indent}step ${entry.name} #${entry.attempt} ${entry.state}`,
          ...lines(entriesOf(entry.blocks), `${indent}  `),
        ];
      case 'sleep':
        return `${indent}sleep until ${entry.until}`;
      case 'prompt':
        return `${indent}prompt ${entry.interactionId} ${entry.state}`;
    }
  });
}

const shown = (bodies: readonly EventBody[]) =>
  lines(entriesOf(fold(bodies).nodes[0]?.blocks ?? []));

const started: EventBody = { type: 'nodeStart', nodeId: 'n' };
const step = (attempt: number): EventBody => ({
  type: 'stepStart',
  nodeId: 'n',
  op: 'o',
  step: 'read',
  attempt,
});
const content = (text: string, attempt?: number): EventBody => ({
  type: 'agentEvent',
  nodeId: 'n',
  event: { content: { role: 'model', parts: [{ text }] } },
  ...(attempt === undefined ? {} : { op: 'o', attempt }),
});
const agent = (event: Extract<EventBody, { type: 'agentEvent' }>['event']): EventBody => ({
  type: 'agentEvent',
  nodeId: 'n',
  event,
});
const asks = (interactionId: string, op: string): EventBody => ({
  type: 'inputRequired',
  nodeId: 'n',
  op,
  interactionId,
});

describe('the view of a log', () => {
  it('joins the texts of consecutive content', () => {
    const hm: EventBody = { type: 'thoughtEvent', nodeId: 'n', text: 'hm' };
    expect(shown([started, content('Once '), content('upon'), hm, content(' a time')])).toEqual([
      'text: Once upon',
      'thought: hm',
      'text:  a time',
    ]);
  });

  it('joins the pieces of a thought that has an id, also around what comes between', () => {
    const think = (id: string, text: string, attempt?: number): EventBody => ({
      ...agent({ thought: { id, role: 'model', parts: [{ text }] } }),
      ...(attempt === undefined ? {} : { op: 'o', attempt }),
    });
    expect(
      shown([started, think('1', 'Salt, '), think('1', 'moon'), content('So '), think('1', '.')]),
    ).toEqual(['thought: Salt, moon.', 'text: So ']);
    expect(shown([started, think('1', 'a'), think('2', 'b'), think('2', 'c')])).toEqual([
      'thought: a',
      'thought: bc',
    ]);
    // The next attempt thinks under the same id.
    expect(
      shown([started, step(1), think('1', 'half', 1), step(2), think('1', 'all ', 2)]).concat(
        shown([started, step(1), think('1', 'of ', 1), think('1', 'it', 1)]),
      ),
    ).toEqual([
      'step read #2 running',
      '  thought: all ',
      'step read #1 running',
      '  thought: of it',
    ]);
  });

  it('shows a sleep while it lasts, below what flows on around it', () => {
    const asleep: EventBody[] = [
      started,
      content('Once '),
      { type: 'sleepStart', nodeId: 'n', op: 's', until: 900 },
    ];
    expect(shown(asleep)).toEqual(['text: Once ', 'sleep until 900']);
    expect(shown([...asleep, { type: 'sleepEnd', nodeId: 'n', op: 's' }, content('upon')])).toEqual(
      ['text: Once upon'],
    );
  });

  it('shows what an agent event carries in every shape that is in use', () => {
    const image = { inlineData: { mimeType: 'image/png', data: 'x' } };
    expect(
      shown([
        agent({ thought: 'a' }),
        agent({ thought: { text: 'b' } }),
        agent({ content: { content: { parts: [{ text: 'c' }, image] } } }),
        agent({ functionCall: { name: 'f' } }),
        agent({ content: { strange: 1 } }),
        agent({}),
      ]),
    ).toEqual([
      'thought: a',
      'thought: b',
      'text: c',
      'inlineData: {"mimeType":"image/png","data":"x"}',
      'functionCall: {"name":"f"}',
      'content: {"strange":1}',
    ]);
  });

  it('gives entries of one event keys of their own', () => {
    const parts: JsonObject[] = [{ text: 'a' }, { fileData: {} }, { text: 'b' }];
    const keys = entriesOf(fold([agent({ content: { parts } })]).nodes[0]?.blocks ?? []).map(
      (entry) => entry.key,
    );
    expect(new Set(keys).size).toBe(3);
  });

  it('lets a later attempt supersede what the earlier one emitted, in its place', () => {
    const log = [
      started,
      content('before'),
      step(1),
      content('half', 1),
      content('after'),
      step(2),
    ];
    expect(shown(log)).toEqual(['text: before', 'step read #2 running', 'text: after']);
    expect(shown([...log, content('whole', 2)])).toEqual([
      'text: before',
      'step read #2 running',
      '  text: whole',
      'text: after',
    ]);
  });

  it('passes over what an earlier attempt emits too late', () => {
    expect(shown([step(1), step(2), content('late', 1), content('right', 2)])).toEqual([
      'step read #2 running',
      '  text: right',
    ]);
  });

  it('keeps the prompts of an earlier attempt: a person answered them', () => {
    expect(
      shown([
        step(1),
        asks('first', 'o'),
        { type: 'inputResolved', nodeId: 'n', interactionId: 'first', response: {} },
        asks('second', 'o'),
        step(2),
      ]),
    ).toEqual(['step read #2 running', '  prompt first answered', '  prompt second withdrawn']);
  });

  it('tells how a step came out', () => {
    const failure = (final: boolean): EventBody => ({
      type: 'stepError',
      nodeId: 'n',
      op: 'o',
      step: 'read',
      attempt: 1,
      error: 'no',
      final,
    });
    expect(shown([step(1), failure(false)])).toEqual(['step read #1 retrying']);
    expect(shown([step(1), failure(true)])).toEqual(['step read #1 failed']);
    const ended: EventBody = {
      type: 'stepEnd',
      nodeId: 'n',
      op: 'o',
      step: 'read',
      attempt: 2,
      result: [1],
    };
    const [node] = fold([step(1), failure(false), step(2), ended]).nodes;
    const [entry] = entriesOf(node?.blocks ?? []);
    expect(entry).toMatchObject({ state: 'ended', attempt: 2, error: null, result: [1] });
  });

  it('withdraws the open prompts of a node that settles and of a run that ends', () => {
    const failed: EventBody = { type: 'nodeError', nodeId: 'n', error: 'no' };
    expect(shown([asks('a', 'p'), failed])).toEqual(['prompt a withdrawn']);
    const cancelled: EventBody = { type: 'graphCancelled', sessionId: 's' };
    expect(shown([asks('a', 'p'), cancelled])).toEqual(['prompt a withdrawn']);
  });

  it('lists the nodes in the order in which they began', () => {
    const log: EventBody[] = ['c', 'a', 'b'].map((nodeId) => ({ type: 'nodeStart', nodeId }));
    expect(fold(log).nodes.map((node) => node.id)).toEqual(['c', 'a', 'b']);
  });

  it('shares the nodes in which nothing happened with the view before', () => {
    const view = new SessionViewFold();
    const events = stamp([started, { type: 'nodeStart', nodeId: 'm' }, content('x')]);
    view.apply(events[0]!);
    view.apply(events[1]!);
    const before = view.snapshot();
    view.apply(events[2]!);
    const after = view.snapshot();
    expect(after.nodes[0]).not.toBe(before.nodes[0]);
    expect(after.nodes[1]).toBe(before.nodes[1]);
    expect(before.nodes[0]?.blocks).toEqual([]);
    expect(view.snapshot()).toBe(after);
  });

  it('shares the blocks in which nothing happened with the view before', () => {
    const view = new SessionViewFold();
    const thoughts = Array.from({ length: 1_000 }, (): EventBody => ({
      type: 'thoughtEvent',
      nodeId: 'n',
      text: 'hm',
    }));
    const events = stamp([step(1), asks('a', 'p'), ...thoughts, step(2), ...thoughts]);
    const blocksOf = () => view.snapshot().nodes[0]?.blocks ?? [];
    for (const event of events.slice(0, 900)) view.apply(event);
    const before = blocksOf();
    expect(before.length).toBeGreaterThan(10);
    view.apply(events[900]!);
    const after = blocksOf();
    expect(after.filter((block, n) => block !== before[n])).toHaveLength(1);
    expect(entriesOf(after)).toHaveLength(901);
    // What changes far above is seen as well: a step that begins again, a prompt that is answered.
    for (const event of events.slice(901, 1_500)) view.apply(event);
    expect(entriesOf(blocksOf())[0]).toMatchObject({ kind: 'step', attempt: 2 });
    view.apply({
      ...events[1_500]!,
      type: 'inputResolved',
      nodeId: 'n',
      interactionId: 'a',
      response: 1,
    });
    expect(entriesOf(blocksOf())[1]).toMatchObject({ kind: 'prompt', state: 'answered' });
  });

  it('cuts a long text into entries that share a beginning of their keys', () => {
    const log = Array.from({ length: 200 }, (_, n) =>
      content(`Paragraph ${n} ${'x'.repeat(90)}\n\n`),
    );
    const entries = entriesOf(
      fold([...log, asks('a', 'p'), content('next')]).nodes[0]?.blocks ?? [],
    );
    const texts = entries.flatMap((entry) => (entry.kind === 'text' ? [entry.text] : []));
    expect(texts.join('')).toContain(`Paragraph 199 ${'x'.repeat(90)}\n\nnext`);
    const keys = entries.map((entry) => entry.key);
    expect(keys.length).toBeGreaterThan(10);
    expect(keys.slice(0, -2)).toEqual(
      keys.slice(0, -2).map((_, n) => (n === 0 ? '0.0' : `0.0~${n}`)),
    );
    expect(keys.slice(-2)).toEqual(['200', '201.0']);
    for (const text of texts.slice(1, 4)) expect(text).toMatch(/^Paragraph/);
  });

  it('is total, and does not depend on when it is looked at', () => {
    fc.assert(
      fc.property(fc.array(anyBody(), { maxLength: 60 }), (bodies) => {
        const watched = new SessionViewFold();
        for (const event of stamp(bodies)) {
          watched.apply(event);
          watched.snapshot();
        }
        expect(watched.snapshot()).toEqual(fold(bodies));
      }),
      { numRuns: 300 },
    );
  });

  it('never shows what an attempt emitted once a later one began', () => {
    fc.assert(
      fc.property(fc.array(anyBody(), { maxLength: 80 }), (bodies) => {
        const superseded = bodies.flatMap((body, index) =>
          body.type === 'thoughtEvent' && isSuperseded(bodies, index) ? [String(index)] : [],
        );
        const keys = fold(bodies).nodes.flatMap((node) =>
          entriesOf(node.blocks).flatMap((entry) =>
            entry.kind === 'step' ? entriesOf(entry.blocks).map((inner) => inner.key) : [entry.key],
          ),
        );
        expect(keys.filter((key) => superseded.includes(key))).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });
});

/** Whether the event at `index` belongs to an attempt, and another of its step begins later. */
function isSuperseded(bodies: readonly EventBody[], index: number): boolean {
  const body = bodies[index];
  if (body?.type !== 'thoughtEvent' || body.op === undefined) return false;
  const starts = bodies.flatMap((other, at) =>
    other.type === 'stepStart' && other.nodeId === body.nodeId && other.op === body.op ? [at] : [],
  );
  return starts.some((at) => at < index) && starts.some((at) => at > index);
}

function anyBody(): fc.Arbitrary<EventBody> {
  const one = <T extends EventBody['type']>(type: T) => fc.constant(type);
  const nodeId = fc.constantFrom('a', 'b');
  const op = fc.constantFrom('o', 'p');
  const attempt = fc.integer({ min: 1, max: 3 });
  const interactionId = fc.constantFrom('i', 'j', 'k');
  const text = fc.string({ maxLength: 3 });
  const inStep = { nodeId, op, attempt };
  const named = { ...inStep, step: text };
  return fc.oneof(
    fc.record({ type: one('nodeStart'), nodeId }),
    fc.record({ type: one('nodeEnd'), nodeId, outputs: fc.constant({ x: 1 }) }),
    fc.record({ type: one('nodeError'), nodeId, error: text }),
    fc.record({ type: one('nodeSkipped'), nodeId, reason: text }),
    fc.record({ type: one('stepStart'), ...named }),
    fc.record({ type: one('stepEnd'), ...named }),
    fc.record({ type: one('stepError'), ...named, error: text, final: fc.boolean() }),
    fc.record({ type: one('sleepStart'), nodeId, op, until: fc.nat() }),
    fc.record({ type: one('sleepEnd'), nodeId, op }),
    fc.record({ type: one('thoughtEvent'), text, ...inStep }),
    fc.record({ type: one('thoughtEvent'), text, nodeId }),
    fc.record({ type: one('agentEvent'), event: fc.record({ content: text }), ...inStep }),
    fc.record({ type: one('agentEvent'), event: fc.record({ content: text }), nodeId }),
    fc.record({ type: one('inputRequired'), nodeId, op, interactionId }),
    fc.record({ type: one('inputResolved'), nodeId, interactionId, response: fc.constant(1) }),
    fc.record({ type: one('inputWithdrawn'), nodeId, interactionId, reason: text }),
    fc.constantFrom<EventBody>(
      { type: 'graphCancelled', sessionId: 's' },
      { type: 'graphComplete', sessionId: 's', outputs: {} },
      { type: 'graphError', sessionId: 's', error: 'e' },
    ),
  );
}
