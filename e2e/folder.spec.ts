import {
  mkdir,
  mkdtemp,
  readFile,
  realpath,
  rename,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test as base } from '@playwright/test';
import { ReattachApi } from 'reattach/playwright';
import { startReattach, type RunningCommand } from './command.ts';
import { graphOf } from './graph-of.ts';
import { packageFile, packageFolder } from './package-folder.ts';

/** A folder of somebody who has installed the package, and `reattach` in it. */
interface Folder {
  write(file: string, content: string): Promise<void>;
  /** Starts `reattach` there, without a word. */
  serve(): Promise<{ command: RunningCommand; api: ReattachApi }>;
}

const test = base.extend<{ folder: Folder }>({
  folder: async ({}, use) => {
    const path = await realpath(await mkdtemp(join(tmpdir(), 'reattach-folder-')));
    await symlink(join(packageFolder(), 'node_modules'), join(path, 'node_modules'), 'junction');
    const commands: RunningCommand[] = [];
    await use({
      async write(file, content) {
        await mkdir(join(path, file, '..'), { recursive: true });
        // Whole at once, so that it is loaded once.
        await writeFile(join(path, '.next'), content);
        await rename(join(path, '.next'), join(path, file));
      },
      async serve() {
        const command = startReattach(['--port', '0'], { cwd: path });
        commands.push(command);
        await command.until('are offered');
        const [, origin = ''] = /listening on (\S+)/.exec(command.stdout()) ?? [];
        return { command, api: new ReattachApi(() => origin) };
      },
    });
    for (const command of commands) command.kill();
    await Promise.all(commands.map(({ ended }) => ended));
    await rm(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  },
});

const moduleOf = (version: string) => `
  import { word } from './lib/word.mjs';
  export default {
    mine: async (ctx) => {
      const began = await ctx.step('begin', () => '${version} ' + word);
      await ctx.ask({ prompt: 'Go on?' });
      return began + ' / ${version} ' + word;
    },
  };`;
const wordOf = (word: string) => `export const word = '${word}';`;
const mine = JSON.stringify(graphOf('Mine', { a: ['mine'] }));
const other = JSON.stringify(graphOf('Other', { a: ['other'] }));

async function answer(api: ReattachApi, sessionId: string) {
  const { openPrompts } = await api.waitFor(sessionId, 'suspended');
  const response = { input: { parts: [{ text: 'yes' }] } };
  await api.resume(sessionId, openPrompts[0]?.interactionId ?? '', response);
  await api.waitFor(sessionId, 'completed');
  return (await api.events(sessionId)).at(-1);
}

const said = (output: string) => expect.objectContaining({ outputs: { a: { output } } }) as unknown;

test("reattach serves the folder's graphs and nodes, and takes what is edited", async ({
  folder,
}) => {
  await folder.write('graphs/mine.json', mine);
  await folder.write('graphs/other.json', other);
  await folder.write('nodes/mine.mjs', moduleOf('old'));
  await folder.write('nodes/lib/word.mjs', wordOf('one'));
  const { command, api } = await folder.serve();
  expect(command.stdout()).toContain(
    'The graphs of graphs are offered with the node types of nodes.',
  );
  const offered = async () => {
    const { body } = await api.call('GET', '/v1beta1/graphs');
    const { graphs } = body as { graphs: { graphId: string; offered: boolean }[] };
    return graphs.filter((graph) => graph.offered).map(({ graphId }) => graphId);
  };
  expect(await offered()).toEqual(['mine']);
  const waiting = await api.start('mine');
  await api.waitFor(waiting, 'suspended');

  // A module, and then only what it imports.
  await folder.write('nodes/mine.mjs', moduleOf('new'));
  await command.untilLogged('nodes.reloaded');
  expect(await answer(api, await api.start('mine'))).toEqual(said('new one / new one'));
  await folder.write('nodes/lib/word.mjs', wordOf('two'));
  await command.untilLogged('nodes.reloaded', 2);
  expect(await answer(api, await api.start('mine'))).toEqual(said('new two / new two'));
  // What its step gave is in the log.
  expect(await answer(api, waiting)).toEqual(said('old one / new two'));

  // A broken one leaves everything as it was.
  await folder.write('nodes/mine.mjs', 'export default {');
  await command.untilLogged('nodes.reload_failed');
  expect(await answer(api, await api.start('mine'))).toEqual(said('new two / new two'));

  await folder.write('nodes/mine.mjs', moduleOf('newest'));
  await folder.write('nodes/other.mjs', "export default { other: () => 'other' };");
  await expect.poll(offered).toEqual(['mine', 'other']);
  const started = await api.start('other');
  await api.waitFor(started, 'completed');
});

test('reattach in an empty folder offers the examples, and says so', async ({ folder }) => {
  const { command, api } = await folder.serve();
  expect(command.stdout()).toContain(
    'There is no graphs/ in this folder: the examples are offered.',
  );
  await api.waitFor(await api.start('trip-planner'), 'suspended');
});

test('the guide to node modules does what it says', async ({ folder }) => {
  const guide = await readFile(packageFile('docs', 'node-modules.md'), 'utf8');
  const [, file = '', code = ''] = /```js\n\/\/ (nodes\/\S+)\n(.*?)```/s.exec(guide) ?? [];
  await folder.write(file, code);
  const { api } = await folder.serve();
  const trip = await api.start(graphOf('Trip', { trip: ['trip'] }));
  const asked = await api.waitFor(trip, 'suspended');
  const topic = { input: { parts: [{ text: 'Ghent' }] } };
  await api.resume(trip, asked.openPrompts[0]?.interactionId ?? '', topic);
  const offered = await api.waitFor(trip, 'suspended');
  expect(offered.openPrompts[0]?.prompt).toMatchObject({
    choices: [{ id: 'food', content: { parts: [{ text: 'Ghent: food' }] } }, { id: 'art' }],
  });
  const pick = { selected: { ids: ['art'] } };
  await api.resume(trip, offered.openPrompts[0]?.interactionId ?? '', pick);
  await api.waitFor(trip, 'completed');
  expect((await api.events(trip)).at(-1)).toMatchObject({ outputs: { trip: { pick: 'art' } } });

  const invoice = (rate: number) =>
    graphOf(
      'Invoice',
      {
        form: ['input', { schema: { type: 'object', properties: { days: { type: 'integer' } } } }],
        invoice: ['invoice', { rate }],
      },
      ['form.days -> invoice.days'],
    );
  const inputs = { form: { days: 3 } };
  const paid = await api.start(invoice(500), { inputs });
  await api.waitFor(paid, 'completed');
  expect((await api.events(paid)).at(-1)).toMatchObject({ outputs: { invoice: { total: 1500 } } });
  const refused = await api.waitFor(await api.start(invoice(0), { inputs }), 'failed');
  expect(refused.error).toBe('invoice: configuration.rate: Too small: expected number to be >0');
});
