import { sessionPaths } from '../shared/api.ts';
import { graphOf } from './graph-of.ts';
import { expect, test } from './process-fixtures.ts';
import { SseReader } from './sse.ts';

test('a session whose node type is not loaded is left alone, and continues once it is', async ({
  server,
  api,
  latches,
}) => {
  const graph = graphOf(
    'Blocked',
    {
      begin: ['template', { text: 'go' }],
      work: ['latch', { steps: ['stored', 'cut-short'] }],
      ask: ['ask', { prompt: 'Well?' }],
      end: ['output'],
    },
    ['begin -> work', 'begin -> ask', 'work -> end.work', 'ask -> end.ask'],
  );
  const sessionId = await api.start(graph, { graphId: 'blocked' });
  await latches.open('stored');
  await latches.reached('cut-short');
  const log = await api.events(sessionId);
  const [before] = await api.list('blocked');
  if (before === undefined) throw new Error('The session is not listed.');
  expect(before).not.toHaveProperty('blockedBy');

  await server.restart({ nodes: [] });

  const status = await api.status(sessionId);
  expect(status).toMatchObject({ status: 'running', blockedBy: ['latch'] });
  const [row] = await api.list('blocked');
  expect(row).toMatchObject({ sessionId, blockedBy: ['latch'] });
  expect(row?.revision).toBeGreaterThan(before.revision);
  // What a reader of the feed would be told that was there before.
  const feed = await SseReader.open(
    server.url(`/v1beta1/graphSessions?graphId=blocked&since=${before.revision}`),
  );
  const changes = await feed.until(({ event }) => event === 'snapshotComplete');
  expect(changes.map(({ data }) => data['blockedBy'])).toEqual([['latch'], undefined]);
  feed.close();

  const interactionId = status.openPrompts[0]?.interactionId ?? '';
  const response = { input: { role: 'user', parts: [{ text: 'Fine' }] } };
  expect(await api.resume(sessionId, interactionId, response)).toMatchObject({
    status: 409,
    body: { code: 'session_blocked', details: { blockedBy: ['latch'] } },
  });
  expect(await api.events(sessionId)).toEqual(log);
  expect(await latches.begun('cut-short')).toEqual([1]);
  // A new run of such a graph is refused at once.
  expect(await api.call('POST', '/v1beta1/graphSessions/new', { graph })).toMatchObject({
    status: 400,
    body: { code: 'invalid_graph', error: expect.stringContaining("'latch'") },
  });

  await server.restart();

  await latches.reached('cut-short', 2);
  expect(await api.status(sessionId)).not.toHaveProperty('blockedBy');
  expect(await api.list('blocked')).toMatchObject([{ sessionId, status: 'running' }]);
  expect((await api.list('blocked'))[0]).not.toHaveProperty('blockedBy');
  await latches.open('cut-short');
  expect(await api.resume(sessionId, interactionId, response)).toMatchObject({ status: 200 });
  await api.waitFor(sessionId, 'completed');
  const events = await api.events(sessionId);
  expect(events.slice(0, log.length)).toEqual(log);
  expect(events.at(-1)).toMatchObject({
    outputs: { end: { output: { work: { stored: 'stored, attempt 1' }, ask: response.input } } },
  });
  expect(await latches.begun('stored')).toEqual([1]);
});

test('a blocked session can be cancelled and deleted', async ({ server, api, latches }) => {
  const graph = graphOf('Blocked', { work: ['latch', { steps: ['held'] }] });
  const cancelled = await api.start(graph);
  const deleted = await api.start(graph);
  await latches.reached('held', 2);
  await server.restart({ nodes: [] });
  expect(await api.call('POST', sessionPaths(cancelled).cancel)).toMatchObject({ status: 200 });
  expect(await api.status(cancelled)).toMatchObject({ status: 'cancelled' });
  expect((await api.status(cancelled)).blockedBy).toBeUndefined();
  expect(await api.call('DELETE', sessionPaths(deleted).stream)).toMatchObject({ status: 200 });
  await server.restart();
  expect(await api.status(cancelled)).toMatchObject({ status: 'cancelled' });
  expect(await api.call('GET', sessionPaths(deleted).status)).toMatchObject({ status: 404 });
  expect(await latches.begun('held')).toEqual([1, 1]);
});
