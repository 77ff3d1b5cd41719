import { PanelPage } from 'reattach/playwright';
import { expect, test } from './fixtures.ts';

test('run, answer, leave, come back, replay, answer, finish, delete, before two tabs', async ({
  server,
  context,
}) => {
  const other = new PanelPage(await context.newPage());
  await other.goto('trip-planner');
  await expect(other.rows).toHaveCount(0);

  await test.step('run, and answer a form', async () => {
    const page = await context.newPage();
    const panel = new PanelPage(page);
    await panel.goto();
    await panel.graph.selectOption('Trip planner');
    await panel.run.click();
    await expect(panel.title).toHaveText('Trip planner');
    await expect(panel.stream).toHaveText('Live');
    const form = panel.prompt('The basics');
    await form.getByLabel('Who is travelling?').fill('Ines and Tom');
    await form.getByLabel('In which month?').selectOption('May');
    await form.getByLabel('How to get there').selectOption('whatever is quickest');
    await form.getByRole('button', { name: 'Submit' }).click();
    await expect(panel.prompt('Where to')).toBeVisible();

    // The address holds the graph and the session.
    await page.reload();
    await expect(panel.prompt('Where to')).toBeVisible();
    await expect(panel.title).toHaveText('Trip planner');
    await expect(panel.node('The basics')).toContainText('Ines and Tom');
    await page.close();
  });

  const row = other.row('Trip planner');
  await expect(row).toContainText('suspended');
  await expect(row).toContainText('1 open prompt');

  await test.step('come back: it replays, and the choice is there', async () => {
    const panel = new PanelPage(await context.newPage());
    await panel.goto('trip-planner');
    await expect(panel.row('Trip planner')).toContainText('suspended');
    await panel.row('Trip planner').getByRole('link').click();
    await expect(panel.stream).toHaveText('Live');
    await expect(panel.node('The basics')).toContainText('Ines and Tom');
    const choice = panel.prompt('Where to');
    await expect(choice).toContainText('Four cities that are kind to walkers in May.');
    await choice.getByRole('radio', { name: /^Ghent/ }).check();
    await choice.getByRole('button', { name: 'Answer' }).click();

    const interests = panel.prompt('What for');
    await interests.getByRole('checkbox', { name: 'Markets and long lunches' }).check();
    await interests.getByRole('checkbox', { name: 'Museums and churches' }).check();
    await interests.getByRole('button', { name: 'Answer' }).click();
    const wish = panel.prompt('One wish');
    await wish.getByRole('textbox').fill('The altarpiece');
    await wish.getByRole('button', { name: 'Answer' }).click();
    const share = panel.prompt('Share the plan');
    await share.getByRole('button', { name: 'Allow' }).click();

    await expect(panel.stream).toHaveText('Ended');
    await expect(panel.prompts).toHaveCount(0);
    await expect(panel.node('Document')).toContainText('4 days in Ghent, May');
    await expect(panel.node('Document')).toContainText('Not to be missed: The altarpiece');
    await expect(panel.row('Trip planner')).toContainText('completed');
    await expect(row).toContainText('completed');

    const gone = panel.page.waitForResponse(
      (response) => response.request().method() === 'DELETE' && response.ok(),
    );
    await panel
      .row('Trip planner')
      .getByRole('button', { name: /^Delete/ })
      .click();
    await expect(panel.rows).toHaveCount(0);
    await expect(panel.session).toHaveCount(0);
    await gone;
  });

  await expect(other.rows).toHaveCount(0);
  expect(server.log.filter(({ level }) => level === 'error')).toEqual([]);
});
