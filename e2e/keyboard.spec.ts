import type { Locator } from '@playwright/test';
import type { PanelPage, ReattachApi } from 'reattach/playwright';
import { shortcuts, type ShortcutId } from '../client/state/shortcuts.ts';
import { sessionPaths } from '../shared/api.ts';
import { expect, test } from './fixtures.ts';
import { graphOf } from './graph-of.ts';

const quick = graphOf('Quick', { text: ['template', { text: 'all done' }] });
const question = graphOf('Question', { ask: ['ask', { prompt: 'Well?' }] });
const twoQuestions = graphOf(
  'Two',
  {
    begin: ['template', { text: 'Both' }],
    first: ['ask', { prompt: 'One?' }],
    second: ['ask', { prompt: 'Two?' }],
  },
  ['begin -> first', 'begin -> second'],
);
const choice = graphOf('Choice', {
  pick: [
    'choice',
    {
      prompt: 'Which?',
      noneOfTheAboveLabel: 'None of them',
      choices: ['Red', 'Green', 'Blue'].map((content) => ({ id: content, content })),
    },
  ],
});

async function settled(api: ReattachApi, graph: typeof quick, title: string): Promise<string> {
  const sessionId = await api.start(graph, { graphId: 'mine', title });
  await api.waitFor(sessionId, 'suspended', 'completed', 'failed');
  return sessionId;
}

const palette = ({ page }: PanelPage) => page.getByRole('dialog', { name: 'Commands' });
const command = ({ page }: PanelPage) => page.getByRole('combobox', { name: 'Command' });
const options = ({ page }: PanelPage) =>
  page.getByRole('listbox', { name: 'Commands' }).getByRole('option');
const sheet = ({ page }: PanelPage) => page.getByRole('dialog', { name: 'Keyboard shortcuts' });
const filter = ({ page }: PanelPage) =>
  page.getByRole('navigation', { name: 'Session list' }).getByRole('searchbox');
const list = ({ page }: PanelPage) => page.getByRole('navigation', { name: 'Session list' });
const link = (panel: PanelPage, title: string) =>
  panel.row(title).getByRole('link', { name: title, exact: true });

/** What is between the keyboard and the page: the name of what has the focus is not enough. */
const hasFocus = (target: Locator) =>
  target.evaluate((element) => (element.getRootNode() as ShadowRoot).activeElement === element);

/** Runs the command that what is typed finds first. */
async function runCommand(panel: PanelPage, text: string): Promise<void> {
  await panel.page.keyboard.press('Control+k');
  await expect(command(panel)).toBeFocused();
  await panel.page.keyboard.type(text);
  await expect(options(panel).first()).toBeVisible();
  await panel.page.keyboard.press('Enter');
  await expect(palette(panel)).toBeHidden();
}

/** A key as Playwright names it. */
function playwrightKey(key: string): string {
  return key === ' ' ? 'Space' : key.replace('Mod', 'Control');
}

/** Moves the focus from one row to another. */
async function goes(panel: PanelPage, from: string, key: string, to: string): Promise<void> {
  await link(panel, from).focus();
  await panel.page.keyboard.press(key);
  await expect(link(panel, to)).toBeFocused();
}

/**
 * The contract, line by line: each shortcut that the sheet shows has what proves it. The type knows
 * of every shortcut, so one without proof does not compile.
 */
const proofs: Record<ShortcutId, (key: string, panel: PanelPage) => Promise<void>> = {
  palette: async (key, panel) => {
    await panel.prompt('first').getByRole('textbox').focus();
    await panel.page.keyboard.press(key);
    await expect(command(panel)).toBeFocused();
  },
  back: async (key, panel) => {
    await panel.prompt('first').getByRole('textbox').focus();
    await panel.page.keyboard.press(key);
    await expect(panel.prompt('first')).toBeFocused();
    await panel.page.keyboard.press(key);
    await expect(panel.title).toBeFocused();
    await panel.page.keyboard.press(key);
    await expect(panel.session).toHaveCount(0);
    await expect(link(panel, 'Two prompts')).toBeFocused();
    await panel.page.keyboard.press(key);
    await expect(link(panel, 'Two prompts')).toBeFocused();
  },
  sheet: async (key, panel) => {
    await panel.page.keyboard.press(key);
    await expect(sheet(panel)).toBeVisible();
  },
  filter: async (key, panel) => {
    await panel.page.keyboard.press(key);
    await expect(filter(panel)).toBeFocused();
    // It is a letter of the text from now on.
    await panel.page.keyboard.press(key);
    await expect(filter(panel)).toHaveValue(key);
  },
  rows: async (key, panel) => {
    await panel.title.focus();
    await panel.page.keyboard.press(key);
    await expect(link(panel, 'Two prompts')).toBeFocused();
  },
  'next-prompt': async (key, panel) => {
    await panel.title.focus();
    await panel.page.keyboard.press(key);
    await expect(panel.prompt('first').getByRole('textbox')).toBeFocused();
  },
  graph: async (key, panel) => {
    await panel.page.keyboard.press(key);
    await expect(panel.graph).toBeFocused();
  },
  'toggle-list': async (key, panel) => {
    await link(panel, 'Two prompts').focus();
    await panel.page.keyboard.press(key);
    await expect(list(panel)).toHaveCount(0);
    // What had the focus is gone with its pane.
    await expect(panel.title).toBeFocused();
    await panel.page.keyboard.press(key);
    await expect(link(panel, 'Two prompts')).toBeVisible();
  },
  'next-row': async (key, panel) => goes(panel, 'Two prompts', key, 'Choice'),
  'previous-row': async (key, panel) => goes(panel, 'Choice', key, 'Two prompts'),
  'next-page': async (key, panel) => goes(panel, 'Two prompts', key, 'Finished'),
  'previous-page': async (key, panel) => goes(panel, 'Finished', key, 'Two prompts'),
  'first-row': async (key, panel) => goes(panel, 'Finished', key, 'Two prompts'),
  'last-row': async (key, panel) => goes(panel, 'Two prompts', key, 'Finished'),
  'open-row': async (key, panel) => {
    await link(panel, 'Finished').focus();
    await panel.page.keyboard.press(key);
    await expect(panel.title).toHaveText('Finished');
  },
  'in-row': async (key, panel) => {
    const isBack = key === 'ArrowLeft';
    const title = link(panel, 'Finished');
    if (isBack) {
      await title.focus();
      await panel.page.keyboard.press('ArrowRight');
    } else {
      await title.focus();
    }
    await panel.page.keyboard.press(key);
    const stop = panel.row('Finished').locator(':focus');
    await expect(stop).toHaveCount(1);
    expect(await hasFocus(title)).toBe(isBack);
  },
  select: async (key, panel) => {
    await link(panel, 'Finished').focus();
    await panel.page.keyboard.press(key);
    await expect(panel.row('Finished')).toHaveAttribute('aria-selected', 'true');
    await panel.page.keyboard.press(key);
    await expect(panel.row('Finished')).toHaveAttribute('aria-selected', 'false');
  },
  'select-more': async (key, panel) => {
    await link(panel, 'Choice').focus();
    await panel.page.keyboard.press(key);
    const other = key.endsWith('Down') ? 'Finished' : 'Two prompts';
    for (const title of ['Choice', other]) {
      await expect(panel.row(title)).toHaveAttribute('aria-selected', 'true');
    }
  },
  'select-all': async (key, panel) => {
    await link(panel, 'Choice').focus();
    await panel.page.keyboard.press(key);
    for (const row of await panel.rows.all()) {
      await expect(row).toHaveAttribute('aria-selected', 'true');
    }
  },
  'select-none': async (key, panel) => {
    await link(panel, 'Choice').focus();
    await panel.page.keyboard.press('Space');
    await expect(panel.row('Choice')).toHaveAttribute('aria-selected', 'true');
    await panel.page.keyboard.press(key);
    await expect(panel.row('Choice')).toHaveAttribute('aria-selected', 'false');
  },
  rename: async (key, panel) => {
    await link(panel, 'Finished').focus();
    await panel.page.keyboard.press(key);
    await panel.page.keyboard.press('Control+a');
    await panel.page.keyboard.type('Done');
    await panel.page.keyboard.press('Enter');
    await expect(link(panel, 'Done')).toBeFocused();
  },
  delete: async (key, panel) => {
    await link(panel, 'Finished').focus();
    await panel.page.keyboard.press(key);
    await expect(panel.row('Finished')).toHaveCount(0);
    await expect(link(panel, 'Choice')).toBeFocused();
  },
  choose: async (key, panel) => {
    await link(panel, 'Choice').click();
    const radios = panel.prompt('pick').getByRole('radio');
    const radio = radios.nth(Number(key) - 1);
    // It may be chosen from before: what is entered is kept.
    const other = Number(key) === 1 ? radios.last() : radios.first();
    await other.check();
    await other.focus();
    await panel.page.keyboard.press(key);
    // A digit beyond the choices changes nothing.
    await expect(Number(key) <= 3 ? radio : radios.first()).toBeChecked();
  },
  'choose-none': async (key, panel) => {
    await link(panel, 'Choice').click();
    const none = panel.prompt('pick').getByRole('radio', { name: 'None of them' });
    await panel.prompt('pick').getByRole('radio').first().focus();
    await panel.page.keyboard.press(key);
    await expect(none).toBeChecked();
  },
  answer: async (key, panel) => {
    await panel.prompt('first').getByRole('textbox').fill('Yes');
    await panel.page.keyboard.press(key);
    await expect(panel.prompt('first')).toHaveCount(0);
    // The focus goes on to what is still to be answered.
    await expect(panel.prompt('second').getByRole('textbox')).toBeFocused();
  },
};

test.describe('each shortcut does what the sheet says:', () => {
  for (const { id, name, keys } of shortcuts) {
    test(name, async ({ panel, api }) => {
      await settled(api, quick, 'Finished');
      await settled(api, choice, 'Choice');
      const sessionId = await settled(api, twoQuestions, 'Two prompts');
      for (const key of id === 'choose' ? keys.slice(0, 4) : keys) {
        await panel.goto('mine', sessionId);
        await expect(panel.prompts.first()).toBeVisible();
        await expect(panel.rows).toHaveCount(3);
        await proofs[id](playwrightKey(key), panel);
      }
    });
  }
});

test('the sheet shows the whole contract, and gives the focus back', async ({ panel, api }) => {
  const sessionId = await settled(api, question, 'Asked');
  await panel.goto('mine', sessionId);
  const field = panel.prompt('ask').getByRole('textbox');
  await expect(field).toBeVisible();
  const rows = sheet(panel).getByRole('row');
  await panel.title.focus();
  await panel.page.keyboard.press('?');
  await expect(rows).toHaveCount(shortcuts.length);
  for (const [n, { name }] of shortcuts.entries()) await expect(rows.nth(n)).toContainText(name);
  await panel.page.keyboard.press('Escape');
  await expect(sheet(panel)).toBeHidden();
  await expect(panel.title).toBeFocused();
  // In a field it is a letter.
  await field.focus();
  await panel.page.keyboard.press('?');
  await expect(field).toHaveValue('?');
  await expect(sheet(panel)).toBeHidden();
});

test('a single key is a letter in a field, and nothing with a modifier', async ({ panel, api }) => {
  const sessionId = await settled(api, question, 'Asked');
  await panel.goto('mine', sessionId);
  const field = panel.prompt('ask').getByRole('textbox');
  await field.focus();
  await panel.page.keyboard.type('jkn[g/?1');
  await expect(field).toHaveValue('jkn[g/?1');
  await expect(field).toBeFocused();
  await panel.title.focus();
  for (const key of ['Alt+n', 'Control+/', 'Alt+g']) await panel.page.keyboard.press(key);
  await expect(panel.title).toBeFocused();
});

test('no shortcut fires while an input method is at work', async ({ panel, api }) => {
  const sessionId = await settled(api, question, 'Asked');
  await panel.goto('mine', sessionId);
  const field = panel.prompt('ask').getByRole('textbox');
  await field.focus();
  const keys = ['Escape', 'k', 'Enter'];
  await field.evaluate((element, pressed) => {
    for (const key of pressed) {
      const ctrlKey = key !== 'Escape';
      const init = { key, ctrlKey, isComposing: true, bubbles: true, composed: true };
      element.dispatchEvent(new KeyboardEvent('keydown', init));
    }
  }, keys);
  await expect(field).toBeFocused();
  await expect(palette(panel)).toBeHidden();
  await expect(panel.prompt('ask').getByRole('alert')).toHaveCount(0);
});

test.describe('the command palette', () => {
  test('finds by a few letters, moves by arrows, and gives the focus back', async ({
    panel,
    api,
  }) => {
    const sessionId = await settled(api, question, 'Asked');
    await panel.goto('mine', sessionId);
    const field = panel.prompt('ask').getByRole('textbox');
    await field.focus();
    const { keyboard } = panel.page;
    await keyboard.press('Control+k');
    await expect(command(panel)).toBeFocused();
    await keyboard.type('thm drk');
    await expect(options(panel)).toHaveText(['Theme: dark']);
    await expect(options(panel)).toHaveAttribute('aria-selected', 'true');
    await command(panel).fill('theme');
    await expect(options(panel)).toHaveText(['Theme: light', 'Theme: dark']);
    await keyboard.press('ArrowDown');
    const active = await command(panel).getAttribute('aria-activedescendant');
    await expect(options(panel).nth(1)).toHaveAttribute('id', active ?? '');
    await keyboard.type(' zebra');
    await expect(palette(panel).getByText('Nothing fits.')).toBeVisible();
    await keyboard.press('Enter');
    await expect(palette(panel)).toBeVisible();
    await keyboard.press('Escape');
    await expect(palette(panel)).toBeHidden();
    await expect(field).toBeFocused();
  });

  test('opens anew at once after it has run a command', async ({ panel, api }) => {
    await settled(api, quick, 'Finished');
    await panel.goto('mine');
    await panel.page.keyboard.press('Control+k');
    await panel.page.keyboard.type('theme dark');
    await expect(options(panel).first()).toBeVisible();
    // Both keys before the browser can tell that the palette was closed.
    await command(panel).evaluate((input) => {
      const press = (target: Element, key: KeyboardEventInit) =>
        target.dispatchEvent(
          new KeyboardEvent('keydown', { bubbles: true, composed: true, cancelable: true, ...key }),
        );
      press(input, { key: 'Enter' });
      press(document.body, { key: 'k', ctrlKey: true });
    });
    await expect(panel.page.locator('html')).toHaveAttribute('data-theme', 'dark');
    await expect(command(panel)).toBeFocused();
    await expect(command(panel)).toHaveValue('');
  });

  test('does everything that it offers', async ({ panel, api, page }) => {
    await page.emulateMedia({ colorScheme: 'light' });
    await settled(api, quick, 'Finished');
    const sessionId = await settled(api, twoQuestions, 'Two prompts');
    await panel.goto('mine', sessionId);
    await expect(panel.prompts).toHaveCount(2);
    await runCommand(panel, 'next prompt');
    await expect(panel.prompt('first').getByRole('textbox')).toBeFocused();
    await runCommand(panel, 'next prompt');
    await expect(panel.prompt('second').getByRole('textbox')).toBeFocused();
    await runCommand(panel, 'theme dark');
    await expect(panel.button('Theme: dark')).toBeVisible();
    await runCommand(panel, 'close the list');
    await expect(list(panel)).toHaveCount(0);
    await runCommand(panel, 'filter');
    await expect(filter(panel)).toBeFocused();
    await runCommand(panel, 'open session');
    await expect(panel.title).toBeFocused();
    await runCommand(panel, 'shortcuts');
    await expect(sheet(panel)).toBeVisible();
    await page.keyboard.press('Escape');
    await expect(sheet(panel)).toBeHidden();
    await runCommand(panel, 'finished');
    await expect(panel.title).toHaveText('Finished');
    await runCommand(panel, 'two prompts');
    await runCommand(panel, 'cancel the run');
    await expect(panel.stream).toHaveText('Ended');
    await expect(panel.row('Two prompts')).toContainText('cancelled');
    await runCommand(panel, 'delete the session');
    await expect(panel.button('Undo')).toBeVisible();
    await expect(panel.row('Two prompts')).toHaveCount(0);
    await runCommand(panel, 'trip');
    await expect(panel.graph).toHaveValue('trip-planner');
    await runCommand(panel, 'run trip');
    await expect(panel.prompt('The basics')).toBeVisible();
    await runCommand(panel, 'close the session');
    await expect(panel.session).toHaveCount(0);
  });
});

test.describe('the focus is never lost', () => {
  test('when a session that is open is deleted, or a question about it closes', async ({
    panel,
    api,
  }) => {
    await settled(api, quick, 'Stays');
    const sessionId = await settled(api, question, 'Asked');
    await panel.goto('mine', sessionId);
    const remove = panel.session.getByRole('button', { name: 'Delete' });
    await remove.focus();
    await panel.page.keyboard.press('Enter');
    await expect(panel.button('Keep')).toBeFocused();
    await panel.page.keyboard.press('Escape');
    await expect(remove).toBeFocused();
    await panel.page.keyboard.press('Enter');
    await expect(panel.button('Keep')).toBeFocused();
    await panel.button('Delete session').focus();
    await panel.page.keyboard.press('Enter');
    await expect(panel.session).toHaveCount(0);
    await expect(link(panel, 'Stays')).toBeFocused();
  });

  test('when it is deleted by somebody else', async ({ panel, api }) => {
    const sessionId = await settled(api, question, 'Asked');
    await panel.goto('mine', sessionId);
    await panel.prompt('ask').getByRole('textbox').focus();
    await api.call('DELETE', sessionPaths(sessionId).stream);
    await expect(panel.session).toContainText('Deleted');
    await expect(panel.title).toBeFocused();
  });

  test('when what could be undone no longer can be', async ({ panel, api }) => {
    await settled(api, quick, 'Stays');
    const sessionId = await settled(api, quick, 'Goes');
    await panel.goto('mine', sessionId);
    await expect(panel.stream).toHaveText('Ended');
    await panel.session.getByRole('button', { name: 'Delete' }).focus();
    await panel.page.keyboard.press('Enter');
    await panel.button('Undo').focus();
    await expect(panel.button('Undo')).toHaveCount(0);
    await expect(link(panel, 'Stays')).toBeFocused();
  });

  test('when the page becomes too small for the pane that has it', async ({ panel, api, page }) => {
    await page.setViewportSize({ width: 1200, height: 800 });
    const sessionId = await settled(api, question, 'Asked');
    await panel.goto('mine', sessionId);
    await expect(panel.prompt('ask')).toBeVisible();
    await link(panel, 'Asked').focus();
    await page.setViewportSize({ width: 400, height: 800 });
    await expect(panel.title).toBeFocused();
  });
});

test('the main job is done with the keyboard alone, at its fastest', async ({ panel }) => {
  const { keyboard } = panel.page;
  await panel.goto();
  await expect(panel.run).toBeEnabled();
  await runCommand(panel, 'trip');
  await expect(panel.graph).toHaveValue('trip-planner');
  await runCommand(panel, 'run trip');
  await expect(panel.title).toBeFocused();
  const basics = panel.prompt('The basics');
  await expect(basics).toBeVisible();
  await keyboard.press('n');
  await expect.poll(() => hasFocus(basics.getByLabel('Who is travelling?'))).toBe(true);
  await keyboard.type('Ines');
  await basics.getByLabel('In which month?').focus();
  await keyboard.type('May');
  await basics.getByLabel('How to get there').focus();
  await keyboard.type('what');
  await keyboard.press('Control+Enter');
  const city = panel.prompt('Where to');
  await expect(city.getByRole('radio').first()).toBeFocused();
  await keyboard.press('2');
  await keyboard.press('Control+Enter');
  const interests = panel.prompt('What for');
  await expect(interests.getByRole('checkbox').first()).toBeFocused();
  await keyboard.press('1');
  await keyboard.press('Control+Enter');
  await expect(panel.prompt('One wish').getByRole('textbox')).toBeFocused();
  await keyboard.type('The altarpiece');
  await keyboard.press('Control+Enter');
  const allow = panel.prompt('Share the plan').getByRole('button', { name: 'Allow' });
  await expect(allow).toBeVisible();
  await expect.poll(() => hasFocus(allow)).toBe(true);
  await keyboard.press('Enter');
  await expect(panel.stream).toHaveText('Ended');
  await expect(panel.title).toBeFocused();
  await keyboard.press('Escape');
  await expect(panel.session).toHaveCount(0);
  await keyboard.press('Enter');
  await expect(panel.node('Document')).toContainText('The altarpiece');
});
