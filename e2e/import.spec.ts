import { once } from 'node:events';
import { request } from 'node:http';
import { SESSIONS_PATH, sessionPaths } from '../shared/api.ts';
import { expect, test } from './process-fixtures.ts';

const text = (lines: readonly object[]) =>
  lines.map((line) => `${JSON.stringify(line)}\n`).join('');

test('an imported session is shown as one, asks nobody, and goes on when one lets it', async ({
  server,
  page,
}) => {
  const about = { sessionId: 'copy', graphId: 'trip-planner', mode: 'interactive' };
  const ask = { id: 'name', type: 'ask', configuration: { prompt: 'Your name?' } };
  const graph = { nodes: [ask], edges: [] };
  const content = { role: 'model', parts: [{ text: 'Your name?' }] };
  const body = text([
    {
      ...{ format: 'reattach-session', version: 1, ...about, title: 'A copy', createdAt: 1 },
      ...{ lastIndex: 2, inputs: {}, graph },
    },
    { type: 'graphStart', ...about, graph, index: 0, time: 1 },
    { type: 'nodeStart', nodeId: 'name', index: 1, time: 1 },
    {
      ...{ type: 'inputRequired', nodeId: 'name', op: 'ask:ask:0', interactionId: 'i' },
      suspendEvent: { waitForInput: { prompt: content, inputType: 'text' } },
      ...{ index: 2, time: 1 },
    },
  ]);
  await fetch(`${server.origin}${SESSIONS_PATH}/import`, { method: 'POST', body });
  await page.goto('/?graph=trip-planner');
  const row = page.getByRole('row', { name: /A copy/ });
  await expect(row).toContainText('imported, read-only');
  await row.getByRole('link', { name: 'A copy' }).click();
  await expect(page.getByRole('note')).toContainText('Imported: this session can be read');
  await expect(page.getByRole('region', { name: 'Prompts' })).toHaveCount(0);
  await expect(page.getByRole('button', { name: 'Cancel run' })).toHaveCount(0);
  await page.getByRole('button', { name: 'Continue here' }).click();
  const question = page.getByRole('dialog', { name: 'Continue this session here?' });
  await question.getByRole('button', { name: 'Only read it' }).click();
  await expect(question).toBeHidden();
  await expect(page.getByRole('note')).toContainText('Imported: this session can be read');
  await page.keyboard.press('Control+k');
  await page.keyboard.type('run');
  const commands = page.getByRole('listbox', { name: 'Commands' });
  await expect(commands.getByRole('option', { name: /^Run/ })).toBeVisible();
  await expect(commands.getByRole('option', { name: /Cancel the run/ })).toHaveCount(0);
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Continue here' }).click();
  await question.getByRole('button', { name: 'Continue', exact: true }).click();
  await expect(page.getByRole('region', { name: 'Prompts' })).toContainText('Your name?');
  await expect(row).toContainText('imported');
});

test('a server that is killed amid an import has none of it, and takes it whole afterwards', async ({
  server,
  api,
}) => {
  const count = 40_000;
  const about = { sessionId: 'long', graphId: 'mine', mode: 'interactive' };
  const graph = { nodes: [{ id: 'n', type: 'template' }], edges: [] };
  const events = Array.from({ length: count }, (_, n) => ({
    ...{ type: 'agentEvent', nodeId: 'n', event: { content: `${n} `.repeat(50) } },
    ...{ index: n + 2, time: 1 },
  }));
  const body = text([
    {
      ...{ format: 'reattach-session', version: 1, ...about, title: 'Long', createdAt: 1 },
      ...{ lastIndex: count + 1, inputs: {}, graph },
    },
    { type: 'graphStart', ...about, graph, index: 0, time: 1 },
    { type: 'nodeStart', nodeId: 'n', index: 1, time: 1 },
    ...events,
  ]);

  const cut = request(`${server.origin}${SESSIONS_PATH}/import`, { method: 'POST' });
  cut.on('error', () => undefined);
  // All but the last lines: when they have left this process, the server is in the midst of it.
  if (!cut.write(body.slice(0, -1_000))) await once(cut, 'drain');
  await server.kill();
  await server.start();
  expect(await api.list()).toEqual([]);
  expect((await fetch(server.url(sessionPaths('long').status))).status).toBe(404);

  const taken = await fetch(`${server.origin}${SESSIONS_PATH}/import`, { method: 'POST', body });
  expect(await taken.json()).toMatchObject({ sessionId: 'long', lastIndex: count + 1 });
  const page = await fetch(server.url(`${sessionPaths('long').events}?after=${count - 1}`));
  const last = (await page.json()) as { events: { index: number }[] };
  expect(last.events.map(({ index }) => index)).toEqual([count, count + 1]);
});
