import { SESSIONS_PATH, sessionPaths } from '../shared/api.ts';
import { expect, test } from './process-fixtures.ts';

const text = (lines: readonly object[]) =>
  lines.map((line) => `${JSON.stringify(line)}\n`).join('');

test('an imported session is shown as one, and asks nobody', async ({ server, page }) => {
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
  await fetch(`${server.origin}${sessionPaths('copy').continue}`, { method: 'POST' });
  await expect(page.getByRole('region', { name: 'Prompts' })).toContainText('Your name?');
  await expect(row).toContainText('imported');
});
