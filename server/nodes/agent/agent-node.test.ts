import { readFile, writeFile, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { SessionEvent } from '../../../shared/event.ts';
import { AgentWorld } from './agent-world.testing.ts';

const typesOf = (log: SessionEvent[]) => log.map(({ type }) => type);
const endOf = (log: SessionEvent[]) => log.at(-1);
const isOver = (log: SessionEvent[]) =>
  /^graph(Complete|Error|Cancelled)$/.test(log.at(-1)?.type ?? '');

test('a turn is a step: what the agent tells becomes agent events with stable part ids', async () => {
  const world = await AgentWorld.open();
  const run = await world.start({
    prompt: 'think Hm ; say a ; say b ; tool look ; say c ; plan',
  });
  const log = await run.until(isOver);
  const events = log.flatMap((event) =>
    event.type === 'agentEvent' && event.event['upstream'] === undefined ? [event] : [],
  );
  expect(new Set(events.map(({ op, attempt }) => `${op ?? ''} ${attempt ?? 0}`))).toEqual(
    new Set(['step:turn 1:0 1']),
  );
  // Pieces of one part may come as one event or as several.
  const joined: Record<string, string> = {};
  for (const { event } of events) {
    for (const [name, value] of Object.entries(event)) {
      const { id, text } = value as { id: string; text?: string };
      joined[`${name} ${id}`] = (joined[`${name} ${id}`] ?? '') + (text ?? '');
    }
  }
  expect(joined).toEqual({
    'thought thought-1': 'Hm',
    'content content-2': 'ab',
    'functionCall call-look': '',
    'toolCallUpdate call-look': '',
    'functionResponse call-look': '',
    'content content-3': 'c',
    'plan plan': '',
  });
  expect(await run.agentEvents('functionCall')).toEqual([
    { id: 'call-look', name: 'look', kind: 'read', args: { a: 1 } },
  ]);
  expect(await run.agentEvents('functionResponse')).toEqual([
    { id: 'call-look', name: 'look', response: { status: 'completed', content: ['look is done'] } },
  ]);
  expect(endOf(log)).toMatchObject({
    outputs: { agent: { output: 'abc', stopReason: 'end_turn' } },
  });
});

test('a chat stays open in an idle prompt until the person ends it', async () => {
  const world = await AgentWorld.open();
  const chat = await world.chat('one');
  await chat.turn(1);
  expect(await chat.prompt()).toMatchObject({
    ...{ op: 'ask:message 2:0', idle: true },
    suspendEvent: { waitForInput: { skipLabel: 'End' } },
  });
  await chat.say('two');
  await chat.answer({ skipped: true });
  const log = await chat.until(isOver);
  expect(endOf(log)).toMatchObject({
    outputs: {
      agent: {
        ...{ output: '2: two', stopReason: 'end_turn' },
        conversation: [
          { role: 'user', text: 'one' },
          { role: 'agent', text: '1: one' },
          { role: 'user', text: 'two' },
          { role: 'agent', text: '2: two' },
        ],
      },
    },
  });
  await world.untilNoProcess();
});

test('a chat without a prompt asks for the first message', async () => {
  const world = await AgentWorld.open();
  const chat = await world.start({ chat: true });
  const { idle, suspendEvent } = await chat.prompt();
  expect({ idle, suspendEvent }).toMatchObject({
    suspendEvent: { waitForInput: { prompt: { parts: [{ text: 'What shall scripted do?' }] } } },
  });
  expect(await chat.say('one')).toBe('1: one');
});

test("a permission is a choice among the agent's own options, an elicitation a form, both of the turn's step", async () => {
  const world = await AgentWorld.open();
  const run = await world.start({ prompt: 'permission Delete everything ; say ! ; elicit' });
  const permission = await run.prompt();
  expect(permission).toMatchObject({
    op: 'step:turn 1:0',
    suspendEvent: {
      waitForChoice: {
        prompt: { parts: [{ text: 'The agent asks for permission: Delete everything' }] },
        choices: [
          { id: 'yes', content: { parts: [{ text: 'Allow' }] } },
          { id: 'no', content: { parts: [{ text: 'Reject' }] } },
        ],
        selectionMode: 'single',
      },
    },
  });
  await run.answer({ selected: { ids: ['no'] } });
  await run.until((log) => typesOf(log).filter((type) => type === 'inputRequired').length === 2);
  expect(await run.prompt()).toMatchObject({
    op: 'step:turn 1:0',
    suspendEvent: {
      inputNode: {
        schema: {
          ...{ type: 'object', description: 'Where to?', required: ['city'] },
          properties: { city: { type: 'string', title: 'City' } },
        },
      },
    },
  });
  await run.answer({ city: 'Bergen' });
  expect(await run.turn(1)).toBe('chosen: no!{"action":"accept","content":{"city":"Bergen"}}');
});

test('a permission that the agent waits on when the server dies is asked again after the restart, once', async () => {
  const world = await AgentWorld.open();
  const chat = await world.chat('one');
  await chat.turn(1);
  await chat.send('permission Delete everything');
  const before = await chat.prompt();
  await world.boot();
  const log = await chat.until(
    (events) => typesOf(events).filter((type) => type === 'inputRequired').length === 3,
  );
  expect(log.find(({ type }) => type === 'inputWithdrawn')).toMatchObject({
    interactionId: before.interactionId,
    reason: 'its step runs again as attempt 2',
  });
  await chat.answer({ selected: { ids: ['yes'] } });
  expect(await chat.turn(2)).toBe('chosen: yes');
  await chat.prompt();
  const asked = (await chat.log()).filter(
    (event) => event.type === 'inputRequired' && event.op === 'step:turn 2:0',
  );
  expect(asked).toHaveLength(2);
});

test('a turn that is cut short is taken up by the same session, and shown once', async () => {
  const world = await AgentWorld.open({ offers: 'load' });
  const chat = await world.chat('one');
  await chat.turn(1);
  await chat.send('say half ; latch held ; say whole');
  await world.reached('held.begun');
  await world.boot({ offers: 'load' });
  await world.reached('held.begun', 2);
  await world.openLatch('held');
  expect(await chat.turn(2)).toBe('halfwhole');
  expect(await chat.shownText()).toBe('1: onehalfwhole');
  expect(await chat.upstream()).toEqual(['fresh 1: this is the first message', 'continued 1']);
  // The agent is told that it was interrupted.
  expect(await chat.say('know')).toContain('You were interrupted');
});

test('cancel asks the agent first, and nothing is left of it', async () => {
  const world = await AgentWorld.open({ cancelMs: 60_000 });
  const chat = await world.chat('child ; latch held');
  await world.reached('held.begun');
  await world.engine.cancel(chat.sessionId);
  await world.reached('held.cancelled');
  await world.untilNoProcess();
  expect(endOf(await chat.log())).toMatchObject({ type: 'graphCancelled' });
});

test('an agent that does not obey a cancel is ended after a deadline, with all that it started', async () => {
  const world = await AgentWorld.open({ cancelMs: 50 });
  const chat = await world.chat('child ; deaf held');
  await world.reached('held.begun');
  await world.engine.cancel(chat.sessionId);
  await world.untilNoProcess();
  expect(await world.linesOf('pids')).toHaveLength(2);
});

test.each(['cancelled', 'stopped'] as const)(
  'an agent that never answers at all ends when its run is %s',
  async (how) => {
    const world = await AgentWorld.open();
    const pids = join(world.directory, 'pids');
    const script = `require("fs").writeFileSync("${pids}", process.pid + "\\n"); setInterval(() => 0, 1000)`;
    await world.boot({ command: `'${process.execPath}' -e '${script}'` });
    const chat = await world.chat('one');
    await world.reached('pids');
    if (how === 'cancelled') await world.engine.cancel(chat.sessionId);
    else await world.stop();
    await world.untilNoProcess();
  },
);

test.each(['deleted', 'cancelled'] as const)(
  'an agent that waits for the next message ends when its run is %s',
  async (how) => {
    const world = await AgentWorld.open();
    const chat = await world.chat('child');
    await chat.prompt();
    if (how === 'deleted') await world.engine.delete(chat.sessionId);
    else await world.engine.cancel(chat.sessionId);
    await world.untilNoProcess();
  },
);

test('a stop of the server ends every agent, within a second', async () => {
  const world = await AgentWorld.open();
  const busy = await world.chat('child ; deaf held');
  const idle = await world.chat('child');
  await world.reached('held.begun');
  await idle.prompt();
  const before = await busy.log();
  await world.stop();
  await world.untilNoProcess();
  expect(await busy.log()).toEqual(before);
});

test('the death of the agent fails the run with the last lines of its stderr', async () => {
  const world = await AgentWorld.open();
  const run = await world.start({ prompt: 'crash out of memory' });
  const log = await run.until(isOver);
  expect(endOf(log)).toMatchObject({
    type: 'graphError',
    error: "agent: The agent 'scripted' ended with exit code 3.\nout of memory",
  });
});

test('an agent that the server does not know fails the node with what to do', async () => {
  const world = await AgentWorld.open();
  const run = await world.start({ prompt: 'one', agent: 'stranger' });
  expect(await run.turn(1)).toBe(
    "error: This server knows no agent 'stranger': start it with --agent stranger=COMMAND, the command that runs it.",
  );
});

test('a folder that is not there fails the node before any agent runs', async () => {
  const world = await AgentWorld.open();
  const missing = join(world.folder, 'missing');
  const run = await world.start({ prompt: 'one', cwd: missing });
  expect(endOf(await run.until(isOver))).toMatchObject({
    error: `agent: configuration.cwd: there is no folder ${missing}`,
  });
  expect(await world.linesOf('pids')).toEqual([]);
});

test('without --agent-fs files and commands are refused', async () => {
  const world = await AgentWorld.open();
  const chat = await world.chat(`read ${join(world.folder, 'a.txt')}`);
  expect(await chat.turn(1)).toMatch(/^refused: .*Method not found/);
  expect(await chat.say('run echo hello')).toMatch(/^refused: .*Method not found/);
});

test('with --agent-fs files and commands are served inside the folder alone, whatever a link says', async () => {
  const world = await AgentWorld.open({ agentFs: true });
  const inside = (name: string) => join(world.folder, name);
  await writeFile(join(world.directory, 'secret.txt'), 'secret');
  await symlink(join(world.directory, 'secret.txt'), inside('link.txt'));
  await symlink(world.directory, inside('up'));
  await symlink(join(world.directory, 'new.txt'), inside('dangling.txt'));
  const chat = await world.chat(
    `write ${inside('deep/a.txt')} hello ; read ${inside('deep/a.txt')}`,
  );
  expect(await chat.turn(1)).toBe('hello');
  expect(await readFile(inside('deep/a.txt'), 'utf8')).toBe('hello');
  expect(await chat.say('run pwd')).toBe(`0: ${world.folder}\n`);
  for (const path of ['link.txt', 'up/secret.txt', '../secret.txt']) {
    expect(await chat.say(`read ${inside(path)}`)).toContain(`is not in ${world.folder}`);
  }
  expect(await chat.say(`write ${inside('up/new.txt')} x`)).toContain(`is not in ${world.folder}`);
  expect(await chat.say(`write ${inside('dangling.txt')} x`)).toMatch(/^refused: /);
  expect(await chat.say('read a.txt')).toContain('is not absolute');
  expect(await world.has('new.txt')).toBe(false);
});
