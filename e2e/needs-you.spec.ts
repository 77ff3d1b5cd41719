import type { Page } from '@playwright/test';
import { SESSIONS_PATH } from '../shared/api.ts';
import { expect, test } from './fixtures.ts';
import { graphOf } from './graph-of.ts';

const question = graphOf('Question', { ask: ['ask', { prompt: 'Well?' }] });
const says = (text: string) => ({ input: { role: 'user', parts: [{ text }] } });

const needsOf = (page: Page) => page.getByRole('region', { name: /^Needs you/ });
const iconOf = (page: Page) => page.locator('link[rel="icon"]').getAttribute('href');

/** Notifications that the test sees, and a page that can be hidden. */
async function watchNotifications(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const shown: object[] = [];
    class Seen {
      static permission = 'default';
      static requestPermission() {
        Seen.permission = 'granted';
        return Promise.resolve('granted');
      }
      onclick: (() => void) | null = null;
      constructor(title: string, options: object) {
        shown.push(Object.assign(this, { title, ...options }));
      }
      close() {
        // There is nothing to take away.
      }
    }
    Object.assign(window, { Notification: Seen, shown });
  });
}

async function hide(page: Page, hidden: boolean): Promise<void> {
  await page.evaluate((value) => {
    Object.defineProperty(document, 'hidden', { value, configurable: true });
  }, hidden);
}

const shownTo = (page: Page) =>
  page.evaluate(() =>
    (window as unknown as { shown: { title: string; body: string }[] }).shown.map(
      ({ title, body }) => `${title}: ${body}`,
    ),
  );

test('what waits in any graph is on top, counted, and one click from its prompt', async ({
  api,
  panel,
  page,
}) => {
  const first = await api.start(question, { graphId: 'first', title: 'Where to?' });
  await api.waitFor(first, 'suspended');
  await panel.goto('mine');
  const needs = needsOf(page);
  await expect(needs.getByRole('listitem')).toHaveCount(1);
  await expect(page).toHaveTitle('(1) Reattach');
  expect(await iconOf(page)).toContain(encodeURIComponent('>1</text>'));
  const second = await api.start(question, { graphId: 'second', title: 'How long?' });
  await expect(page).toHaveTitle('(2) Reattach');
  await expect(page.locator('[aria-live="assertive"]')).toHaveText('“How long?” needs an answer.');
  await expect(needs.getByRole('link')).toHaveCount(2);
  await needs.getByRole('link', { name: 'Answer: Where to?' }).click();
  const box = panel.prompt('ask').getByRole('textbox');
  await expect(box).toBeFocused();
  expect(new URL(page.url()).search).toBe(`?graph=first&session=${first}`);
  await expect(panel.row('Where to?')).toBeVisible();
  await box.fill('Ghent');
  await page.keyboard.press('Control+Enter');
  await expect(page).toHaveTitle('(1) Reattach');
  const { openPrompts } = await api.waitFor(second, 'suspended');
  await api.resume(second, openPrompts[0]?.interactionId ?? '', says('A week'));
  await expect(page).toHaveTitle('Reattach');
  expect(await iconOf(page)).toContain('icon');
  await expect(needs).toContainText('nothing');
});

test('a click lands in the prompt of the session that is open already', async ({
  api,
  panel,
  page,
}) => {
  const sessionId = await api.start(question, { graphId: 'mine', title: 'Open' });
  await panel.goto('mine', sessionId);
  await expect(panel.prompt('ask')).toBeVisible();
  await panel.row('Open').getByRole('link').focus();
  await needsOf(page).getByRole('link', { name: 'Answer: Open' }).click();
  await expect(panel.prompt('ask').getByRole('textbox')).toBeFocused();
});

test('a notification comes while the page is hidden, once it was asked for', async ({
  api,
  panel,
  page,
}) => {
  await watchNotifications(page);
  await panel.goto('mine');
  const toggle = needsOf(page).getByRole('button', { name: /^Notify/ });
  await hide(page, true);
  await api.start(question, { graphId: 'other', title: 'Unasked' });
  await expect(page).toHaveTitle('(1) Reattach');
  expect(await shownTo(page)).toEqual([]);
  await toggle.click();
  await expect(toggle).toHaveAttribute('aria-pressed', 'true');
  const asked = await api.start(question, { graphId: 'other', title: 'Asked' });
  await expect(page).toHaveTitle('(2) Reattach');
  expect(await shownTo(page)).toEqual(['Asked: Needs an answer']);
  await hide(page, false);
  await api.start(question, { graphId: 'other', title: 'Seen' });
  await expect(page).toHaveTitle('(3) Reattach');
  expect(await shownTo(page)).toHaveLength(1);
  await page.evaluate(() => {
    (window as unknown as { shown: { onclick: () => void }[] }).shown[0]?.onclick();
  });
  await expect(panel.title).toHaveText('Asked');
  await expect(panel.prompt('ask').getByRole('textbox')).toBeFocused();
  expect(new URL(page.url()).searchParams.get('session')).toBe(asked);
});

test('the feed stops when the list is closed, and goes on for notifications alone', async ({
  api,
  panel,
  page,
}) => {
  await watchNotifications(page);
  await panel.page.setViewportSize({ width: 1200, height: 800 });
  await panel.goto('mine');
  await expect(page.getByText('No sessions yet.')).toBeVisible();
  const list = page.getByRole('navigation', { name: 'Session list' });
  const toggleList = page.getByRole('button', { name: /session list/i }).first();
  await toggleList.click();
  await expect(list).toHaveCount(0);
  const calls: string[] = [];
  page.on('request', (request) => calls.push(new URL(request.url()).pathname));
  await api.start(question, { graphId: 'mine', title: 'Unseen' });
  await toggleList.click();
  await expect(panel.row('Unseen')).toBeVisible();
  await expect(page).toHaveTitle('(1) Reattach');
  expect(calls).toContain(SESSIONS_PATH);
  await needsOf(page)
    .getByRole('button', { name: /^Notify/ })
    .click();
  await toggleList.click();
  await expect(list).toHaveCount(0);
  await api.start(question, { graphId: 'mine', title: 'Told' });
  await expect(page).toHaveTitle('(2) Reattach');
});
