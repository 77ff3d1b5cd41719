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

const logOf = (panel: PanelPage) => panel.session.getByRole('log', { name: 'Nodes' });

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
    const pane = customElements.get('reattach-session-pane')?.prototype as { updated: () => void };
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

/** How far from its place each painted frame showed what was at the top of the log's view. */
interface Reading {
  readonly node: string;
  moves: { readonly by: number; readonly height: number }[];
  stop: boolean;
}

/** Keeps watch, in every frame from now on, over the row that is at the top of the log's view. */
async function readAtTop(log: Locator): Promise<() => Promise<Reading>> {
  await log.evaluate(async (box) => {
    await new Promise(requestAnimationFrame);
    await new Promise(requestAnimationFrame);
    const { top } = box.getBoundingClientRect();
    const cards = [...box.querySelectorAll('reattach-node-card')];
    const rowsOf = (card: Element) => [...(card.shadowRoot?.querySelectorAll('[data-row]') ?? [])];
    const found = cards
      .flatMap((card) => rowsOf(card).map((row) => ({ card, row })))
      .find(({ row }) => row.getBoundingClientRect().bottom > top + 1);
    if (found === undefined) throw new Error('No row is drawn at the top.');
    const { card, row } = found;
    const key = row.getAttribute('data-row') ?? '';
    const place = row.getBoundingClientRect().top;
    const reading: Reading = {
      ...{ moves: [], stop: false },
      node: card.shadowRoot?.querySelector('article')?.getAttribute('data-node') ?? '',
    };
    const painted = new MessageChannel();
    painted.port1.onmessage = () => {
      const now = rowsOf(card).find((other) => other.getAttribute('data-row') === key);
      const by = now === undefined ? Number.NaN : now.getBoundingClientRect().top - place;
      reading.moves.push({ by, height: box.scrollHeight });
    };
    const frame = () => {
      if (reading.stop) return;
      painted.port2.postMessage(null);
      requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
    Object.assign(window, { reading });
  });
  return async () =>
    log.page().evaluate(() => {
      const { reading } = window as unknown as { reading: Reading };
      reading.stop = true;
      return reading;
    });
}

const picture = (height: number): string =>
  btoa(`<svg xmlns="http://www.w3.org/2000/svg" width="200" height="${height}"/>`);

test('what one reads stays where it is, whatever grows, loads and vanishes around it', async ({
  api,
  panel,
  latches,
}) => {
  const pieces = 6;
  const graph = graphOf(
    'Long',
    {
      begin: ['template', { text: 'It begins.' }],
      above: ['grow', { pieces, latch: 'again', pictures: [picture(70), picture(150)] }],
      read: ['pulse', { chunks: 900, latch: 'more' }],
      below: ['pulse', { chunks: 200, latch: 'more' }],
    },
    ['begin -> above', 'begin -> read', 'begin -> below'],
  );
  const sessionId = await api.start(graph, { graphId: 'mine' });
  await latches.reached('again');
  await latches.reached('more', 2);
  await panel.goto('mine', sessionId);
  await expect(panel.stream).toHaveText('Live');
  const log = logOf(panel);
  await expect(panel.node('read').locator('[data-row]').first()).toBeAttached();
  const left = () => log.evaluate((box) => box.scrollHeight - box.scrollTop - box.clientHeight);
  await expect.poll(left).toBeLessThan(2);
  // In the midst of the long node, at a place that was never drawn.
  await log.evaluate((box) => {
    const [, , read] = box.querySelectorAll('reattach-node-card');
    const { top, height } = read?.getBoundingClientRect() ?? { top: 0, height: 0 };
    box.scrollTop += top - box.getBoundingClientRect().top + height / 2;
  });
  const stop = await readAtTop(log);
  await latches.open('again');
  await expect(panel.node('above')).toContainText('Attempt 2.');
  await latches.open('more');
  for (let n = 0; n < pieces; n += 1) {
    await latches.open(`again ${n}`);
    await expect(panel.node('above')).toContainText(`Piece ${n} `);
  }
  await expect(panel.stream).toHaveText('Ended');
  const { moves, node } = await stop();
  expect(node).toBe('read');
  // It grew step by step, and what vanished made it shrink.
  expect(new Set(moves.map(({ height }) => height)).size).toBeGreaterThan(3);
  expect(moves.some(({ height }, n) => height < (moves[n - 1]?.height ?? 0))).toBe(true);
  expect(moves.filter(({ by }) => !(Math.abs(by) <= 1))).toEqual([]);
});
