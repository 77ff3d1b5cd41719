import type { AgentConnection, ClientFacts } from './agent-connection.ts';
import type { AgentCommand } from './agent-command.ts';
import type { Pointer } from './upstream.ts';

/** Where the pool tells what nobody waits for. A pino logger is one. */
interface AgentLogger {
  warn(fields: object, name: string): void;
}

export interface AgentPoolOptions {
  readonly agents: readonly AgentCommand[];
  /** Whether agents may use files and commands in their folder. */
  readonly agentFs: boolean;
  /** This server's, for agents to know. */
  readonly version: string;
  readonly logger: AgentLogger;
  /** How long an agent may take to obey a cancel; 3 seconds unless given. */
  readonly cancelMs?: number;
}

/** Whose agent it is, and how long it is kept. */
export interface Place {
  readonly sessionId: string;
  readonly nodeId: string;
  readonly cwd: string;
  /** An agent that has had nothing to do for so long is let go. */
  readonly idleMs: number;
  /** Aborts when the node is over. */
  readonly over: AbortSignal;
}

interface Kept {
  readonly command: string;
  readonly connection: AgentConnection;
  /** The turn that is under way; null between turns. */
  turn: Promise<unknown> | null;
  stopTimer: () => void;
  forget: () => void;
}

/**
 * The agents that run, one a node at most. They live between the turns of their node, longer than the
 * handler that asked for them, and end with the node, with the server, or after a while.
 */
export class AgentPool {
  readonly #agents: ReadonlyMap<string, AgentCommand>;
  readonly #client: ClientFacts;
  readonly #cancelMs: number;
  readonly #logger: AgentLogger;
  readonly #kept = new Map<string, Kept>();
  /** What ends and has not ended yet. */
  readonly #ending = new Map<string, Promise<void>>();
  readonly #starting = new Set<Promise<unknown>>();
  readonly #closing = new AbortController();

  constructor({ agents, agentFs, version, logger, cancelMs = 3000 }: AgentPoolOptions) {
    this.#agents = new Map(agents.map((agent) => [agent.name, agent]));
    this.#client = { version, servesFiles: agentFs };
    this.#logger = logger;
    this.#cancelMs = cancelMs;
  }

  /** @throws Error with a sentence that says what to do */
  commandOf(name: string): AgentCommand {
    const command = this.#agents.get(name);
    if (command !== undefined) return command;
    throw new Error(
      `This server knows no agent '${name}': start it with --agent ${name}=COMMAND, the command that runs it.`,
    );
  }

  /**
   * Lets `turn` speak to the agent of a node, which is started unless it runs. When `signal` aborts,
   * the agent is asked to end its turn, and is ended itself when it does not in time.
   */
  async use<T>(
    place: Place,
    { name, command, words }: AgentCommand,
    signal: AbortSignal,
    turn: (connection: AgentConnection) => Promise<T>,
  ): Promise<T> {
    signal.throwIfAborted();
    const key = keyOf(place);
    const running = this.#kept.get(key);
    if (running !== undefined && (running.turn !== null || !isFit(running, command))) {
      void this.#end(key);
    }
    await this.#ending.get(key);
    let kept = this.#kept.get(key);
    if (kept === undefined) {
      const spec = { words, cwd: place.cwd };
      const unwanted = AbortSignal.any([signal, place.over, this.#closing.signal]);
      const opening = open(name, spec, this.#client, unwanted);
      this.#starting.add(opening);
      const connection = await opening.finally(() => this.#starting.delete(opening));
      if (unwanted.aborted) {
        await connection.close();
        throw new Error('The agent is not needed any more.');
      }
      kept = this.#keep(key, place, command, connection);
    }
    kept.stopTimer();
    const work = turn(kept.connection);
    kept.turn = work;
    const cancel = () => void this.#cancel(key);
    signal.addEventListener('abort', cancel, { once: true });
    if (signal.aborted) cancel();
    try {
      return await work;
    } finally {
      signal.removeEventListener('abort', cancel);
      if (this.#kept.get(key) === kept && kept.turn === work) {
        kept.turn = null;
        kept.stopTimer = this.#letGoLater(key, place.idleMs);
      }
    }
  }

  /** Ends the agent of a node, if one runs, and notes why its session is of no more use. */
  async discard(
    place: Place,
    { sessionId: upstream, runtime }: Pointer,
    { code, reason }: { code: number | null; reason: string },
  ): Promise<void> {
    const { sessionId: session, nodeId: node } = place;
    this.#logger.warn(
      { session, node, agent: runtime.agent, code, upstream, reason },
      'agent.session_cleared',
    );
    await this.#end(keyOf(place));
  }

  /** Ends all agents, at once. */
  async close(): Promise<void> {
    this.#closing.abort();
    for (const key of [...this.#kept.keys()]) void this.#end(key);
    await Promise.allSettled([...this.#ending.values(), ...this.#starting]);
  }

  #keep(key: string, { over }: Place, command: string, connection: AgentConnection): Kept {
    const onOver = () => void this.#cancel(key);
    over.addEventListener('abort', onOver, { once: true });
    const kept: Kept = {
      ...{ command, connection, turn: null },
      stopTimer: () => undefined,
      forget: () => over.removeEventListener('abort', onOver),
    };
    this.#kept.set(key, kept);
    return kept;
  }

  /** Ends the turn that is under way, in good manners first, and then the agent. */
  async #cancel(key: string): Promise<void> {
    const kept = this.#kept.get(key);
    if (kept === undefined) return;
    if (kept.turn !== null && !this.#closing.signal.aborted) {
      const over = kept.turn.catch(() => undefined);
      await kept.connection.cancel();
      await Promise.race([over, delay(this.#cancelMs)]);
    }
    if (this.#kept.get(key) === kept) await this.#end(key);
  }

  #end(key: string): Promise<void> {
    const kept = this.#kept.get(key);
    if (kept !== undefined) {
      this.#kept.delete(key);
      kept.stopTimer();
      kept.forget();
      const ending = kept.connection.close().finally(() => {
        if (this.#ending.get(key) === ending) this.#ending.delete(key);
      });
      this.#ending.set(key, ending);
    }
    return this.#ending.get(key) ?? Promise.resolve();
  }

  #letGoLater(key: string, ms: number): () => void {
    // A timer of Node is no longer than that.
    const timer = setTimeout(() => void this.#end(key), Math.min(ms, 2 ** 31 - 1));
    timer.unref();
    return () => clearTimeout(timer);
  }
}

/** The protocol's library is loaded with the first agent. */
async function open(...args: Parameters<typeof AgentConnection.open>): Promise<AgentConnection> {
  const { AgentConnection: connection } = await import('./agent-connection.ts');
  return connection.open(...args);
}

function keyOf({ sessionId, nodeId }: Place): string {
  return `${sessionId}\n${nodeId}`;
}

function isFit({ command, connection }: Kept, wanted: string): boolean {
  return command === wanted && connection.process.ending === null;
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });
}
