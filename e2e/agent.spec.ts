import { existsSync, readFileSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { PanelPage } from 'reattach/playwright';
import { graphOf } from './graph-of.ts';
import { expect, test } from './process-fixtures.ts';

const AGENT = fileURLToPath(new URL('agents/scripted-agent.mjs', import.meta.url));
const POLL_MS = 20;

/** The scripted agent of a test, and where it works. */
function agentIn(directory: string, more = '') {
  const home = join(directory, 'agent');
  const command = `'${process.execPath}' '${AGENT}' '${home}' load ${more}`.trim();
  return {
    home,
    folder: join(directory, 'folder'),
    flags: ['--agent', `coder=${command}`],
    reached: async (file: string, lines = 1) => {
      while ((await linesOf(join(home, file))).length < lines) await wait(POLL_MS);
    },
    open: (latch: string) => writeFile(join(home, `${latch}.open`), ''),
    pids: async () => (await linesOf(join(home, 'pids'))).map(Number),
  };
}

async function linesOf(path: string): Promise<string[]> {
  return existsSync(path) ? (await readFile(path, 'utf8')).split('\n').filter(Boolean) : [];
}

/** Whether a process is there, and does not merely wait to be counted out. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return process.platform !== 'linux' || !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

const chatIn = (folder: string, prompt: string) =>
  graphOf('Chat', { coder: ['agent', { agent: 'coder', cwd: folder, prompt, chat: true }] });

test.use({ startServer: false });

test('a conversation with an agent outlives the page, the server, what the agent forgets and another command', async ({
  server,
  api,
  directory,
  context,
}) => {
  test.slow();
  const agent = agentIn(directory);
  const other = agentIn(directory, 'other');
  await mkdir(agent.folder);
  await server.start({ flags: agent.flags });
  const sessionId = await api.start(chatIn(agent.folder, 'one'), { graphId: 'chat' });
  const open = async () => {
    const panel = new PanelPage(await context.newPage());
    await panel.page.goto(server.url(`/?graph=chat&session=${sessionId}`));
    return panel;
  };
  let panel = await open();
  const node = () => panel.node('coder');
  const say = async (text: string) => {
    const form = panel.prompt('coder');
    await expect(form).toContainText('Your next message');
    await form.getByRole('textbox').fill(text);
    await form.getByRole('button', { name: 'Answer' }).click();
  };
  /** What the agent said and a text is part of. */
  const said = (text: string) => node().locator('li.text').filter({ hasText: text });

  await test.step('a conversation, and a permission', async () => {
    await expect(node()).toContainText('1: one');
    await expect(node()).toContainText('Began');
    await say('permission Delete everything');
    const permission = panel.prompt('coder');
    await expect(permission).toContainText('The agent asks for permission: Delete everything');
    await permission.getByRole('radio', { name: 'Reject' }).check();
    await permission.getByRole('button', { name: 'Answer' }).click();
    await expect(node()).toContainText('chosen: no');
  });

  await test.step('SIGKILL in the middle of a turn: whole, nothing doubled, the session continued', async () => {
    await say('say half ; latch held ; say whole');
    await agent.reached('held.begun');
    await expect(node()).toContainText('half');
    await panel.page.close();
    await server.restart({ flags: agent.flags });
    panel = await open();
    await agent.reached('held.begun', 2);
    await agent.open('held');
    await expect(node()).toContainText('halfwhole');
    await expect(node()).toContainText('Continued');
    for (const text of ['1: one', 'chosen: no', 'halfwhole', 'half']) {
      await expect(said(text)).toHaveCount(1);
    }
    await say('four');
    // The same session: it was told the message that was cut short a second time.
    await expect(node()).toContainText('5: four');
  });

  await test.step('the agent forgets: the error is seen, and the message after it works', async () => {
    await server.kill();
    await rm(join(agent.home, 'sessions'), { recursive: true });
    await server.start({ flags: agent.flags });
    await say('five');
    await expect(node()).toContainText('Resource not found');
    await expect(node()).toContainText('Gave up');
    await say('know');
    await expect(node()).toContainText('User: four');
    await expect(node()).toContainText('the turn before failed');
  });

  await test.step('another command: a fresh session in the same folder; the first one again: its own', async () => {
    await server.restart({ flags: other.flags });
    await say('seven');
    await expect(node()).toContainText('1: seven');
    await expect(node()).toContainText('the runtime was another before');
    await say('where');
    await expect(said(`in ${agent.folder}`)).toHaveCount(1);
    await server.restart({ flags: agent.flags });
    await say('nine');
    // Its second message: the first was asked what it knows.
    await expect(node()).toContainText('2: nine');
  });

  const told = (await api.events(sessionId)).flatMap((event) =>
    event.type === 'agentEvent' && event.event['upstream'] !== undefined
      ? [event.event['upstream'] as { how: string; sessionId: string; cwd?: string }]
      : [],
  );
  expect(told.map(({ how }) => how)).toEqual([
    ...['fresh', 'continued', 'cleared', 'fresh', 'fresh', 'continued'],
  ]);
  expect(told.at(-1)?.sessionId).toBe(told[3]?.sessionId);
  expect(new Set(told.flatMap(({ cwd }) => (cwd === undefined ? [] : [cwd])))).toEqual(
    new Set([agent.folder]),
  );

  await panel.button('End').click();
  await expect(panel.stream).toHaveText('Ended');
});

for (const signal of ['SIGKILL', 'SIGTERM'] as const) {
  test(`no agent is left behind when the server ends by ${signal}, nor what the agent started`, async ({
    server,
    api,
    directory,
  }) => {
    test.skip(process.platform === 'win32', 'Windows has no such signals.');
    const agent = agentIn(directory);
    await mkdir(agent.folder);
    await server.start({ flags: agent.flags });
    await api.start(chatIn(agent.folder, 'child'));
    const busy = await api.start(chatIn(agent.folder, 'child ; deaf held'));
    await agent.reached('held.begun');
    await agent.reached('pids', 4);
    expect((await api.status(busy)).status).toBe('running');
    const pids = await agent.pids();
    expect(pids.map(isAlive)).toEqual([true, true, true, true]);
    await server.end(signal);
    for (const pid of pids) while (isAlive(pid)) await wait(POLL_MS);
  });
}
