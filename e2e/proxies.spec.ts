import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { ReattachApi } from 'reattach/playwright';
import { graphOf } from './graph-of.ts';
import { expect, test } from './process-fixtures.ts';
import { findProxy } from '../scripts/find-proxy.mjs';
import { ProxyProcess, type ProxyKind } from './proxy-process.ts';
import { SessionReader } from './session-reader.ts';
import { SseReader } from './sse.ts';

/** Says something now and then, with silence in between, and asks at last. */
const slow = graphOf(
  'Slow',
  {
    say: [
      'script',
      {
        events: ['one', 'two', 'three'].map((thought) => ({ thought, delayMs: 1_600 })),
      },
    ],
    name: ['ask', { prompt: 'Your name?' }],
    greeting: ['template', { text: 'Good day, {{name}}.' }],
  },
  ['say -> name', 'name -> greeting.name'],
);
const greet = graphOf(
  'Greet',
  {
    name: ['ask', { prompt: 'Your name?' }],
    greeting: ['template', { text: 'Good day, {{name}}.' }],
  },
  ['name -> greeting.name'],
);

test.use({
  serverFlags: ['--base-path', '/runs', '--allow-host', '127.0.0.1'],
  extraGraphs: { slow, greet },
});

const ada = { input: { role: 'user', parts: [{ text: 'Ada' }] } };

for (const kind of ['nginx', 'haproxy'] as const) {
  test.describe(`behind ${kind}`, () => {
    test.skip(findProxy(kind) === null, `${kind} is not installed: nothing is shown behind it`);

    test('a stream that is cut in each silence loses and doubles nothing', async ({
      server,
      directory,
    }) => {
      const direct = new ReattachApi(() => `${server.origin}/runs`);
      await behind(kind, { directory, serverPort: server.port, timeout: '1s' }, async (proxy) => {
        const through = proxy.url.slice(0, -1);
        const sessionId = await new ReattachApi(() => through).start('slow');
        const reader = new SessionReader(through, sessionId);
        const [report] = await Promise.all([
          direct.waitFor(sessionId, 'suspended'),
          // Of the start, what is said, and the node that asks.
          reader.read(8),
        ]);
        const [prompt] = report.openPrompts;
        await direct.resume(sessionId, prompt?.interactionId ?? '', ada);
        await direct.waitFor(sessionId, 'completed');
        await reader.read(Number.POSITIVE_INFINITY);
        expect(reader.events).toEqual(await direct.events(sessionId));
        expect(reader.end?.data).toMatchObject({ status: 'completed' });
        expect(reader.connections).toBeGreaterThan(1);
      });
    });

    test('a stream arrives unbuffered, and outlives a time-out that is longer than its silence', async ({
      server,
      directory,
    }) => {
      const direct = new ReattachApi(() => `${server.origin}/runs`);
      const sessionId = await direct.start('greet');
      const { openPrompts } = await direct.waitFor(sessionId, 'suspended');
      await behind(kind, { directory, serverPort: server.port, timeout: '16s' }, async (proxy) => {
        const url = `${proxy.url}v1beta1/graphSessions/${sessionId}`;
        const stream = await SseReader.open(url);
        const opened = performance.now();
        // Nothing follows it that would push it out of a buffer.
        await stream.until(({ data }) => data['type'] === 'replayComplete');
        const next = stream.next();
        await expect.poll(() => stream.comments).toContain('keep-alive');
        // The time-out itself, in a process that is not ours.
        await wait(Math.max(0, 17_500 - (performance.now() - opened)));
        await direct.resume(sessionId, openPrompts[0]?.interactionId ?? '', ada);
        expect((await next)?.data).toMatchObject({ type: 'inputResolved' });
        stream.close();
      });
    });

    test('the panel works, at its path and over cut connections', async ({
      server,
      directory,
      page,
      panel,
    }) => {
      await behind(kind, { directory, serverPort: server.port, timeout: '2s' }, async (proxy) => {
        await page.goto(`${proxy.url}?graph=greet`);
        const cut = page.waitForEvent('requestfailed', (request) =>
          request.url().includes('/watch'),
        );
        await panel.run.click();
        await expect(panel.prompt('name')).toBeVisible();
        await cut;
        await panel.prompt('name').getByRole('textbox').fill('Ada');
        await panel.prompt('name').getByRole('button', { name: 'Answer' }).click();
        await expect(panel.node('greeting')).toContainText('Good day, Ada.');
        expect(new URL(page.url()).pathname).toBe('/runs/');
        await page.reload();
        await expect(panel.node('greeting')).toContainText('Good day, Ada.');
        await expect(panel.row('Greet')).toBeVisible();
      });
    });
  });
}

async function behind(
  kind: ProxyKind,
  { directory, ...options }: { directory: string; serverPort: number; timeout: string },
  act: (proxy: ProxyProcess) => Promise<void>,
): Promise<void> {
  const proxy = await ProxyProcess.start(kind, { directory: join(directory, kind), ...options });
  try {
    await act(proxy);
  } finally {
    await proxy.stop();
  }
}
