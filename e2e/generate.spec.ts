import type { Page } from '@playwright/test';
import { PanelPage } from 'reattach/playwright';
import type { SessionEvent } from '../shared/event.ts';
import { ModelServer } from '../server/nodes/model-server.testing.ts';
import { graphOf } from './graph-of.ts';
import { expect, test as base } from './process-fixtures.ts';

const test = base.extend<{ models: ModelServer }>({
  models: async ({}, use) => {
    const models = await ModelServer.start();
    await use(models);
    models.close();
  },
  serverFlags: async ({ models }, use) => {
    await use(['--model', 'openai-compatible:test', '--model-url', models.url]);
  },
});

const looping = graphOf('Looping', {
  work: ['generate', { prompt: 'Work.', tools: ['mark', 'hold', 'ask'], maxSteps: 20 }],
});

const answer = (text: string) => ({ input: { role: 'user', parts: [{ text }] } });

/** The attempts of each step that ended, in order. */
function endsOf(events: readonly SessionEvent[]): string[] {
  return events.flatMap((event) =>
    event.type === 'stepEnd' ? [`${event.op} #${event.attempt}`] : [],
  );
}

/** What is told on the page's node, paragraph by paragraph. */
function paragraphs(page: Page): Promise<string[]> {
  return new PanelPage(page).node('work').getByRole('paragraph').allInnerTexts();
}

/** How many of them have `text` in them. */
async function times(page: Page, text: string): Promise<number> {
  return (await paragraphs(page)).filter((paragraph) => paragraph.includes(text)).length;
}

test('killed in the middle of a loop of models and tools, a run loses the call in flight and doubles nothing', async ({
  server,
  api,
  models,
  latches,
  panel,
  context,
}) => {
  const sessionId = await api.start(looping, { graphId: 'looping' });
  await panel.goto('looping', sessionId);
  for (let n = 1; n <= 4; n += 1) {
    const call = await models.call(n);
    call.text(`Round ${n} begins. `).toolCall('mark', { name: `mark-${n}` });
    call.finish('tool_calls');
  }

  // In the middle of an answer of the model.
  const broken = await models.call(5);
  broken.text('Round 5 breaks off.');
  await expect(panel.node('work')).toContainText('Round 5 breaks off.');
  await server.kill();
  await broken.aborted;
  await server.start();
  const again = await models.call(6);
  expect(again.conversation).toEqual(broken.conversation);
  expect(again.conversation.slice(-2)).toEqual([
    'assistant: Round 4 begins.  mark({"name":"mark-4"})',
    'tool: mark-4 is marked',
  ]);
  await expect(panel.node('work')).not.toContainText('Round 5 breaks off.');
  again.text('Round 5 begins. ').toolCall('hold', { name: 'held' });
  again.finish('tool_calls');

  // In the middle of a tool.
  await latches.reached('held');
  await server.kill();
  await server.start();
  await latches.reached('held', 2);
  await latches.open('held');
  const asking = await models.call(7);
  expect(asking.conversation.at(-1)).toBe('tool: held was held');
  asking.toolCall('ask', { question: 'Shall I go on?' });
  asking.finish('tool_calls');

  // While a person is asked.
  const { openPrompts: before } = await api.waitFor(sessionId, 'suspended');
  await server.kill();
  await server.start();
  const { openPrompts } = await api.waitFor(sessionId, 'suspended');
  expect(openPrompts).toEqual(before);
  await api.resume(sessionId, openPrompts[0]?.interactionId ?? '', answer('Do'));
  const last = await models.call(8);
  expect(last.conversation.at(-1)).toBe('tool: {"answer":"Do"}');
  last.text('All done.');
  last.finish();
  await expect(panel.stream).toHaveText('Ended');

  expect(models.calls).toHaveLength(8);
  for (let n = 1; n <= 4; n += 1) expect(await latches.begun(`mark-${n}`)).toEqual([1]);
  const events = await api.events(sessionId);
  expect(events.map(({ index }) => index)).toEqual(events.map((_, index) => index));
  expect(events.at(-1)).toMatchObject({
    type: 'graphComplete',
    outputs: { work: { output: 'All done.' } },
  });
  const ends = endsOf(events);
  expect(ends).toEqual([
    ...[0, 1, 2, 3].flatMap((n) => [`step:model:${n} #1`, `step:tool mark:${n} #1`]),
    ...['step:model:4 #2', 'step:tool hold:0 #2'],
    ...['step:model:5 #1', 'step:tool ask:0 #1', 'step:model:6 #1'],
  ]);
  expect(new Set(ends).size).toBe(ends.length);

  const fresh = new PanelPage(await context.newPage());
  await fresh.goto('looping', sessionId);
  await expect(fresh.stream).toHaveText('Ended');
  for (const page of [panel.page, fresh.page]) {
    // Only what is near the screen is drawn.
    await page.setViewportSize({ width: 1280, height: 6000 });
    await expect(new PanelPage(page).node('work')).toContainText('All done.');
    for (let n = 1; n <= 5; n += 1)
      await expect.poll(() => times(page, `Round ${n} begins.`)).toBe(1);
    expect(await times(page, 'Round 5 breaks off.')).toBe(0);
    expect(await times(page, 'Shall I go on?')).toBe(1);
  }
  expect(await paragraphs(panel.page)).toEqual(await paragraphs(fresh.page));
});

test('the writer drafts, asks which draft, and polishes what was picked', async ({
  models,
  panel,
}) => {
  await panel.goto('writer');
  await panel.run.click();
  await panel.prompt('The brief').getByRole('button', { name: 'Submit' }).click();
  for (const call of [await models.call(1), await models.call(2)]) {
    const isVivid = call.conversation[0]?.includes('vividly') === true;
    call.reasoning('Let me see.').text(isVivid ? 'The lamp hums.' : 'The lamp is on.');
  }
  await expect(panel.node('A vivid draft')).toContainText('The lamp hums.');
  await expect(panel.node('A sober draft')).toContainText('The lamp is on.');
  for (const call of models.calls) call.finish();
  const pick = panel.prompt('Which draft?');
  await pick.getByRole('radio', { name: /The lamp hums\./ }).check();
  await pick.getByRole('button', { name: 'Answer' }).click();
  const polish = await models.call(3);
  polish.text('The lamp hums all night.');
  polish.finish();
  await expect(panel.stream).toHaveText('Ended');
  await expect(panel.node('The text')).toContainText('The lamp hums all night.');
});
