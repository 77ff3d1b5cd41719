import { beforeEach, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../server/server.testing.ts';
import {
  continueSession,
  PromptWithdrawn,
  SessionOver,
  startSession,
  textOf,
  type ProducedSession,
} from './producer.ts';

const SESSIONS = '/v1beta1/graphSessions';

let server: TestServer;
let session: ProducedSession;

beforeEach(async () => {
  server = await startTestServer();
  session = await startSession({ baseUrl: `${server.url}/`, graphId: 'mine', title: 'Mine' });
});

/** Answers a prompt once it is open. */
async function answer(interactionId: string, response: unknown): Promise<void> {
  const path = `${SESSIONS}/${session.sessionId}`;
  for (let after = 0; ; after += 1) {
    const { json } = await server.call('GET', `${path}/events?after=${after}&limit=1&wait=20`);
    const [event] = json.events as { interactionId?: string }[];
    if (event?.interactionId === interactionId) break;
  }
  const body = { interactionId, response };
  expect((await server.call('POST', `${path}:resume`, { body })).status).toBe(200);
}

const typesOf = async () => {
  const { json } = await server.call('GET', `${SESSIONS}/${session.sessionId}/events`);
  return (json.events as { type: string }[]).map(({ type }) => type);
};

test('each kind of prompt resolves with what the person answered', async () => {
  const node = await session.node('n');
  const asked = node.ask({ prompt: '?', skipLabel: 'Skip' });
  await answer('n/ask-0', { input: { parts: [{ text: 'yes' }] } });
  expect(textOf(await asked)).toBe('yes');
  const skipped = node.ask({ prompt: '?', skipLabel: 'Skip' });
  await answer('n/ask-1', { skipped: true });
  expect(await skipped).toBeNull();
  const choices = ['a', 'b'].map((id) => ({ id, content: id }));
  const chosen = node.choose({ id: 'which', prompt: '?', choices, noneOfTheAboveLabel: 'None' });
  await answer('n/which', { selected: { ids: ['b'] } });
  expect(await chosen).toEqual(['b']);
  const filled = node.form({ schema: { type: 'object' } });
  await answer('n/form-0', { days: 4 });
  expect(await filled).toEqual({ days: 4 });
  const consented = node.consent({ prompt: 'May we?', scope: { of: 'it' } });
  await answer('n/consent-0', { consent: true });
  expect(await consented).toBe(true);
  expect(await node.ask({ prompt: '?', timeoutMs: 0, default: 'late' })).toMatchObject({
    parts: [{ text: 'late' }],
  });
  await expect(node.ask({ prompt: '?', timeoutMs: 0 })).rejects.toThrow(PromptWithdrawn);
  await node.end({ done: true });
  await session.complete();
  expect((await typesOf()).at(-1)).toBe('graphComplete');
});

test('a later life asks nothing twice, and the one before can write no more', async () => {
  const node = await session.node('n');
  const before = node.ask({ id: 'first', prompt: '?' });
  before.catch(() => undefined);
  await session.flush();
  await (await session.node('done')).end({ value: 1 });
  await session.flush();

  const later = await continueSession({ baseUrl: server.url, sessionId: session.sessionId });
  expect(later.epoch).toBe(1);
  await expect(node.say('late').then(() => session.flush())).rejects.toThrow(SessionOver);
  expect(session.signal.reason).toMatchObject({ how: 'fenced' });
  expect((await later.node('done')).outputs).toEqual({ value: 1 });
  const again = await later.node('n');
  const first = again.ask({ id: 'first', prompt: '?' });
  await answer('n/first', { input: { parts: [{ text: 'yes' }] } });
  expect(textOf(await first)).toBe('yes');
  await later.detach();

  const last = await continueSession({ baseUrl: server.url, sessionId: session.sessionId });
  const answered = await (await last.node('n')).ask({ id: 'first', prompt: '?' });
  expect(textOf(answered)).toBe('yes');
  await last.fail('enough');
  expect((await typesOf()).filter((type) => type.startsWith('input'))).toEqual([
    ...['inputRequired', 'inputResolved'],
  ]);
  await expect(
    continueSession({ baseUrl: server.url, sessionId: session.sessionId }),
  ).rejects.toThrow(SessionOver);
});

test.each([
  ['cancelled', 'a poll'],
  ['cancelled', 'a batch'],
  ['deleted', 'a poll'],
  ['deleted', 'a batch'],
] as const)('a program that asks learns that it was %s, by %s', async (how, by) => {
  let letPoll: () => void = () => undefined;
  const mayPoll = new Promise<void>((resolve) => (letPoll = resolve));
  if (by === 'a poll') letPoll();
  const asking = await startSession({
    ...{ baseUrl: server.url, graphId: 'mine' },
    fetch: async (...call) => {
      if (call[1]?.method === 'GET') await mayPoll;
      return fetch(...call);
    },
  });
  const node = await asking.node('n');
  const asked = Promise.allSettled([node.ask({ prompt: '?' }), node.consent()]);
  await asking.flush();
  const path = `${SESSIONS}/${asking.sessionId}`;
  if (how === 'cancelled') await server.call('POST', `${path}:cancel`);
  else await server.call('DELETE', path);
  if (by === 'a batch') await node.say('late');
  const over = { status: 'rejected', reason: { name: 'SessionOver', how } };
  expect(await asked).toMatchObject([over, over]);
  letPoll();
  await expect(node.say('late').then(() => asking.flush())).rejects.toMatchObject({ how });
  await expect(node.ask({ prompt: '?' })).rejects.toMatchObject({ how });
  expect(asking.signal.reason).toMatchObject({ how });
});

test('a prompt that ran out before the run was cancelled is withdrawn, or its session over', async () => {
  const node = await session.node('n');
  await expect(node.ask({ id: 'late', prompt: '?', timeoutMs: 0 })).rejects.toThrow(
    PromptWithdrawn,
  );
  const { sessionId } = session;
  const before = { baseUrl: server.url, sessionId };
  const later = await (await continueSession(before)).node('n');
  await expect(later.ask({ id: 'late', prompt: '?' })).rejects.toThrow(PromptWithdrawn);
  // Cancelled after the new life has begun, and before it has read the log.
  const last = continueSession({
    ...before,
    fetch: async (...call) => {
      if (call[1]?.method === 'GET') await server.call('POST', `${SESSIONS}/${sessionId}:cancel`);
      return fetch(...call);
    },
  });
  await expect(last).rejects.toMatchObject({ name: 'SessionOver', how: 'cancelled' });
});

test('a batch that the server refuses ends the writing, naming the event', async () => {
  const node = await session.node('n');
  await node.end();
  await node.say('late');
  await expect(session.flush()).rejects.toMatchObject({ code: 'invalid_event', status: 422 });
  await expect(node.say('later')).rejects.toThrow("'events.2' (agentEvent)");
});

test('memory is bounded: whoever writes faster than the server reads waits for room', async () => {
  const slow = await startSession({ baseUrl: server.url, graphId: 'mine', maxWaiting: 500 });
  const node = await slow.node('n');
  let waiting = true;
  const written = node.thought('x'.repeat(1000)).then(() => (waiting = false));
  await Promise.resolve();
  expect(waiting).toBe(true);
  await written;
  const { json } = await server.call('GET', `${SESSIONS}/${slow.sessionId}/status`);
  expect(json.eventCount).toBe(3);
  await slow.detach();
});

test('a program whose server is gone tries again more often than its lease runs out', async () => {
  const calls: number[] = [];
  let failed: () => void = () => undefined;
  const enough = new Promise<void>((resolve) => (failed = resolve));
  const lone = await startSession({
    ...{ baseUrl: server.url, graphId: 'mine', leaseSeconds: 1 },
    fetch: (...call) => {
      if (calls.push(performance.now()) > 9) failed();
      return fetch(...call);
    },
  });
  await lone.node('n');
  await lone.flush();
  await server.close();
  await enough;
  const waits = calls.slice(1).map((time, n) => time - calls[n]!);
  expect(Math.max(...waits)).toBeLessThan(1000);
});
