import fc from 'fast-check';
import type { EventBody, SessionEvent } from '../../shared/event.ts';
import { EXPORT_FORMAT, EXPORT_VERSION, type ExportHeader } from '../../shared/export.ts';
import { outlineOf, type GraphDescriptor } from '../../shared/graph.ts';
import type { Json, JsonObject } from '../../shared/json.ts';
import {
  evolve,
  initialState,
  isSettled,
  readyNodes,
  type NodeState,
  type SessionState,
} from '../../shared/session-state.ts';
import { isFinal } from '../../shared/session.ts';

/** An export as it could come from anywhere: a log of anything that may follow in one. */
export interface RandomExport {
  readonly header: ExportHeader;
  readonly events: readonly SessionEvent[];
  /** As it is sent. */
  readonly text: string;
}

const value = fc.oneof(
  fc.jsonValue({ maxDepth: 2 }) as fc.Arbitrary<Json>,
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc.constantFrom<Json>({ __proto__: 1, '': null }, -0.1, 1e21, 'a\u2028b\nc', '\ud83d'),
);

const graph: fc.Arbitrary<GraphDescriptor> = fc
  .record({ size: fc.integer({ min: 1, max: 4 }), edges: fc.array(fc.boolean(), { maxLength: 6 }) })
  .map(({ size, edges }) => {
    const pairs = Array.from({ length: size }, (_, to) =>
      Array.from({ length: to }, (_, from) => ({ from: `n${from}`, to: `n${to}` })),
    ).flat();
    const nodes = Array.from({ length: size }, (_, n) => ({ id: `n${n}`, type: 'odd' }));
    return { title: 'Random', nodes, edges: pairs.filter((_, n) => edges[n] === true) };
  });

const move = fc.record({
  pick: fc.nat(1000),
  value,
  pause: fc.constantFrom(0, 0, 0.001, 3.7),
});

/** Logs of up to `length` events. */
export function randomExport(length: number): fc.Arbitrary<RandomExport> {
  return fc
    .record({
      graph,
      runner: fc.constantFrom('server' as const, 'external' as const),
      title: fc.string({ minLength: 1, maxLength: 20 }),
      input: value,
      moves: fc.array(move, { maxLength: length - 1, size: 'max' }),
    })
    .map(({ graph: descriptor, runner, title, input, moves }) => {
      const about = {
        ...({ sessionId: 'random', graphId: 'r', mode: 'interactive' } as const),
        ...(runner === 'external' ? { runner } : {}),
      };
      const events: SessionEvent[] = [];
      let state: SessionState = initialState;
      const add = (body: EventBody, pause: number) => {
        const time = Math.max(state.time, 1000) + pause;
        const event = { ...body, index: state.lastIndex + 1, time };
        events.push(event);
        state = evolve(state, event);
      };
      add({ type: 'graphStart', ...about, graph: outlineOf(descriptor) }, 0);
      for (const { pick, value: said, pause } of moves) {
        if (isFinal(state.status)) break;
        const possible = whatMayFollow(state, said);
        const body = possible[pick % possible.length];
        if (body !== undefined) add(body, pause);
      }
      const header: ExportHeader = {
        format: EXPORT_FORMAT,
        version: EXPORT_VERSION,
        sessionId: about.sessionId,
        graphId: about.graphId,
        title,
        mode: about.mode,
        createdAt: 999.5,
        lastIndex: events.length - 1,
        ...(runner === 'external' ? { runner } : {}),
        inputs: runner === 'external' ? {} : { n0: input },
        graph: descriptor,
      };
      const text = [header, ...events].map((line) => `${JSON.stringify(line)}\n`).join('');
      return { header, events, text };
    });
}

function whatMayFollow(state: SessionState, said: Json): EventBody[] {
  const { sessionId, nodes, lost } = state;
  const isExternal = state.runner === 'external';
  const all = [...nodes.values()];
  const cancelled: EventBody = { type: 'graphCancelled', sessionId };
  const contact: EventBody = {
    type: lost.has('main') ? 'contactRegained' : 'contactLost',
    producerId: 'main',
  };
  if (all.every(isSettled)) {
    const failed = all.some(({ phase }) => phase === 'failed');
    return [
      failed
        ? { type: 'graphError', sessionId, error: JSON.stringify(said) }
        : { type: 'graphComplete', sessionId, outputs: { n0: said } },
      cancelled,
    ];
  }
  const pending = all.filter(({ phase }) => phase === 'pending');
  const ready = (isExternal ? pending : readyNodes(state)).flatMap(
    ({ id: nodeId }): EventBody[] => [
      { type: 'nodeStart', nodeId },
      { type: 'nodeStart', nodeId },
      { type: 'nodeSkipped', nodeId, reason: 'no value' },
    ],
  );
  const started = all.filter(({ phase }) => phase === 'started');
  const work = [...ready, ...started.flatMap((node) => inNode(state, node, said))];
  return isExternal ? [...work, contact, cancelled] : [...work, cancelled];
}

function inNode(state: SessionState, { id: nodeId, open }: NodeState, said: Json): EventBody[] {
  const event: JsonObject = { content: said };
  const ask = { nodeId, interactionId: `i${state.lastIndex}`, suspendEvent: { odd: said } };
  const bodies: EventBody[] = [
    { type: 'nodeEnd', nodeId, outputs: { output: said } },
    { type: 'nodeError', nodeId, error: 'went wrong' },
    { type: 'agentEvent', nodeId, event },
    { type: 'thoughtEvent', nodeId, text: JSON.stringify(said) },
    { type: 'inputRequired', op: `choice:${state.lastIndex}`, ...ask },
    { type: 'inputRequired', op: 'ask:a:0', ...ask, expiresAt: 5e9, fallback: said, idle: true },
  ];
  for (const { interactionId, nodeId: asking } of state.prompts.values()) {
    if (asking !== nodeId) continue;
    bodies.push({ type: 'inputResolved', nodeId, interactionId, response: said });
    bodies.push({ type: 'inputWithdrawn', nodeId, interactionId, reason: 'its time ran out' });
  }
  const sleep = open.get('sleep:a:0');
  if (sleep === undefined) bodies.push({ type: 'sleepStart', nodeId, op: 'sleep:a:0', until: 7e9 });
  else bodies.push({ type: 'sleepEnd', nodeId, op: 'sleep:a:0' });
  const op = 'step:work:0';
  const step = open.get(op);
  const about = { nodeId, op, step: 'work' };
  const attempt = step?.kind === 'step' ? step.attempt : 0;
  bodies.push({ type: 'stepStart', ...about, attempt: attempt + 1 });
  if (step?.kind !== 'step' || step.retryAt !== null) return bodies;
  return [
    ...bodies,
    { type: 'stepEnd', ...about, attempt, result: said },
    { type: 'stepError', ...about, attempt, error: 'failed', final: true },
    { type: 'stepError', ...about, attempt, error: 'failed', final: false, retryAt: 6e9 },
    { type: 'memory', nodeId, op, attempt, name: 'm', value: said },
    { type: 'agentEvent', nodeId, event, op, attempt },
    { type: 'inputRequired', op, ...ask },
  ];
}
