import { expect, it } from 'vitest';
import { commandsOf } from './commands.ts';
import { makePanel, settle } from './panel.testing.ts';
import { memoryStore } from './preference-store.testing.ts';
import { Shell } from './shell.ts';

it('offers to try a lost connection again, and does so at once', async () => {
  const { panel, connections } = makePanel('?graph=G');
  const shell = new Shell({
    ...{ panel, store: memoryStore(), width: 1600 },
    ...{ theme: 'system', onTheme: () => undefined },
  });
  const retry = () => commandsOf(shell, shell.focus).find(({ id }) => id === 'retry');
  panel.start();
  await settle();
  expect(connections).toHaveLength(1);
  expect(retry()).toBe(undefined);
  connections[0]?.cut();
  await settle();
  expect(panel.connection.get().phase).toBe('waiting');
  retry()?.run();
  await settle();
  expect(connections).toHaveLength(2);
  expect(retry()).toBe(undefined);
});
