import { PanelPage } from 'reattach/playwright';
import { SESSIONS_PATH, sessionPaths } from '../shared/api.ts';
import { expect, test } from './fixtures.ts';
import { graphOf } from './graph-of.ts';

const graph = graphOf(
  'Question',
  { ask: ['ask', { prompt: 'Well?' }], again: ['ask', { prompt: 'Sure?' }] },
  ['ask -> again'],
);
const says = (text: string) => ({ input: { role: 'user', parts: [{ text }] } });
const NEW = `${SESSIONS_PATH}/new`;

test('of answers that arrive together exactly one counts, and the others are told so', async ({
  api,
}) => {
  for (let round = 0; round < 5; round += 1) {
    const sessionId = await api.start(graph);
    const { openPrompts } = await api.waitFor(sessionId, 'suspended');
    const interactionId = openPrompts[0]?.interactionId ?? '';
    const texts = ['one', 'two', 'three', 'four'];
    const answers = await Promise.all(
      texts.map((text) => api.resume(sessionId, interactionId, says(text))),
    );
    const winner = answers.findIndex(({ status }) => status === 200);
    const log = await api.events(sessionId);
    const resolved = log.filter(({ type }) => type === 'inputResolved');
    expect(resolved).toMatchObject([{ interactionId, response: says(texts[winner] ?? '') }]);
    const resolvedAt = resolved[0]?.time ?? 0;
    const others = answers.filter((_, n) => n !== winner);
    expect(others).toEqual(
      others.map(() => ({
        status: 409,
        body: {
          code: 'interaction_resolved',
          error: `This prompt was answered at ${new Date(resolvedAt * 1000).toISOString()}.`,
          details: { resolvedAt },
        },
      })),
    );
  }
});

test('an answer repeated with its key gets the first result, also after a restart', async ({
  server,
  api,
}) => {
  const sessionId = await api.start(graph);
  const { openPrompts } = await api.waitFor(sessionId, 'suspended');
  const interactionId = openPrompts[0]?.interactionId ?? '';
  const answer = (text: string, key: string, accessToken?: string) =>
    api.call(
      'POST',
      sessionPaths(sessionId).resume,
      {
        interactionId,
        response: says(text),
        ...(accessToken === undefined ? {} : { accessToken }),
      },
      { 'idempotency-key': key },
    );
  // An answer that is refused leaves the key free.
  const misfit = await api.call(
    'POST',
    sessionPaths(sessionId).resume,
    { interactionId, response: 7 },
    { 'idempotency-key': 'key' },
  );
  expect(misfit).toMatchObject({ status: 422, body: { code: 'invalid_answer' } });

  const together = await Promise.all([answer('one', 'key'), answer('one', 'key')]);
  expect(together).toEqual([
    { status: 200, body: { sessionId, status: 'running' } },
    { status: 200, body: { sessionId, status: 'running' } },
  ]);
  await api.waitFor(sessionId, 'suspended');
  const log = await api.events(sessionId);
  await server.restart();
  expect(await answer('one', 'key', 'a fresh token')).toEqual(together[0]);
  expect(await answer('two', 'key')).toMatchObject({
    status: 422,
    body: { code: 'idempotency_mismatch' },
  });
  expect(await answer('one', 'another key')).toMatchObject({
    status: 409,
    body: { code: 'interaction_resolved' },
  });
  expect(await api.events(sessionId)).toEqual(log);
});

test('a start repeated with its key is one session, also after a restart', async ({
  server,
  api,
}) => {
  const start = (title: string) =>
    api.call('POST', NEW, { graph, title }, { 'idempotency-key': 'start' });
  const together = await Promise.all([start('One'), start('One'), start('One')]);
  const [first] = together;
  expect(together).toEqual([first, first, first]);
  await server.restart();
  expect(await start('One')).toEqual(first);
  expect(await start('Two')).toMatchObject({
    status: 422,
    body: { code: 'idempotency_mismatch' },
  });
  expect(await api.list('')).toMatchObject([{ title: 'One' }]);
});

test('two tabs answer together: one is taken, both panels say which', async ({ api, context }) => {
  const sessionId = await api.start(graph, { graphId: 'question' });
  let release = (): void => undefined;
  const released = new Promise<void>((resolve) => (release = resolve));
  const answers: { text: string; status: number }[] = [];
  const answerIn = async (text: string) => {
    const panel = new PanelPage(await context.newPage());
    await panel.page.route('**/*:resume', async (route) => {
      await released;
      await route.continue();
    });
    await panel.goto('question', sessionId);
    const form = panel.prompt('ask');
    await form.getByRole('textbox').fill(text);
    const sent = panel.page.waitForRequest('**/*:resume');
    const answered = panel.page.waitForResponse('**/*:resume');
    await form.getByRole('button', { name: 'Answer' }).click();
    await sent;
    const told = answered.then((response) => {
      answers.push({ text, status: response.status() });
    });
    return { panel, text, told };
  };
  const tabs = [await answerIn('from the left'), await answerIn('from the right')];
  release();
  await Promise.all(tabs.map(({ told }) => told));

  expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
  const taken = answers.find(({ status }) => status === 200)?.text ?? '';
  const log = await api.events(sessionId);
  expect(log.filter(({ type }) => type === 'inputResolved')).toMatchObject([
    { response: says(taken) },
  ]);
  for (const { panel, text } of tabs) {
    await expect(panel.prompt('ask')).toHaveCount(0);
    await expect(panel.prompt('again')).toBeVisible();
    await expect(panel.node('ask')).toContainText(taken);
    const refusal = panel.session.getByRole('alert');
    if (text === taken) {
      await expect(refusal).toHaveCount(0);
    } else {
      await expect(refusal).toContainText('Your answer was not taken. Answered at');
      await refusal.getByText('What you had entered').click();
      await expect(refusal).toContainText(text);
    }
  }
});
