import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ChatChunk, ChatMessage } from '../../shared/chat.ts';
import { openSqliteStore } from '../store/sqlite-store.ts';
import {
  connectChat,
  plain,
  readWithSdk,
  withoutOpenParts,
  type ChatFrame,
} from './chat-reader.testing.ts';
import { CHAT_SESSION, ChatLog, saidIn, type Choice } from './chat-world.testing.ts';
import { createReaders, type Readers } from './create-readers.ts';
import { readMessages } from './read-messages.ts';
import { nextTurn } from './tail.ts';

const choice: fc.Arbitrary<Choice> = fc.record({
  action: fc.integer({ min: 0, max: 22 }),
  node: fc.nat(2),
  pick: fc.nat(11),
});

/** A run, in the commits in which it is written; how far connections come between them. */
const plan = fc.record({
  commits: fc.array(fc.array(choice, { minLength: 1, maxLength: 4 }), { maxLength: 40 }),
  end: fc.option(fc.nat(5)),
  cuts: fc.array(fc.integer({ min: 1, max: 1500 }), { maxLength: 40 }),
  connects: fc.array(fc.boolean(), { minLength: 1, maxLength: 40 }),
});

const one = (action: number, node: number): Choice => ({ action, node, pick: 0 });
const overlapping = {
  commits: [[one(0, 0)], [one(0, 0)], [one(1, 1)], [one(1, 0), one(0, 0)], [one(11, 1)]],
  end: null,
  cuts: [],
  connects: [false],
};

/** A client that keeps its SDK's state over all connections: exactly the frames that it lacks. */
class LiveClient {
  chunks: ChatChunk[] = [];
  after: string | null = '-1:0';

  take(frames: readonly ChatFrame[]): void {
    frames.forEach(({ id, chunk }, at) => {
      if (chunk?.type === 'start') {
        // Nothing but a beginning begins anew.
        expect(at).toBe(0);
        this.chunks = [];
      }
      if (chunk !== null) this.chunks.push(chunk);
      this.after = id ?? this.after;
    });
  }

  message(): Promise<ChatMessage | undefined> {
    return readWithSdk(this.chunks);
  }
}

/** A client that keeps nothing but the message and a cursor, as one that is loaded anew. */
class FreshClient {
  #message: ChatMessage | undefined;
  after: string | null = '-1:0';

  async take(frames: readonly ChatFrame[]): Promise<void> {
    const chunks = frames.flatMap(({ chunk }) => (chunk === null ? [] : [chunk]));
    const isAnew = chunks[0]?.type === 'start';
    const before = this.#message === undefined || isAnew ? undefined : this.#message;
    const open = before === undefined ? undefined : withoutOpenParts(before);
    this.#message = (await readWithSdk(chunks, frames.length === 0 ? before : open)) ?? before;
    this.after = frames.findLast(({ id }) => id !== undefined)?.id ?? this.after;
  }

  message = () => Promise.resolve(this.#message);
}

async function drained(readers: Readers, after: string | null, reopen: boolean, bytes?: number) {
  const connection = await connectChat(readers, { sessionId: CHAT_SESSION, after, reopen }, bytes);
  // A connection that has nothing more to read waits; by then it has read all.
  const over = connection.over.then(() => true);
  for (let turns = 0; turns < 12; turns += 1) {
    if (await Promise.race([over, nextTurn().then(() => false)])) break;
  }
  connection.close();
  await connection.over;
  return connection.frames;
}

test('whatever breaks when, a message ends as an uninterrupted reader and the history have it', async () => {
  await fc.assert(
    fc.asyncProperty(plan, async ({ commits, end, cuts, connects }) => {
      await using store = Object.assign(await openSqliteStore({ file: ':memory:' }), {
        async [Symbol.asyncDispose]() {
          await store.close();
        },
      });
      const readers = createReaders(store);
      const log = new ChatLog(store);
      await log.start();
      const live = new LiveClient();
      const fresh = new FreshClient();
      let connections = 0;

      const connect = async (bytes?: number) => {
        live.take((await drained(readers, live.after, false, bytes)) ?? []);
        await fresh.take((await drained(readers, fresh.after, true, bytes)) ?? []);
      };
      const catchUp = async () => {
        // Once more for one whose message was taken back, and for one whose turn was another.
        for (let times = 0; times < 3; times += 1) await connect();
      };
      const check = async () => {
        const history = await readMessages(store, CHAT_SESSION);
        const { turn, status } = log.state;
        const id = `${CHAT_SESSION}:${turn.id}`;
        const whole = await drained(readers, `${turn.id - 1}:0`, false);
        const chunks = whole!.flatMap(({ chunk }) => (chunk === null ? [] : [chunk]));
        const message = await readWithSdk(chunks);
        expect(message?.id).toBe(id);
        const told = JSON.stringify(message?.parts.filter(({ type }) => type !== 'data-outputs'));
        for (const text of saidIn(log.events, turn.id)) expect(told.split(text)).toHaveLength(2);
        expect(await live.message()).toEqual(message);
        expect(await fresh.message()).toEqual(message);
        if (status === 'running') {
          expect(history!.streaming).toBe(id);
          expect(history!.messages.some((other) => other.id === id)).toBe(false);
        } else {
          expect(plain(history!.messages.at(-1))).toEqual(message);
          expect(history!.streaming).toBeNull();
          expect(await drained(readers, null, false)).toBeNull();
          expect(await drained(readers, live.after, false)).toBeNull();
          expect(await drained(readers, history!.cursor, false)).toBeNull();
        }
      };

      for (const [at, commit] of commits.entries()) {
        const bodies = commit.map((one) => log.next(one));
        for (const some of bodies) await log.write(...some);
        if (connects[at % connects.length] === true) {
          await connect(cuts[connections++ % Math.max(cuts.length, 1)]);
        }
        if (at % 7 === 6) {
          await catchUp();
          await check();
        }
      }
      if (end !== null) await log.write(...log.finish(end));
      await catchUp();
      await check();
      readers.close();
    }),
    {
      numRuns: Number(process.env['CHAT_RUNS'] ?? 40),
      // A part that ended while another, begun later, stays open.
      examples: [[overlapping]],
    },
  );
});
