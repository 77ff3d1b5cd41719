import { Readable, Writable } from 'node:stream';
import {
  client,
  methods,
  ndJsonStream,
  PROTOCOL_VERSION,
  RequestError,
  type ClientConnection,
  type ContentBlock,
  type CreateElicitationRequest,
  type CreateElicitationResponse,
  type InitializeResponse,
  type RequestPermissionRequest,
  type RequestPermissionResponse,
  type SessionUpdate,
  type StopReason,
} from '@agentclientprotocol/sdk';
import { AgentFiles } from './agent-files.ts';
import { AgentTerminals } from './agent-terminals.ts';
import { KeptProcess, type ProcessSpec } from './kept-process.ts';
import { AgentDied } from './upstream.ts';

/** Who hears of a turn while it is under way. */
export interface TurnListener {
  update(update: SessionUpdate): void;
  permission(request: RequestPermissionRequest): Promise<RequestPermissionResponse>;
  elicitation(request: CreateElicitationRequest): Promise<CreateElicitationResponse>;
}

/** How an agent's session can be taken up again. */
export type Continuation = 'resume' | 'load';

/** What this server tells an agent of itself. */
export interface ClientFacts {
  readonly version: string;
  /** Whether the agent may use files and commands in its folder. */
  readonly servesFiles: boolean;
}

/** One agent process, spoken to in the Agent Client Protocol, with one session at a time. */
export class AgentConnection {
  readonly process: KeptProcess;
  readonly #name: string;
  readonly #version: string;
  readonly #cwd: string;
  readonly #connection: ClientConnection;
  readonly #terminals: AgentTerminals | null;
  #about: InitializeResponse = { protocolVersion: PROTOCOL_VERSION };
  #listener: TurnListener | null = null;
  /** The session that it is on; null before there is one. */
  sessionId: string | null = null;

  private constructor(agent: string, spec: ProcessSpec, { version, servesFiles }: ClientFacts) {
    this.#name = agent;
    this.#version = version;
    this.#cwd = spec.cwd;
    this.process = new KeptProcess(spec);
    this.#terminals = servesFiles ? new AgentTerminals(spec.cwd) : null;
    const app = client({ name: 'reattach' })
      .onNotification(methods.client.session.update, ({ params }) => {
        // What a loaded session tells of its past is in our log already, so nobody listens then.
        if (params.sessionId === this.sessionId) this.#listener?.update(params.update);
      })
      .onRequest(methods.client.session.requestPermission, async ({ params }) => {
        if (params.sessionId !== this.sessionId || this.#listener === null) {
          return { outcome: { outcome: 'cancelled' } };
        }
        return this.#listener.permission(params);
      })
      .onRequest(methods.client.elicitation.create, async ({ params }) => {
        return this.#listener === null ? { action: 'cancel' } : this.#listener.elicitation(params);
      });
    const files = servesFiles ? new AgentFiles(spec.cwd) : null;
    files?.serve(app);
    this.#terminals?.serve(app);
    this.#connection = app.connect(
      ndJsonStream(
        Writable.toWeb(this.process.stdin) as WritableStream<Uint8Array>,
        Readable.toWeb(this.process.stdout) as ReadableStream<Uint8Array>,
      ),
    );
  }

  /**
   * Starts an agent and introduces itself; an agent that is slow to answer ends when `signal` aborts.
   * @throws AgentDied when it ends instead, RequestError when it refuses
   */
  static async open(
    agent: string,
    spec: ProcessSpec,
    client: ClientFacts,
    signal: AbortSignal,
  ): Promise<AgentConnection> {
    const connection = new AgentConnection(agent, spec, client);
    const stop = () => void connection.close();
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
    try {
      await connection.#initialize(client.servesFiles);
      return connection;
    } catch (error) {
      await connection.close();
      throw error;
    } finally {
      signal.removeEventListener('abort', stop);
    }
  }

  /** What the agent calls itself, with its version; null when it does not say. */
  get version(): string | null {
    const { agentInfo } = this.#about;
    return agentInfo ? `${agentInfo.title ?? agentInfo.name} ${agentInfo.version}` : null;
  }

  get continuation(): Continuation | null {
    const { loadSession, sessionCapabilities } = this.#about.agentCapabilities ?? {};
    if (sessionCapabilities?.resume) return 'resume';
    return loadSession === true ? 'load' : null;
  }

  takes(kind: 'image' | 'audio' | 'embeddedContext'): boolean {
    return this.#about.agentCapabilities?.promptCapabilities?.[kind] === true;
  }

  async newSession(): Promise<string> {
    const { sessionId } = await this.#alive(
      this.#connection.agent.request(methods.agent.session.new, {
        cwd: this.#cwd,
        mcpServers: [],
      }),
    );
    if (sessionId === '') throw new RequestError(-32_603, 'The agent gave its session no id.');
    this.sessionId = sessionId;
    return sessionId;
  }

  async continueSession(sessionId: string, how: Continuation): Promise<void> {
    const params = { sessionId, cwd: this.#cwd, mcpServers: [] };
    const { session } = methods.agent;
    await this.#alive(
      how === 'resume'
        ? this.#connection.agent.request(session.resume, params)
        : this.#connection.agent.request(session.load, params),
    );
    this.sessionId = sessionId;
  }

  /** Sends a message and resolves when the turn is over; `listener` hears what comes in between. */
  async prompt(prompt: ContentBlock[], listener: TurnListener): Promise<StopReason> {
    const { sessionId } = this;
    if (sessionId === null) throw new Error('The agent has no session yet.');
    this.#listener = listener;
    try {
      const { stopReason } = await this.#alive(
        this.#connection.agent.request(methods.agent.session.prompt, { sessionId, prompt }),
      );
      return stopReason;
    } finally {
      this.#listener = null;
    }
  }

  /** Asks the agent to end the turn that is under way. */
  async cancel(): Promise<void> {
    if (this.sessionId === null || this.#connection.signal.aborted) return;
    await this.#connection.agent
      .notify(methods.agent.session.cancel, { sessionId: this.sessionId })
      .catch(() => undefined);
  }

  /** Ends the process, with all that it started. */
  async close(): Promise<void> {
    this.#listener = null;
    await Promise.all([this.process.stop(), this.#terminals?.close()]);
    this.#connection.close();
  }

  async #initialize(servesFiles: boolean): Promise<void> {
    this.#about = await this.#alive(
      this.#connection.agent.request(methods.agent.initialize, {
        protocolVersion: PROTOCOL_VERSION,
        clientInfo: { name: 'reattach', version: this.#version },
        clientCapabilities: {
          fs: { readTextFile: servesFiles, writeTextFile: servesFiles },
          terminal: servesFiles,
          elicitation: { form: {} },
        },
      }),
    );
    const { protocolVersion } = this.#about;
    if (protocolVersion === PROTOCOL_VERSION) return;
    throw new Error(
      `The agent '${this.#name}' speaks version ${protocolVersion} of the Agent Client Protocol; this server speaks ${PROTOCOL_VERSION}.`,
    );
  }

  /** What is asked of the agent, or the reason why it can answer no more. */
  async #alive<T>(asked: Promise<T>): Promise<T> {
    const died = this.process.ended.then(() => {
      throw this.#death();
    });
    try {
      return await Promise.race([asked, died]);
    } catch (error) {
      if (error instanceof AgentDied || !this.#connection.signal.aborted) throw error;
      // It hung up: what it says no more, it cannot answer.
      await this.process.stop();
      throw await died.catch((death: unknown) => death);
    }
  }

  #death(): AgentDied {
    const { lastWords, ending } = this.process;
    const { code, signal, error } = ending ?? { code: null, signal: null, error: null };
    const how =
      error !== null
        ? `could not be started: ${error}`
        : signal !== null
          ? `was ended by ${signal}`
          : code !== null
            ? `ended with exit code ${code}`
            : 'ended';
    const said = lastWords === '' ? '' : `\n${lastWords}`;
    return new AgentDied(`The agent '${this.#name}' ${how}.${said}`);
  }
}
