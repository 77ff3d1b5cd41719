import type { Locator } from '@playwright/test';
import type { PanelPage, ReattachApi } from 'reattach/playwright';
import { expect, test } from './fixtures.ts';
import { graphOf } from './graph-of.ts';

const question = graphOf('Question', { ask: ['ask', { prompt: 'Well?' }] });
const pair = graphOf(
  'Pair',
  { ask: ['ask', { prompt: 'Well?' }], and: ['ask', { prompt: 'And then?' }] },
  ['ask -> and'],
);
const working = graphOf('Working', { work: ['latch', { steps: ['held'] }] });

const HEIGHT = 800;

/** The edge between the list and the session. */
const listEdge = ({ page }: PanelPage) =>
  page.getByRole('separator', { name: 'Width of the session list' });
/** The edge between the log and the prompts. */
const promptsEdge = ({ page }: PanelPage) =>
  page.getByRole('separator', { name: 'Width of the prompts' });
const list = ({ page }: PanelPage) => page.getByRole('navigation', { name: 'Session list' });
const prompts = ({ session }: PanelPage) => session.getByRole('region', { name: 'Prompts' });

const valueOf = async (edge: Locator) => Number(await edge.getAttribute('aria-valuenow'));

async function boxOf(locator: Locator) {
  await expect(locator).toBeVisible();
  const box = await locator.boundingBox();
  if (box === null) throw new Error('It has no box.');
  return { ...box, right: box.x + box.width, bottom: box.y + box.height };
}

/** Whether anything of the page stands out of it. */
const overflows = ({ page }: PanelPage) =>
  page.evaluate(() => document.documentElement.scrollWidth > innerWidth);

async function openQuestion(
  { panel, api }: { panel: PanelPage; api: ReattachApi },
  width: number,
): Promise<void> {
  await panel.page.setViewportSize({ width, height: HEIGHT });
  const sessionId = await api.start(question, { graphId: 'mine', title: 'Asked' });
  await panel.goto('mine', sessionId);
  await expect(panel.prompt('ask')).toBeVisible();
}

test.describe('the panes', () => {
  test('at 360 px are shown one at a time, with a way back', async ({ panel, api }) => {
    await openQuestion({ panel, api }, 360);
    await expect(list(panel)).toBeHidden();
    expect((await boxOf(panel.session)).width).toBe(360);
    expect(await overflows(panel)).toBe(false);
    await panel.session.getByRole('button', { name: 'Sessions' }).click();
    await expect(panel.session).toHaveCount(0);
    expect((await boxOf(list(panel))).width).toBe(360);
    expect(await overflows(panel)).toBe(false);
    await expect(listEdge(panel)).toBeHidden();
    await panel.row('Asked').getByText('Asked').click();
    await expect(panel.prompt('ask')).toBeVisible();
  });

  test('at 360 px are tabs in a session that asks: its nodes, or its prompts', async ({
    panel,
    api,
    page,
  }) => {
    await page.setViewportSize({ width: 360, height: HEIGHT });
    const sessionId = await api.start(pair, { graphId: 'mine', title: 'Asked' });
    await panel.goto('mine', sessionId);
    const tab = (name: string | RegExp) => panel.session.getByRole('tab', { name });
    const log = panel.session.getByRole('log');
    const asked = panel.session.getByRole('tabpanel', { name: 'Prompts (1)' });
    await expect(tab('Prompts (1)')).toHaveAttribute('aria-selected', 'true');
    await expect(asked).toBeVisible();
    await expect(log).toBeHidden();
    expect((await boxOf(asked)).bottom).toBe(HEIGHT);

    await panel.prompt('ask').getByRole('textbox').fill('half an ans');
    await tab('Prompts (1)').focus();
    await page.keyboard.press('ArrowLeft');
    await expect(tab('Nodes')).toBeFocused();
    await expect(panel.node('ask')).toBeVisible();
    await expect(asked).toBeHidden();
    expect(await overflows(panel)).toBe(false);
    await page.keyboard.press('n');
    await expect(panel.prompt('ask').getByRole('textbox')).toBeFocused();
    await expect(panel.prompt('ask').getByRole('textbox')).toHaveValue('half an ans');

    // The next prompt is there at once, and the log when nothing is asked any more.
    await page.keyboard.press('Control+Enter');
    await expect(panel.prompt('and').getByRole('textbox')).toBeFocused();
    await page.keyboard.type('the rest');
    await page.keyboard.press('Control+Enter');
    await expect(panel.stream).toHaveText('Ended');
    await expect(panel.session.getByRole('tablist')).toHaveCount(0);
    await expect(panel.node('and')).toContainText('the rest');
  });

  test('at 800 px are the list beside the session, with its prompts below', async ({
    panel,
    api,
  }) => {
    await openQuestion({ panel, api }, 800);
    const [side, session, asked] = [
      await boxOf(list(panel)),
      await boxOf(panel.session),
      await boxOf(prompts(panel)),
    ];
    expect(side.right).toBeLessThanOrEqual(session.x);
    expect(session.right).toBe(800);
    expect(asked.width).toBe(session.width);
    expect(asked.bottom).toBe(HEIGHT);
    await expect(promptsEdge(panel)).toBeHidden();
    expect(await overflows(panel)).toBe(false);
  });

  for (const width of [1600, 2000]) {
    test(`at ${width} px are list, log and prompts side by side`, async ({ panel, api }) => {
      await openQuestion({ panel, api }, width);
      const [side, log, asked] = [
        await boxOf(list(panel)),
        await boxOf(panel.node('ask')),
        await boxOf(prompts(panel)),
      ];
      expect(side.right).toBeLessThanOrEqual(log.x);
      expect(log.right).toBeLessThanOrEqual(asked.x);
      expect(asked.right).toBe(width);
      expect(log.width).toBeGreaterThan(500);
      expect(await overflows(panel)).toBe(false);
    });
  }

  test('are resized by keys, within bounds that are told', async ({ panel, api }) => {
    await openQuestion({ panel, api }, 1600);
    for (const [edge, pane, grow, shrink] of [
      [listEdge(panel), list(panel), 'ArrowRight', 'ArrowLeft'],
      [promptsEdge(panel), prompts(panel), 'ArrowLeft', 'ArrowRight'],
    ] as const) {
      const before = await valueOf(edge);
      expect((await boxOf(pane)).width).toBe(before);
      await edge.press(grow);
      await expect(edge).toHaveAttribute('aria-valuenow', String(before + 16));
      expect((await boxOf(pane)).width).toBe(before + 16);
      await edge.press(`Shift+${shrink}`);
      await expect(edge).toHaveAttribute('aria-valuenow', String(before - 48));
      for (const [key, bound] of [
        ['End', 'aria-valuemax'],
        ['Home', 'aria-valuemin'],
      ] as const) {
        await edge.press(key);
        await expect(edge).toHaveAttribute('aria-valuenow', (await edge.getAttribute(bound)) ?? '');
        expect((await boxOf(pane)).width).toBe(await valueOf(edge));
      }
      await edge.dblclick();
      await expect(edge).toHaveAttribute('aria-valuenow', String(before));
    }
    expect(await overflows(panel)).toBe(false);
  });

  test('are resized by the pointer, and remembered', async ({ panel, api }) => {
    await openQuestion({ panel, api }, 1600);
    const drag = async (edge: Locator, by: number) => {
      const { x, y, width, height } = await boxOf(edge);
      const { mouse } = panel.page;
      await mouse.move(x + width / 2, y + height / 2);
      await mouse.down();
      await mouse.move(x + width / 2 + by / 2, y + 5);
      await mouse.move(x + width / 2 + by, y + 10);
      await mouse.up();
    };
    const listBefore = await valueOf(listEdge(panel));
    await drag(listEdge(panel), 60);
    await expect(listEdge(panel)).toHaveAttribute('aria-valuenow', String(listBefore + 60));
    const promptsBefore = await valueOf(promptsEdge(panel));
    await drag(promptsEdge(panel), 50);
    await expect(promptsEdge(panel)).toHaveAttribute('aria-valuenow', String(promptsBefore - 50));
    // The button is up: the pointer is free again.
    await panel.page.mouse.move(800, 300);
    await expect(listEdge(panel)).toHaveAttribute('aria-valuenow', String(listBefore + 60));
    await panel.page.reload();
    await expect(panel.prompt('ask')).toBeVisible();
    expect((await boxOf(list(panel))).width).toBe(listBefore + 60);
    expect((await boxOf(prompts(panel))).width).toBe(promptsBefore - 50);
  });

  test('are cut while the window is small, and have their sizes again when it is large', async ({
    panel,
    api,
  }) => {
    await openQuestion({ panel, api }, 1600);
    await listEdge(panel).press('End');
    await expect(listEdge(panel)).toHaveAttribute('aria-valuenow', '800');
    await panel.page.setViewportSize({ width: 820, height: HEIGHT });
    await expect(listEdge(panel)).toHaveAttribute('aria-valuenow', '420');
    expect(await overflows(panel)).toBe(false);
    await panel.page.setViewportSize({ width: 1600, height: HEIGHT });
    await expect(listEdge(panel)).toHaveAttribute('aria-valuenow', '800');
  });

  test('give their room when the list is closed, which is remembered', async ({ panel, api }) => {
    await openQuestion({ panel, api }, 1000);
    const toggle = panel.button('Session list');
    await expect(toggle).toHaveAttribute('aria-expanded', 'true');
    await toggle.click();
    await expect(list(panel)).toHaveCount(0);
    await expect(toggle).toHaveAttribute('aria-expanded', 'false');
    await expect(toggle).toBeFocused();
    expect((await boxOf(panel.session)).width).toBe(1000);
    await panel.page.reload();
    await expect(panel.prompt('ask')).toBeVisible();
    await expect(list(panel)).toHaveCount(0);
    // One pane at a time: the list is what is behind the session.
    await panel.page.setViewportSize({ width: 360, height: HEIGHT });
    await panel.session.getByRole('button', { name: 'Sessions' }).click();
    await expect(panel.row('Asked')).toBeVisible();
    await panel.page.setViewportSize({ width: 1000, height: HEIGHT });
    await expect(list(panel)).toHaveCount(0);
    await toggle.click();
    await expect(panel.row('Asked')).toBeVisible();
  });
});

test.describe('the theme', () => {
  const background = ({ page }: PanelPage) =>
    page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const LIGHT = 'rgb(255, 255, 255)';
  const DARK = 'rgb(28, 30, 34)';

  test('is the system’s, unless one is chosen', async ({ panel, page }) => {
    await panel.goto();
    for (const [colorScheme, colour] of [
      ['light', LIGHT],
      ['dark', DARK],
    ] as const) {
      await page.emulateMedia({ colorScheme });
      expect(await background(panel)).toBe(colour);
    }
    await panel.button('Theme: system').click();
    await expect(panel.button('Theme: light')).toBeFocused();
    expect(await background(panel)).toBe(LIGHT);
    await panel.button('Theme: light').click();
    await page.emulateMedia({ colorScheme: 'light' });
    expect(await background(panel)).toBe(DARK);
    await panel.button('Theme: dark').click();
    expect(await background(panel)).toBe(LIGHT);
    await expect(panel.button('Theme: system')).toBeVisible();
  });

  test('that was chosen is there before anything else of the page is', async ({ panel, page }) => {
    await page.emulateMedia({ colorScheme: 'light' });
    await panel.goto();
    await panel.button('Theme: system').click();
    await panel.button('Theme: light').click();
    expect(await background(panel)).toBe(DARK);
    // The panel's own code does not come: what is painted now is what is painted first.
    await page.route('**/assets/*.js', (route) => route.abort());
    await page.reload({ waitUntil: 'domcontentloaded' });
    await expect(panel.graph).toHaveCount(0);
    expect(await background(panel)).toBe(DARK);
  });

  test('chosen in one page is that of the others', async ({ panel, page, context }) => {
    await page.emulateMedia({ colorScheme: 'light' });
    await panel.goto();
    const other = await context.newPage();
    await other.goto('/');
    await other.getByRole('button', { name: 'Theme: system' }).click();
    await other.getByRole('button', { name: 'Theme: light' }).click();
    await expect(panel.button('Theme: dark')).toBeVisible();
    expect(await background(panel)).toBe(DARK);
  });
});

test('nothing moves for those who want it so', async ({ panel, page, api, latches }) => {
  const sessionId = await api.start(working, { graphId: 'mine', title: 'Working' });
  await latches.reached('held');
  const turning = panel.session.locator('.status .turning').first();
  const animation = () => turning.evaluate((mark) => getComputedStyle(mark).animationName);
  await page.emulateMedia({ reducedMotion: 'no-preference' });
  await panel.goto('mine', sessionId);
  await expect(turning).toBeVisible();
  expect(await animation()).not.toBe('none');
  await page.emulateMedia({ reducedMotion: 'reduce' });
  expect(await animation()).toBe('none');
});

test('forced colours leave borders, marks and the focus to be seen', async ({
  panel,
  page,
  api,
}) => {
  await page.emulateMedia({ forcedColors: 'active' });
  await openQuestion({ panel, api }, 1600);
  const mark = panel.session.locator('.status svg').first();
  expect((await boxOf(mark)).width).toBeGreaterThan(5);
  await expect(panel.session.getByText('suspended').first()).toBeVisible();
  const borders = await panel.run.evaluate((button) => {
    const { borderTopStyle, borderTopWidth, borderTopColor, backgroundColor } =
      getComputedStyle(button);
    return { borderTopStyle, borderTopWidth, seen: borderTopColor !== backgroundColor };
  });
  expect(borders).toEqual({ borderTopStyle: 'solid', borderTopWidth: '1px', seen: true });
  await page.keyboard.press('Tab');
  for (const control of [panel.graph, panel.button('Delete'), panel.button('Theme: system')]) {
    await control.focus();
    const outline = await control.evaluate((element) => {
      const { outlineStyle, outlineWidth } = getComputedStyle(element);
      return { outlineStyle, outlineWidth };
    });
    expect(outline).toEqual({ outlineStyle: 'solid', outlineWidth: '2px' });
  }
  for (const edge of [listEdge(panel), promptsEdge(panel)]) {
    const colours = async () =>
      edge.evaluate((handle) => getComputedStyle(handle, '::after').backgroundColor);
    const before = await colours();
    await edge.focus();
    expect(await colours()).not.toBe(before);
  }
});
