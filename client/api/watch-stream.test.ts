import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SessionSummary } from '../../shared/session.ts';
import { ManualTimers } from './manual-timers.testing.ts';
import type { WatchFrame } from './watch-frame.ts';
import type { WatchPort } from './watch-link.ts';
import { WatchServer } from './watch-server.testing.ts';
import { WatchStream, type ConnectionState } from './watch-stream.ts';

const SESSION = 's1';

function setUp(server: WatchServer) {
  const timers = new ManualTimers();
  const frames: WatchFrame[] = [];
  const states: ConnectionState[] = [];
  const stream = new WatchStream({
    fetch: server.fetch,
    timers,
    random: () => 0,
    onFrames: (arrived) => frames.push(...arrived),
    onState: (state) => states.push(state),
  });
  return { timers, frames, states, stream };
}

/** Lets everything that can happen without time happen. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 30; turn += 1) await Promise.resolve();
  await new Promise((resolve) => setImmediate(resolve));
}

const indicesOf = (frames: readonly WatchFrame[]): number[] =>
  frames.flatMap((frame) => (frame.kind === 'event' ? [frame.index] : []));
const revisionsOf = (frames: readonly WatchFrame[]): number[] =>
  frames.flatMap((frame) => (frame.kind === 'entry' ? [frame.entry.revision] : []));
const kindsOf = (frames: readonly WatchFrame[]): string[] => frames.map((frame) => frame.kind);
const upTo = (count: number): number[] => Array.from({ length: count }, (_, n) => n);

describe('a watch stream', () => {
  it('gives each event and each entry once, in order, over any chunks and any disconnects', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.record({
            appends: fc.nat(4),
            entries: fc.nat(3),
            cut: fc.integer({ min: 1, max: 900 }),
            chunks: fc.array(fc.integer({ min: 1, max: 120 }), { minLength: 1, maxLength: 5 }),
          }),
          { minLength: 1, maxLength: 8 },
        ),
        async (rounds) => {
          const server = new WatchServer(SESSION);
          const { frames, stream, timers } = setUp(server);
          stream.watchFeed({ graphId: 'G', since: 0, storeId: 'store' });
          stream.watchSession(SESSION);
          for (const { appends, entries, cut, chunks } of rounds) {
            server.append(appends);
            server.change(entries);
            await settle();
            server.deliver(cut, chunks);
            await settle();
            server.drop();
            await settle();
            timers.advance(20_000);
            await settle();
          }
          server.deliver(Number.POSITIVE_INFINITY, [64]);
          await settle();
          stream.close();
          await settle();
          expect(indicesOf(frames)).toEqual(upTo(server.events.length));
          const revisions = revisionsOf(frames);
          expect(revisions).toEqual([...new Set(revisions)].sort((a, b) => a - b));
          expect(revisions).toEqual(server.summaries.map((summary) => summary.revision));
        },
      ),
      { numRuns: 150 },
    );
  });

  it('gives nothing of a session that it was told to leave, though it had arrived', async () => {
    const server = new WatchServer(SESSION);
    server.append(5);
    const { frames, stream } = setUp(server);
    stream.watchSession(SESSION);
    await settle();
    server.deliver(300, [300]);
    await settle();
    const before = frames.length;
    expect(before).toBeGreaterThan(0);
    server.deliver(Number.POSITIVE_INFINITY, [64]);
    stream.watchSession('s2');
    await settle();
    expect(frames.slice(before)).toEqual([]);
    expect(server.requests.at(-1)?.get('session')).toBe('s2:-1');
  });

  it('opens one connection for what is changed together', async () => {
    const server = new WatchServer(SESSION);
    const { stream } = setUp(server);
    stream.watchSession('a');
    stream.watchSession('b');
    stream.watchFeed({ graphId: 'G', since: 7, storeId: 'store' });
    await settle();
    expect(server.requests.map(String)).toEqual(['feed=G&since=7&session=b%3A-1&store=store']);
  });

  it('waits longer after each failure, and begins anew once a frame has arrived', async () => {
    const server = new WatchServer(SESSION);
    const { stream, states, timers } = setUp(server);
    server.refuse = true;
    stream.watchSession(SESSION);
    const delays: number[] = [];
    for (let round = 0; round < 8; round += 1) {
      await settle();
      const state = states.at(-1);
      if (state?.phase !== 'waiting') throw new Error(`It should wait, and is ${state?.phase}.`);
      delays.push(state.retryAt - timers.now());
      server.refuse = round < 6;
      timers.advance(delays.at(-1)!);
      await settle();
      if (!server.refuse) {
        server.deliver(Number.POSITIVE_INFINITY, [64]);
        await settle();
        server.drop();
      }
    }
    expect(delays).toEqual([125, 250, 500, 1000, 2000, 4000, 5000, 125]);
  });

  it('tells why the server refuses', async () => {
    const server = new WatchServer(SESSION);
    server.refusal = { status: 401, error: 'This server wants a token.' };
    const { stream, states } = setUp(server);
    stream.watchSession(SESSION);
    await settle();
    expect(states.at(-1)).toMatchObject({ phase: 'waiting', reason: 'This server wants a token.' });
  });

  it('gives up a connection that is silent for longer than the server may be', async () => {
    const server = new WatchServer(SESSION);
    const { stream, states, timers } = setUp(server);
    stream.watchSession(SESSION);
    await settle();
    timers.advance(44_000);
    expect(states.at(-1)).toEqual({ phase: 'open' });
    timers.advance(2_000);
    await settle();
    expect(server.requests).toHaveLength(2);
  });

  it('connects at once when it is told to', async () => {
    const server = new WatchServer(SESSION);
    server.refuse = true;
    const { stream } = setUp(server);
    stream.watchSession(SESSION);
    await settle();
    expect(server.requests).toHaveLength(1);
    stream.retryNow();
    await settle();
    expect(server.requests).toHaveLength(2);
  });

  it('reads a session from its start again after a reset', async () => {
    const server = new WatchServer(SESSION);
    server.append(3);
    const { frames, stream, timers } = setUp(server);
    stream.watchSession(SESSION);
    await settle();
    server.deliver(Number.POSITIVE_INFINITY, [64]);
    await settle();
    server.replaceStore('other');
    server.append(2);
    server.drop();
    await settle();
    timers.advance(20_000);
    await settle();
    server.deliver(Number.POSITIVE_INFINITY, [64]);
    await settle();
    expect(server.requests.at(-1)?.get('store')).toBe('store');
    const again = frames.slice(kindsOf(frames).lastIndexOf('reset'));
    expect(indicesOf(again)).toEqual([0, 1]);
  });

  it('forgets the cursors of a store that is not there any more, even if it hears so elsewhere', async () => {
    const server = new WatchServer(SESSION);
    server.append(3);
    const { frames, stream } = setUp(server);
    stream.watchSession(SESSION);
    await settle();
    server.deliver(Number.POSITIVE_INFINITY, [64]);
    await settle();
    stream.watchFeed({ graphId: 'G', since: 12, storeId: 'other' });
    await settle();
    expect(kindsOf(frames).at(-1)).toBe('reset');
    expect(server.requests.at(-1)?.get('session')).toBe('s1:-1');
    expect(server.requests.at(-1)?.get('store')).toBe('other');
  });

  it('reconnects from its cursor when events are missing', async () => {
    const server = new WatchServer(SESSION);
    server.append(5);
    const { frames, stream, timers } = setUp(server);
    stream.watchSession(SESSION);
    await settle();
    server.skipOnce = 2;
    server.deliver(Number.POSITIVE_INFINITY, [64]);
    await settle();
    expect(indicesOf(frames)).toEqual([0, 1]);
    timers.advance(20_000);
    await settle();
    server.deliver(Number.POSITIVE_INFINITY, [64]);
    await settle();
    expect(indicesOf(frames)).toEqual([0, 1, 2, 3, 4]);
  });

  it('keeps the place of an event whose type it does not know', async () => {
    const server = new WatchServer(SESSION);
    server.append(1);
    server.events.push({ type: 'fromTheFuture', index: 1, time: 1 });
    server.append(1);
    const { frames, stream } = setUp(server);
    stream.watchSession(SESSION);
    await settle();
    server.deliver(Number.POSITIVE_INFINITY, [64]);
    await settle();
    expect(indicesOf(frames)).toEqual([0, 1, 2]);
    expect(frames.map((frame) => frame.kind === 'event' && frame.event === null)).toContain(true);
  });

  it('stops asking for a session that was deleted', async () => {
    const server = new WatchServer(SESSION);
    const { frames, stream } = setUp(server);
    stream.watchSession('gone');
    await settle();
    server.deliver(Number.POSITIVE_INFINITY, [64]);
    await settle();
    expect(frames).toEqual([{ kind: 'deleted', sessionId: 'gone' }]);
    server.drop();
    await settle();
    stream.retryNow();
    await settle();
    expect(server.requests).toHaveLength(1);
  });
});

describe('the model server', () => {
  it('makes summaries that the wire knows', () => {
    const server = new WatchServer(SESSION);
    server.change(2);
    expect(server.summaries.map((s: SessionSummary) => s.revision)).toEqual([1, 2]);
  });

  it('reads what arrives in tasks of its own, and acknowledges it when it was read', () => {
    const tasks: (() => void)[] = [];
    const said: string[] = [];
    const kinds: string[] = [];
    let port: WatchPort | undefined;
    const stream = new WatchStream({
      fetch: () => Promise.reject(new Error('nothing is fetched')),
      timers: new ManualTimers(),
      later: (run) => tasks.push(run),
      link: (given) => {
        port = given;
        return {
          want: () => undefined,
          ack: (size, want) => said.push(`${size} up to ${want.session?.after ?? 'nothing'}`),
          gap: () => said.push('gap'),
          close: () => undefined,
          retryNow: () => undefined,
        };
      },
      onFrames: (frames) => kinds.push(...kindsOf(frames)),
      onState: () => undefined,
    });
    stream.watchSession(SESSION);
    const line = (index: number) =>
      `${SESSION}\n{"type":"graphCancelled","sessionId":"${SESSION}","index":${index},"time":1}\n`;
    const batch = (text: string) => ({ serial: 1, asked: null, text });
    const [one, other] = [batch(line(0) + line(1)), batch(line(2))];
    port?.batch(one);
    port?.batch(other);
    expect(kinds).toEqual([]);
    expect(said).toEqual([]);
    while (tasks.length > 0) tasks.shift()?.();
    expect(kinds).toEqual(['event', 'event', 'event']);
    expect(said).toEqual([`${one.text.length} up to 2`, `${other.text.length} up to 2`]);

    // What waits behind a gap comes again over another connection.
    port?.batch(batch(line(4)));
    port?.batch(batch(line(5)));
    said.length = 0;
    while (tasks.length > 0) tasks.shift()?.();
    expect(kinds).toHaveLength(3);
    expect(said.filter((word) => word === 'gap')).toHaveLength(1);
    expect(said).toHaveLength(3);
  });
});
