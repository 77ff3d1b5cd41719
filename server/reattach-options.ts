import type { GraphSource } from '../shared/graph.ts';
import type { Clock } from './engine/clock.ts';
import type { NodeTools, NodeTypes } from './engine/handler.ts';
import type { RetentionPolicy } from './engine/retention.ts';
import type { Logger } from './logger.ts';
import type { NodeModule } from './node-modules.ts';
import type { AgentCommand } from './nodes/agent/agent-command.ts';
import type { Authorize } from './routes/authorize-rule.ts';
import type { Store } from './store/store.ts';

/** What `createReattach` is given. All but `store` can be left out. */
export interface ReattachOptions {
  /**
   * Where the sessions are: the name of an SQLite file, which is created with its directory when it is
   * not there, `:memory:`, or a store that is open. Who opens a store closes it: one that was given open
   * stays so.
   */
  readonly store: string | Store;
  /**
   * Node types beside the built-in ones: handlers by type, or node modules as `loadNodeModule` gives
   * them.
   */
  readonly nodes?: NodeTypes | readonly NodeModule[];
  /** Functions that the models of `generate` nodes may call, beside those of node modules. */
  readonly tools?: NodeTools;
  /**
   * The graphs that can be started by their id: a directory of `*.json` files, or graphs by id. Both are
   * looked at each time, so that an edited file, or a member that is replaced, counts at once.
   */
  readonly graphs?: string | Readonly<Record<string, GraphSource>>;
  /** Decides on each call; without it, and without a `token`, everybody may do everything. */
  readonly authorize?: Authorize;
  /** Gets what a log should have; a pino logger is one. Warnings and errors go to stderr unless given. */
  readonly logger?: Logger;
  /** The time of events, sleeps, deadlines and back-off; the system's unless given. */
  readonly clock?: Clock;
  /** Which of the sessions that have ended are kept; all unless given. */
  readonly retention?: RetentionPolicy;
  /**
   * False: nothing goes on, and requests wait, until `recover` is called. For who has to do something
   * first that may fail, such as to listen.
   */
  readonly recover?: boolean;
  /** False: the panel is not served. */
  readonly panel?: boolean;
  /** What every caller has to show, as with `--token`. */
  readonly token?: string | null;
  /** Where the server listens, if that is known: requests to this host and port pass. */
  readonly listening?: { readonly host: string; readonly port: () => number };
  /**
   * The hosts that requests may name besides, in lower case, with a port or for any. Unless given, all
   * hosts when `authorize` decides who may call, else those of this machine: a page that makes its own
   * name lead to this machine (DNS rebinding) is kept out so.
   */
  readonly allowHosts?: readonly string[];
  /** The origins whose pages may call, besides that of the server itself. */
  readonly allowOrigins?: readonly string[];
  /** The origins whose pages may frame the panel's. */
  readonly allowFrames?: readonly string[];
  /**
   * The path that requests have before those of this server, where nobody takes it off: with a slash
   * before it and none after it.
   */
  readonly basePath?: string;
  /** The hosts that `fetch` nodes may call, in lower case, with a port or for any. */
  readonly allowFetch?: readonly string[];
  /** The model of `generate` nodes that name none, `PROVIDER:NAME`; keys come from the environment. */
  readonly model?: string | null;
  readonly modelUrl?: string | null;
  /** What `agent` nodes may run, each under a name of its own. */
  readonly agents?: readonly AgentCommand[];
  /** Whether these agents are served files and commands of their folder. */
  readonly agentFs?: boolean;
  /** A whole number; 32 MiB unless given. */
  readonly maxBodyBytes?: number;
  /** A whole number; 8 MiB unless given. */
  readonly maxEventBytes?: number;
}
