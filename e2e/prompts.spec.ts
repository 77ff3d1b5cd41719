import Database from 'better-sqlite3';
import { PanelPage, type ReattachApi } from 'reattach/playwright';
import { sessionPaths } from '../shared/api.ts';
import type { GraphDescriptor } from '../shared/graph.ts';
import type { Json } from '../shared/json.ts';
import { expect, test } from './fixtures.ts';
import { graphOf } from './graph-of.ts';
import { test as processTest } from './process-fixtures.ts';

// Every promise about prompts has its test here; the file is as long as their list.

const PICTURE =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
const picture = { name: 'dot.png', mimeType: 'image/png', buffer: Buffer.from(PICTURE, 'base64') };
/** A file of any bytes. */
const bytes = { mimeType: 'application/octet-stream' };
const says = (text: string) => ({ input: { role: 'user', parts: [{ text }] } });

/** Starts a graph and waits until it asks for something. */
async function asking(api: ReattachApi, graph: GraphDescriptor): Promise<string> {
  const sessionId = await api.start(graph, { graphId: 'mine' });
  await api.waitFor(sessionId, 'suspended');
  return sessionId;
}

const formOf = (properties: Record<string, Json>, required: string[] = [], more = {}) =>
  graphOf('Form', {
    form: ['input', { schema: { type: 'object', properties, required, ...more } }],
  });

/** The interaction of a node's open prompt. */
async function promptOf(api: ReattachApi, sessionId: string, node: string): Promise<string> {
  const { openPrompts } = await api.status(sessionId);
  return openPrompts.find(({ nodeId }) => nodeId === node)?.interactionId ?? '';
}

/** The one response that the session's log has by now, or the last. */
async function responseIn(api: ReattachApi, sessionId: string): Promise<Json | undefined> {
  const events = await api.events(sessionId);
  return events.findLast((event) => event.type === 'inputResolved')?.response;
}

/** How many entries of drafts the browser keeps. */
const keptDrafts = (panel: PanelPage) =>
  panel.page.evaluate(
    () => Object.keys(localStorage).filter((key) => key.startsWith('reattach.draft')).length,
  );

/** Holds back all that a URL pattern matches until it is let go. */
async function hold(panel: PanelPage, pattern: string): Promise<() => void> {
  let release = (): void => undefined;
  const released = new Promise<void>((resolve) => (release = resolve));
  await panel.page.route(pattern, async (route) => {
    await released;
    await route.continue();
  });
  return release;
}

test.describe('a form', () => {
  test('has a control for each kind of property, and makes the answer of them', async ({
    api,
    panel,
  }) => {
    const sessionId = await asking(
      api,
      formOf(
        {
          name: { type: 'string', title: 'Your name', description: 'As it is printed.' },
          story: { type: 'string', title: 'Why', format: 'multiline' },
          days: { type: 'integer', title: 'Days', default: 3 },
          price: { type: 'number', title: 'Price' },
          sure: { type: 'boolean', title: 'Sure' },
          size: {
            title: 'Size',
            oneOf: [
              { const: 's', title: 'Small' },
              { const: 'l', title: 'Large' },
            ],
          },
          pace: { title: 'Pace', enum: [1, 2], enumNames: ['Slow', 'Fast'] },
          tags: { title: 'Tags', type: 'array', items: { enum: ['food', 'art', 'walks'] } },
          from: { title: 'From', type: 'string', format: 'date' },
          at: { title: 'At', type: 'string', format: 'date-time' },
          mail: { title: 'Mail', type: 'string', format: 'email' },
          link: { title: 'Link', type: 'string', format: 'uri' },
          photo: { title: 'Photo', type: 'string', format: 'data-url' },
          guest: {
            title: 'Guest',
            type: 'object',
            required: ['name'],
            properties: { name: { type: 'string', title: 'Guest’s name' } },
          },
          extra: { title: 'Extra', type: 'object', additionalProperties: true },
          empty: { title: 'Empty', type: 'string' },
        },
        ['name', 'guest'],
      ),
    );
    await panel.goto('mine', sessionId);
    const form = panel.prompt('form');
    const name = form.getByLabel('Your name');
    await expect(name).toHaveAccessibleDescription('As it is printed.');
    await name.fill('Ada');
    await form.getByLabel('Why').fill('One\nTwo');
    await form.getByLabel('Price').fill('9.5');
    await form.getByLabel('Sure').check();
    await form.getByLabel('Size').selectOption('Large');
    await form.getByLabel('Pace').selectOption('Slow');
    const tags = form.getByRole('group', { name: 'Tags' });
    await tags.getByLabel('walks').check();
    await tags.getByLabel('food').check();
    await form.getByLabel('From', { exact: true }).fill('2026-05-01');
    await form.getByLabel('At', { exact: true }).fill('2026-05-01T10:30');
    await form.getByLabel('Mail').fill('ada@example.com');
    await form.getByLabel('Link').fill('https://example.com/');
    await form.getByLabel('Photo').setInputFiles(picture);
    await expect(form.getByRole('img', { name: 'Preview of dot.png' })).toBeVisible();
    await form.getByRole('group', { name: 'Guest' }).getByLabel('Guest’s name').fill('Tom');
    await form.getByLabel('Extra').fill('{"a": [1]}');
    await form.getByRole('button', { name: 'Submit' }).click();
    await expect(panel.stream).toHaveText('Ended');
    const at = await panel.page.evaluate(() => new Date('2026-05-01T10:30').toISOString());
    expect(await responseIn(api, sessionId)).toEqual({
      name: 'Ada',
      story: 'One\nTwo',
      days: 3,
      price: 9.5,
      sure: true,
      size: 'l',
      pace: 1,
      tags: ['food', 'walks'],
      from: '2026-05-01',
      at: at.replace('.000Z', 'Z'),
      mail: 'ada@example.com',
      link: 'https://example.com/',
      photo: `data:image/png;base64,${PICTURE}`,
      guest: { name: 'Tom' },
      extra: { a: [1] },
    });
    // It stays readable, by the labels under which it was given.
    const node = panel.node('form');
    await expect(node.getByRole('definition').filter({ hasText: 'Ada' }).first()).toBeVisible();
    await expect(node).toContainText('Large');
    await expect(node.getByRole('img')).toBeVisible();
  });

  test('has items that are added, moved and removed by the keyboard, and keeps the focus', async ({
    api,
    panel,
  }) => {
    const stop = {
      type: 'object',
      title: 'Stop',
      properties: { town: { type: 'string', title: 'Town' } },
    };
    const sessionId = await asking(
      api,
      formOf({ stops: { title: 'Stops', type: 'array', items: stop } }),
    );
    await panel.goto('mine', sessionId);
    const form = panel.prompt('form');
    const add = form.getByRole('button', { name: 'Add to Stops' });
    for (const town of ['Ghent', 'Lille', 'Bruges']) {
      await add.press('Enter');
      await form.getByLabel('Town').last().fill(town);
    }
    const up = form.getByRole('button', { name: 'Move Stop 3 up' });
    await up.press('Enter');
    // The button has gone up with its item.
    await expect(form.getByRole('button', { name: 'Move Stop 2 up' })).toBeFocused();
    await panel.page.keyboard.press('Enter');
    const first = form.getByRole('group', { name: 'Stop 1' });
    await expect(first.getByLabel('Town')).toHaveValue('Bruges');
    await expect(form.getByRole('button', { name: 'Move Stop 1 up' })).toBeFocused();
    await form.getByRole('button', { name: 'Remove Stop 3' }).press('Enter');
    await expect(form.getByRole('button', { name: 'Remove Stop 2' })).toBeFocused();
    await panel.page.keyboard.press('ControlOrMeta+Enter');
    await expect(panel.stream).toHaveText('Ended');
    expect(await responseIn(api, sessionId)).toEqual({
      stops: [{ town: 'Bruges' }, { town: 'Ghent' }],
    });
  });

  test('is checked before it is sent, and tells what is wrong at each field', async ({
    api,
    panel,
  }) => {
    const sessionId = await asking(
      api,
      formOf(
        {
          name: { type: 'string', title: 'Name', minLength: 2 },
          code: { type: 'string', title: 'Code', pattern: '^[A-Z]+$' },
          days: { type: 'integer', title: 'Days', minimum: 1 },
          mail: { type: 'string', title: 'Mail', format: 'email' },
          from: { type: 'string', title: 'From', format: 'date' },
          extra: { title: 'Extra', type: 'object', additionalProperties: { type: 'number' } },
          tags: { title: 'Tags', type: 'array', items: { enum: ['a', 'b'] }, minItems: 1 },
          stops: { title: 'Stops', type: 'array', items: { type: 'string', minLength: 3 } },
        },
        ['name', 'tags'],
      ),
    );
    let sent = 0;
    panel.page.on('request', (request) => (sent += request.url().endsWith(':resume') ? 1 : 0));
    await panel.goto('mine', sessionId);
    const form = panel.prompt('form');
    const submit = form.getByRole('button', { name: 'Submit' });
    await form.getByLabel('Extra').fill('{"a"');
    await form.getByLabel('From').pressSequentially('12');
    await submit.click();
    const name = form.getByLabel('Name');
    await expect(name).toBeFocused();
    await expect(name).toHaveAccessibleErrorMessage('Fill this in.');
    await expect(form.getByLabel('Extra')).toHaveAccessibleErrorMessage(/^This is not JSON/);
    await expect(form.getByLabel('From')).toHaveAccessibleErrorMessage('Is not complete.');

    await name.fill('A');
    await expect(name).toHaveAttribute('aria-invalid', 'false');
    await form.getByLabel('Extra').fill('{"a": "b"}');
    await form.getByLabel('From').fill('2026-01-02');
    await form.getByLabel('Code').fill('abc');
    await form.getByLabel('Days').fill('0');
    await form.getByLabel('Mail').fill('ada');
    await form.getByRole('button', { name: 'Add to Stops' }).click();
    await form.getByRole('textbox', { name: 'Stops 1' }).fill('ab');
    await submit.click();
    await expect(name).toHaveAccessibleErrorMessage('Must have at least 2 characters.');
    await expect(form.getByLabel('Code')).toHaveAccessibleErrorMessage(
      'Must match the pattern ^[A-Z]+$',
    );
    await expect(form.getByLabel('Days')).toHaveAccessibleErrorMessage('Must be at least 1.');
    await expect(form.getByLabel('Mail')).toHaveAccessibleErrorMessage('Must be an email address.');
    await expect(form.getByRole('textbox', { name: 'Stops 1' })).toHaveAccessibleErrorMessage(
      'Must have at least 3 characters.',
    );
    await expect(form.getByRole('group', { name: 'Tags' })).toContainText(
      'Must hold at least 1 item.',
    );
    expect(sent).toBe(0);
    expect((await api.status(sessionId)).openPrompts).toHaveLength(1);
  });

  test('shows the reason of a 422 at the field that it names', async ({ api, panel }) => {
    const sessionId = await asking(
      api,
      formOf({
        guest: {
          title: 'Guest',
          type: 'object',
          properties: { age: { type: 'number', title: 'Age', minimum: 18 } },
        },
      }),
    );
    // Without the code that checks, the server is the one to refuse.
    await panel.page.route('**/schema-problems-*.js', (route) => route.abort());
    await panel.goto('mine', sessionId);
    const form = panel.prompt('form');
    await form.getByLabel('Age').fill('17');
    const answered = panel.page.waitForResponse('**/*:resume');
    await form.getByRole('button', { name: 'Submit' }).click();
    expect((await answered).status()).toBe(422);
    await expect(form.getByLabel('Age')).toHaveAccessibleErrorMessage('Must be at least 18.');
    await expect(form.getByLabel('Age')).toBeFocused();
    await expect(form.getByRole('alert')).toContainText('guest/age');
    await form.getByLabel('Age').fill('18');
    await form.getByRole('button', { name: 'Submit' }).click();
    await expect(panel.stream).toHaveText('Ended');
  });

  test('of a schema without properties is edited as JSON, and checked', async ({ api, panel }) => {
    const graph = graphOf('Open', {
      form: [
        'input',
        { schema: { type: 'object', minProperties: 1, additionalProperties: { type: 'number' } } },
      ],
    });
    const sessionId = await asking(api, graph);
    await panel.goto('mine', sessionId);
    const form = panel.prompt('form');
    const field = form.getByLabel('Answer as JSON');
    await field.fill('{"a": "b"}');
    await field.press('ControlOrMeta+Enter');
    await expect(field).toHaveAccessibleErrorMessage('/a: Must be a number.');
    await field.fill('{"a": 1}');
    await field.press('ControlOrMeta+Enter');
    await expect(panel.stream).toHaveText('Ended');
    expect(await responseIn(api, sessionId)).toEqual({ a: 1 });
  });
});

test.describe('a question', () => {
  const question = (inputType: string, more: Record<string, Json> = {}) =>
    graphOf('Question', { ask: ['ask', { prompt: 'Well?', inputType, ...more }] });

  test('takes words, files or both, as its input type says', async ({ api, panel }) => {
    const expected = {
      ...{ text: [1, 0], edit_note: [1, 0], any: [1, 1], asterisk: [1, 1], other: [1, 1] },
      ...{ 'file-upload': [0, 1], upload: [0, 1] },
    };
    for (const [inputType, [texts, files]] of Object.entries(expected)) {
      await panel.goto('mine', await asking(api, question(inputType)));
      const form = panel.prompt('ask');
      await expect(form, inputType).toBeVisible();
      await expect(form.getByRole('button', { name: 'Answer' })).toBeVisible();
      await expect(form.getByRole('textbox'), inputType).toHaveCount(texts ?? 0);
      await expect(form.getByLabel('Files', { exact: true }), inputType).toHaveCount(files ?? 0);
    }
  });

  test('takes files by the picker, by drop and by paste, shows them and lets them go', async ({
    api,
    panel,
  }) => {
    const sessionId = await asking(api, question('file-upload', { skipLabel: 'Not now' }));
    await panel.goto('mine', sessionId);
    const form = panel.prompt('ask');
    await form.getByRole('button', { name: 'Answer' }).click();
    await expect(form.getByRole('alert')).toHaveText('Choose a file.');
    await form.getByLabel('Files', { exact: true }).setInputFiles(picture);
    const files = form.getByRole('list', { name: 'Chosen files' }).getByRole('listitem');
    await expect(files).toHaveCount(1);
    await expect(form.getByRole('img', { name: 'Preview of dot.png' })).toHaveJSProperty(
      'naturalWidth',
      1,
    );
    for (const [kind, name] of [
      ['drop', 'dropped.txt'],
      ['paste', 'pasted.txt'],
    ] as const) {
      const data = await panel.page.evaluateHandle((called) => {
        const transfer = new DataTransfer();
        transfer.items.add(new File([called], called, { type: 'text/plain' }));
        return transfer;
      }, name);
      await form.getByLabel('Files', { exact: true }).evaluate(
        (target, [type, transfer]) => {
          const init = { bubbles: true, composed: true, cancelable: true };
          target.dispatchEvent(
            type === 'drop'
              ? new DragEvent('drop', { ...init, dataTransfer: transfer })
              : new ClipboardEvent('paste', { ...init, clipboardData: transfer }),
          );
        },
        [kind, data] as const,
      );
      await expect(files.filter({ hasText: name })).toBeVisible();
    }
    await form.getByRole('button', { name: 'Remove dropped.txt' }).click();
    await expect(files).toHaveCount(2);
    await expect(form.getByLabel('Files', { exact: true })).toBeFocused();
    await form.getByRole('button', { name: 'Answer' }).click();
    await expect(panel.stream).toHaveText('Ended');
    expect(await responseIn(api, sessionId)).toEqual({
      input: {
        role: 'user',
        parts: [
          { inlineData: { mimeType: 'image/png', data: PICTURE } },
          {
            inlineData: {
              mimeType: 'text/plain',
              data: Buffer.from('pasted.txt').toString('base64'),
            },
          },
        ],
      },
    });
    await expect(panel.node('ask').getByRole('img').first()).toBeVisible();
  });

  test.describe('on a server that takes little', () => {
    test.use({ serverOptions: { maxEventBytes: 209_715 } });

    test('says how much an answer may have, and refuses more before it is sent', async ({
      api,
      panel,
    }) => {
      await panel.goto('mine', await asking(api, question('any')));
      const form = panel.prompt('ask');
      const field = form.getByLabel('Files', { exact: true });
      await expect(field).toHaveAccessibleDescription('At most 108 kB in all.');
      await field.setInputFiles({ ...bytes, name: 'large.bin', buffer: Buffer.alloc(110_000) });
      await expect(form.getByRole('alert')).toHaveText(
        'Not added: large.bin has 110 kB. An answer takes 108 kB in all.',
      );
      await field.setInputFiles({ ...bytes, name: 'small.bin', buffer: Buffer.alloc(99_000) });
      await expect(form.getByRole('button', { name: 'Remove small.bin' })).toBeVisible();
      await expect(form.getByRole('alert')).toHaveCount(0);
      await form.getByRole('button', { name: 'Answer' }).click();
      await expect(panel.stream).toHaveText('Ended');
    });
  });
});

test.describe('a choice', () => {
  const choice = (more: Record<string, Json>) =>
    graphOf('Choice', {
      choice: [
        'choice',
        {
          prompt: 'Which?',
          choices: [
            { id: 'a', content: 'Apples' },
            {
              id: 'b',
              content: {
                parts: [
                  { text: 'Berries' },
                  { inlineData: { mimeType: 'image/png', data: PICTURE } },
                ],
              },
            },
            { id: 'c', content: 'Cherries' },
          ],
          ...more,
        },
      ],
    });

  for (const layout of ['list', 'row', 'grid'] as const) {
    test(`of one stands in a ${layout}, with its media, and digits choose`, async ({
      api,
      panel,
    }) => {
      const sessionId = await asking(api, choice({ layout }));
      await panel.page.setViewportSize({ width: 1600, height: 900 });
      await panel.goto('mine', sessionId);
      const form = panel.prompt('choice');
      const radios = form.getByRole('radio');
      await expect(form.getByRole('img')).toHaveJSProperty('naturalWidth', 1);
      const boxes = await Promise.all(
        [0, 1].map((n) => form.locator('label').nth(n).boundingBox()),
      );
      const beside = boxes[0]?.y === boxes[1]?.y;
      expect(beside).toBe(layout !== 'list');
      await form.getByRole('button', { name: 'Answer' }).click();
      await expect(form.getByRole('alert')).toHaveText('Choose one.');
      await radios.first().focus();
      await panel.page.keyboard.press('3');
      await expect(radios.nth(2)).toBeChecked();
      await panel.page.keyboard.press('2');
      await expect(radios.nth(2)).not.toBeChecked();
      await expect(radios.nth(1)).toBeFocused();
      await panel.page.keyboard.press('ControlOrMeta+Enter');
      await expect(panel.stream).toHaveText('Ended');
      expect(await responseIn(api, sessionId)).toEqual({ selected: { ids: ['b'] } });
      await expect(panel.node('choice')).toContainText('Berries');
      await expect(panel.node('choice').getByRole('img').first()).toBeVisible();
    });
  }

  test('of several takes any number, or none of the above alone', async ({ api, panel }) => {
    const graph = choice({ selectionMode: 'multiple', noneOfTheAboveLabel: 'Nothing' });
    const sessionId = await asking(api, graph);
    await panel.goto('mine', sessionId);
    const form = panel.prompt('choice');
    const box = (name: string) => form.getByRole('checkbox', { name });
    await box('Apples').focus();
    await panel.page.keyboard.press('3');
    await panel.page.keyboard.press('1');
    await expect(box('Cherries')).toBeChecked();
    await expect(box('Apples')).toBeChecked();
    await panel.page.keyboard.press('0');
    await expect(box('Nothing')).toBeChecked();
    await expect(box('Apples')).not.toBeChecked();
    await box('Berries').press('Space');
    await expect(box('Nothing')).not.toBeChecked();
    await panel.page.keyboard.press('0');
    await form.getByRole('button', { name: 'Answer' }).click();
    await expect(panel.stream).toHaveText('Ended');
    expect(await responseIn(api, sessionId)).toEqual({
      selected: { ids: ['__none_of_the_above__'] },
    });
    await expect(panel.node('choice')).toContainText('Nothing');
  });

  test('is not made by a digit that is typed into a text', async ({ api, panel }) => {
    const sessionId = await asking(api, formOf({ a: { type: 'string', title: 'A' } }));
    await panel.goto('mine', sessionId);
    await panel.prompt('form').getByLabel('A').pressSequentially('123');
    await expect(panel.prompt('form').getByLabel('A')).toHaveValue('123');
  });
});

test('a consent says what for', async ({ api, panel }) => {
  const graph = graphOf('Consent', {
    consent: [
      'consent',
      {
        prompt: 'May it be shared?',
        consentType: 'share',
        scope: { document: 'trip plan', with: ['Ines'] },
        graphUrl: 'https://example.com/graph',
      },
    ],
  });
  const sessionId = await asking(api, graph);
  await panel.goto('mine', sessionId);
  const form = panel.prompt('consent');
  await expect(form).toContainText('May it be shared?');
  const facts = form.getByRole('definition');
  await expect(facts.nth(0)).toHaveText('share');
  await expect(facts.nth(1)).toContainText('trip plan');
  await expect(facts.nth(2)).toContainText('Ines');
  await expect(form.getByRole('link', { name: 'https://example.com/graph' })).toHaveAttribute(
    'rel',
    'noopener noreferrer',
  );
  await form.getByRole('button', { name: 'Deny' }).click();
  await expect(panel.stream).toHaveText('Ended');
  expect(await responseIn(api, sessionId)).toEqual({ consent: false });
  await expect(panel.node('consent')).toContainText('Denied');
});

/** Two questions at once, and one after the first. */
const two = graphOf(
  'Two',
  {
    begin: ['template', { text: 'go' }],
    left: ['ask', { prompt: 'Left?', inputType: 'any' }],
    right: ['ask', { prompt: 'Right?' }],
    after: ['ask', { prompt: 'After?' }],
  },
  ['begin -> left', 'begin -> right', 'left -> after'],
);

test.describe('a draft', () => {
  test('of each of several prompts is its own, and outlives a reload and a closed tab', async ({
    api,
    panel,
    context,
  }) => {
    const sessionId = await asking(api, two);
    await panel.goto('mine', sessionId);
    const left = panel.prompt('left');
    await left.getByRole('textbox').pressSequentially('to the le');
    await left.getByLabel('Files', { exact: true }).setInputFiles(picture);
    await panel.prompt('right').getByRole('textbox').fill('to the right');
    await expect(left.getByRole('img')).toBeVisible();
    await panel.page.reload();
    await expect(left.getByRole('textbox')).toHaveValue('to the le');
    await expect(left.getByRole('img', { name: 'Preview of dot.png' })).toBeVisible();
    await expect(panel.prompt('right').getByRole('textbox')).toHaveValue('to the right');
    await left.getByRole('textbox').press('End');
    await left.getByRole('textbox').pressSequentially('ft');
    await panel.page.close();

    const again = new PanelPage(await context.newPage());
    await again.goto('mine', sessionId);
    const form = again.prompt('left');
    await expect(form.getByRole('textbox')).toHaveValue('to the left');
    expect(await keptDrafts(again)).toBe(3);
    await form.getByRole('button', { name: 'Answer' }).click();
    await expect(form).toHaveCount(0);
    // The draft is gone with its answer; the other one stays, and the focus goes to it.
    await expect(again.prompt('after')).toBeVisible();
    expect(await keptDrafts(again)).toBe(1);
    await expect(again.prompt('right').getByRole('textbox')).toBeFocused();
    await expect(again.prompt('right').getByRole('textbox')).toHaveValue('to the right');
  });

  processTest(
    'outlives a server that is killed under it, and a reload after that',
    async ({ server, api, panel }) => {
      const sessionId = await asking(api, two);
      await panel.goto('mine', sessionId);
      const text = panel.prompt('right').getByRole('textbox');
      await text.fill('written ');
      await server.kill();
      await text.press('End');
      await text.pressSequentially('while it was away');
      await panel.prompt('right').getByRole('button', { name: 'Answer' }).click();
      await expect(panel.prompt('right').getByRole('alert')).toHaveText(
        'The server cannot be reached. Your answer is kept: send it again.',
      );
      await server.start();
      await panel.page.reload();
      await expect(text).toHaveValue('written while it was away');
      await panel.prompt('right').getByRole('button', { name: 'Answer' }).click();
      await expect(panel.prompt('right')).toHaveCount(0);
      expect(await responseIn(api, sessionId)).toEqual(says('written while it was away'));
      expect(await keptDrafts(panel)).toBe(0);
    },
  );

  test('whose files are too large to be kept says so', async ({ api, panel }) => {
    const sessionId = await asking(api, two);
    await panel.goto('mine', sessionId);
    const left = panel.prompt('left');
    await left.getByRole('textbox').fill('look');
    await left
      .getByLabel('Files', { exact: true })
      .setInputFiles({ name: 'big.bin', mimeType: 'a/b', buffer: Buffer.alloc(1_000_000) });
    await expect(left).toContainText('too large to be kept when this page is closed');
    await panel.page.reload();
    await expect(left.getByRole('textbox')).toHaveValue('look');
    await expect(left.getByRole('button', { name: 'Remove big.bin' })).toHaveCount(0);
  });

  test('needs no storage: a browser that forbids it, and one that has no room, answer too', async ({
    api,
    panel,
  }) => {
    await panel.page.addInitScript(() => {
      Object.defineProperty(window, 'localStorage', {
        get: () => {
          throw new DOMException('forbidden', 'SecurityError');
        },
      });
    });
    const sessionId = await asking(api, two);
    await panel.goto('mine', sessionId);
    await panel.prompt('right').getByRole('textbox').fill('yes');
    await panel.prompt('right').getByRole('button', { name: 'Answer' }).click();
    await expect(panel.prompt('right')).toHaveCount(0);
    expect(await responseIn(api, sessionId)).toEqual(says('yes'));
  });

  test('is let go when its run is cancelled or its session deleted', async ({ api, panel }) => {
    const cancelled = await asking(api, two);
    const deleted = await asking(api, two);
    await panel.goto('mine', deleted);
    await panel.prompt('left').getByRole('textbox').fill('for the deleted');
    await panel.goto('mine', cancelled);
    await panel.prompt('left').getByRole('textbox').fill('for the cancelled');
    expect(await keptDrafts(panel)).toBe(2);
    await api.call('POST', sessionPaths(cancelled).cancel);
    const leftover = panel.session.getByRole('alert');
    await expect(leftover).toContainText(/Withdrawn at .*: the run was cancelled\./);
    await leftover.getByText('What you had entered').click();
    await expect(leftover).toContainText('for the cancelled');
    await expect(panel.node('left')).toContainText(/Withdrawn at .*: the run was cancelled/);
    expect(await keptDrafts(panel)).toBe(1);
    await api.call('DELETE', sessionPaths(deleted).stream);
    await expect.poll(() => keptDrafts(panel)).toBe(0);
  });
});

test.describe('a prompt that somebody else answers', () => {
  test('closes here at once, tells when, and leaves the draft to be copied', async ({
    api,
    panel,
    context,
  }) => {
    await context.grantPermissions(['clipboard-read', 'clipboard-write']);
    const sessionId = await asking(api, two);
    await panel.goto('mine', sessionId);
    await panel.prompt('left').getByRole('textbox').fill('my own words');
    await api.resume(sessionId, await promptOf(api, sessionId, 'left'), says('theirs'));
    await expect(panel.prompt('left')).toHaveCount(0);
    const leftover = panel.session.getByRole('alert', { name: 'Closed prompt of left' });
    const resolved = (await api.events(sessionId)).find(({ type }) => type === 'inputResolved');
    const time = await panel.page.evaluate(
      (at) =>
        new Date(at * 1000).toLocaleTimeString(undefined, { hour: '2-digit', minute: '2-digit' }),
      resolved?.time ?? 0,
    );
    await expect(leftover).toContainText(`Answered at ${time}.`);
    await expect(panel.node('left')).toContainText('theirs');
    await leftover.getByRole('button', { name: 'Copy' }).click();
    await expect(leftover).toContainText('Copied.');
    expect(await panel.page.evaluate(() => navigator.clipboard.readText())).toBe('my own words');
    // It stays at hand until it is not wanted any more.
    await panel.page.reload();
    const kept = panel.session.getByRole('group', { name: 'Closed prompt of left' });
    await kept.getByText('What you had entered').click();
    await expect(kept).toContainText('my own words');
    await kept.getByRole('button', { name: 'Dismiss' }).click();
    await expect(kept).toHaveCount(0);
    expect(await keptDrafts(panel)).toBe(0);
  });

  test('while this page is cut off refuses its answer with the time, and keeps the draft', async ({
    server,
    api,
    panel,
  }) => {
    const sessionId = await asking(api, two);
    await panel.goto('mine', sessionId);
    const form = panel.prompt('left');
    await form.getByRole('textbox').fill('too late');
    const release = await hold(panel, '**/v1beta1/watch?*');
    await server.restart();
    await api.resume(sessionId, await promptOf(api, sessionId, 'left'), says('theirs'));
    await form.getByRole('button', { name: 'Answer' }).click();
    await expect(form.getByRole('alert')).toHaveText(
      /^Your answer was not taken\. Answered at \d?\d:\d\d.*\.$/,
    );
    await expect(form.getByRole('textbox')).toHaveValue('too late');
    await expect(form.getByRole('button', { name: 'Answer' })).toHaveAttribute(
      'aria-disabled',
      'true',
    );
    release();
    await expect(form).toHaveCount(0);
    const leftover = panel.session.getByRole('alert', { name: 'Closed prompt of left' });
    await expect(leftover).toContainText('Your answer was not taken. Answered at');
  });

  test('in another tab of the same browser leaves nothing behind here', async ({
    api,
    panel,
    context,
  }) => {
    const sessionId = await asking(api, two);
    await panel.goto('mine', sessionId);
    await panel.prompt('left').getByRole('textbox').fill('the same');
    const other = new PanelPage(await context.newPage());
    await other.goto('mine', sessionId);
    await expect(other.prompt('left').getByRole('textbox')).toHaveValue('the same');
    await other.prompt('left').getByRole('button', { name: 'Answer' }).click();
    for (const page of [panel, other]) {
      await expect(page.prompt('after')).toBeVisible();
      await expect(page.prompt('left')).toHaveCount(0);
      await expect(page.session.getByText('What you had entered')).toHaveCount(0);
    }
    expect(await keptDrafts(panel)).toBe(0);
  });
});

processTest(
  'a prompt of an unknown kind, and one without any, is shown and answered as JSON',
  async ({ server, api, panel }) => {
    const sessionId = await asking(api, two);
    await server.kill();
    // As a later version of the server would have written it.
    const db = new Database(server.db);
    const rows = db
      .prepare(`SELECT idx, json FROM events WHERE json LIKE '%"inputRequired"%'`)
      .all() as { idx: number; json: string }[];
    const update = db.prepare('UPDATE events SET json = ? WHERE idx = ?');
    for (const { idx, json } of rows) {
      const { suspendEvent: _, ...event } = JSON.parse(json) as { [key: string]: Json };
      const dance = event['nodeId'] === 'left' ? { suspendEvent: { dance: { tempo: 3 } } } : {};
      update.run(JSON.stringify({ ...event, ...dance }), idx);
    }
    db.close();
    await server.start();
    await panel.goto('mine', sessionId);
    const left = panel.prompt('left');
    await expect(left).toContainText('Prompt “dance”');
    await expect(left).toContainText('"tempo": 3');
    const field = left.getByLabel('Answer as JSON');
    await left.getByRole('button', { name: 'Answer' }).click();
    await expect(field).toHaveAccessibleErrorMessage('Write JSON.');
    await field.fill('{"step": ');
    await left.getByRole('button', { name: 'Answer' }).click();
    await expect(field).toHaveAccessibleErrorMessage(/^This is not JSON/);
    await field.fill('{"step": [1]}');
    await left.getByRole('button', { name: 'Answer' }).click();
    await expect(left).toHaveCount(0);
    expect(await responseIn(api, sessionId)).toEqual({ step: [1] });
    const right = panel.prompt('right');
    await expect(right).toContainText('Prompt “unknown”');
    await right.getByLabel('Answer as JSON').fill('"anything"');
    await right.getByRole('button', { name: 'Answer' }).click();
    await expect(right).toHaveCount(0);
    expect(await responseIn(api, sessionId)).toBe('anything');
    await expect(panel.node('left')).toContainText('step');
  },
);

test('a deadline counts down and says what happens then, and it happens', async ({
  api,
  panel,
}) => {
  const graph = graphOf(
    'Deadlines',
    {
      begin: ['template', { text: 'go' }],
      withdrawn: ['ask', { prompt: 'Quick?', timeoutMs: 8_000 }],
      chosen: [
        'choice',
        {
          ...{ prompt: 'Which?', timeoutMs: 8_000, default: 'a' },
          choices: [{ id: 'a', content: 'Apples' }],
        },
      ],
      far: ['ask', { prompt: 'Slow?', timeoutMs: 7_200_000 }],
    },
    ['begin -> withdrawn', 'begin -> chosen', 'begin -> far'],
  );
  const sessionId = await asking(api, graph);
  await panel.goto('mine', sessionId);
  const timer = (node: string) => panel.prompt(node).getByRole('timer');
  await expect(timer('far')).toHaveText(/^Withdrawn in (1 h 59 min|2 h 0 min)$/);
  await expect(timer('chosen')).toHaveText(/^Answered with “Apples” in 0:0\d$/);
  const before = await timer('withdrawn').textContent();
  await expect(timer('withdrawn')).toHaveText(/^Withdrawn in 0:0\d$/);
  await expect(timer('withdrawn')).not.toHaveText(before ?? '');
  await expect(panel.prompt('withdrawn')).toHaveCount(0);
  await expect(panel.prompt('chosen')).toHaveCount(0);
  await expect(panel.node('chosen')).toContainText('Apples');
  await expect(panel.node('withdrawn')).toContainText(/Withdrawn at .*: its time ran out/);
  await expect(panel.prompt('far')).toBeVisible();
});

test('nothing that a run writes into a form is code', async ({ api, panel }) => {
  const evil = '<img src=x onerror="document.title=1"><b>bold</b>';
  const svg = Buffer.from(
    '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9" onload="document.title=1"><script>document.title=1</script></svg>',
  ).toString('base64');
  const media = { parts: [{ inlineData: { mimeType: 'image/svg+xml', data: svg } }] };
  const page = Buffer.from('<script>document.title=1</script>').toString('base64');
  const graph = graphOf(
    'Evil',
    {
      begin: ['template', { text: 'go' }],
      form: [
        'input',
        {
          schema: {
            properties: {
              [evil]: { title: evil, description: evil, enum: [evil], default: evil },
              list: { type: 'array', title: evil, items: { type: 'string' }, default: [evil] },
            },
          },
        },
      ],
      choice: [
        'choice',
        {
          prompt: { parts: [{ inlineData: { mimeType: 'text/html', data: page } }] },
          choices: [{ id: evil, content: media }],
          noneOfTheAboveLabel: evil,
        },
      ],
      consent: [
        'consent',
        { consentType: evil, scope: { [evil]: evil }, graphUrl: 'javascript:1' },
      ],
    },
    ['begin -> form', 'begin -> choice', 'begin -> consent'],
  );
  const sessionId = await asking(api, graph);
  await panel.goto('mine', sessionId);
  await expect(panel.prompts).toHaveCount(3);
  const title = await panel.page.title();
  const form = panel.prompt('form');
  await expect(form.locator('b')).toHaveCount(0);
  await expect(form.getByRole('img')).toHaveCount(0);
  await expect(panel.prompt('choice').getByRole('img')).toHaveJSProperty('naturalWidth', 9);
  await expect(panel.prompt('choice').getByRole('link')).toHaveAttribute('download', '');
  await expect(panel.prompt('consent').getByRole('link')).toHaveCount(0);
  await form.getByRole('button', { name: 'Submit' }).click();
  await expect(form).toHaveCount(0);
  await expect(panel.node('form').locator('b')).toHaveCount(0);
  await panel.prompt('choice').getByRole('radio').first().check();
  await panel.prompt('choice').getByRole('button', { name: 'Answer' }).click();
  await expect(panel.prompt('choice')).toHaveCount(0);
  expect(await panel.page.title()).toBe(title);
});
