import { createServer, type IncomingMessage } from 'node:http';
import { announce } from './announce.ts';
import { openLikeTheStore } from './stored-frames.ts';

/**
 * Answers prompts with one transaction a request, in a database of Reattach: the answer, the next
 * prompt, and the rows that both change. Argument: the database.
 */
const db = openLikeTheStore(process.argv[2] ?? '');

const find = db.prepare<[string], { sid: number; last: number }>(
  'SELECT sid, last_index AS last FROM sessions WHERE session_id = ?',
);
const insert = db.prepare('INSERT INTO events VALUES (?, ?, 2, ?, ?, ?)');
const update = db.prepare(`
  UPDATE sessions SET last_index = @last, last_time = @time, revision = @revision,
    updated_at = @time, event_count = @last + 1
  WHERE sid = @sid
`);
const rest = db.prepare('INSERT OR REPLACE INTO rests VALUES (?, ?, ?, ?)');
const setRevision = db.prepare('UPDATE meta SET revision = revision + 1');
const getRevision = db.prepare<[], number>('SELECT revision FROM meta').pluck();

const nodeId = 'node';
const prompt = { prompt: { role: 'user', parts: [{ text: 'What next?' }] }, inputType: 'text' };

const answer = db.transaction((sessionId: string, body: { interactionId: string }) => {
  const session = find.get(sessionId);
  if (session === undefined) throw new Error(`There is no session ${sessionId}.`);
  const { sid, last } = session;
  const time = Date.now() / 1000;
  const store = (index: number, event: { type: string }) =>
    insert.run(sid, index, event.type, nodeId, JSON.stringify({ ...event, index, time }));
  store(last + 1, { type: 'inputResolved', ...body });
  const interactionId = `${sessionId}-${last + 2}`;
  const suspendEvent = { waitForInput: prompt };
  store(
    last + 2,
    Object.assign({ type: 'inputRequired' }, { nodeId, interactionId, suspendEvent }),
  );
  setRevision.run();
  update.run({ sid, last: last + 2, time, revision: getRevision.get() });
  const open = [{ interactionId, nodeId, kind: 'waitForInput', prompt }];
  const turn = { id: last + 1, prompt: body, startedAt: time };
  rest.run(sid, JSON.stringify([interactionId]), JSON.stringify(turn), JSON.stringify(open));
});

announce(
  createServer((request, response) => {
    void (async () => {
      const [, sessionId = ''] = /\/([^/]+):resume$/.exec(request.url ?? '') ?? [];
      answer.immediate(sessionId, await bodyOf(request));
      const json = JSON.stringify({ sessionId, status: 'suspended' });
      response.writeHead(200, {
        'Content-Type': 'application/json',
        'Content-Length': Buffer.byteLength(json),
      });
      response.end(json);
    })();
  }),
);

async function bodyOf(request: IncomingMessage): Promise<{ interactionId: string }> {
  const chunks: Buffer[] = [];
  // A request is a stream of buffers, and the only sender is the benchmark.
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return JSON.parse(Buffer.concat(chunks).toString()) as { interactionId: string };
}
