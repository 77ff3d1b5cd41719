import { SESSIONS_PATH, sessionPaths } from '../shared/api.ts';
import { graphOf } from './graph-of.ts';
import { expect, test } from './process-fixtures.ts';
import { NoStream, SseReader } from './sse.ts';

const deaf = graphOf('Deaf', { work: ['deaf', { step: 'deaf' }] });
const question = graphOf('Question', { ask: ['ask', { prompt: 'Well?' }] });

test('a session deleted while a step runs is gone, even though its handler goes on', async ({
  server,
  api,
  latches,
}) => {
  const other = await api.start(question, { graphId: 'kept' });
  const sessionId = await api.start(deaf, { graphId: 'deleted' });
  await latches.reached('deaf');
  const { createdAt } = await api.status(sessionId);
  const paths = sessionPaths(sessionId);
  const session = await SseReader.open(server.url(paths.stream));
  await session.until(({ data }) => data['type'] === 'replayComplete');
  const feed = await SseReader.open(server.url(`${SESSIONS_PATH}?graphId=deleted&since=0`));
  const snapshot = await feed.until(({ event }) => event === 'snapshotComplete');
  const away = snapshot.at(-1)?.id ?? '';
  const watch = await SseReader.open(
    server.url(`/v1beta1/watch?feed=deleted&since=${away}&session=${sessionId}&session=${other}`),
  );
  for (let marks = 0; marks < 2; marks += 1) {
    await watch.until(({ data }) => data['type'] === 'replayComplete');
  }
  const waiting = api.call('GET', `${paths.status}?waitFor=completed`);

  expect(await api.call('DELETE', paths.stream)).toEqual({ status: 200, body: { ok: true } });

  expect(await session.rest()).toEqual([{ id: null, event: 'deleted', data: { sessionId } }]);
  const [tombstone] = await feed.until(() => true);
  expect(tombstone?.data).toMatchObject({ sessionId, status: 'deleted', createdAt });
  const told = await watch.until(({ event }) => event === sessionId);
  expect(told.at(-1)?.data).toEqual({ type: 'deleted', sessionId });
  expect(await waiting).toMatchObject({ status: 404, body: { code: 'session_not_found' } });

  // The handler wakes up, emits and returns, to nobody.
  await latches.open('deaf');
  await latches.left('deaf');
  // Whatever it had written would come before the next commit.
  const { openPrompts } = await api.waitFor(other, 'suspended');
  await api.resume(other, openPrompts[0]?.interactionId ?? '', { input: { parts: [] } });
  const rest = await watch.until(({ data }) => data['type'] === 'done');
  expect(rest.map(({ event }) => event)).not.toContain(sessionId);
  for (const [method, path] of [
    ['GET', paths.stream],
    ['GET', paths.status],
    ['GET', paths.events],
    ['DELETE', paths.stream],
    ['POST', paths.cancel],
  ] as const) {
    expect(await api.call(method, path)).toMatchObject({
      status: 404,
      body: { code: 'session_not_found' },
    });
  }
  expect(await api.list('deleted')).toEqual([]);
  expect(server.output).not.toContain('append_failed');

  // One who was away is told on returning, also by a server that was killed meanwhile.
  await server.restart();
  const back = await SseReader.open(server.url(`${SESSIONS_PATH}?graphId=deleted&since=${away}`));
  const missed = await back.until(({ event }) => event === 'snapshotComplete');
  expect(missed.map(({ data }) => data)).toMatchObject([
    { sessionId, status: 'deleted' },
    { revision: expect.any(Number) },
  ]);
  await expect(SseReader.open(server.url(paths.stream))).rejects.toThrow(NoStream);
  expect(await latches.begun('deaf')).toEqual([1]);
});

test('a cancelled run with a handler that ignores its signal writes nothing more', async ({
  server,
  api,
  latches,
}) => {
  const sessionId = await api.start(deaf);
  await latches.reached('deaf');
  const stream = await SseReader.open(server.url(sessionPaths(sessionId).stream));
  await stream.until(({ data }) => data['type'] === 'replayComplete');
  expect(await api.call('POST', sessionPaths(sessionId).cancel)).toEqual({
    status: 200,
    body: { sessionId, status: 'cancelled' },
  });
  const last = await stream.rest();
  expect(last.map(({ event, data }) => data['type'] ?? event)).toEqual(['graphCancelled', 'done']);
  const log = await api.events(sessionId);
  await latches.open('deaf');
  await latches.left('deaf');
  await server.restart();
  expect(await api.events(sessionId)).toEqual(log);
  expect(await latches.begun('deaf')).toEqual([1]);
});

test('a suspended session is cancelled and deleted like any other', async ({ api }) => {
  const sessionId = await api.start(question);
  const { openPrompts } = await api.waitFor(sessionId, 'suspended');
  await api.call('POST', sessionPaths(sessionId).cancel);
  expect(await api.status(sessionId)).toMatchObject({ status: 'cancelled', openPrompts: [] });
  const types = (await api.events(sessionId)).map(({ type }) => type);
  expect(types.slice(-2)).toEqual(['inputWithdrawn', 'graphCancelled']);
  const late = await api.resume(sessionId, openPrompts[0]?.interactionId ?? '', {
    input: { parts: [] },
  });
  expect(late).toMatchObject({ status: 409, body: { code: 'session_final' } });
  expect(await api.call('DELETE', sessionPaths(sessionId).stream)).toMatchObject({ status: 200 });
  expect(await api.list('')).toEqual([]);
});
