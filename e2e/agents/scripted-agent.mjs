/**
 * An agent that speaks the Agent Client Protocol and does what each message says, so that tests see
 * every way in which an agent can behave. Its sessions are files, so it knows them after a restart.
 *
 * `node scripted-agent.mjs DIRECTORY [resume|load|none]`: where its sessions and latches are, and how
 * it can continue a session (`resume` unless given). A line is added to `pids` there by each process.
 *
 * The last text of a message is a list of commands with ` ; ` between them:
 *
 *     say TEXT              answers TEXT
 *     stream COUNT          answers so many pieces, one after the other
 *     think TEXT, plan, tool NAME
 *     know                  answers with everything that this session was ever told, and what it said
 *     latch NAME            waits until NAME.open is there; a cancel ends the turn
 *     deaf NAME             the same, but it does not obey a cancel
 *     permission TITLE      asks for permission and answers with what was chosen
 *     elicit                shows a form and answers with what was filled in
 *     read PATH, write PATH TEXT, run COMMAND    answers `refused: …` when it may not
 *     where                 answers with its working directory
 *     child                 starts a process of its own, which is not interested in anything
 *     forget                forgets all its sessions
 *     error CODE TEXT       fails with a JSON-RPC error
 *     stop REASON           ends the turn for this reason
 *     crash TEXT            writes TEXT on its standard error and ends with exit code 3
 *
 * Any other message is answered with how many messages the session has had, and the message.
 */
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { access, appendFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { setTimeout as wait } from 'node:timers/promises';
import {
  agent,
  methods,
  ndJsonStream,
  PROTOCOL_VERSION,
  RequestError,
} from '@agentclientprotocol/sdk';

/** @typedef {import('@agentclientprotocol/sdk').AgentContext} AgentContext */
/** @typedef {import('@agentclientprotocol/sdk').StopReason} StopReason */
/** @typedef {{cwd: string, told: string[][], said: string[]}} Session */
/** @typedef {{sessionId: string, session: Session, client: AgentContext, say: (text: string) => Promise<void>, cancelled: AbortSignal}} Turn */

const [directory = '.', offers = 'resume'] = process.argv.slice(2);
const sessions = join(directory, 'sessions');
const POLL_MS = 10;

/** The turns under way, by session. @type {Map<string, AbortController>} */
const turns = new Map();

await mkdir(sessions, { recursive: true });
await appendFile(join(directory, 'pids'), `${process.pid}\n`);

/** @param {string} sessionId @returns {Promise<Session>} */
async function sessionOf(sessionId) {
  try {
    return JSON.parse(await readFile(join(sessions, sessionId), 'utf8'));
  } catch {
    throw RequestError.sessionNotFound(sessionId);
  }
}

/** @param {string} sessionId @param {Session} session */
async function save(sessionId, session) {
  await writeFile(join(sessions, sessionId), JSON.stringify(session));
}

/** @param {string} path */
async function exists(path) {
  return access(path).then(
    () => true,
    () => false,
  );
}

/** @param {string} name @param {AbortSignal | null} signal */
async function passLatch(name, signal) {
  await appendFile(join(directory, `${name}.begun`), '1\n');
  while (!(await exists(join(directory, `${name}.open`)))) {
    if (signal?.aborted) {
      await appendFile(join(directory, `${name}.cancelled`), '1\n');
      return false;
    }
    await wait(POLL_MS);
  }
  return true;
}

/** What may be refused: the agent says so, and goes on. */
const refusable = new Set(['read', 'write', 'run']);

/** @type {Record<string, (turn: Turn, rest: string) => Promise<StopReason | void>>} */
const commands = {
  say: ({ say }, text) => say(text),
  async stream({ say }, count) {
    for (let n = 1; n <= Number(count); n += 1) await say(`${n} `);
  },
  async think({ client, sessionId }, text) {
    await client.notify(methods.client.session.update, {
      sessionId,
      update: { sessionUpdate: 'agent_thought_chunk', content: { type: 'text', text } },
    });
  },
  async plan({ client, sessionId }) {
    await client.notify(methods.client.session.update, {
      sessionId,
      update: {
        sessionUpdate: 'plan',
        entries: [{ content: 'Look', priority: 'high', status: 'in_progress' }],
      },
    });
  },
  async tool({ client, sessionId }, title) {
    const toolCallId = `call-${title}`;
    /** @param {import('@agentclientprotocol/sdk').SessionUpdate} update */
    const tell = (update) => client.notify(methods.client.session.update, { sessionId, update });
    await tell({ sessionUpdate: 'tool_call', toolCallId, title, kind: 'read', rawInput: { a: 1 } });
    await tell({ sessionUpdate: 'tool_call_update', toolCallId, status: 'in_progress' });
    await tell({
      sessionUpdate: 'tool_call_update',
      toolCallId,
      status: 'completed',
      content: [{ type: 'content', content: { type: 'text', text: `${title} is done` } }],
    });
  },
  know: ({ say, session }) => say(JSON.stringify({ told: session.told, said: session.said })),
  async latch({ cancelled }, name) {
    if (!(await passLatch(name, cancelled))) return 'cancelled';
  },
  async deaf(_turn, name) {
    await passLatch(name, null);
  },
  async permission({ client, sessionId, say }, title) {
    const { outcome } = await client.request(methods.client.session.requestPermission, {
      sessionId,
      toolCall: { toolCallId: `call-${title}`, title, kind: 'edit' },
      options: [
        { optionId: 'yes', name: 'Allow', kind: 'allow_once' },
        { optionId: 'no', name: 'Reject', kind: 'reject_once' },
      ],
    });
    await say(outcome.outcome === 'selected' ? `chosen: ${outcome.optionId}` : outcome.outcome);
  },
  async elicit({ client, sessionId, say }) {
    const response = await client.request(methods.client.elicitation.create, {
      sessionId,
      mode: 'form',
      message: 'Where to?',
      requestedSchema: {
        type: 'object',
        properties: { city: { type: 'string', title: 'City' } },
        required: ['city'],
      },
    });
    await say(JSON.stringify(response));
  },
  async read({ client, sessionId, say }, path) {
    const { content } = await client.request(methods.client.fs.readTextFile, { sessionId, path });
    await say(content);
  },
  async write({ client, sessionId }, rest) {
    const [path = '', content = ''] = rest.split(/ (.*)/s);
    await client.request(methods.client.fs.writeTextFile, { sessionId, path, content });
  },
  async run({ client, sessionId, say }, command) {
    const terminal = await client.createTerminal({ sessionId, command });
    const { exitCode } = await terminal.waitForExit();
    const { output } = await terminal.currentOutput();
    await terminal.release();
    await say(`${String(exitCode)}: ${output}`);
  },
  where: ({ say, session }) => say(`in ${session.cwd}`),
  async child() {
    const script = `process.on('SIGTERM', () => {}); setInterval(() => {}, 1000)`;
    const { pid } = spawn(process.execPath, ['-e', script], { stdio: 'ignore' });
    await appendFile(join(directory, 'pids'), `${String(pid)}\n`);
  },
  async forget() {
    await rm(sessions, { recursive: true });
    await mkdir(sessions);
  },
  async error(_turn, rest) {
    const [code = '', message = ''] = rest.split(/ (.*)/s);
    throw new RequestError(Number(code), message);
  },
  stop: async (_turn, reason) => /** @type {StopReason} */ (reason),
  async crash(_turn, text) {
    process.stderr.write(`${text}\n`, () => process.exit(3));
    await wait(60_000);
  },
};

const app = agent({ name: 'scripted' })
  .onRequest(methods.agent.initialize, () => ({
    protocolVersion: PROTOCOL_VERSION,
    agentInfo: { name: 'scripted', version: process.env['SCRIPTED_VERSION'] ?? '1.0.0' },
    agentCapabilities: {
      loadSession: offers === 'load',
      promptCapabilities: { embeddedContext: true },
      sessionCapabilities: offers === 'resume' ? { resume: {} } : {},
    },
  }))
  .onRequest(methods.agent.session.new, async ({ params }) => {
    if (await exists(join(directory, 'locked'))) throw RequestError.authRequired();
    const sessionId = randomUUID();
    await save(sessionId, { cwd: params.cwd, told: [], said: [] });
    return { sessionId };
  })
  .onRequest(methods.agent.session.resume, async ({ params }) => {
    if (await exists(join(directory, 'locked'))) throw RequestError.authRequired();
    await sessionOf(params.sessionId);
    return {};
  })
  .onRequest(methods.agent.session.load, async ({ params: { sessionId }, client }) => {
    const { told, said } = await sessionOf(sessionId);
    for (const [n, texts] of told.entries()) {
      for (const [sessionUpdate, text] of /** @type {const} */ ([
        ['user_message_chunk', texts.join('\n')],
        ['agent_message_chunk', said[n] ?? ''],
      ])) {
        const content = { type: /** @type {const} */ ('text'), text };
        await client.notify(methods.client.session.update, {
          sessionId,
          update: { sessionUpdate, content },
        });
      }
    }
    return {};
  })
  .onNotification(methods.agent.session.cancel, ({ params }) => {
    turns.get(params.sessionId)?.abort();
  })
  .onRequest(methods.agent.session.prompt, async ({ params: { sessionId, prompt }, client }) => {
    const session = await sessionOf(sessionId);
    const texts = prompt.flatMap((block) => (block.type === 'text' ? [block.text] : []));
    session.told.push(texts);
    session.said.push('');
    await save(sessionId, session);
    const controller = new AbortController();
    turns.set(sessionId, controller);
    let answer = '';
    /** @param {string} text */
    const say = async (text) => {
      answer += text;
      await client.notify(methods.client.session.update, {
        sessionId,
        update: { sessionUpdate: 'agent_message_chunk', content: { type: 'text', text } },
      });
    };
    /** @type {StopReason} */
    let stopReason = 'end_turn';
    for (const line of (texts.at(-1) ?? '').split(' ; ')) {
      const [name = '', rest = ''] = line.split(/ (.*)/s);
      const run = commands[name];
      const turn = { sessionId, session, client, say, cancelled: controller.signal };
      if (run === undefined) await say(`${session.told.length}: ${line}`);
      else if (!refusable.has(name)) stopReason = (await run(turn, rest)) ?? stopReason;
      else
        await run(turn, rest).catch((/** @type {Error} */ error) =>
          say(`refused: ${error.message}`),
        );
      if (stopReason === 'cancelled') break;
    }
    turns.delete(sessionId);
    session.said[session.said.length - 1] = answer;
    if (await exists(join(sessions, sessionId))) await save(sessionId, session);
    return { stopReason };
  });

app.connect(
  ndJsonStream(
    /** @type {WritableStream<Uint8Array>} */ (Writable.toWeb(process.stdout)),
    /** @type {ReadableStream<Uint8Array>} */ (Readable.toWeb(process.stdin)),
  ),
);
// It ends with its client when that closes its input, but not every agent does.
process.stdin.on('end', () => undefined);
setInterval(() => undefined, 60_000);
