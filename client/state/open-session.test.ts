import { describe, expect, it } from 'vitest';
import type { SessionFrame } from '../api/watch-frame.ts';
import type { EventBody } from '../../shared/event.ts';
import type { OpenPrompt, SessionStatusReport } from '../../shared/session.ts';
import { Batch } from './batch.ts';
import { OpenSession } from './open-session.ts';

function setUp() {
  const batch = new Batch((run) => run());
  const session = new OpenSession('s', batch);
  let index = 0;
  const apply = (...frames: SessionFrame[]) => frames.forEach((frame) => session.apply(frame));
  const start = (lastIndex: number): SessionFrame => ({
    kind: 'start',
    sessionId: 's',
    storeId: 'store',
    status: 'suspended',
    lastIndex,
  });
  return {
    session,
    apply,
    start,
    event: (body: EventBody): SessionFrame => ({
      kind: 'event',
      sessionId: 's',
      index,
      event: { ...body, time: 1, index: index++ },
    }),
    model: () => session.model.get(),
  };
}

const apiOf = (told: SessionStatusReport) => ({ status: () => Promise.resolve(told) });

const graphStart: EventBody = {
  type: 'graphStart',
  sessionId: 's',
  graphId: 'G',
  mode: 'interactive',
  graph: { nodes: [{ id: 'n', type: 't' }], edges: [] },
};
const nodeStart: EventBody = { type: 'nodeStart', nodeId: 'n' };
const asks = (interactionId: string): EventBody => ({
  type: 'inputRequired',
  nodeId: 'n',
  op: interactionId,
  interactionId,
  suspendEvent: { inputNode: {} },
});
const answered = (interactionId: string): EventBody => ({
  type: 'inputResolved',
  nodeId: 'n',
  interactionId,
  response: 1,
});
const open = (interactionId: string): OpenPrompt => ({
  interactionId,
  nodeId: 'n',
  kind: 'inputNode',
  prompt: {},
});
const report = (...openPrompts: OpenPrompt[]): SessionStatusReport => ({
  sessionId: 's',
  graphId: 'G',
  storeId: 'store',
  status: 'suspended',
  title: 'A title',
  createdAt: 1,
  updatedAt: 1,
  eventCount: 900,
  lastIndex: 899,
  turn: { id: 3, prompt: null, startedAt: 1 },
  openPrompts,
});
const replayComplete: SessionFrame = { kind: 'replayComplete', sessionId: 's' };

describe('an open session', () => {
  it('shows what waits for an answer before the replay ends, and never what closed later', async () => {
    const { session, apply, start, event, model } = setUp();
    await session.report(apiOf(report(open('now'))));
    apply(start(900));
    expect([...model().prompts.keys()]).toEqual([]);
    apply(event(graphStart), event(nodeStart));
    expect([...model().prompts.keys()]).toEqual(['now']);
    apply(event(asks('old')));
    expect([...model().state.prompts.keys()]).toEqual(['old']);
    expect([...model().prompts.keys()]).toEqual(['now']);
    apply(event(answered('old')), event(asks('now')));
    const shown = model();
    expect(shown.caughtUp).toBe(false);
    expect(shown.prompts.get('now')).toBe(shown.state.prompts.get('now'));
  });

  it('closes a prompt that was answered after the status was told', async () => {
    const { session, apply, start, event, model } = setUp();
    await session.report(apiOf(report(open('now'))));
    apply(
      start(900),
      event(graphStart),
      event(nodeStart),
      event(asks('now')),
      event(answered('now')),
    );
    expect([...model().prompts.keys()]).toEqual([]);
    apply(replayComplete);
    expect([...model().prompts.keys()]).toEqual([]);
  });

  it('believes nothing that was told of another log', async () => {
    const { session, apply, start, event, model } = setUp();
    await session.report(apiOf(report(open('now'))));
    const reset: SessionFrame = { kind: 'reset', sessionId: 's', reason: 'store_changed' };
    apply(start(900), reset, event(graphStart));
    expect([...model().prompts.keys()]).toEqual([]);
  });

  it('knows from where on it was live', () => {
    const { apply, start, event, model } = setUp();
    apply(start(1), event(graphStart), event(nodeStart));
    expect(model().liveFrom).toBeNull();
    apply(replayComplete);
    expect(model().liveFrom).toBe(2);
    // Lost and found again: what came in between is nothing old.
    apply(event(asks('a')), start(2), replayComplete);
    expect(model().liveFrom).toBe(2);
  });

  it('takes nothing after its end, nor after that of the session', () => {
    const { session, apply, start, event, model } = setUp();
    apply(start(9), event(graphStart));
    expect(model().seen).toBe(1);
    session.markDeleted();
    apply(event(nodeStart));
    expect(model()).toMatchObject({ seen: 1, phase: 'deleted' });

    const other = setUp();
    other.apply(other.start(9), other.event(graphStart));
    other.session.dispose();
    other.apply(other.event(nodeStart));
    expect(other.model().seen).toBe(1);
  });
});
