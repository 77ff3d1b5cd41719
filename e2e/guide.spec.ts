// The code of docs/playwright.md: what stands there stands here, and a unit test compares them.
import { expect, test } from 'reattach/playwright';

test.describe('a graph of one’s own', () => {
  test.use({
    nodes: {
      greet: async (ctx) => {
        const name = await ctx.ask({ prompt: 'Who are you?' });
        return { text: `Hello, ${name?.parts[0]?.text ?? 'stranger'}!` };
      },
    },
    graphs: {
      greeting: {
        title: 'Greeting',
        nodes: [{ id: 'g', type: 'greet', metadata: { title: 'Greet' } }],
      },
    },
  });

  test('greets whoever answers', async ({ panel, api }) => {
    const sessionId = await api.start('greeting');
    await panel.goto('greeting', sessionId);
    await panel.prompt('Greet').getByRole('textbox').fill('Ada');
    await panel.prompt('Greet').getByRole('button', { name: 'Answer' }).click();
    await api.waitFor(sessionId, 'completed');
    await expect(panel.node('Greet')).toContainText('Hello, Ada!');
  });
});

test('a long session that waits for a choice', async ({ panel, sessions, api }) => {
  const { graphId, sessionId, node } = await sessions.put('suspended', {
    prompt: 'choice',
    events: 10_000,
  });
  await panel.goto(graphId, sessionId);
  await panel.prompt(node).getByRole('radio', { name: 'Blue' }).check();
  await panel.prompt(node).getByRole('button', { name: 'Answer' }).click();
  await api.waitFor(sessionId, 'completed');
});

test('a session of my own graph, half-way through', async ({ sessions, panel }) => {
  const graph = {
    nodes: [
      { id: 'draft', type: 'template', configuration: { text: '…' } },
      { id: 'approve', type: 'consent', configuration: { prompt: 'Publish it?' } },
    ],
    edges: [{ from: 'draft', to: 'approve' }],
  };
  const sessionId = await sessions.write({ graph, graphId: 'publish' }, (log) =>
    log
      .start('draft')
      .emit('draft', { content: 'Once upon a time' })
      .end('draft', { output: 'Once' }),
  );
  await panel.goto('publish', sessionId);
  await expect(panel.node('draft')).toContainText('Once upon a time');
  await panel.prompt('approve').getByRole('button', { name: 'Allow' }).click();
  await expect(panel.stream).toHaveText('Ended');
});

test.describe('time', () => {
  test.use({
    graphs: {
      vote: {
        nodes: [
          {
            id: 'vote',
            type: 'consent',
            configuration: { prompt: 'Agreed?', timeoutMs: 86_400_000, default: false },
          },
        ],
      },
    },
  });

  test('a vote ends after a day', async ({ api, clock }) => {
    const sessionId = await api.start('vote');
    await api.waitFor(sessionId, 'suspended');
    await clock.advance(86_400_000);
    await api.waitFor(sessionId, 'completed');
  });
});

test('a run outlives its server', async ({ reattach, api, sessions }) => {
  const { sessionId } = await sessions.put('suspended', { prompt: 'consent' });
  await reattach.restart();
  await api.answer(sessionId, { consent: true });
  await api.waitFor(sessionId, 'completed');
});

test('roles and names', async ({ panel, sessions }) => {
  const { graphId, node, title } = await sessions.put('suspended', { prompt: 'question' });
  await panel.goto(graphId);
  await expect(panel.graph).toBeVisible();
  await expect(panel.run).toBeVisible();
  await expect(panel.filter).toBeVisible();
  await expect(panel.rows).toHaveCount(1);
  await panel.row(title).getByRole('link').click();
  await expect(panel.session).toBeVisible();
  await expect(panel.title).toHaveText(title);
  await expect(panel.stream).toHaveText('Live');
  await expect(panel.prompts).toHaveCount(1);
  await expect(panel.prompt(node)).toBeVisible();
  await expect(panel.nodes).not.toHaveCount(0);
  await expect(panel.node('Notes')).toBeVisible();
  await expect(panel.button('Close session')).toBeVisible();
});
