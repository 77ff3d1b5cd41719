// Longer than most: every flag stands here with its text, its default and its check.
import { BlockList, isIP } from 'node:net';
import { Command, InvalidArgumentError, Option } from 'commander';
import type { RetentionPolicy } from './engine/retention.ts';
import { messageOf } from './errors.ts';
import { parseAgent, type AgentCommand } from './nodes/agent/agent-command.ts';
import { logLevels, type LogLevel } from './logger.ts';
import { modelProviders, parseModelName } from './nodes/model-providers.ts';
import { version } from './package-info.ts';

/** What the command line says. */
export interface ServerOptions {
  /** 0 for a free one. */
  readonly port: number;
  /** Without the brackets of an IPv6 address. */
  readonly host: string;
  /** A path, or `:memory:`. */
  readonly db: string;
  /** A directory; null for the examples, whose node modules are loaded too. */
  readonly graphs: string | null;
  /** Paths of ES modules. */
  readonly nodes: readonly string[];
  readonly token: string | null;
  /** Lower-case; with a port, or for any port. */
  readonly allowHosts: readonly string[];
  readonly allowOrigins: readonly string[];
  readonly allowFrames: readonly string[];
  /** Empty, or with a slash before it and none after it. */
  readonly basePath: string;
  readonly allowFetch: readonly string[];
  /** `PROVIDER:NAME`; null for none. */
  readonly model: string | null;
  readonly modelUrl: string | null;
  /** What `agent` nodes may run, each under a name of its own. */
  readonly agents: readonly AgentCommand[];
  /** Whether these agents are served files and commands of their folder. */
  readonly agentFs: boolean;
  readonly maxBodyBytes: number;
  readonly maxEventBytes: number;
  readonly retention: RetentionPolicy;
  readonly logLevel: LogLevel;
}

/** Where help, version and complaints are written. */
export interface OptionsOutput {
  out: (text: string) => void;
  err: (text: string) => void;
}

const MEBIBYTE = 1024 * 1024;

/**
 * Reads the command line.
 * @param args the arguments, without those of Node
 * @throws CommanderError after writing help, version or a line that names the offending flag; its
 *   `exitCode` is the process's
 */
export function parseOptions(args: readonly string[], output: OptionsOutput): ServerOptions {
  const command = new Command('reattach')
    .description('Durable graph sessions: run one, close the tab, come back, answer, carry on.')
    .version(version)
    .exitOverride()
    .configureOutput({ writeOut: output.out, writeErr: output.err })
    .option('--port <number>', 'port to listen on; 0 for a free one', parsePort, 4600)
    .option('--host <host>', 'address to listen on', parseHost, '127.0.0.1')
    .option('--db <file>', 'SQLite file, or :memory:', nonEmpty, '.reattach/reattach.db')
    .option(
      '--graphs <directory>',
      'graphs to offer, one *.json file each (default: the examples)',
      nonEmpty,
    )
    .option(
      '--nodes <file>',
      'ES module whose default export maps node types to handlers; repeatable',
      collect(nonEmpty),
    )
    .addOption(
      new Option('--token <token>', 'require this token of every caller')
        .argParser(parseToken)
        .env('REATTACH_TOKEN'),
    )
    .option(
      '--allow-host <host>',
      'accept requests for this host, host:port or [address]; repeatable',
      collect(parseAllowedHost),
    )
    .option(
      '--allow-origin <origin>',
      'let pages of this origin call; repeatable',
      collect(parseOrigin),
    )
    .option(
      '--allow-frame <origin>',
      "let pages of this origin frame the panel's; repeatable",
      collect(parseOrigin),
    )
    .option('--base-path <path>', 'serve everything below this path', parseBasePath, '')
    .option(
      '--allow-fetch <host>',
      'let fetch nodes call this host or host:port; repeatable',
      collect(parseAllowedHost),
    )
    .option(
      '--model <provider:name>',
      'model of generate nodes that name none; keys come from the environment',
      parseModel,
    )
    .option(
      '--model-url <url>',
      "where that model's provider is reached; without --model, openai-compatible",
      parseModelUrl,
    )
    .option(
      '--agent <name=command>',
      'agent that agent nodes may run: its name and the command that speaks the Agent Client Protocol; repeatable',
      collectAgent,
    )
    .option('--agent-fs', 'let agents read and write files and run commands in their folder')
    .addOption(
      new Option('--max-body <MiB>', 'largest request body')
        .argParser(parseMebibytes)
        .default(32 * MEBIBYTE, '32'),
    )
    .addOption(
      new Option('--max-event <MiB>', 'largest single event')
        .argParser(parseMebibytes)
        .default(8 * MEBIBYTE, '8'),
    )
    .option(
      '--retain <time>',
      'delete sessions so long after their end: a number of s, m, h, d or w, as in 30d',
      parseDuration,
    )
    .option(
      '--retain-per-graph <number>',
      'keep the newest so many of the sessions of each graph that have ended',
      parseCount,
    )
    .addOption(
      new Option('--log-level <level>', 'what to log on stderr').choices(logLevels).default('info'),
    );
  const flags = command.parse(args, { from: 'user' }).opts<Flags>();
  if (!isLoopback(flags.host) && flags.token === undefined) {
    command.error(
      `error: option '--host ${flags.host}' is not a loopback address and needs '--token'`,
    );
  }
  if (flags.model?.startsWith('openai-compatible:') === true && flags.modelUrl === undefined) {
    command.error(`error: option '--model ${flags.model}' needs '--model-url'`);
  }
  return {
    port: flags.port,
    host: flags.host,
    db: flags.db,
    graphs: flags.graphs ?? null,
    nodes: flags.nodes ?? [],
    token: flags.token ?? null,
    allowHosts: flags.allowHost ?? [],
    allowOrigins: flags.allowOrigin ?? [],
    allowFrames: flags.allowFrame ?? [],
    basePath: flags.basePath,
    allowFetch: flags.allowFetch ?? [],
    model: flags.model ?? null,
    modelUrl: flags.modelUrl ?? null,
    agents: flags.agent ?? [],
    agentFs: flags.agentFs ?? false,
    maxBodyBytes: flags.maxBody,
    maxEventBytes: flags.maxEvent,
    retention: { ageMs: flags.retain ?? null, perGraph: flags.retainPerGraph ?? null },
    logLevel: flags.logLevel,
  };
}

/** Whether only this machine reaches `host`. */
export function isLoopback(host: string): boolean {
  const family = isIP(host);
  if (family === 0) return host.toLowerCase() === 'localhost';
  return loopback.check(host, family === 4 ? 'ipv4' : 'ipv6');
}

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

interface Flags {
  port: number;
  host: string;
  db: string;
  graphs?: string;
  nodes?: string[];
  token?: string;
  allowHost?: string[];
  allowOrigin?: string[];
  allowFrame?: string[];
  basePath: string;
  allowFetch?: string[];
  model?: string;
  modelUrl?: string;
  agent?: AgentCommand[];
  agentFs?: boolean;
  maxBody: number;
  maxEvent: number;
  retain?: number;
  retainPerGraph?: number;
  logLevel: LogLevel;
}

function collect(parse: (value: string) => string) {
  return (value: string, previous: readonly string[] = []) => [...previous, parse(value)];
}

function collectAgent(value: string, previous: readonly AgentCommand[] = []): AgentCommand[] {
  let agent: AgentCommand;
  try {
    agent = parseAgent(value);
  } catch (error) {
    throw new InvalidArgumentError(messageOf(error));
  }
  if (previous.some(({ name }) => name === agent.name)) {
    throw new InvalidArgumentError(`There are two agents called '${agent.name}'.`);
  }
  return [...previous, agent];
}

function nonEmpty(value: string): string {
  if (value.trim() === '') throw new InvalidArgumentError('It is empty.');
  return value;
}

function parsePort(value: string): number {
  const port = /^\d{1,5}$/.test(value) ? Number(value) : Number.NaN;
  if (!(port <= 65_535)) throw new InvalidArgumentError('A port is a number from 0 to 65535.');
  return port;
}

function parseHost(value: string): string {
  const host = /^\[.*\]$/.test(value) ? value.slice(1, -1) : value;
  if (!/^[\w.:%-]+$/.test(host) || (host.includes(':') && isIP(host) !== 6)) {
    throw new InvalidArgumentError('A host is a name or an IP address, without a port.');
  }
  return host;
}

function parseToken(value: string): string {
  // What an Authorization header can carry after "Bearer".
  if (!/^[\x21-\x7e]+$/.test(value)) {
    throw new InvalidArgumentError('A token is printable ASCII without spaces, and not empty.');
  }
  return value;
}

function parseAllowedHost(value: string): string {
  const host = value.toLowerCase();
  if (!/^(?:[\w.-]+|\[[\da-f:.]+\])(?::\d{1,5})?$/.test(host)) {
    throw new InvalidArgumentError(
      'Give a host, host:port or [address], without a scheme or path.',
    );
  }
  return host;
}

function parseOrigin(value: string): string {
  // Written as a browser would send it; URL knows no origin of a scheme such as chrome-extension:.
  const origin = /^https?:\/\//i.test(value) && URL.canParse(value) ? new URL(value).origin : value;
  const given = value.toLowerCase().replace(/\/$/, '');
  const isOrigin = /^[a-z][\w+.-]*:\/\/[^\s/?#@]+$/.test(given);
  if (!isOrigin)
    throw new InvalidArgumentError('An origin is scheme://host or scheme://host:port.');
  return origin.replace(/\/$/, '');
}

function parseBasePath(value: string): string {
  const path = value.replace(/\/$/, '');
  const isPlain = /^(?:\/[\w.~-]+)*$/.test(path) && !/\/\.{1,2}(?:\/|$)/.test(path);
  if (!isPlain || !value.startsWith('/')) {
    throw new InvalidArgumentError('A base path is like /reattach: letters, digits, - . _ and ~.');
  }
  return path;
}

function parseModel(value: string): string {
  if (parseModelName(value) !== null) return value.trim();
  const providers = Object.keys(modelProviders).join(', ');
  throw new InvalidArgumentError(`A model is PROVIDER:NAME, with a provider of ${providers}.`);
}

function parseModelUrl(value: string): string {
  const url = URL.canParse(value) ? new URL(value) : null;
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new InvalidArgumentError('Give a URL such as http://localhost:11434/v1.');
  }
  if (url.username !== '' || url.password !== '') {
    throw new InvalidArgumentError('A key is set in the environment, not in the URL.');
  }
  return value;
}

const UNITS_MS: Readonly<Record<string, number>> = {
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

function parseDuration(value: string): number {
  const [, digits = '', unit = ''] = /^(\d{1,6})([smhdw])$/.exec(value) ?? [];
  const ms = Number(digits) * (UNITS_MS[unit] ?? 0);
  if (ms > 0) return ms;
  throw new InvalidArgumentError('A time is a number above 0 with a unit: s, m, h, d or w.');
}

function parseCount(value: string): number {
  if (/^\d{1,9}$/.test(value)) return Number(value);
  throw new InvalidArgumentError('It is a whole number of sessions, of at least 0.');
}

function parseMebibytes(value: string): number {
  const mebibytes = /^\d+(?:\.\d+)?$/.test(value) ? Number(value) : 0;
  const bytes = Math.floor(mebibytes * MEBIBYTE);
  // V8 makes no longer string than half a gibibyte.
  if (bytes < 1 || mebibytes > 256) {
    throw new InvalidArgumentError('A limit is a number of MiB above 0 and up to 256.');
  }
  return bytes;
}
