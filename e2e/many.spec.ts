import { expect, test, type PromptKind, type Sessions } from 'reattach/playwright';

/**
 * So many tests over one server a worker, each of which would fail if it saw anything of another: the
 * sessions, graphs and handlers of all have the same names. `npm run stress` runs 200, twenty times over.
 */
const COUNT = Number(process.env['REATTACH_MANY'] ?? 10);

const prompts: readonly PromptKind[] = ['form', 'question', 'choice', 'consent'];
const answers: Readonly<Record<PromptKind, unknown>> = {
  form: { name: 'Ada' },
  question: { input: { role: 'user', parts: [{ text: 'Ada' }] } },
  choice: { selected: { ids: ['red'] } },
  consent: { consent: false },
};
const statuses = ['running', 'suspended', 'completed', 'failed', 'cancelled'] as const;

const kindOf = (n: number) => prompts[n % prompts.length] ?? 'form';

/** A session in each state, and the server has these alone. */
async function oneOfEach(sessions: Sessions, n: number): Promise<string[]> {
  const ids: string[] = [];
  for (const status of statuses) {
    ids.push((await sessions.put(status, { prompt: kindOf(n) })).sessionId);
  }
  return ids.reverse();
}

for (let n = 0; n < COUNT; n += 1) {
  test.describe(`${n}`, () => {
    // In each test another handler under one name.
    test.use({
      nodes: { who: async (ctx) => ctx.step('who', () => n) },
      graphs: { who: { title: 'Who', nodes: [{ id: 'w', type: 'who' }] } },
    });

    test('has its own sessions, handlers and clock', async ({ api, sessions, clock }) => {
      expect(await api.list()).toEqual([]);
      const ids = await oneOfEach(sessions, n);
      const listed = await api.list();
      expect(listed.map(({ sessionId }) => sessionId).sort()).toEqual([...ids].sort());
      const running = listed.find(({ status }) => status === 'running');
      await clock.advance(3_600_000);
      await api.waitFor(running?.sessionId ?? '', 'completed');
      const who = await api.start('who');
      await api.waitFor(who, 'completed');
      expect((await api.events(who)).at(-1)).toMatchObject({ outputs: { w: { output: n } } });
    });

    if (n % 10 === 0) {
      test('answers in the panel what it put there', async ({ panel, api, sessions }) => {
        const kind = kindOf(n / 10);
        await oneOfEach(sessions, n);
        const { sessionId, graphId, node } = await sessions.put('suspended', {
          ...{ prompt: kind, title: 'Mine', events: 200 },
        });
        await panel.goto(graphId);
        await expect(panel.rows).toHaveCount(statuses.length + 1);
        await panel.row('Mine').getByRole('link').click();
        await expect(panel.prompt(node)).toBeVisible();
        await api.answer(sessionId, answers[kind]);
        await expect(panel.prompts).toHaveCount(0);
        await expect(panel.stream).toHaveText('Ended');
        await expect(panel.row('Mine')).toContainText('completed');
      });
    }
  });
}
