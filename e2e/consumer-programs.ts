// The source files of somebody else's project: what `consumer.spec.ts` compiles and runs.

/** A server of their own, with Reattach beside their routes. */
export const SERVER = `
import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import { mount } from 'hono/mount';
import { createReattach, defineNode, defineNodes, type Call, type Reattach } from 'reattach';
import { z } from 'zod';

export const nodes = defineNodes({
  greet: async (ctx) => {
    const name = await ctx.ask({ prompt: 'Who are you?' });
    return { text: \`Hello, \${name?.parts[0]?.text ?? 'stranger'}!\` };
  },
  invoice: defineNode({
    configuration: z.object({ rate: z.number().positive() }),
    inputs: z.object({ days: z.number() }),
    run: async (ctx) => {
      const total: number = await ctx.step('total', () => ctx.inputs.days * ctx.configuration.rate);
      return { total };
    },
  }),
});

const mayCall = (request: Request, call: Call) => {
  const user = request.headers.get('x-user');
  if (user === null) return 'unauthenticated' as const;
  return call.operation !== 'deleteSession' || user === 'admin';
};

const reattach: Reattach = await createReattach({
  store: 'runs/reattach.db',
  graphs: { greeting: { title: 'Greeting', nodes: [{ id: 'g', type: 'greet' }] } },
  nodes,
  authorize: mayCall,
});
const app = new Hono();
app.get('/', (c) => c.text('The shop'));
app.all('/runs/*', mount(reattach.fetch));
serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, ({ port }) => {
  console.log(\`serving http://127.0.0.1:\${port}\`);
});
`;

/** A program of their own that writes a session. */
export const PRODUCER = `
import { SessionOver, startSession, textOf, type ProducedSession } from 'reattach/producer';

const session: ProducedSession = await startSession({
  baseUrl: process.env.RUNS_URL ?? 'http://127.0.0.1:4600',
  graphId: 'greeting',
});
try {
  const node = await session.node('greet', { title: 'Greet somebody' });
  const name: string = textOf(await node.ask({ prompt: 'Who is there?' }));
  await node.end({ greeted: name });
  await session.complete();
} catch (error) {
  if (!(error instanceof SessionOver)) throw error;
}
`;

/** A page of their own that has the panel. */
export const PAGE = `
import { ReattachPanel } from 'reattach/panel';
import type { PromptOpened, ReattachPanelElement } from 'reattach/panel';

const panel: ReattachPanelElement = document.createElement('reattach-panel');
panel.baseUrl = 'https://runs.example/';
panel.tokenProvider = async ({ refused }) => (refused === null ? 'a token' : null);
panel.addEventListener('prompt-opened', ({ detail }) => {
  const { nodeId, idle }: PromptOpened = detail;
  if (!idle) document.title = nodeId;
});
document.body.append(panel, new ReattachPanel());
`;

/** Tests of their own, in which a person answers in the panel. */
export const TESTS = `
import { expect, mergeTests, test as base } from '@playwright/test';
import { test as reattachTest, type PanelPage } from 'reattach/playwright';

const test = mergeTests(base.extend<{ mine: string }>({ mine: 'Ada' }), reattachTest);

test.use({
  nodes: {
    greet: async (ctx) => {
      const name = await ctx.ask({ prompt: 'Who are you?' });
      return { text: \`Hello, \${name?.parts[0]?.text ?? 'stranger'}!\` };
    },
  },
  graphs: {
    greeting: { nodes: [{ id: 'g', type: 'greet', metadata: { title: 'Greet' } }] },
  },
});

const greet = async (panel: PanelPage, name: string) => {
  await panel.prompt('Greet').getByRole('textbox').fill(name);
  await panel.prompt('Greet').getByRole('button', { name: 'Answer' }).click();
};

test('greets', async ({ panel, api, mine }) => {
  const sessionId = await api.start('greeting');
  await panel.goto('greeting', sessionId);
  await greet(panel, mine);
  await api.waitFor(sessionId, 'completed');
  await expect(panel.node('Greet')).toContainText('Hello, Ada!');
});

test('waits for a choice', async ({ sessions, api, clock }) => {
  const { sessionId } = await sessions.put('suspended', { prompt: 'choice' });
  clock.advance(1000);
  expect((await api.status(sessionId)).openPrompts).toHaveLength(1);
});
`;

/** One more of their tests, which expects what is not so. */
export const FAILING_TEST = `
import { expect, test } from 'reattach/playwright';

test.use({ graphs: { ask: { nodes: [{ id: 'a', type: 'ask', configuration: { prompt: 'Well?' } }] } } });

test('nobody has to answer', async ({ api }) => {
  const sessionId = await api.start('ask');
  await api.waitFor(sessionId, 'suspended');
  expect((await api.status(sessionId)).status).toBe('completed');
});
`;

/** Programs that are wrong, by name, and what the compiler has to say of each. */
export const WRONG: Readonly<Record<string, readonly [program: string, complaint: RegExp]>> = {
  'unknown-option': [
    `import { createReattach } from 'reattach';
     await createReattach({ store: ':memory:', grafs: {} });`,
    /'grafs' does not exist in type 'ReattachOptions'/,
  ],
  'no-store': [
    `import { createReattach } from 'reattach';
     await createReattach({ graphs: {} });`,
    /Property 'store' is missing/,
  ],
  'no-decision': [
    `import { createReattach } from 'reattach';
     await createReattach({ store: ':memory:', authorize: () => 'certainly' });`,
    /'"certainly"' is not assignable to type '.*Decision/,
  ],
  'no-operation': [
    `import type { Authorize } from 'reattach';
     export const rule: Authorize = (_, call) => call.operation !== 'dropSession';`,
    /'"dropSession"' have no overlap/,
  ],
  'a-node-of-text': [
    `import { defineNodes } from 'reattach';
     export default defineNodes({ greet: 'hello' });`,
    /'string' is not assignable to type 'NodeHandler'/,
  ],
  'a-prompt-without-a-question': [
    `import { defineNodes } from 'reattach';
     export default defineNodes({ greet: (ctx) => ctx.ask({ skipLabel: 'Later' }) });`,
    /Property 'prompt' is missing/,
  ],
  'text-for-a-number': [
    `import { defineNode } from 'reattach';
     import { z } from 'zod';
     export const invoice = defineNode({
       inputs: z.object({ days: z.number() }),
       run: (ctx) => ctx.inputs.days.trim(),
     });`,
    /'trim' does not exist on type 'number'/,
  ],
  'a-number-that-may-be-text': [
    `import { defineNodes } from 'reattach';
     export default defineNodes({
       total: async (ctx): Promise<{ total: number }> => ({ total: await ctx.step('t', () => 'x') }),
     });`,
    /'string' is not assignable to type 'number'/,
  ],
  'no-such-fixture': [
    `import { test } from 'reattach/playwright';
     test('a test', async ({ pannel }) => { await pannel.goto('g'); });`,
    /'pannel' does not exist/,
  ],
  'no-such-status': [
    `import { test } from 'reattach/playwright';
     test('a test', async ({ sessions }) => { await sessions.put('sleeping'); });`,
    /'"sleeping"' is not assignable/,
  ],
  'a-number-as-token': [
    `import type { ReattachPanelElement } from 'reattach/panel';
     export const give = (panel: ReattachPanelElement) => { panel.tokenProvider = () => 5; };`,
    /'number' is not assignable to type 'string \\| Promise/,
  ],
  'no-such-event-member': [
    `import 'reattach/panel';
     document.querySelector('reattach-panel')?.addEventListener('place-changed', ({ detail }) => {
       console.log(detail.sesionId);
     });`,
    /'sesionId' does not exist on type 'PlaceChanged'/,
  ],
  'no-graph-but-a-graf': [
    `import { startSession } from 'reattach/producer';
     await startSession({ baseUrl: 'http://127.0.0.1:4600', graf: 'greeting' });`,
    /'graf' does not exist in type 'StartOptions'/,
  ],
};
