import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { DefaultChatTransport } from 'ai';
import type { ChatMessage } from '../../shared/chat.ts';
import type { Json } from '../../shared/json.ts';
import type { NodeTypes } from '../engine/handler.ts';
import { packageRoot } from '../package-info.ts';
import { startTestServer } from '../server.testing.ts';
import { plain } from '../stream/chat-reader.testing.ts';
import { TestChat } from './test-chat.testing.ts';

interface Following {
  message?: ChatMessage;
  cursor?: string;
  isOver?: boolean;
}

/** What the page's modules export. */
interface Page {
  sessionAt(server: string, sessionId: string): string;
  loadChat(session: string): Promise<{ messages: ChatMessage[]; cursor: string }>;
  chatTransport(
    session: string,
    getMessages: () => ChatMessage[],
  ): DefaultChatTransport<ChatMessage>;
  answer(session: string, interactionId: string, response: Json): Promise<void>;
  withNews(messages: ChatMessage[], news: unknown): ChatMessage[];
  follow(
    session: string,
    from: Following,
    show?: (message: ChatMessage) => void,
  ): Promise<Following>;
}

// Within the package, where the modules find what they import.
const directory = join(packageRoot, '.reattach', `chat-clients-${process.pid}`);
let page: Page;

beforeAll(async () => {
  const text = await readFile(join(packageRoot, 'docs', 'chat-clients.md'), 'utf8');
  await mkdir(directory, { recursive: true });
  const modules = await Promise.all(
    Array.from(
      text.matchAll(/```js\n\/\/ (\S+\.mjs)\n(.*?)```/gs),
      async ([, name = '', code = '']) => {
        const file = join(directory, name);
        await writeFile(file, code);
        return (await import(/* @vite-ignore */ pathToFileURL(file).href)) as Partial<Page>;
      },
    ),
  );
  expect(modules).toHaveLength(2);
  page = Object.assign({}, ...modules) as Page;
});

afterAll(() => rm(directory, { recursive: true, force: true }));

const nodeTypes: NodeTypes = {
  talk: async (ctx) => {
    await ctx.step('model', async (step) => {
      await step.emit({ content: { id: 'c', parts: [{ text: 'I shall ' }] } });
      await step.emit({ content: { id: 'c', parts: [{ text: 'look.' }] } });
      await step.emit({ functionCall: { id: '1', name: 'look', args: {} } });
    });
    await ctx.consent({ prompt: 'May I?' });
    await ctx.step('tool', (step) =>
      step.emit({ functionResponse: { id: '1', name: 'look', response: { seen: 3 } } }),
    );
    await ctx.emit({ content: 'There are three.' });
    return {};
  },
};

async function startTalk() {
  const server = await startTestServer([], { nodeTypes });
  const body = { graph: { nodes: [{ id: 'talk', type: 'talk' }] } };
  const { json } = await server.call('POST', '/v1beta1/graphSessions/new', { body });
  const session = page.sessionAt(server.url, json.sessionId as string);
  const reaches = async (status: string) => {
    await fetch(`${session}/status?waitFor=${status}&timeout=60`);
  };
  return { session, reaches };
}

/** The open prompts of messages. */
function promptsIn(messages: readonly ChatMessage[]) {
  return messages.flatMap(({ parts }) =>
    parts.flatMap((part) =>
      part.type === 'data-prompt' && part.data.state === 'open' ? [part.data] : [],
    ),
  );
}

test('the chat of the page attaches, shows a question, answers it and goes on', async () => {
  const { session, reaches } = await startTalk();
  const { messages } = await page.loadChat(session);
  const chat: TestChat = new TestChat({
    id: session,
    messages,
    transport: page.chatTransport(session, () => chat.messages),
    onData: (news) => {
      chat.messages = page.withNews(chat.messages, news);
    },
  });
  await reaches('suspended');
  await chat.resumeStream();
  const [prompt] = promptsIn(chat.messages);
  expect(prompt).toMatchObject({ kind: 'queryConsent', nodeId: 'talk' });
  await page.answer(session, prompt!.interactionId, { consent: true });
  await expect(page.answer(session, prompt!.interactionId, { consent: true })).rejects.toThrow(
    'answered',
  );
  await chat.resumeStream();
  await reaches('completed');
  await chat.resumeStream();
  expect(promptsIn(chat.messages)).toEqual([]);
  const whole = await page.loadChat(session);
  expect(whole.messages.map(({ role }) => role)).toEqual(['assistant', 'user', 'assistant']);
  // The tool that ended in the second turn has its result in the first message.
  expect(whole.messages[0]?.parts).toMatchObject([
    ...[{ type: 'step-start' }, { type: 'text', text: 'I shall look.' }],
    { type: 'dynamic-tool', state: 'output-available', output: { seen: 3 } },
    { type: 'data-prompt', data: { state: 'answered', response: { consent: true } } },
  ]);
  const theirs = whole.messages.filter(({ role }) => role === 'assistant');
  expect(plain(chat.messages)).toEqual(theirs);
});

test("the page's own reader goes on from a message and a cursor", async () => {
  const { session, reaches } = await startTalk();
  await reaches('suspended');
  let kept: Following = await page.follow(session, {});
  expect(kept.isOver).toBe(true);
  expect(plain(kept.message)).toEqual((await page.loadChat(session)).messages.at(-1));
  const [prompt] = promptsIn([kept.message!]);
  await page.answer(session, prompt!.interactionId, { consent: false });
  const shown: string[] = [];
  do kept = await page.follow(session, kept, ({ id }) => shown.push(id));
  while (kept.isOver !== true);
  const { messages } = await page.loadChat(session);
  expect(plain(kept.message)).toEqual(messages.at(-1));
  expect(new Set(shown)).toEqual(new Set([messages.at(-1)?.id]));
  expect(await page.follow(session, kept)).toEqual(kept);
});
