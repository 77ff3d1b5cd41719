// Writes a letter with the installed `reattach/producer`: a step, a text, a question, and the end. It goes
// on from one part to the next with each line on its stdin. The first line of its stdout is the session's
// id, the second the answer.
import { createInterface } from 'node:readline';
import { startSession, textOf } from 'reattach/producer';

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();

const session = await startSession({
  baseUrl: process.env['REATTACH_URL'] ?? '',
  graphId: 'letters',
  title: 'A letter',
});
console.log(session.sessionId);

const node = await session.node('draft', { title: 'Draft the letter' });
const step = { nodeId: 'draft', op: 'manners', step: 'manners', attempt: 1 };
await session.emit({ type: 'stepStart', ...step });
await session.flush();
await lines.next();

await session.emit({ type: 'stepEnd', ...step, result: 'be polite' });
await node.thought('It should be polite.');
await node.say('Dear ');
await session.flush();
await lines.next();

const name = textOf(await node.ask({ id: 'to', prompt: 'To whom?' }));
console.log(name);
await lines.next();

await node.say(`${name}, good day.`);
await node.end({ to: name });
await session.complete();
lines.return?.();
process.stdin.destroy();
