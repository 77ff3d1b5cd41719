import type { Locator } from '@playwright/test';
import { rm } from 'node:fs/promises';
import type { PanelPage } from 'reattach/playwright';
import { sessionPaths } from '../shared/api.ts';
import { graphOf } from './graph-of.ts';
import { expect, test } from './process-fixtures.ts';
import { writeSessions, type WrittenSession } from './session-writer.ts';

const quick = graphOf('Quick', { text: ['template', { text: 'done' }] });
const question = graphOf('Question', { ask: ['ask', { prompt: 'Well?' }] });

/** Unix seconds; older than what a test starts. */
const EPOCH = 1_700_000_000;
const numbered = (n: number, more: Partial<WrittenSession> = {}): WrittenSession => ({
  sessionId: `s-${String(n).padStart(6, '0')}`,
  title: `Run ${n}`,
  status: 'completed',
  createdAt: EPOCH - n,
  duration: 2,
  ...more,
});
const several = (count: number) => Array.from({ length: count }, (_, n) => numbered(n));

const gridOf = (panel: PanelPage) => panel.page.getByRole('grid', { name: 'Sessions' });
const filterOf = (panel: PanelPage) =>
  panel.page.getByRole('searchbox', { name: 'Filter sessions' });
const linkOf = (panel: PanelPage, title: string) => panel.row(title).getByRole('link');
/** What scrolls the rows. */
const scrollTop = (panel: PanelPage) =>
  gridOf(panel).evaluate((grid) => grid.parentElement?.scrollTop ?? -1);
const topOf = async (row: Locator) => (await row.boundingBox())?.y ?? Number.NaN;

test.describe('a list', () => {
  test.use({ startServer: false });

  test('of a hundred thousand sessions is there at once, and read while it is scrolled', async ({
    server,
    panel,
    api,
  }) => {
    const many = Array.from({ length: 100_000 }, (_, n) =>
      numbered(n, n % 1000 === 7 ? { status: 'failed', error: 'It broke.' } : {}),
    );
    await writeSessions(server.db, many);
    await server.start();
    await panel.page.goto(`${server.origin}/?graph=mine`);
    await expect(panel.rows.first()).toContainText('Run 0');
    await expect(gridOf(panel)).toHaveAttribute('aria-rowcount', '-1');
    await panel.rows.first().getByRole('link').focus();
    for (const last of [100, 200, 300]) {
      await panel.page.keyboard.press('End');
      await expect(
        panel.rows.getByRole('link', { name: `Run ${last - 1}`, exact: true }),
      ).toBeFocused();
      expect(await panel.rows.count()).toBeLessThan(60);
    }
    await panel.page.keyboard.press('Home');
    await expect(linkOf(panel, 'Run 0')).toBeFocused();
    await filterOf(panel).fill('run 99999');
    await expect(panel.rows).toHaveCount(1);
    await expect(panel.row('Run 99999')).toHaveAttribute('aria-rowindex', '1');
    await filterOf(panel).fill('');
    await panel.button('failed').click();
    await expect(panel.rows.first()).toContainText('Run 7');
    await panel.rows.first().getByRole('link').focus();
    await panel.page.keyboard.press('End');
    await expect(gridOf(panel)).toHaveAttribute('aria-rowcount', '100');
    await panel.page.keyboard.press('End');
    await expect(linkOf(panel, 'Run 99007')).toBeFocused();
    await expect(panel.row('Run 99007')).toHaveAttribute('aria-rowindex', '100');
    await panel.button('failed').click();
    await api.start(quick, { graphId: 'mine', title: 'Newest' });
    await expect(panel.rows.first()).toContainText('Newest');
  });

  test('does not jump when rows come on top, and says how many', async ({ server, panel, api }) => {
    await writeSessions(server.db, several(200));
    await server.start();
    await panel.page.goto(`${server.origin}/?graph=mine`);
    await expect(panel.rows.first()).toContainText('Run 0');
    await panel.rows.first().hover();
    await panel.page.mouse.wheel(0, 1700);
    const looked = panel.row('Run 40');
    await expect(looked).toBeInViewport();
    await expect.poll(async () => (await scrollTop(panel)) >= 1400).toBe(true);
    const before = await topOf(looked);
    for (let n = 0; n < 3; n += 1) await api.start(quick, { graphId: 'mine', title: `New ${n}` });
    const newer = panel.button('3 new');
    await expect(newer).toBeVisible();
    expect(await topOf(looked)).toBe(before);
    await newer.click();
    await expect(linkOf(panel, 'New 2')).toBeFocused();
    await expect(newer).toHaveCount(0);
    expect(await scrollTop(panel)).toBe(0);
    await api.start(quick, { graphId: 'mine', title: 'New 3' });
    await expect(panel.rows.first()).toContainText('New 3');
    await expect(linkOf(panel, 'New 2')).toBeFocused();
  });

  test('keeps its filters over a reload and back, and says when nothing matches', async ({
    server,
    panel,
    api,
  }) => {
    await writeSessions(server.db, [
      numbered(1, { title: 'Ghent' }),
      numbered(2, { title: 'Bergen', status: 'failed', error: 'No boat.' }),
      numbered(3, { title: 'Ghent again', status: 'suspended', prompts: 1 }),
      numbered(4, { title: 'Ghent at rest', status: 'suspended' }),
    ]);
    await server.start();
    await panel.page.goto(`${server.origin}/?graph=mine`);
    const titles = panel.rows.getByRole('link');
    await expect(titles).toHaveCount(4);
    await filterOf(panel).fill('GHENT');
    await expect(titles).toHaveText(['Ghent', 'Ghent again', 'Ghent at rest']);
    await panel.button('suspended').click();
    await expect(titles).toHaveText(['Ghent again', 'Ghent at rest']);
    await panel.button('needs an answer').click();
    await expect(titles).toHaveText(['Ghent again']);
    await panel.page.reload();
    await expect(titles).toHaveText(['Ghent again']);
    await expect(filterOf(panel)).toHaveValue('GHENT');
    await expect(panel.button('suspended')).toHaveAttribute('aria-pressed', 'true');
    await titles.first().click();
    await expect(panel.title).toHaveText('Ghent again');
    await panel.page.goBack();
    await expect(panel.session).toHaveCount(0);
    await expect(titles).toHaveText(['Ghent again']);
    // What the feed brings has to fit as well.
    await api.start(question, { graphId: 'mine', title: 'In Ghent' });
    await expect(titles).toHaveText(['In Ghent', 'Ghent again']);
    await api.start(question, { graphId: 'mine', title: 'Elsewhere' });
    await api.call('PATCH', sessionPaths('s-000003').stream, { title: 'Bruges' });
    await expect(titles).toHaveText(['In Ghent']);
    await filterOf(panel).fill('nowhere');
    await expect(panel.page.getByText('No session matches the filters.')).toBeVisible();
    await panel.button('Clear filters').click();
    await expect(titles).toHaveCount(6);
    expect(new URL(panel.page.url()).search).toBe('?graph=mine');
    const failed = panel.row('Bergen');
    await expect(failed).toContainText('failed');
    await expect(failed).toContainText('2.0 s');
    await expect(failed).toContainText('No boat.');
    await failed.locator('time').hover();
    await expect(failed.locator('time')).toHaveAttribute('title', /2023/);
  });

  test('is a grid for the keyboard, and the focus is never lost', async ({ server, panel }) => {
    await writeSessions(server.db, several(120));
    await server.start();
    await panel.page.goto(`${server.origin}/?graph=mine`);
    const { keyboard } = panel.page;
    const focused = async (title: string) => {
      await expect(linkOf(panel, title)).toBeFocused();
    };
    await expect(panel.rows.first()).toContainText('Run 0');
    expect(await gridOf(panel).locator('[tabindex="0"]').count()).toBe(1);
    await filterOf(panel).focus();
    await panel.button('needs an answer').focus();
    await keyboard.press('Tab');
    await focused('Run 0');
    for (const [key, title] of [
      ['ArrowDown', 'Run 1'],
      ['j', 'Run 2'],
      ['k', 'Run 1'],
      ['ArrowUp', 'Run 0'],
      ['ArrowUp', 'Run 0'],
      ['End', 'Run 99'],
      ['Home', 'Run 0'],
      ['J', 'Run 1'],
    ] as const) {
      await keyboard.press(key);
      await focused(title);
    }
    await keyboard.press('ArrowRight');
    await expect(panel.button('Rename: Run 1')).toBeFocused();
    await keyboard.press('ArrowRight');
    await expect(panel.button('Delete: Run 1')).toBeFocused();
    await keyboard.press('ArrowDown');
    await focused('Run 2');
    // Scrolled out of sight the row is still there, and the keys go on from it.
    await panel.row('Run 4').hover();
    await panel.page.mouse.wheel(0, 2800);
    await expect(panel.row('Run 60')).toBeInViewport();
    await focused('Run 2');
    await keyboard.press('ArrowDown');
    await focused('Run 3');
    await expect(panel.row('Run 3')).toBeInViewport();
    await keyboard.press('Delete');
    await expect(panel.row('Run 3')).toHaveCount(0);
    await focused('Run 4');
    await keyboard.press('Enter');
    await expect(panel.title).toHaveText('Run 4');
    await expect(linkOf(panel, 'Run 4')).toHaveAttribute('aria-current', 'true');
    await linkOf(panel, 'Run 4').focus();
    await keyboard.press('Space');
    await keyboard.press('Shift+ArrowDown');
    await keyboard.press('Shift+ArrowDown');
    await expect(panel.rows.and(panel.page.locator('[aria-selected="true"]'))).toHaveCount(3);
    await keyboard.press('Escape');
    await expect(panel.rows.and(panel.page.locator('[aria-selected="true"]'))).toHaveCount(0);
    await focused('Run 6');
  });

  test('renames in place: up to 300 characters, and a refusal keeps the text', async ({
    server,
    panel,
    api,
  }) => {
    await writeSessions(server.db, several(3));
    await server.start();
    await panel.page.goto(`${server.origin}/?graph=mine`);
    const { keyboard } = panel.page;
    const box = gridOf(panel).getByRole('textbox', { name: 'Title' });
    await linkOf(panel, 'Run 1').focus();
    await keyboard.press('F2');
    await expect(box).toBeFocused();
    await expect(box).toHaveValue('Run 1');
    const title = 'ö'.repeat(300);
    await box.fill(title);
    await keyboard.press('Enter');
    await expect(linkOf(panel, title)).toBeFocused();
    expect((await api.status('s-000001')).title).toBe(title);
    await panel.row('Run 2').hover();
    await panel.button('Rename: Run 2').click();
    await box.fill('   ');
    await keyboard.press('Enter');
    await expect(gridOf(panel).getByRole('alert')).toHaveText('A title has 1 to 300 characters.');
    await server.kill();
    await box.fill('Kept');
    await keyboard.press('Enter');
    await expect(gridOf(panel).getByRole('alert')).toContainText('The server cannot be reached.');
    await expect(box).toHaveValue('Kept');
    await server.start();
    await keyboard.press('Enter');
    await expect(linkOf(panel, 'Kept')).toBeFocused();
    await keyboard.press('F2');
    await box.fill('Given up');
    await keyboard.press('Escape');
    await expect(linkOf(panel, 'Kept')).toBeFocused();
  });

  test('deletes and cancels several at once', async ({ server, panel, api }) => {
    await writeSessions(server.db, several(60));
    await server.start();
    const titles = ['One', 'Two', 'Three'];
    const ids: string[] = [];
    for (const title of titles) ids.push(await api.start(question, { graphId: 'mine', title }));
    for (const id of ids) await api.waitFor(id, 'suspended');
    await panel.page.goto(`${server.origin}/?graph=mine`);
    const { keyboard } = panel.page;
    const bar = panel.page.getByRole('group', { name: 'Selected sessions' });
    await panel.row('Three').getByRole('checkbox').click();
    await panel
      .row('Two')
      .getByRole('checkbox')
      .click({ modifiers: ['Shift'] });
    await expect(bar).toContainText('2 selected');
    await bar.getByRole('button', { name: 'Cancel selected' }).click();
    for (const title of ['Three', 'Two']) {
      await expect(panel.row(title)).toContainText('cancelled');
    }
    await expect(panel.row('One')).toContainText('suspended');
    await expect(bar).toHaveCount(0);

    await panel.row('One').getByRole('checkbox').click();
    await linkOf(panel, 'One').focus();
    await keyboard.press('Shift+ArrowDown');
    await keyboard.press('Shift+ArrowDown');
    await keyboard.press('Delete');
    const dialog = panel.page.getByRole('dialog', { name: 'Delete these 3 sessions?' });
    await expect(dialog).toContainText('1 of them not finished');
    await dialog.getByRole('button', { name: 'Delete 3 sessions' }).click();
    await expect(panel.row('One')).toHaveCount(0);
    expect((await api.call('GET', sessionPaths(ids[0] ?? '').status)).status).toBe(404);
    const undo = panel.page.getByRole('status').filter({ hasText: 'Deleted 2 sessions' });
    await undo.getByRole('button', { name: 'Undo' }).click();
    await expect(panel.row('Run 0')).toBeVisible();

    await linkOf(panel, 'Run 0').focus();
    await keyboard.press('Control+a');
    await expect(bar).toContainText('62 selected');
    await keyboard.press('Delete');
    await expect(panel.page.getByText('No sessions yet.')).toBeVisible();
    await expect.poll(() => api.list('mine')).toEqual([]);
  });

  test('is right again after a server that was away, and after a database that was deleted', async ({
    server,
    panel,
    api,
  }) => {
    await writeSessions(server.db, several(3));
    await server.start();
    await panel.page.goto(`${server.origin}/?graph=mine`);
    await expect(panel.rows).toHaveCount(3);
    await server.kill();
    await expect(panel.page.getByText('Reconnecting: what is shown')).toBeVisible();
    await expect(panel.rows).toHaveCount(3);
    await writeSessions(server.db, [numbered(9, { title: 'Meanwhile', createdAt: EPOCH + 9 })]);
    await server.start();
    await expect(panel.rows.first()).toContainText('Meanwhile');
    await expect(panel.page.getByText('Reconnecting: what is shown')).toHaveCount(0);
    await server.kill();
    for (const suffix of ['', '-wal', '-shm']) await rm(`${server.db}${suffix}`, { force: true });
    await writeSessions(server.db, [numbered(5, { title: 'Another world' })]);
    await server.start();
    await expect(panel.rows.getByRole('link')).toHaveText(['Another world']);
    await api.start(quick, { graphId: 'mine', title: 'After' });
    await expect(panel.rows.first()).toContainText('After');
  });
});

test('the list says that it loads, that it failed, and how to get a session', async ({
  panel,
  api,
}) => {
  let release: () => void = () => undefined;
  const held = new Promise<void>((resolve) => (release = resolve));
  const lists = '**/v1beta1/graphSessions?*graphId=*';
  await panel.page.route(lists, async (route) => {
    await held;
    await route.continue();
  });
  await panel.goto('mine');
  await expect(panel.page.getByText('Loading sessions…')).toBeVisible();
  release();
  await expect(panel.page.getByText('No sessions yet.')).toBeVisible();
  await expect(panel.page.getByText('POST /v1beta1/graphSessions/new')).toBeVisible();
  await panel.page.unroute(lists);
  await panel.page.route(lists, (route) => route.abort());
  await panel.goto('mine');
  const problem = panel.page.getByRole('alert').filter({ hasText: 'The list could not be read.' });
  await expect(problem).toBeVisible();
  await panel.page.unroute(lists);
  await api.start(quick, { graphId: 'mine', title: 'There' });
  await problem.getByRole('button', { name: 'Try again' }).click();
  await expect(panel.row('There')).toBeVisible();
  await expect(problem).toHaveCount(0);
  const polite = panel.page.locator('[aria-live="polite"]');
  await expect(polite.filter({ hasText: '1 session.' })).toHaveCount(1);
});
