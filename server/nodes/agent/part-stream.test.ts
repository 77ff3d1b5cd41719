import { expect, test } from 'vitest';
import type { JsonObject } from '../../../shared/json.ts';
import { PartStream, type PartTimers } from './part-stream.ts';

/** A stream whose time is driven by hand. */
function streaming(emit: (event: JsonObject) => Promise<void> = async () => undefined) {
  const events: JsonObject[] = [];
  let now = 0;
  let due: { at: number; run: () => void }[] = [];
  const timers: PartTimers = {
    now: () => now,
    after: (ms, run) => {
      const timer = { at: now + ms, run };
      due.push(timer);
      return () => {
        due = due.filter((other) => other !== timer);
      };
    },
  };
  const stream = new PartStream(async (event) => {
    events.push(event);
    await emit(event);
  }, timers);
  /** Lets time pass, and what then goes on by itself go on. */
  const pass = async (ms: number) => {
    now += ms;
    const ready = due.filter(({ at }) => at <= now);
    due = due.filter(({ at }) => at > now);
    for (const { run } of ready) run();
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { stream, events, pass };
}

test('the first piece goes at once, those that follow are joined', async () => {
  const { stream, events, pass } = streaming();
  for (const text of ['a', 'b', 'c']) stream.addText('content', '1', text);
  await pass(0);
  expect(events).toEqual([{ content: { id: '1', text: 'a' } }]);
  await pass(34);
  expect(events.slice(1)).toEqual([{ content: { id: '1', text: 'bc' } }]);
});

test('a flood becomes at most thirty events a second a part, and loses nothing', async () => {
  const { stream, events, pass } = streaming();
  for (let n = 0; n < 1000; n += 1) {
    stream.addText('content', '1', `${n} `);
    stream.addText('thought', '2', `${n} `);
    await pass(1);
  }
  await stream.flush();
  const of = (name: string) =>
    events.flatMap((event) => (event[name] as { text: string } | undefined) ?? []);
  for (const name of ['content', 'thought']) {
    expect(of(name).length).toBeGreaterThan(20);
    expect(of(name).length).toBeLessThanOrEqual(31);
    expect(
      of(name)
        .map(({ text }) => text)
        .join(''),
    ).toBe(Array.from({ length: 1000 }, (_, n) => `${n} `).join(''));
  }
});

test('parts that wait together keep their order, and of a value the latest members count', async () => {
  const { stream, events, pass } = streaming();
  stream.addText('content', '1', 'a');
  await pass(0);
  stream.addText('content', '1', 'b');
  stream.add('toolCallUpdate', 't', { status: 'pending', title: 'look' });
  stream.addText('content', '2', 'c');
  stream.add('toolCallUpdate', 't', { status: 'in_progress', args: undefined });
  await stream.flush();
  expect(events.slice(1)).toEqual([
    { content: { id: '1', text: 'b' } },
    { toolCallUpdate: { id: 't', status: 'in_progress', title: 'look' } },
    { content: { id: '2', text: 'c' } },
  ]);
});

test('what comes while an emission waits is joined, and a flush waits for all of it', async () => {
  const waiting: (() => void)[] = [];
  const { stream, events } = streaming(() => new Promise((resolve) => void waiting.push(resolve)));
  stream.addText('content', '1', 'a');
  stream.addText('content', '1', 'b');
  stream.addText('content', '1', 'c');
  let flushed = false;
  const flush = stream.flush().then(() => {
    flushed = true;
  });
  while (waiting.length < 1) await Promise.resolve();
  waiting.shift()?.();
  while (waiting.length < 1) await new Promise((resolve) => setImmediate(resolve));
  expect(flushed).toBe(false);
  waiting.shift()?.();
  await flush;
  expect(events).toEqual([
    { content: { id: '1', text: 'a' } },
    { content: { id: '1', text: 'bc' } },
  ]);
});

test('a flush rejects with what an emission threw', async () => {
  const { stream } = streaming(async () => {
    throw new Error('too large');
  });
  stream.addText('content', '1', 'a');
  await expect(stream.flush()).rejects.toThrow('too large');
});

test('a very long text goes as several events', async () => {
  const { stream, events } = streaming();
  const text = 'x'.repeat(600 * 1024);
  stream.addText('content', '1', text);
  await stream.flush();
  expect(events.map((event) => (event['content'] as { text: string }).text.length)).toEqual([
    262_144, 262_144, 90_112,
  ]);
});
