import { afterEach, beforeEach, expect, test } from 'vitest';
import type { SessionEvent } from '../../shared/event.ts';
import { openSqliteStore } from '../store/sqlite-store.ts';
import type { Store } from '../store/store.ts';
import { engineWith, has, oneNode, starting, untilLog } from './engine.testing.ts';
import type { Engine } from './engine.ts';
import type { NodeHandler } from './handler.ts';

let store: Store;
let engine: Engine;

beforeEach(async () => {
  store = await openSqliteStore({ file: ':memory:' });
});

afterEach(async () => {
  await engine.close();
  await store.close();
});

const start = () => engine.start(starting({ graph: oneNode }));
const said = (text: string) => ({ input: { role: 'user', parts: [{ text }] } });
const outputOf = (log: SessionEvent[]) =>
  log.flatMap((event) => (event.type === 'nodeEnd' ? [event.outputs['output']] : []))[0];

async function answer(sessionId: string): Promise<void> {
  const log = await untilLog(store, sessionId, has('inputRequired'));
  const prompt = log.find((event) => event.type === 'inputRequired');
  const interactionId = prompt?.type === 'inputRequired' ? prompt.interactionId : '';
  await engine.resume(sessionId, { interactionId, response: said('x') });
}

/** Takes a step, asks, and says which version of it came to its end. */
const version =
  (name: string, step: () => Promise<string> = async () => name): NodeHandler =>
  async (ctx) => {
    const began = await ctx.step('begin', step);
    await ctx.ask({ prompt: '?' });
    return `${began} ${name}`;
  };

test('a session that waits goes on with the new code, and with the results that it has', async () => {
  engine = engineWith(store, version('old'));
  const { sessionId } = await start();
  await untilLog(store, sessionId, has('inputRequired'));
  await engine.useNodeTypes({ test: version('new') });
  await answer(sessionId);
  expect(outputOf(await untilLog(store, sessionId, has('graphComplete')))).toBe('old new');
  const next = (await start()).sessionId;
  await answer(next);
  expect(outputOf(await untilLog(store, next, has('graphComplete')))).toBe('new new');
});

test('a step that is under way ends in the old code; what follows its rest is new', async () => {
  let release = (): void => undefined;
  const held = new Promise<string>((resolve) => (release = () => resolve('old')));
  engine = engineWith(
    store,
    version('old', () => held),
  );
  const { sessionId } = await start();
  await untilLog(store, sessionId, has('stepStart'));
  await engine.useNodeTypes({ test: version('new') });
  release();
  await answer(sessionId);
  const log = await untilLog(store, sessionId, has('graphComplete'));
  expect(outputOf(log)).toBe('old new');
  expect(log.filter(({ type }) => type === 'stepStart')).toHaveLength(1);
});

test('sessions are blocked by a type that is gone, and go on by themselves once it is back', async () => {
  engine = engineWith(store, version('old'));
  const { sessionId: waiting } = await start();
  await untilLog(store, waiting, has('inputRequired'));
  await engine.useNodeTypes({});
  expect((await store.status(waiting))?.blockedBy).toEqual(['test']);
  await expect(answer(waiting)).rejects.toMatchObject({ code: 'session_blocked' });
  await expect(start()).rejects.toMatchObject({ code: 'invalid_graph' });
  await engine.useNodeTypes({ test: version('new') });
  expect((await store.status(waiting))?.blockedBy).toEqual([]);
  await answer(waiting);
  expect(outputOf(await untilLog(store, waiting, has('graphComplete')))).toBe('old new');

  // One that was at work when its server was killed.
  await engine.useNodeTypes({ test: version('lost', () => new Promise(() => undefined)) });
  const { sessionId: running } = await start();
  await untilLog(store, running, has('stepStart'));
  await engine.close();
  engine = engineWith(store, version('none'), { nodeTypes: {} });
  await engine.recover();
  expect((await store.status(running))?.blockedBy).toEqual(['test']);
  await engine.useNodeTypes({ test: version('new') });
  await answer(running);
  expect(outputOf(await untilLog(store, running, has('graphComplete')))).toBe('new new');
});
