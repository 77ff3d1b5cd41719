import { join } from 'node:path';
import {
  DefaultChatTransport,
  readUIMessageStream,
  uiMessageChunkSchema,
  validateUIMessages,
} from 'ai';
import { createParser, type EventSourceMessage } from 'eventsource-parser';
import { describe, expect, test } from 'vitest';
import type { ChatChunk, ChatMessage } from '../../shared/chat.ts';
import type { Json } from '../../shared/json.ts';
import type { NodeContext, NodeTypes } from '../engine/handler.ts';
import { startTestServer, temporaryDirectory, type TestServer } from '../server.testing.ts';
import { plain, withoutOpenParts } from '../stream/chat-reader.testing.ts';
import { TestChat } from './test-chat.testing.ts';

/** Something of everything: a question, a model that thinks, calls a tool and talks, a form. */
async function talk(ctx: NodeContext) {
  const who = await ctx.ask({ prompt: 'Who?' });
  await ctx.step('model', async (step) => {
    for (const text of ['Who ', 'is ', 'that?']) {
      await step.emit({ thought: { id: 't', parts: [{ text }] } });
    }
    await step.emit({ functionCall: { id: '1', name: 'find', args: { who: 'Ines' } } });
    await step.emit({ functionCall: { id: '2', name: 'find', args: { who: 'Tom' } } });
    await step.emit({ functionResponse: { id: '1', name: 'find', response: { town: 'Ghent' } } });
    await step.emit({ functionResponse: { id: '2', name: 'find', response: { error: 'Lost' } } });
    for (const text of ['Ines ', 'lives ', 'in “Ghent” 🚲.']) {
      await step.emit({ content: { id: 'c', parts: [{ text }] } });
    }
    await step.emit({ content: { parts: [{ inlineData: { mimeType: 'a/b', data: 'AAAA' } }] } });
    await step.emit({ source: { sourceType: 'url', id: 's', url: 'https://ghent.example/' } });
    await step.emit({ plan: { id: 'plan', entries: ['look'] } });
    await step.emit({ plan: { id: 'plan', entries: ['look', 'tell'] } });
  });
  await ctx.thought('Done with that.');
  await ctx.emit({ content: 'More?' });
  const schema = { type: 'object', properties: { days: { type: 'integer', title: 'Days' } } };
  return { who, ...(await ctx.form({ schema })) };
}

const BASE = '/v1beta1/graphSessions';
const graph = { nodes: [{ id: 'talk', type: 'talk' }] };

async function start(server: TestServer): Promise<string> {
  const { json } = await server.call('POST', `${BASE}/new`, { body: { graph } });
  return json.sessionId as string;
}

/** Answers the open prompt, once there is one. */
async function answer(server: TestServer, sessionId: string, response: Json) {
  const { json } = await server.call(
    'GET',
    `${BASE}/${sessionId}/status?waitFor=suspended&timeout=60`,
  );
  const [prompt] = json.openPrompts as { interactionId: string }[];
  const body = { interactionId: prompt!.interactionId, response };
  const { status } = await server.call('POST', `${BASE}/${sessionId}:resume`, { body });
  expect(status).toBe(200);
}

const ines: Json = { input: { role: 'user', parts: [{ text: 'Ines' }] } };

/** Waits until the session rests or has ended. */
async function rest(server: TestServer, sessionId: string) {
  await server.call('GET', `${BASE}/${sessionId}/status?waitFor=suspended&timeout=60`);
}

function framesOf(text: string): EventSourceMessage[] {
  const frames: EventSourceMessage[] = [];
  createParser({ onEvent: (event) => frames.push(event) }).feed(text);
  return frames;
}

function uiStream(server: TestServer, sessionId: string, cursor: string, more = '') {
  return server.call('GET', `${BASE}/${sessionId}/ui-stream${more}`, {
    headers: { 'Last-Event-ID': cursor },
  });
}

/** What the SDK's own transport makes of the frames behind the cursor; null for 204. */
async function transported(server: TestServer, sessionId: string, cursor: string, more = '') {
  const transport = new DefaultChatTransport<ChatMessage>({
    prepareReconnectToStreamRequest: ({ id }) => ({
      api: `${server.url}${BASE}/${id}/ui-stream${more}`,
      headers: { 'Last-Event-ID': cursor },
    }),
  });
  return transport.reconnectToStream({ chatId: sessionId });
}

async function chunksIn(stream: ReadableStream<unknown> | null): Promise<ChatChunk[]> {
  const chunks: ChatChunk[] = [];
  const reader = stream?.getReader();
  for (let read = await reader?.read(); read?.done === false; read = await reader?.read()) {
    chunks.push(read.value as ChatChunk);
  }
  return chunks;
}

async function messageOf(
  chunks: readonly ChatChunk[],
  message?: ChatMessage,
): Promise<ChatMessage | undefined> {
  const stream = new ReadableStream<ChatChunk>({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(chunk);
      controller.close();
    },
  });
  let latest = message;
  const given = message === undefined ? {} : { message: structuredClone(message) };
  const all = readUIMessageStream<ChatMessage>({ ...given, stream, terminateOnError: true });
  for await (const next of all) latest = next;
  return latest === undefined ? undefined : plain(latest);
}

const nodeTypes: NodeTypes = { talk };

describe('the stream of a turn', () => {
  test('is what the SDK expects, and ends as the history has it', async () => {
    const server = await startTestServer([], { nodeTypes });
    const sessionId = await start(server);
    await answer(server, sessionId, ines);
    await rest(server, sessionId);
    const { headers, text, status } = await uiStream(server, sessionId, '2:0');
    expect(status).toBe(200);
    expect(headers['content-type']).toBe('text/event-stream');
    expect(headers['x-vercel-ai-ui-message-stream']).toBe('v1');
    const frames = framesOf(text);
    expect(frames.at(-1)).toMatchObject({ data: '[DONE]', id: undefined });
    for (const { id, data } of frames.slice(0, -1)) {
      expect(id).toMatch(/^\d+:\d+$/);
      const { validate } = uiMessageChunkSchema();
      expect(await validate!(JSON.parse(data) as unknown)).toMatchObject({ success: true });
    }
    expect(
      frames.map(({ data }) =>
        data === '[DONE]' ? data : (JSON.parse(data) as { type: string }).type,
      ),
    ).toEqual([
      ...['start', 'data-prompt', 'start-step'],
      ...['reasoning-start', 'reasoning-delta', 'reasoning-delta', 'reasoning-delta'],
      ...['reasoning-end', 'tool-input-available', 'tool-input-available'],
      ...['tool-output-available', 'tool-output-error'],
      ...['text-start', 'text-delta', 'text-delta', 'text-delta', 'text-end'],
      ...['file', 'source-url', 'data-event', 'data-event', 'finish-step'],
      ...['reasoning-start', 'reasoning-delta', 'reasoning-end'],
      ...['text-start', 'text-delta', 'text-end', 'data-prompt', 'finish', '[DONE]'],
    ]);
    const message = await messageOf(await chunksIn(await transported(server, sessionId, '2:0')));
    expect(message).toMatchObject({
      id: `${sessionId}:3`,
      role: 'assistant',
      metadata: { sessionId, turnId: 3, cursor: frames.at(-2)?.id },
      parts: [
        { type: 'step-start' },
        { type: 'reasoning', text: 'Who is that?', state: 'done' },
        {
          type: 'dynamic-tool',
          toolName: 'find',
          state: 'output-available',
          input: { who: 'Ines' },
          output: { town: 'Ghent' },
        },
        { type: 'dynamic-tool', state: 'output-error', errorText: 'Lost' },
        { type: 'text', text: 'Ines lives in “Ghent” 🚲.', state: 'done' },
        { type: 'file', mediaType: 'a/b', url: 'data:a/b;base64,AAAA' },
        { type: 'source-url', sourceId: 's', url: 'https://ghent.example/' },
        { type: 'data-event', data: { name: 'plan', value: { entries: ['look', 'tell'] } } },
        { type: 'reasoning', text: 'Done with that.' },
        { type: 'text', text: 'More?' },
        { type: 'data-prompt', data: { nodeId: 'talk', state: 'open', kind: 'inputNode' } },
      ],
    });
    const { json } = await server.call('GET', `${BASE}/${sessionId}/messages`);
    const messages = json.messages as unknown as ChatMessage[];
    expect(messages.map(({ id, role }) => [id, role])).toEqual([
      [`${sessionId}:0`, 'assistant'],
      [`${sessionId}:3:user`, 'user'],
      [`${sessionId}:3`, 'assistant'],
    ]);
    expect(messages.at(-1)).toEqual(message);
    expect(messages[1]?.parts[0]).toEqual({ type: 'text', text: 'Ines' });
    // The question of the first turn has its answer, though it came in the second.
    expect(messages[0]?.parts).toMatchObject([
      { type: 'data-prompt', data: { state: 'answered', kind: 'waitForInput', response: ines } },
    ]);
    expect(json).toMatchObject({ streaming: null, status: 'suspended', cursor: frames.at(-2)?.id });
    await validateUIMessages({ messages });
  });

  test('goes on after a cut at any byte, exactly and without a doubled part', async () => {
    const server = await startTestServer([], { nodeTypes });
    const sessionId = await start(server);
    await answer(server, sessionId, ines);
    await rest(server, sessionId);
    const { text } = await uiStream(server, sessionId, '2:0');
    const frames = framesOf(text);
    const body = (all: readonly EventSourceMessage[]) =>
      all
        .map(({ id, data }) => `${id === undefined ? '' : `id: ${id}\n`}data: ${data}\n\n`)
        .join('');
    expect(text).toBe(`retry: 1000\n\n${body(frames)}`);
    const whole = await messageOf(await chunksIn(await transported(server, sessionId, '2:0')));

    // A cut inside of a frame leaves a reader with the frames before it.
    const ends = new Set([0]);
    let count = 0;
    const parser = createParser({ onEvent: () => (count += 1) });
    for (const byte of Buffer.from(text)) {
      parser.feed(String.fromCharCode(byte));
      ends.add(count);
    }
    expect(ends.size).toBe(frames.length + 1);
    for (const seen of ends) {
      const cursor = frames.slice(0, seen).findLast(({ id }) => id !== undefined)?.id ?? '2:0';
      const answered = await uiStream(server, sessionId, cursor);
      if (seen >= frames.length - 1) {
        expect(answered.status).toBe(204);
        continue;
      }
      expect(answered.text).toBe(`retry: 1000\n\n${body(frames.slice(seen))}`);

      const before = frames.slice(0, seen).map(({ data }) => JSON.parse(data) as ChatChunk);
      // A reader that lives on.
      const after = framesOf(answered.text)
        .slice(0, -1)
        .map(({ data }) => JSON.parse(data) as ChatChunk);
      expect(await messageOf([...before, ...after])).toEqual(whole);
      // A reader that has nothing but the message.
      const message = await messageOf(before);
      const anew = await chunksIn(await transported(server, sessionId, cursor, '?reopen=true'));
      const kept = message === undefined ? undefined : withoutOpenParts(message);
      expect(await messageOf(anew, kept)).toEqual(whole);
    }
  });

  test('is told from its start when a killed attempt has said something, and then without that', async () => {
    const db = join(await temporaryDirectory(), 'log.db');
    const said: (() => void)[] = [];
    const told = new Promise<void>((resolve) => said.push(resolve));
    const hanging: NodeTypes = {
      talk: (ctx) =>
        ctx.step('model', async (step) => {
          await step.emit({ content: { id: 'c', parts: [{ text: 'I will never' }] } });
          said[0]?.();
          await new Promise(() => undefined);
        }),
    };
    const first = await startTestServer(['--db', db], { nodeTypes: hanging });
    const sessionId = await start(first);
    await told;
    const running = await fetch(`${first.url}${BASE}/${sessionId}/ui-stream`);
    const seen: EventSourceMessage[] = [];
    const parser = createParser({ onEvent: (event) => seen.push(event) });
    const decoder = new TextDecoder();
    for await (const bytes of running.body as AsyncIterable<Uint8Array>) {
      parser.feed(decoder.decode(bytes, { stream: true }));
      if (seen.some(({ data }) => data.includes('never'))) break;
    }
    await first.close();
    const second = await startTestServer(['--db', db], {
      nodeTypes: {
        talk: (ctx) =>
          ctx.step('model', (step) =>
            step.emit({ content: { id: 'c', parts: [{ text: 'Yes.' }] } }),
          ),
      },
    });
    await second.call('GET', `${BASE}/${sessionId}/status?waitFor=completed&timeout=60`);
    const cursor = seen.findLast(({ id }) => id !== undefined)!.id!;
    const again = framesOf((await uiStream(second, sessionId, cursor)).text);
    expect(JSON.parse(again[0]!.data)).toMatchObject({
      type: 'start',
      messageId: `${sessionId}:0`,
    });
    const message = await messageOf(
      again.slice(0, -1).map(({ data }) => JSON.parse(data) as ChatChunk),
    );
    expect(message?.parts).toMatchObject([
      { type: 'step-start' },
      { type: 'text', text: 'Yes.' },
      { type: 'data-outputs' },
    ]);
    // The frames of the new telling are not those of the old: each cut of it goes on as well.
    for (const [at, { id }] of again.slice(0, -2).entries()) {
      expect(framesOf((await uiStream(second, sessionId, id!)).text)).toEqual(again.slice(at + 1));
    }
  });

  test('ends with an error, or an abort, and gives the reason', async () => {
    const server = await startTestServer([], {
      nodeTypes: {
        talk: async (ctx) => {
          const go = await ctx.consent({ prompt: 'Go on?' });
          throw new Error(`Went ${go ? 'wrong' : 'home'}`);
        },
      },
    });
    const failed = await start(server);
    await answer(server, failed, { consent: true });
    await server.call('GET', `${BASE}/${failed}/status?waitFor=failed&timeout=60`);
    const types = (text: string) =>
      framesOf(text).map(({ data }) =>
        data === '[DONE]' ? data : (JSON.parse(data) as ChatChunk).type,
      );
    const failure = await uiStream(server, failed, '2:0');
    expect(types(failure.text)).toEqual([
      ...['start', 'data-prompt', 'data-error', 'message-metadata', 'error', 'finish', '[DONE]'],
    ]);
    expect(failure.text).toContain('"errorText":"talk: Went wrong"');
    expect(failure.text).toContain('"finishReason":"error"');

    const cancelled = await start(server);
    await rest(server, cancelled);
    const waiting = await uiStream(server, cancelled, '-1:0');
    expect(waiting.text).toContain('"finishReason":"tool-calls"');
    await server.call('POST', `${BASE}/${cancelled}:cancel`);
    // The reader had seen the turn at rest: its stream had ended, and is told anew.
    const [last] = framesOf(waiting.text).slice(-2);
    const rested = await uiStream(server, cancelled, last!.id!);
    expect(types(rested.text)).toEqual([
      ...['start', 'data-prompt', 'data-prompt', 'message-metadata', 'abort', '[DONE]'],
    ]);
    const { json } = await server.call('GET', `${BASE}/${cancelled}/messages`);
    const whole = framesOf((await uiStream(server, cancelled, '-1:0')).text);
    const chunks = whole.slice(0, -1).map(({ data }) => JSON.parse(data) as ChatChunk);
    expect((json.messages as unknown[]).at(-1)).toEqual(await messageOf(chunks));
  });
});

describe('what there is to attach to', () => {
  test('nothing, when the turn rests; the whole of it for who has only what was before', async () => {
    const server = await startTestServer([], { nodeTypes });
    const sessionId = await start(server);
    await rest(server, sessionId);
    const path = `${BASE}/${sessionId}/ui-stream`;
    const none = await server.call('GET', path);
    expect([none.status, none.text]).toEqual([204, '']);
    expect(framesOf((await server.call('GET', `${path}?after=-1:0`)).text)).toHaveLength(4);
    expect((await server.call('HEAD', path)).status).toBe(200);
  });

  test('a clean end, for who stands in a turn that is long over; then nothing', async () => {
    const server = await startTestServer([], { nodeTypes });
    const sessionId = await start(server);
    await answer(server, sessionId, ines);
    await rest(server, sessionId);
    for (const stale of ['0:0', '1:7', '9999:0', '3:9', '3:5000000']) {
      const { status, text } = await uiStream(server, sessionId, stale);
      expect([stale, status, framesOf(text).map(({ data }) => data)]).toEqual([
        stale,
        200,
        ['[DONE]'],
      ]);
      const [end] = framesOf(text);
      // What makes an EventSource stop, which comes again by itself.
      expect((await uiStream(server, sessionId, end!.id!)).status).toBe(204);
    }
  });

  test('a running turn from its start, for who stands in an earlier one', async () => {
    let go: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => {
      go = resolve;
    });
    const server = await startTestServer([], {
      nodeTypes: {
        talk: async (ctx) => {
          await ctx.ask({ prompt: 'Who?' });
          await ctx.step('wait', async (step) => {
            await step.emit({ content: 'Wait.' });
            await gate;
          });
        },
      },
    });
    const sessionId = await start(server);
    await answer(server, sessionId, ines);
    const running = await server.call('GET', `${BASE}/${sessionId}/messages`);
    expect(running.json).toMatchObject({ streaming: `${sessionId}:3`, cursor: '2:0' });
    expect((running.json.messages as { id: string }[]).map(({ id }) => id)).toEqual([
      `${sessionId}:0`,
      `${sessionId}:3:user`,
    ]);
    const streams = ['0:0', '2:0', ''].map((cursor) => uiStream(server, sessionId, cursor));
    // All of them attach to what is not over.
    await server.call('GET', `${BASE}/${sessionId}/status?waitFor=completed&timeout=0.2`);
    go();
    const texts = (await Promise.all(streams)).map(({ text }) => text);
    expect(new Set(texts).size).toBe(1);
    expect(texts[0]).toContain(`"messageId":"${sessionId}:3"`);
    expect(texts[0]).toContain('"finishReason":"stop"');
  });

  test('a malformed cursor is refused, an unknown session is not there, a token is asked for', async () => {
    const server = await startTestServer([], { nodeTypes });
    const sessionId = await start(server);
    const path = `${BASE}/${sessionId}/ui-stream`;
    for (const cursor of ['x', '1', '1:', ':1', '-2:0', '1:-1', '1:1:1', '1e3:0', `${2 ** 60}:0`]) {
      const byHeader = await uiStream(server, sessionId, cursor);
      expect([cursor, byHeader.status, byHeader.json.code]).toEqual([
        cursor,
        400,
        'invalid_cursor',
      ]);
      const byQuery = await server.call('GET', `${path}?after=${cursor}`);
      expect([cursor, byQuery.status, byQuery.json.code]).toEqual([cursor, 400, 'invalid_cursor']);
    }
    const reopen = await server.call('GET', `${path}?reopen=yes`);
    expect([reopen.status, reopen.json.code]).toEqual([400, 'malformed_request']);
    for (const call of ['ui-stream', 'messages', 'ui-stream?after=0:0']) {
      const { status, json } = await server.call('GET', `${BASE}/nobody/${call}`);
      expect([status, json.code]).toEqual([404, 'session_not_found']);
    }

    const guarded = await startTestServer(['--token', 'secret'], { nodeTypes });
    const headers = { Authorization: 'Bearer secret' };
    const started = await guarded.call('POST', `${BASE}/new`, { body: { graph }, headers });
    for (const call of ['ui-stream?after=-1:0', 'messages']) {
      const own = `${BASE}/${started.json.sessionId as string}/${call}`;
      expect((await guarded.call('GET', own)).status).toBe(401);
      expect((await guarded.call('GET', own, { headers })).status).toBe(200);
    }
  });

  test('a session that is deleted says so', async () => {
    const server = await startTestServer([], {
      nodeTypes: { talk: () => new Promise(() => undefined) },
    });
    const sessionId = await start(server);
    const response = await fetch(`${server.url}${BASE}/${sessionId}/ui-stream`);
    await server.call('DELETE', `${BASE}/${sessionId}`);
    const last = framesOf(await response.text()).slice(-2);
    expect(JSON.parse(last[0]!.data)).toEqual({
      type: 'abort',
      reason: 'The session was deleted.',
    });
  });
});

test('a chat of the SDK: loads, resumes, is cut off, resumes, answers, resumes', async () => {
  const latches = new Map<string, () => void>();
  const latch = (name: string) =>
    new Promise<void>((resolve) => {
      latches.set(name, resolve);
    });
  const [first, second] = [latch('first'), latch('second')];
  const server = await startTestServer([], {
    nodeTypes: {
      talk: async (ctx) => {
        await ctx.step('model', async (step) => {
          await step.emit({ content: { id: 'c', parts: [{ text: 'Once ' }] } });
          await first;
          await step.emit({ content: { id: 'c', parts: [{ text: 'upon ' }] } });
          await second;
          await step.emit({ content: { id: 'c', parts: [{ text: 'a time.' }] } });
        });
        const more = await ctx.consent({ prompt: 'More?' });
        await ctx.emit({ content: more ? 'There was.' : 'Bye.' });
        return { more };
      },
    },
  });
  const sessionId = await start(server);
  const load = async () => {
    const { json } = await server.call('GET', `${BASE}/${sessionId}/messages`);
    return json as unknown as { messages: ChatMessage[]; cursor: string };
  };
  const loaded = await load();
  expect(loaded).toMatchObject({ messages: [], cursor: '-1:0' });
  let cut: AbortController | undefined;
  const chat: TestChat = new TestChat({
    id: sessionId,
    messages: loaded.messages,
    transport: new DefaultChatTransport<ChatMessage>({
      prepareReconnectToStreamRequest: ({ id }) => {
        const after =
          chat.messages.findLast(({ metadata }) => metadata?.cursor)?.metadata?.cursor ??
          loaded.cursor;
        return { api: `${server.url}${BASE}/${id}/ui-stream?after=${after}` };
      },
      fetch: (input, init) => {
        cut = new AbortController();
        return fetch(input, { ...init, signal: cut.signal });
      },
    }),
  });
  const texts = () =>
    chat.messages.map(({ parts }) =>
      parts.flatMap((part) => (part.type === 'text' ? [part.text] : [])).join('|'),
    );
  const until = async (condition: () => boolean) => {
    while (!condition()) await new Promise((resolve) => setImmediate(resolve));
  };

  const resumed = chat.resumeStream();
  await until(() => texts().includes('Once '));
  latches.get('first')?.();
  await until(() => texts().includes('Once upon '));
  cut?.abort();
  await resumed;
  expect(chat.status).not.toBe('streaming');
  const again = chat.resumeStream();
  await until(() => chat.status === 'streaming' && texts().includes('Once upon '));
  latches.get('second')?.();
  await again;
  expect(chat.status).toBe('ready');
  expect(texts()).toEqual(['Once upon a time.']);
  expect(plain(chat.messages)).toEqual((await load()).messages);

  await answer(server, sessionId, { consent: true });
  await server.call('GET', `${BASE}/${sessionId}/status?waitFor=completed&timeout=60`);
  // The turn was over before the client came: its cursor has it all the same.
  await chat.resumeStream();
  expect(texts()).toEqual(['Once upon a time.', 'There was.']);
  const after = await load();
  expect(plain(chat.messages.at(-1))).toEqual(after.messages.at(-1));
  expect([...chat.shown].sort()).toEqual(
    after.messages.flatMap(({ id, role }) => (role === 'assistant' ? [id] : [])).sort(),
  );
  // And nothing more: no empty message.
  await chat.resumeStream();
  expect(chat.messages).toHaveLength(2);
});
