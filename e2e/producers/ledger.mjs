// `ledger.mjs RECORD COUNT LEASE [SESSION]`: writes the numbers below COUNT into a session, each of them
// once, however often it is killed; it may keep silent for LEASE seconds. Before it sends a number it writes it into the file RECORD; a life that
// goes on with a SESSION sends what is recorded there and not in the log. The first line of its stdout is
// the session's id.
import { appendFileSync, readFileSync } from 'node:fs';
import { continueSession, startSession } from 'reattach/producer';

const baseUrl = process.env['REATTACH_URL'] ?? '';
const [record = '', count, lease, sessionId] = process.argv.slice(2);

/**
 * The numbers that the session has.
 *
 * @param {string} id
 */
async function stored(id) {
  const numbers = [];
  for (let after = -1; ;) {
    const url = `${baseUrl}/v1beta1/graphSessions/${id}/events?after=${after}`;
    /** @type {{ events: { type: string, index: number, event: any }[], lastIndex: number }} */
    const { events, lastIndex } = JSON.parse(await (await fetch(url)).text());
    for (const { type, event } of events) {
      if (type === 'agentEvent') numbers.push(event.entry.number);
    }
    after = events.at(-1)?.index ?? after;
    if (after >= lastIndex) return numbers;
  }
}

const options = { baseUrl, leaseSeconds: Number(lease) };
const session =
  sessionId === undefined
    ? await startSession({ ...options, graphId: 'ledgers', title: 'A ledger' })
    : await continueSession({ ...options, sessionId });
console.log(session.sessionId);

const node = await session.node('write', { title: 'Write' });
const has = new Set(sessionId === undefined ? [] : await stored(sessionId));
const recorded = readFileSync(record, 'utf8').split('\n').filter(Boolean).map(Number);
for (const number of recorded) if (!has.has(number)) await node.emit({ entry: { number } });
for (let number = recorded.length; number < Number(count); number += 1) {
  appendFileSync(record, `${number}\n`);
  await node.emit({ entry: { number } });
  // Batches of several sizes, one after the other.
  if (number % 7 === 0 || number % 10 === 0) await session.flush();
}
await node.end({ count: Number(count) });
await session.complete();
