import type { Locator } from '@playwright/test';
import type { PanelPage, ReattachApi } from 'reattach/playwright';
import { expect, test } from './fixtures.ts';
import { graphOf } from './graph-of.ts';
import type { Latches } from './latches.ts';

const CHUNKS = 6_000;

/** A run that has emitted half of a long log, and waits for the latch `more`. */
async function halfOf(
  api: ReattachApi,
  latches: Latches,
  kind: 'flood' | 'pulse',
): Promise<string> {
  const graph = graphOf('Long', { flood: [kind, { chunks: CHUNKS, bytes: 100, latch: 'more' }] });
  const sessionId = await api.start(graph, { graphId: 'mine' });
  await latches.reached('more');
  return sessionId;
}

const logOf = (panel: PanelPage) => panel.session.getByRole('region', { name: 'Nodes' });

/** How much of the log's height nothing is drawn at, in the frame after it was scrolled there. */
async function blankAt(log: Locator, share: number): Promise<number> {
  return log.evaluate(async (box, place) => {
    box.scrollTop = (box.scrollHeight - box.clientHeight) * place;
    await new Promise(requestAnimationFrame);
    await new Promise(requestAnimationFrame);
    const { left, top, width, height } = box.getBoundingClientRect();
    let blank = 0;
    for (let y = top + 5; y < top + height - 5; y += 10) {
      let element = document.elementFromPoint(left + width / 2, y);
      for (
        let inner = element;
        inner !== null;
        inner = element.shadowRoot?.elementFromPoint(left + width / 2, y) ?? null
      ) {
        if (inner === element && inner.shadowRoot === null) break;
        element = inner;
      }
      if (element?.classList.contains('room') === true) blank += 10;
    }
    return blank;
  }, share);
}

for (const kind of ['flood', 'pulse'] as const) {
  test(`a long log of ${kind === 'flood' ? 'text' : 'events'} is drawn where one looks, and nowhere else`, async ({
    api,
    panel,
    latches,
  }) => {
    const sessionId = await halfOf(api, latches, kind);
    await panel.goto('mine', sessionId);
    await expect(panel.stream).toHaveText('Live');
    const log = logOf(panel);
    const drawn = () => panel.node('flood').locator('[data-row]').count();
    await expect.poll(drawn).toBeGreaterThan(0);
    await expect(panel.node('flood')).toContainText(`${CHUNKS / 2 - 1} `);
    expect(await drawn()).toBeLessThan(40);
    for (const share of [0.5, 0, 0.9, 0.3, 0.31, 1, 0.7]) {
      expect(await blankAt(log, share), `at ${share}`).toBe(0);
      expect(await drawn()).toBeLessThan(40);
    }
    await log.evaluate((box) => box.scrollTo(0, 0));
    await expect(panel.node('flood')).toContainText('0 xxx');
  });
}

test('a stream of events costs at most one render a frame, and the page answers in between', async ({
  api,
  panel,
  latches,
}) => {
  const sessionId = await halfOf(api, latches, 'pulse');
  await panel.goto('mine', sessionId);
  await expect(panel.stream).toHaveText('Live');
  await panel.page.evaluate(() => {
    const counts = { frames: 0, renders: 0 };
    const frame = () => {
      counts.frames += 1;
      requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
    const pane = customElements.get('session-pane')?.prototype as { updated: () => void };
    const { updated } = pane;
    pane.updated = function count(this: unknown, ...given: []) {
      counts.renders += 1;
      updated.apply(this, given);
    };
    Object.assign(window, { counts });
  });
  await latches.open('more');
  await expect(panel.stream).toHaveText('Ended');
  const counts = await panel.page.evaluate(
    () => (window as unknown as { counts: { frames: number; renders: number } }).counts,
  );
  expect(counts.renders).toBeGreaterThan(1);
  expect(counts.renders).toBeLessThanOrEqual(counts.frames + 1);
  await expect(panel.node('flood')).toContainText(`${CHUNKS - 1} `);
});
