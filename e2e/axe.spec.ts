import type { Page } from '@playwright/test';
import { sessionPaths, SESSIONS_PATH } from '../shared/api.ts';
import { violationsOf } from './axe.ts';
import { graphOf } from './graph-of.ts';
import { expect, test } from './process-fixtures.ts';

const LONG_TITLE = 'A title that goes on and on, as far as a title may go, and then some more. '
  .repeat(4)
  .slice(0, 300);
const TWO_PAGES = Array.from(
  { length: 90 },
  (_, n) => `line ${n + 1}: the connection was refused by the host, which is not known here`,
).join('\n');

const quick = graphOf('Quick', { text: ['template', { text: 'all done' }] });
const question = graphOf('Question', { ask: ['ask', { prompt: 'Well?' }] });
const working = graphOf('Working', { work: ['latch', { steps: ['held'] }] });
const failing = graphOf('Failing', { text: ['fail', { message: TWO_PAGES }] });
const prompts = graphOf(
  'Prompts',
  {
    begin: [
      'script',
      {
        events: [
          { thought: 'What may be asked?' },
          { event: { content: 'مرحبا بالعالم، كيف الحال؟' } },
        ],
      },
    ],
    ask: ['ask', { prompt: 'ما رأيك في هذا؟', inputType: 'any', skipLabel: 'Rather not' }],
    choice: [
      'choice',
      {
        ...{ prompt: 'Which of these?', layout: 'grid', timeoutMs: 600_000 },
        choices: ['One', 'غنت', 'A third'].map((content) => ({ id: content, content })),
        noneOfTheAboveLabel: 'None of them',
      },
    ],
    consent: [
      'consent',
      { prompt: 'May it?', consentType: 'ACCESS', scope: { url: 'https://a.example', ids: [1] } },
    ],
    form: [
      'input',
      {
        schema: {
          type: 'object',
          title: 'Who and how many',
          required: ['name', 'photo', 'tags'],
          properties: {
            name: { type: 'string', title: 'Name', description: 'As in the passport' },
            count: { type: 'integer', title: 'How many', minimum: 1 },
            agree: { type: 'boolean', title: 'Agreed' },
            kind: { type: 'string', title: 'Kind', enum: ['red', 'green'] },
            size: { oneOf: [{ const: 's', title: 'Small' }] },
            photo: { type: 'string', contentEncoding: 'base64' },
            tags: { type: 'array', items: { enum: ['x', 'y'] }, minItems: 1 },
            stops: { type: 'array', items: { type: 'string' }, default: [''] },
            guest: { type: 'object', properties: { sure: { type: 'boolean' } } },
          },
        },
      },
    ],
  },
  ['begin -> ask', 'begin -> choice', 'begin -> consent', 'begin -> form'],
);
const many = graphOf(
  'Many',
  Object.fromEntries(
    Array.from({ length: 60 }, (_, n) => [
      `node ${n + 1}`,
      ['template', { text: `Text ${n + 1}` }],
    ]),
  ),
  Array.from({ length: 59 }, (_, n) => `node ${n + 1} -> node ${n + 2}`),
);

/** Something of everything that a node may tell, and more than a screen of it. */
const telling = graphOf(
  'Telling',
  {
    tell: [
      'script',
      {
        events: [
          { thought: 'Where to begin?' },
          {
            event: {
              content:
                '# A heading\n\nSome *words*, `code` and [a link](https://a.example).\n\n' +
                '| Name | Size |\n| --- | --- |\n| a | 1 |\n\n```js\nlet a = 1;\n```\n\n> said\n\n1. one\n2. two\n\n' +
                'A line.\n\n'.repeat(40),
            },
          },
          {
            event: {
              content: {
                parts: [
                  {
                    inlineData: {
                      mimeType: 'image/svg+xml',
                      data: btoa(
                        '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="20"><rect width="40" height="20" fill="teal"/></svg>',
                      ),
                    },
                  },
                  { inlineData: { mimeType: 'application/zip', data: 'AAAA' } },
                ],
              },
            },
          },
          { event: { found: { city: { name: 'Ghent', tags: ['canals'] }, none: null, many: 3 } } },
        ],
      },
    ],
    work: ['latch', { steps: ['told'] }],
  },
  ['tell -> work'],
);

const flood = graphOf(
  'Flood',
  { flood: ['flood', { chunks: 4_000, bytes: 10_000 }], ask: ['ask', { prompt: 'And now?' }] },
  ['flood -> ask'],
);

const WIDTHS = [360, 800, 1600];
const SCHEMES = [
  { name: 'light', colorScheme: 'light', forcedColors: 'none' },
  { name: 'dark', colorScheme: 'dark', forcedColors: 'none' },
  { name: 'forced', colorScheme: 'light', forcedColors: 'active' },
] as const;
/** The calls for pages of the list. */
const SESSIONS = `**${SESSIONS_PATH}?*graphId=*`;
/** Where pictures of every state go; none are taken without it. */
const PICTURES = process.env['REATTACH_PICTURES'];

/** Looks at a state in every width and every scheme of colours, without another load. */
async function inspect(page: Page, state: string): Promise<void> {
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: 900 });
    for (const { name, colorScheme, forcedColors } of SCHEMES) {
      await page.emulateMedia({ colorScheme, forcedColors, reducedMotion: 'reduce' });
      if (PICTURES !== undefined && name !== 'forced') {
        const path = `${PICTURES}/${state.replaceAll(' ', '-')}-${width}-${name}.png`;
        await page.screenshot({ path });
      }
      expect.soft(await violationsOf(page), `${state} at ${width} px, ${name}`).toEqual([]);
    }
    const wider = await page.evaluate(() => {
      const { scrollWidth, clientWidth } = document.documentElement;
      return scrollWidth - clientWidth;
    });
    expect.soft(wider, `${state} at ${width} px is wider than the page by`).toBe(0);
  }
}

test.describe('nothing stands in the way of assistive technology', () => {
  test('in the list: none, loading, failed, of all statuses, no match', async ({
    panel,
    page,
    api,
    latches,
  }) => {
    test.slow();
    await panel.goto('trip-planner');
    await expect(page.getByText('No sessions yet')).toBeVisible();
    await inspect(page, 'none yet');

    let release = (): void => undefined;
    const released = new Promise<void>((resolve) => (release = resolve));
    await page.route(SESSIONS, async (route) => {
      await released;
      await route.abort();
    });
    await page.reload();
    await expect(page.getByText('Loading sessions…')).toBeVisible();
    await inspect(page, 'loading');
    release();
    await expect(page.getByText('could not be read').first()).toBeVisible();
    await inspect(page, 'failed');
    await page.unroute(SESSIONS);

    for (const [graph, title, status] of [
      [quick, 'A finished one', 'completed'],
      [failing, LONG_TITLE, 'failed'],
      [question, 'عنوان من اليمين إلى اليسار', 'suspended'],
    ] as const) {
      await api.waitFor(await api.start(graph, { graphId: 'mine', title }), status);
    }
    await api.start(working, { graphId: 'mine', title: 'Working' });
    await latches.reached('held');
    const cancelled = await api.start(question, { graphId: 'mine', title: 'Cancelled' });
    await api.waitFor(cancelled, 'suspended');
    await api.call('POST', sessionPaths(cancelled).cancel);
    await panel.goto('mine');
    await expect(panel.row('Cancelled')).toContainText('cancelled');
    await inspect(page, 'all statuses');

    await panel.row('A finished one').getByRole('link').focus();
    await page.keyboard.press('F2');
    await expect(panel.page.getByRole('textbox', { name: /title/i })).toBeFocused();
    await inspect(page, 'a title that is edited');
    await page.keyboard.press('Escape');
    await page.keyboard.press('Control+a');
    await inspect(page, 'several selected');
    await page.keyboard.press('Escape');

    await page.keyboard.press('Control+k');
    await expect(
      page.getByRole('listbox', { name: 'Commands' }).getByRole('option').first(),
    ).toBeVisible();
    await inspect(page, 'palette');
    await page.keyboard.type('zebra');
    await inspect(page, 'palette without a match');
    await page.keyboard.press('Escape');
    await expect(page.getByRole('dialog', { name: 'Commands' })).toBeHidden();
    await page.keyboard.press('?');
    await expect(page.getByRole('dialog', { name: 'Keyboard shortcuts' })).toBeVisible();
    await inspect(page, 'sheet');
    await page.keyboard.press('Escape');

    await page.keyboard.press('/');
    await page.keyboard.type('zebra');
    await expect(panel.rows).toHaveCount(0);
    await inspect(page, 'no match');
  });

  test('in a session that is on its way: connecting, replaying', async ({
    panel,
    page,
    api,
    server,
  }) => {
    test.skip(process.platform === 'win32', 'no process can be halted there');
    test.slow();
    const long = await api.start(flood, { graphId: 'mine', title: LONG_TITLE });
    await api.waitFor(long, 'suspended');
    // The page has its code for sessions before the server falls silent.
    await panel.goto('mine', await api.start(quick, { graphId: 'mine', title: 'Another' }));
    await expect(panel.stream).toHaveText('Ended');
    server.halt();
    await panel.row(LONG_TITLE).getByRole('link').click();
    await expect(panel.stream).toHaveText('Connecting…');
    await inspect(page, 'connecting');
    server.go();
    await expect(panel.stream).toHaveText(/^Replaying [\d,]+ of [\d,]+$/);
    server.halt();
    await inspect(page, 'replaying');
    await expect(panel.stream).toHaveText(/^Replaying/);
    server.go();
    await expect(panel.stream).toHaveText('Live');
  });

  test('in a session that asks: prompts, answers, reconnecting, deleted', async ({
    panel,
    page,
    api,
    server,
  }) => {
    test.slow();
    const asking = await api.start(prompts, { graphId: 'mine', title: LONG_TITLE });
    await api.waitFor(asking, 'suspended');
    await panel.goto('mine', asking);
    await expect(panel.prompts).toHaveCount(4);
    await inspect(page, 'four prompts');
    await panel.prompt('form').getByRole('button', { name: 'Submit' }).click();
    await expect(panel.prompt('form').getByRole('alert').first()).toBeVisible();
    await panel.prompt('choice').getByRole('button', { name: 'Answer' }).click();
    await panel.prompt('ask').getByRole('button', { name: 'Answer' }).click();
    await expect(panel.prompt('ask').getByRole('alert')).toBeVisible();
    await inspect(page, 'prompts with problems');
    await panel.session.getByRole('button', { name: 'Delete' }).click();
    await expect(panel.button('Keep')).toBeVisible();
    await inspect(page, 'a question');
    await panel.button('Keep').click();
    await panel.prompt('consent').getByRole('button', { name: 'Allow' }).click();
    await expect(panel.prompts).toHaveCount(3);
    await inspect(page, 'an answer');
    await server.kill();
    await expect(panel.stream).toContainText('Reconnecting');
    await inspect(page, 'reconnecting');
    await server.start();
    await expect(panel.stream).toContainText('Live');
    await api.call('DELETE', sessionPaths(asking).stream);
    await expect(panel.stream).toContainText('Deleted');
    await inspect(page, 'deleted');
  });

  test('in a session that tells much, and is read while it goes on', async ({
    panel,
    page,
    api,
    latches,
  }) => {
    test.slow();
    const sessionId = await api.start(telling, { graphId: 'mine', title: 'Telling' });
    await latches.reached('told');
    await panel.goto('mine', sessionId);
    await expect(panel.node('work')).toContainText('running');
    await panel.node('tell').getByText('found').first().click();
    await expect(panel.node('tell').getByRole('tree')).toBeVisible();
    await expect(panel.node('tell').getByRole('img')).toBeVisible();
    await inspect(page, 'what a run tells');
    await panel.session.getByRole('log').focus();
    await page.keyboard.press('Home');
    await expect(panel.session.getByRole('button', { name: 'Latest' })).toBeVisible();
    await expect(panel.node('tell').getByRole('table')).toBeVisible();
    await inspect(page, 'a log that is read from its beginning');
    await latches.open('told');
    await expect(panel.session.getByRole('button', { name: /\d+ new/ })).toBeVisible();
  });

  test('in a session that goes no further: blocked, failed, ended', async ({
    panel,
    page,
    api,
    server,
    latches,
  }) => {
    test.slow();
    const held = await api.start(working, { graphId: 'mine', title: 'Held' });
    await latches.reached('held');
    await server.restart({ nodes: [] });
    await panel.goto('mine', held);
    await expect(panel.session.getByRole('note')).toBeVisible();
    await inspect(page, 'blocked');
    await server.restart();

    const failed = await api.start(failing, { graphId: 'mine', title: 'Failed' });
    await api.waitFor(failed, 'failed');
    await panel.goto('mine', failed);
    await expect(panel.stream).toHaveText('Ended');
    await inspect(page, 'failed with a long error');

    const done = await api.start(many, { graphId: 'mine', title: 'Sixty nodes' });
    await api.waitFor(done, 'completed');
    await panel.goto('mine', done);
    await expect(panel.stream).toHaveText('Ended');
    await expect(panel.node('node 60')).toContainText('Text 60');
    await inspect(page, 'ended with sixty nodes');
    await panel.session.getByRole('button', { name: 'Delete' }).click();
    await expect(panel.button('Undo')).toBeVisible();
    await inspect(page, 'a deletion that can be undone');
  });
});
