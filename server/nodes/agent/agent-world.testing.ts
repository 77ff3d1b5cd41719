import { readFileSync } from 'node:fs';
import {
  access,
  appendFile,
  mkdir,
  mkdtemp,
  readFile,
  realpath,
  rm,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { pino } from 'pino';
import { onTestFinished } from 'vitest';
import type { EventOf, SessionEvent } from '../../../shared/event.ts';
import type { Json, JsonObject } from '../../../shared/json.ts';
import { textContent } from '../../../shared/prompt.ts';
import { createEngine } from '../../engine/create-engine.ts';
import { logOf, starting, untilLog } from '../../engine/engine.testing.ts';
import type { Engine } from '../../engine/engine.ts';
import type { NodeTypes } from '../../engine/handler.ts';
import { openSqliteStore } from '../../store/sqlite-store.ts';
import type { Store } from '../../store/store.ts';
import { builtInNodes } from '../built-in-nodes.ts';
import { parseAgent } from './agent-command.ts';
import { AgentPool } from './agent-pool.ts';

const AGENT = fileURLToPath(new URL('../../../e2e/agents/scripted-agent.mjs', import.meta.url));
const POLL_MS = 10;

/** How a server of the test is started. */
export interface Boot {
  /** How the agent can continue a session. */
  readonly offers?: 'resume' | 'load' | 'none';
  /** The agent's name; `scripted` unless given. */
  readonly name?: string;
  /** The agent's command; the scripted agent unless given. */
  readonly command?: string;
  readonly agentFs?: boolean;
  readonly cancelMs?: number;
  /** Node types beside the built-in ones. */
  readonly nodeTypes?: NodeTypes;
}

/** A server's engine and agents over one store, which can be stopped and started again. */
export class AgentWorld {
  /** Where the agents' sessions and latches are. */
  readonly directory: string;
  /** Where the agents work. */
  readonly folder: string;
  readonly store: Store;
  /** What the pool logged. */
  readonly lines: JsonObject[] = [];
  engine!: Engine;
  pool: AgentPool | null = null;

  private constructor(directory: string, store: Store) {
    this.directory = directory;
    this.folder = join(directory, 'folder');
    this.store = store;
  }

  /** Removed, with all that runs in it, when the test has ended. */
  static async open(boot: Boot = {}): Promise<AgentWorld> {
    const directory = await realpath(await mkdtemp(join(tmpdir(), 'reattach-agent-')));
    const world = new AgentWorld(directory, await openSqliteStore({ file: ':memory:' }));
    await mkdir(world.folder);
    onTestFinished(async () => {
      await world.stop();
      await world.store.close();
      await rm(directory, { recursive: true, force: true });
    });
    await world.boot(boot);
    return world;
  }

  /** The scripted agent's command; `more` makes it another one that does the same. */
  command({ offers = 'resume', more = '' }: { offers?: string; more?: string } = {}): string {
    return `'${process.execPath}' '${AGENT}' '${this.directory}' ${offers} ${more}`.trim();
  }

  async stop(): Promise<void> {
    await (this.engine as Engine | undefined)?.close();
    await this.pool?.close();
  }

  /** Starts a server; the one before it is stopped first, which leaves the log as a kill would. */
  async boot({
    offers,
    name = 'scripted',
    command,
    agentFs = false,
    cancelMs,
    nodeTypes = {},
  }: Boot = {}): Promise<void> {
    await this.stop();
    const lines = { write: (line: string) => void this.lines.push(JSON.parse(line) as JsonObject) };
    const line = command ?? this.command(offers === undefined ? {} : { offers });
    const pool = new AgentPool({
      ...{
        agents: [parseAgent(`${name}=${line}`)],
        agentFs,
        version: '0',
        logger: pino({}, lines),
      },
      ...(cancelMs === undefined ? {} : { cancelMs }),
    });
    this.pool = pool;
    this.engine = createEngine({
      store: this.store,
      nodeTypes: { ...builtInNodes({ allowFetch: [], agents: pool }), ...nodeTypes },
      findGraph: async () => null,
      logger: pino({ level: 'silent' }),
    });
    await this.engine.recover();
  }

  /** Runs a graph of one agent node. */
  async start(configuration: JsonObject, type = 'agent'): Promise<Conversation> {
    const node = {
      ...{ id: 'agent', type },
      configuration: { agent: 'scripted', cwd: this.folder, ...configuration },
    };
    const graph = { nodes: [node], edges: [] };
    const { sessionId } = await this.engine.start(starting({ graph, graphId: 'G' }));
    return new Conversation(this, sessionId);
  }

  chat(prompt: string, more: JsonObject = {}): Promise<Conversation> {
    return this.start({ prompt, chat: true, ...more });
  }

  async openLatch(name: string): Promise<void> {
    await writeFile(join(this.directory, `${name}.open`), '');
  }

  /** Waits until a file of the agents' directory is there, and is `lines` lines long. */
  async reached(file: string, lines = 1): Promise<void> {
    while ((await this.linesOf(file)).length < lines) await wait(POLL_MS);
  }

  async linesOf(file: string): Promise<string[]> {
    try {
      const text = await readFile(join(this.directory, file), 'utf8');
      return text.split('\n').filter(Boolean);
    } catch {
      return [];
    }
  }

  async note(file: string): Promise<void> {
    await appendFile(join(this.directory, file), '1\n');
  }

  async remove(file: string): Promise<void> {
    await rm(join(this.directory, file), { recursive: true, force: true });
  }

  async has(file: string): Promise<boolean> {
    return access(join(this.directory, file)).then(
      () => true,
      () => false,
    );
  }

  /** Waits until none of the processes that agents noted is there any more. */
  async untilNoProcess(): Promise<void> {
    for (const pid of await this.linesOf('pids')) {
      while (isAlive(Number(pid))) await wait(POLL_MS);
    }
  }
}

/** The session of one agent node, as a person has it before them. */
export class Conversation {
  readonly #world: AgentWorld;
  readonly sessionId: string;

  constructor(world: AgentWorld, sessionId: string) {
    this.#world = world;
    this.sessionId = sessionId;
  }

  log(): Promise<SessionEvent[]> {
    return logOf(this.#world.store, this.sessionId);
  }

  until(done: (log: SessionEvent[]) => boolean): Promise<SessionEvent[]> {
    return untilLog(this.#world.store, this.sessionId, done);
  }

  /** The prompt that is open, once there is one. */
  async prompt(): Promise<EventOf<'inputRequired'>> {
    const log = await this.until((events) => openPrompt(events) !== null);
    const prompt = openPrompt(log);
    if (prompt === null) throw new Error('There is no prompt.');
    return prompt;
  }

  async answer(response: Json): Promise<void> {
    const { interactionId } = await this.prompt();
    await this.#world.engine.resume(this.sessionId, { interactionId, response });
  }

  /** Sends the next message and waits for the end of its turn. */
  async say(text: string): Promise<string> {
    await this.send(text);
    return this.turn(turnsIn(await this.log()));
  }

  async send(text: string): Promise<void> {
    await this.answer({ input: textContent(text) as unknown as Json });
    await this.until((log) => log.at(-1)?.type !== 'inputResolved');
  }

  /** The end of a turn: what the agent answered, or `error: …`. */
  async turn(n: number): Promise<string> {
    const isEnd = (event: SessionEvent) =>
      (event.type === 'stepEnd' || (event.type === 'stepError' && event.final)) &&
      event.step === `turn ${n}`;
    const end = (await this.until((log) => log.some(isEnd))).find(isEnd);
    if (end?.type === 'stepError') return `error: ${end.error}`;
    const result = end?.type === 'stepEnd' ? (end.result as JsonObject) : {};
    return result['output'] as string;
  }

  /** What the log tells of upstream sessions: how, and which by the order of their appearance. */
  async upstream(): Promise<string[]> {
    const seen: string[] = [];
    return (await this.agentEvents('upstream')).map((value) => {
      const { how, sessionId, reason } = value as Record<string, string>;
      if (!seen.includes(sessionId ?? '')) seen.push(sessionId ?? '');
      const which = `${how ?? ''} ${seen.indexOf(sessionId ?? '') + 1}`;
      return reason === undefined ? which : `${which}: ${reason}`;
    });
  }

  async agentEvents(name: string): Promise<Json[]> {
    return (await this.log()).flatMap((event) =>
      event.type === 'agentEvent' && event.event[name] !== undefined ? [event.event[name]] : [],
    );
  }

  /** The texts that are shown: of each step, those of its last attempt. */
  async shownText(): Promise<string> {
    const log = await this.log();
    const last = new Map<string, number>();
    for (const event of log) if (event.type === 'stepStart') last.set(event.op, event.attempt);
    return log
      .flatMap((event) =>
        event.type === 'agentEvent' && event.attempt === last.get(event.op ?? '')
          ? [(event.event['content'] as { text: string } | undefined)?.text ?? '']
          : [],
      )
      .join('');
  }

  /** Why a session of the agent was forgotten or remembered, as `+`, `-` of each memory. */
  async memory(): Promise<string[]> {
    return (await this.log()).flatMap((event) =>
      event.type === 'memory' ? [event.value === undefined ? '-' : '+'] : [],
    );
  }
}

function turnsIn(log: readonly SessionEvent[]): number {
  return new Set(
    log.flatMap((event) =>
      event.type === 'stepStart' && event.step.startsWith('turn ') ? [event.step] : [],
    ),
  ).size;
}

function openPrompt(log: readonly SessionEvent[]): EventOf<'inputRequired'> | null {
  const closed = new Set(
    log.flatMap((event) =>
      event.type === 'inputResolved' || event.type === 'inputWithdrawn'
        ? [event.interactionId]
        : [],
    ),
  );
  const open = log.findLast(
    (event) => event.type === 'inputRequired' && !closed.has(event.interactionId),
  );
  return open?.type === 'inputRequired' ? open : null;
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
