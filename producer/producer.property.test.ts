import fc from 'fast-check';
import { expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../server/server.testing.ts';
import { continueSession, startSession } from './producer.ts';

const SESSIONS = '/v1beta1/graphSessions';

/** What becomes of a call. */
const weather = fc.constantFrom('fine', 'fine', 'fine', 'request lost', 'response lost', 'busy');

/** A `fetch` that fails as `fates` say, one a call; it is fine when they are used up. */
function fetchIn(fates: readonly string[]): typeof fetch {
  let calls = 0;
  return async (...call) => {
    const fate = fates[calls++] ?? 'fine';
    if (fate === 'request lost') throw new TypeError('fetch failed');
    if (fate === 'busy') return new Response('Bad gateway', { status: 502 });
    const response = await fetch(...call);
    if (fate === 'fine') return response;
    await response.arrayBuffer();
    throw new TypeError('terminated');
  };
}

async function logOf(server: TestServer, sessionId: string) {
  const { json } = await server.call('GET', `${SESSIONS}/${sessionId}/events?limit=10000`);
  return json.events as { type: string; text?: string; nodeId?: string }[];
}

test('in any weather, with a life of the program after another, all is stored once and in order', async () => {
  const server = await startTestServer();
  const life = fc.record({
    fates: fc.array(weather, { maxLength: 8 }),
    /** How many thoughts it has before each pause; what no pause came after may die with it. */
    bursts: fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 4 }),
    /** Killed without a word, or let go in order. */
    end: fc.constantFrom('killed', 'detached'),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(life, { minLength: 1, maxLength: 3 }), async (lives) => {
      let sessionId = '';
      let said = 0;
      for (const { fates, bursts, end } of lives) {
        const process = new AbortController();
        const options = { baseUrl: server.url, fetch: fetchIn(fates), signal: process.signal };
        const session =
          sessionId === ''
            ? await startSession({ ...options, graphId: 'weather' })
            : await continueSession({ ...options, sessionId });
        ({ sessionId } = session);
        const node = await session.node('n');
        for (const count of bursts) {
          for (let n = 0; n < count; n += 1) void node.thought(String(said++));
          await session.flush();
        }
        if (end === 'killed') process.abort(new Error('killed'));
        else await session.detach();
      }
      const log = await logOf(server, sessionId);
      expect(log.map(({ type, text }) => text ?? type)).toEqual([
        ...['graphStart', 'nodeStart'],
        ...Array.from({ length: said }, (_, n) => String(n)),
      ]);
    }),
    { numRuns: 8 },
  );
});
