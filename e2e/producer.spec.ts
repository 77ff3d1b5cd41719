import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ReattachApi } from 'reattach/playwright';
import type { SessionEvent } from '../shared/event.ts';
import { expect, test } from './producer-fixtures.ts';
import { SessionReader } from './session-reader.ts';

/** How many numbers a ledger gets. */
const COUNT = 1500;

const typesOf = (events: readonly SessionEvent[]) => events.map(({ type }) => type);

/** The numbers of a ledger, in the order of its log. */
const numbersOf = (events: readonly SessionEvent[]) =>
  events.flatMap((event) =>
    event.type === 'agentEvent' ? [(event.event['entry'] as { number: number }).number] : [],
  );

/** What a ledger recorded before it sent it. */
const recordedIn = async (file: string) =>
  (await readFile(file, 'utf8')).split('\n').filter(Boolean).map(Number);

const contactOf = (events: readonly SessionEvent[]) =>
  typesOf(events).filter((type) => type.startsWith('contact'));

/**
 * All that a ledger recorded is in its log, once and in order, and its reader was told the same. Gives
 * the log.
 */
async function wholeLedger(
  api: ReattachApi,
  reader: SessionReader,
  sessionId: string,
  record: string,
): Promise<readonly SessionEvent[]> {
  await reader.read(Infinity);
  const events = await api.events(sessionId);
  expect(reader.events).toEqual(events);
  expect(numbersOf(events)).toEqual(await recordedIn(record));
  expect(numbersOf(events)).toEqual(Array.from({ length: COUNT }, (_, n) => n));
  expect(typesOf(events).slice(-2)).toEqual(['nodeEnd', 'graphComplete']);
  return events;
}

test('what a program elsewhere writes is shown as it comes, and it gets the answer that is given in the panel', async ({
  panel,
  api,
  startProducer,
}) => {
  await panel.goto('letters');
  const producer = await startProducer('letter.mjs');
  const sessionId = await producer.line();
  await expect(panel.row('A letter')).toContainText('running');
  await panel.row('A letter').getByRole('link').click();
  const node = panel.node('Draft the letter');
  await expect(panel.stream).toHaveText('Live');
  await expect(node).toContainText('manners');
  await expect(node).not.toContainText('Dear');

  producer.goOn();
  await expect(node).toContainText('Dear');
  await expect(node).toContainText('It should be polite.');
  await expect(panel.prompts).toHaveCount(0);

  producer.goOn();
  const form = panel.prompt('Draft the letter');
  await expect(form).toContainText('To whom?');
  await expect(panel.row('A letter')).toContainText('suspended');
  await form.getByRole('textbox').fill('Ada');
  await form.getByRole('button', { name: 'Answer' }).click();
  expect(await producer.line()).toBe('Ada');
  await expect(panel.row('A letter')).toContainText('running');

  producer.goOn();
  await expect(node).toContainText('Ada, good day.');
  await expect(panel.stream).toHaveText('Ended');
  await expect(panel.row('A letter')).toContainText('completed');
  expect(await producer.ended).toEqual({ code: 0, signal: null, stderr: '' });
  const events = await api.events(sessionId);
  expect(typesOf(events)).toEqual([
    ...['graphStart', 'nodeStart', 'stepStart', 'stepEnd', 'thoughtEvent', 'agentEvent'],
    ...['inputRequired', 'inputResolved', 'agentEvent', 'nodeEnd', 'graphComplete'],
  ]);
  expect(events.at(-1)).toMatchObject({ outputs: { draft: { to: 'Ada' } } });
});

test('a program that is killed is marked as lost, and its next life goes on without losing or doubling anything', async ({
  panel,
  server,
  api,
  directory,
  startProducer,
}) => {
  const record = join(directory, 'record');
  await writeFile(record, '');
  const args = ['ledger.mjs', record, String(COUNT), '2'] as const;
  let producer = await startProducer(...args);
  const sessionId = await producer.line();
  const reader = new SessionReader(server.origin, sessionId);
  await panel.goto('ledgers', sessionId);
  const row = panel.row('A ledger');
  const note = panel.session.getByRole('note').filter({ hasText: 'contact was lost' });
  const mark = panel.session.getByText('lost contact', { exact: true });
  for (const life of [1, 2]) {
    await reader.read(life * 200 + Math.floor(Math.random() * 300));
    expect(await producer.kill()).toMatchObject({ code: null, signal: 'SIGKILL' });
    const recorded = await recordedIn(record);
    expect(recorded.length).toBeLessThan(COUNT);
    await expect(row).toContainText('lost contact');
    await expect(note).toBeVisible();
    await expect(mark).toBeVisible();
    // It can be looked at and answered as before: the session is what it was.
    expect(await api.status(sessionId)).toMatchObject({ status: 'running' });
    const before = await api.events(sessionId);
    expect(before.at(-1)?.type).toBe('contactLost');
    expect(numbersOf(before)).toEqual(recorded.slice(0, numbersOf(before).length));

    producer = await startProducer(...args, sessionId);
    expect(await producer.line()).toBe(sessionId);
    await expect(row).not.toContainText('lost contact');
    await expect(note).toBeHidden();
    await expect(mark).toBeHidden();
    expect((await api.events(sessionId))[before.length]?.type).toBe('contactRegained');
  }
  expect(await producer.ended).toEqual({ code: 0, signal: null, stderr: '' });

  const events = await wholeLedger(api, reader, sessionId, record);
  const contact = contactOf(events);
  expect(contact).toEqual(contact.map((_, n) => (n % 2 === 0 ? 'contactLost' : 'contactRegained')));
  expect(contact.length % 2).toBe(0);
  await expect(panel.stream).toHaveText('Ended');
  await expect(row).toContainText('completed');
});

test('a server that is killed amid the batches of a program has each event once and in order', async ({
  panel,
  server,
  api,
  directory,
  startProducer,
}) => {
  const KILLS = 6;
  const record = join(directory, 'record');
  await writeFile(record, '');
  const producer = await startProducer('ledger.mjs', record, String(COUNT), '10');
  const sessionId = await producer.line();
  const reader = new SessionReader(server.origin, sessionId);
  await panel.goto('ledgers', sessionId);
  for (let kill = 1; kill <= KILLS; kill += 1) {
    const point = reader.events.length + 1 + Math.floor(Math.random() * 150);
    await reader.read(point);
    if (reader.end !== null) throw new Error(`The program ended before kill ${kill}.`);
    test.info().annotations.push({ type: 'kill', description: `after event ${point}` });
    await server.restart();
  }
  expect(await producer.ended).toEqual({ code: 0, signal: null, stderr: '' });

  const events = await wholeLedger(api, reader, sessionId, record);
  // While there was no server nobody kept silent.
  expect(contactOf(events)).toEqual([]);
  expect(typesOf(events).slice(0, 2)).toEqual(['graphStart', 'nodeStart']);
  expect(events).toHaveLength(COUNT + 4);
  await expect(panel.stream).toHaveText('Ended');
  await expect(panel.row('A ledger')).toContainText('completed');
  await expect(panel.row('A ledger')).not.toContainText('lost contact');
});
