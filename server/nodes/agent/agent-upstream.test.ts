import { expect, test } from 'vitest';
import { agentNode } from './agent-node.ts';
import { AgentWorld } from './agent-world.testing.ts';

test.each(['resume', 'load'] as const)(
  'after a restart the next turn continues the session (%s), and shows nothing again',
  async (offers) => {
    const world = await AgentWorld.open({ offers });
    const chat = await world.chat('one');
    expect(await chat.turn(1)).toBe('1: one');
    expect(await chat.say('two')).toBe('2: two');
    await world.boot({ offers });
    expect(await chat.say('three')).toBe('3: three');
    expect(await chat.shownText()).toBe('1: one2: two3: three');
    expect(await chat.upstream()).toEqual(['fresh 1: this is the first message', 'continued 1']);
    expect(await world.linesOf('pids')).toHaveLength(2);
  },
);

test('an agent that has nothing to do is let go, and its session continued with the next message', async () => {
  const world = await AgentWorld.open();
  const chat = await world.chat('one', { idleMinutes: 0.001 });
  expect(await chat.turn(1)).toBe('1: one');
  await world.untilNoProcess();
  expect(await chat.say('two')).toBe('2: two');
  expect(await chat.upstream()).toEqual(['fresh 1: this is the first message', 'continued 1']);
});

test('between two turns in time the agent is the same process', async () => {
  const world = await AgentWorld.open();
  const chat = await world.chat('one');
  await chat.turn(1);
  expect(await chat.say('two')).toBe('2: two');
  expect(await world.linesOf('pids')).toHaveLength(1);
  expect(await chat.upstream()).toEqual(['fresh 1: this is the first message']);
});

test('an agent that can continue nothing gets a fresh session that knows the conversation', async () => {
  const world = await AgentWorld.open({ offers: 'none' });
  const chat = await world.chat('one');
  await chat.turn(1);
  await world.boot({ offers: 'none' });
  const known = await chat.say('know');
  expect(known).toContain('User: one\\n\\nYou: 1: one');
  expect(await chat.upstream()).toEqual([
    'fresh 1: this is the first message',
    'fresh 2: the agent cannot continue a session',
  ]);
});

test("runtime A, then B, then A again finds A's session, in the folder that it always was", async () => {
  const world = await AgentWorld.open();
  const chat = await world.chat('one');
  expect(await chat.turn(1)).toBe('1: one');

  await world.boot({ command: world.command({ more: 'other' }) });
  expect(await chat.say('hello')).toBe('1: hello');
  expect(await chat.say('where')).toBe(`in ${world.folder}`);

  await world.boot();
  expect(await chat.say('back')).toBe('2: back');
  expect(await chat.say('where')).toBe(`in ${world.folder}`);
  // What was said meanwhile, A is told; what it knows, it is not.
  const back = await chat.say('know');
  expect(back).toContain('User: hello\\n\\nYou: 1: hello');
  expect(back).not.toContain('User: one');
  expect(await chat.upstream()).toEqual([
    'fresh 1: this is the first message',
    expect.stringMatching(/^fresh 2: the runtime was another before: scripted \(/),
    'continued 1',
  ]);
  expect(await chat.memory()).toEqual(['+', '+']);

  await world.boot({ command: world.command({ more: 'other' }) });
  const other = await chat.say('know');
  expect(other).toContain('User: one\\n\\nYou: 1: one');
  expect(other).toContain('User: back\\n\\nYou: 2: back');
  expect((await chat.upstream()).at(-1)).toBe('continued 2');
});

test('a new version of the same agent continues', async () => {
  const world = await AgentWorld.open();
  const chat = await world.chat('one');
  await chat.turn(1);
  process.env['SCRIPTED_VERSION'] = '2.0.0';
  try {
    await world.boot();
    expect(await chat.say('two')).toBe('2: two');
  } finally {
    delete process.env['SCRIPTED_VERSION'];
  }
  expect(await chat.agentEvents('upstream')).toMatchObject([
    { how: 'fresh', version: 'scripted 1.0.0' },
    { how: 'continued', version: 'scripted 2.0.0' },
  ]);
});

test('the working directory is that of the start, wherever the server is started next', async () => {
  const world = await AgentWorld.open();
  const chat = await world.chat('where', { cwd: '.' });
  const here = process.cwd();
  expect(await chat.turn(1)).toBe(`in ${here}`);
  process.chdir(world.directory);
  try {
    await world.boot({ command: world.command({ more: 'other' }) });
    expect(await chat.say('where')).toBe(`in ${here}`);
  } finally {
    process.chdir(here);
  }
});

const stale: [message: string, error: RegExp, code: number | null][] = [
  ['error -32603 It broke', /^error: It broke$/, -32_603],
  ['error -32002 Resource not found', /^error: Resource not found$/, -32_002],
  [
    'crash out of memory',
    /^error: The agent 'scripted' ended with exit code 3\.\nout of memory$/,
    null,
  ],
];
test.each(stale)(
  'the session is forgotten in the commit of the error, and the next message works: %s',
  async (message, error, code) => {
    const world = await AgentWorld.open();
    const chat = await world.chat('one');
    await chat.turn(1);
    expect(await chat.say(message)).toMatch(error);
    const log = await chat.log();
    const at = log.findIndex(({ type }) => type === 'stepError');
    expect(log.slice(at - 1, at + 1)).toMatchObject([{ type: 'memory' }, { type: 'stepError' }]);
    expect(log[at - 1]).not.toHaveProperty('value');

    const known = await chat.say('know');
    expect(known).toContain('User: one\\n\\nYou: 1: one');
    expect(known).toContain(message);
    expect(await chat.say('two')).toBe('2: two');
    const [fresh, cleared, again] = await chat.upstream();
    expect([fresh, cleared?.slice(0, 9), again?.slice(0, 30)]).toEqual([
      'fresh 1: this is the first message',
      'cleared 1',
      'fresh 2: the turn before faile',
    ]);
    const [{ sessionId: upstream } = {}] = (await chat.agentEvents('upstream')) as {
      sessionId: string;
    }[];
    expect(world.lines).toMatchObject([
      {
        ...{ msg: 'agent.session_cleared', session: chat.sessionId, node: 'agent' },
        ...{ agent: 'scripted', code, upstream },
      },
    ]);
  },
);

test.each(['resume', 'load'] as const)(
  'a session that cannot be continued (%s) is forgotten with the error, and the next message works',
  async (offers) => {
    const world = await AgentWorld.open({ offers });
    const chat = await world.chat('one');
    await chat.turn(1);
    await world.remove('sessions');
    await world.boot({ offers });
    expect(await chat.say('two')).toMatch(/^error: Resource not found/);
    expect(await chat.memory()).toEqual(['+', '-']);
    expect(await chat.say('know')).toContain('User: one\\n\\nYou: 1: one');
    expect(world.lines).toMatchObject([{ msg: 'agent.session_cleared', code: -32_002 }]);
  },
);

test.each([
  'error -32000 Authentication required',
  'error 429 Slow down',
  'error -32603 Rate limit reached',
])('the session is kept, and goes on: %s', async (message) => {
  const world = await AgentWorld.open();
  const chat = await world.chat('one');
  await chat.turn(1);
  expect(await chat.say(message)).toMatch(/^error: /);
  expect(await chat.say('three')).toBe('3: three');
  expect(await chat.memory()).toEqual(['+']);
  expect(world.lines).toEqual([]);
});

test.each(['refusal', 'max_tokens', 'max_turn_requests', 'cancelled'])(
  'the session is kept, and goes on, after a turn that stopped by %s',
  async (reason) => {
    const world = await AgentWorld.open();
    const chat = await world.chat('one');
    await chat.turn(1);
    expect(await chat.say(`say Hm ; stop ${reason}`)).toBe('Hm');
    expect(await chat.agentEvents('stop')).toEqual([{ id: 'stop', reason }]);
    expect(await chat.say('three')).toBe('3: three');
    expect(await chat.memory()).toEqual(['+']);
  },
);

test('an agent that wants a login first keeps its session, and continues it after the login', async () => {
  const world = await AgentWorld.open();
  const chat = await world.chat('one');
  await chat.turn(1);
  await world.note('locked');
  await world.boot();
  expect(await chat.say('two')).toMatch(/^error: Authentication required/);
  await world.remove('locked');
  expect(await chat.say('three')).toBe('2: three');
  expect(await chat.memory()).toEqual(['+']);
});

test('an agent that cannot be started, or is not known, keeps its session', async () => {
  const world = await AgentWorld.open();
  const chat = await world.chat('one');
  await chat.turn(1);
  await world.boot({ command: '/nowhere/agent' });
  expect(await chat.say('two')).toMatch(
    /^error: The agent 'scripted' could not be started: .*ENOENT/,
  );
  await world.boot();
  expect(await chat.say('three')).toBe('2: three');
});

test('a session that was begun by a turn that was cut short knows what was said before', async () => {
  const world = await AgentWorld.open();
  const chat = await world.chat('one');
  await chat.turn(1);
  await world.boot({ command: world.command({ more: 'other' }) });
  await chat.send('latch held');
  await world.reached('held.begun');
  await world.boot({ command: world.command({ more: 'other' }) });
  await world.openLatch('held');
  expect(await chat.turn(2)).toBe('');
  expect(await chat.say('know')).toContain('User: one\\n\\nYou: 1: one');
});

interface Whole {
  sessionId: string;
  runtime: object;
  cwd: string;
}

test.each<[string, (whole: Whole) => object]>([
  ['without a runtime', ({ sessionId, cwd }) => ({ sessionId, cwd })],
  ['without a session id', ({ runtime, cwd }) => ({ runtime, cwd })],
  ['with an empty session id', (whole) => ({ ...whole, sessionId: '' })],
  ['of another host', (whole) => ({ ...whole, runtime: { ...whole.runtime, host: 'elsewhere' } })],
])('a pointer %s counts as none', async (_what, broken) => {
  const world = await AgentWorld.open();
  const chat = await world.chat('one');
  await chat.turn(1);
  const memory = (await chat.log()).find(({ type }) => type === 'memory');
  if (memory?.type !== 'memory') throw new Error('Nothing was remembered.');
  const { name, value } = memory;
  // A node whose first step remembers that under the very name, and then does as the agent node.
  await world.boot({
    nodeTypes: {
      broken: async (ctx) => {
        await ctx.step('break', (s) =>
          s.remember(name, broken(value as unknown as Whole) as never),
        );
        if (world.pool !== null) return agentNode(world.pool)(ctx);
      },
    },
  });
  const other = await world.start({ prompt: 'one', chat: true }, 'broken');
  expect(await other.turn(1)).toBe('1: one');
  expect(await other.upstream()).toEqual(['fresh 1: this is the first message']);
  const remembered = (await other.log()).filter(({ type }) => type === 'memory').at(-1);
  expect(remembered).toMatchObject({
    value: { sessionId: expect.stringMatching(/./) as string, runtime: { agent: 'scripted' } },
  });
});
