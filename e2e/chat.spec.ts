import { setTimeout as wait } from 'node:timers/promises';
import { TestChat } from '../server/routes/test-chat.testing.ts';
import { plain } from '../server/stream/chat-reader.testing.ts';
import type { ChatMessage } from '../shared/chat.ts';
import { textContent } from '../shared/prompt.ts';
import { chatModules, type Following } from './chat-modules.ts';
import { graphOf } from './graph-of.ts';
import { expect, test } from './producer-fixtures.ts';
import { SessionReader } from './session-reader.ts';

const RECONNECT_MS = 20;

const textIn = (message: ChatMessage | undefined) =>
  (message?.parts ?? []).flatMap((part) => (part.type === 'text' ? [part.text] : [])).join('');

/** Whether the chat has the turn to where it rests: only then a message has a cursor. */
const rests = (message: ChatMessage | undefined) => message?.metadata?.cursor !== undefined;

/** The numbers that a text of `flood` has, in its order. */
const numbersIn = (text: string) =>
  Array.from(text.matchAll(/(\d+) x{20}/g), ([, number]) => Number(number));

test('an answer goes on where it was when the server is killed amid it, for the chat of the SDK and for a reader of messages', async ({
  server,
  api,
  latches,
  directory,
}) => {
  const { sessionAt, loadChat, chatTransport, follow } = await chatModules(directory);
  const graph = graphOf(
    'Answering',
    {
      flood: ['flood', { chunks: 60, bytes: 20, latch: 'half' }],
      work: ['latch', { steps: ['cut-short'] }],
      ask: ['ask', { prompt: 'Well?' }],
    },
    ['flood -> work', 'work -> ask'],
  );
  const sessionId = await api.start(graph);
  const session = sessionAt(server.origin, sessionId);
  const loaded = await loadChat(session);
  const chat: TestChat = new TestChat({
    ...{ id: session, messages: loaded.messages },
    transport: chatTransport(session, () => chat.messages),
  });
  let shown: ChatMessage | undefined;
  let following: Following = {};

  /** Lets both read until the server is killed, once both have this text. */
  const readAndKill = async (text: string) => {
    const readings = [
      chat.resumeStream(),
      follow(session, following, (message) => (shown = message)),
    ] as const;
    while (!textIn(chat.messages.at(-1)).includes(text) || !textIn(shown).includes(text)) {
      await wait(RECONNECT_MS);
    }
    await server.kill();
    const [, kept] = await Promise.all(readings);
    following = { ...kept, ...(shown === undefined ? {} : { message: plain(shown) }) };
    expect(kept.isOver).toBe(false);
    expect(rests(chat.messages.at(-1))).toBe(false);
  };

  await readAndKill('29 x');
  expect(numbersIn(textIn(following.message))).toEqual(Array.from({ length: 30 }, (_, n) => n));
  // Without a server there is nothing to resume, and nothing is lost by trying.
  await chat.resumeStream();
  expect(chat.status).toBe('error');
  expect(textIn(chat.messages.at(-1))).toBe(textIn(following.message));

  await server.start();
  await latches.open('half');
  await readAndKill('cut-short, attempt 1');
  await server.start();
  await latches.reached('cut-short', 2);
  await latches.open('cut-short');
  await api.waitFor(sessionId, 'suspended');
  await chat.resumeStream();
  following = await follow(session, following, (message) => (shown = message));
  expect(following.isOver).toBe(true);

  const { messages } = await loadChat(session);
  expect(messages.map(({ id }) => id)).toEqual([`${sessionId}:0`]);
  expect(numbersIn(textIn(messages[0]))).toEqual(Array.from({ length: 60 }, (_, n) => n));
  // What the attempt said that was cut short is gone, and its next attempt is there.
  expect(textIn(messages[0])).toMatch(/59 x{20}cut-short, attempt 2$/);
  expect(chat.status).toBe('ready');
  expect(plain(chat.messages)).toEqual(messages);
  expect(plain([shown])).toEqual(messages);
  expect([...chat.shown]).toEqual([`${sessionId}:0`]);
});

test('killed again and again, the server tells a chat everything once', async ({
  server,
  api,
  directory,
}) => {
  const KILLS = 5;
  const STEPS = 150;
  const { sessionAt, loadChat, chatTransport } = await chatModules(directory);
  const sessionId = await api.start(graphOf('Ledger', { one: ['ledger', { steps: STEPS }] }));
  const session = sessionAt(server.origin, sessionId);
  const chat: TestChat = new TestChat({
    ...{ id: session, messages: [] },
    transport: chatTransport(session, () => chat.messages),
  });
  let cuts = 0;
  const reading = (async () => {
    while (!rests(chat.messages.at(-1))) {
      await chat.resumeStream();
      if (textIn(chat.messages.at(-1)) !== '') cuts += 1;
      await wait(RECONNECT_MS);
    }
  })();
  const reader = new SessionReader(server.origin, sessionId);
  for (let kill = 1; kill <= KILLS; kill += 1) {
    const point = reader.events.length + 1 + Math.floor(Math.random() * 80);
    await reader.read(point);
    if (reader.end !== null) throw new Error(`The run ended before kill ${kill}.`);
    test.info().annotations.push({ type: 'kill', description: `after event ${point}` });
    await server.restart();
  }
  await reading;
  reader.close();

  const { messages } = await loadChat(session);
  const texts = Array.from({ length: STEPS }, (_, n) => `one-${n} comesone-${n} runs`);
  expect(textIn(messages[0])).toBe(texts.join(''));
  expect(plain(chat.messages)).toEqual(messages);
  expect([...chat.shown]).toEqual([`${sessionId}:0`]);
  expect(cuts).toBeGreaterThan(1);
});

test('what a program elsewhere writes is a chat as well', async ({
  server,
  api,
  directory,
  startProducer,
}) => {
  const { sessionAt, loadChat, chatTransport } = await chatModules(directory);
  const producer = await startProducer('letter.mjs');
  const sessionId = await producer.line();
  const session = sessionAt(server.origin, sessionId);
  const { messages } = await loadChat(session);
  const chat: TestChat = new TestChat({
    ...{ id: session, messages },
    transport: chatTransport(session, () => chat.messages),
  });
  // It is attached while the program writes.
  const first = chat.resumeStream();
  producer.goOn();
  while (textIn(chat.messages.at(-1)) !== 'Dear ') await wait(RECONNECT_MS);
  expect(chat.status).toBe('streaming');
  producer.goOn();
  await first;
  expect(plain(chat.messages)).toMatchObject([
    {
      ...{ id: `${sessionId}:0`, role: 'assistant' },
      parts: expect.arrayContaining([
        expect.objectContaining({ type: 'reasoning', text: 'It should be polite.' }),
        expect.objectContaining({ type: 'text', text: 'Dear ' }),
        expect.objectContaining({
          type: 'data-prompt',
          data: expect.objectContaining({
            ...{ interactionId: 'draft/to', state: 'open', kind: 'waitForInput' },
          }),
        }),
      ]) as unknown,
    },
  ]);
  expect(plain(chat.messages)).toEqual((await loadChat(session)).messages);

  await api.resume(sessionId, 'draft/to', { input: textContent('Ada') });
  expect(await producer.line()).toBe('Ada');
  producer.goOn();
  await api.waitFor(sessionId, 'completed');
  await chat.resumeStream();
  const whole = (await loadChat(session)).messages;
  expect(whole.map(({ role }) => role)).toEqual(['assistant', 'user', 'assistant']);
  expect(textIn(whole[1])).toBe('Ada');
  expect(textIn(whole[2])).toBe('Ada, good day.');
  expect(plain(chat.messages.at(-1))).toEqual(whole[2]);
  expect(whole[2]?.parts.at(-1)).toMatchObject({
    ...{ type: 'data-outputs', data: { outputs: { draft: { to: 'Ada' } } } },
  });
  expect(await producer.ended).toEqual({ code: 0, signal: null, stderr: '' });
});
