import { Argument, Command, InvalidArgumentError, Option } from 'commander';
import { sessionStatuses, type SessionStatus } from '../shared/session.ts';
import { attach } from './attach.ts';
import { CliError } from './cli-error.ts';
import { exitCodeOf, TIMED_OUT } from './exit-code.ts';
import { findSession } from './find-session.ts';
import { listSessions, tableOf } from './ls.ts';
import { outputsOf, parseInput, readInputs, startRun, waitForEnd } from './run.ts';
import { ServerCalls } from './server-calls.ts';
import { styleOf } from './style.ts';
import { textOfJson } from './text-of-json.ts';
import { exportSession, importSession } from './transfer.ts';

/** The process that a command is part of. */
export interface Surroundings {
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly version: string;
  /** Becomes the server, with the arguments of `reattach serve`. */
  readonly serve: (args: string[]) => Promise<void>;
  /** What the process will end with. */
  readonly exit: (code: number) => void;
}

const DEFAULT_URL = 'http://127.0.0.1:4600';

interface ServerFlags {
  url: string;
  token?: string;
}

interface RunFlags extends ServerFlags {
  input?: { nodeId: string; value: string }[];
  title?: string;
  headless?: true;
  wait?: true;
  attach?: true;
  timeout?: number;
  json?: true;
}

interface LsFlags extends ServerFlags {
  graph?: string;
  status?: SessionStatus[];
  search?: string;
  needsAnswer?: true;
  limit: number;
  json?: true;
}

interface ExportFlags extends ServerFlags {
  output?: string;
  redact: string[];
}

interface ImportFlags extends ServerFlags {
  continue?: true;
  newId?: true;
  redact: string[];
}

/** The `reattach` command with all its subcommands. */
export function createProgram(surroundings: Surroundings): Command {
  const { stdin, stdout, stderr, environment, version, serve, exit } = surroundings;
  const program = new Command('reattach')
    .description(
      'tmux for graph and agent runs: durable sessions to close, come back to, and answer.',
    )
    .version(version)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => stdout.write(text),
      writeErr: (text) => stderr.write(text),
    });

  // The server has a parser of its own, which is loaded with it.
  program
    .command('serve', { isDefault: true })
    .description(
      "serve this folder's graphs/ and nodes/ (the default; 'serve --help' tells its flags)",
    )
    .usage('[options]')
    .helpOption(false)
    .allowUnknownOption()
    .allowExcessArguments()
    .action(async (_flags: unknown, { args }: Command) => {
      const [first] = args;
      if (first !== undefined && !first.startsWith('-')) {
        program.error(`error: unknown command '${first}'`);
      }
      await serve(args);
    });

  const onServer = (name: string) =>
    program
      .command(name)
      .addOption(
        new Option('--url <url>', 'where the server is')
          .env('REATTACH_URL')
          .argParser(parseUrl)
          .default(DEFAULT_URL),
      )
      .addOption(new Option('--token <token>', "the server's token").env('REATTACH_TOKEN'));

  const attachTo = async (flags: ServerFlags, sessionId: string) => {
    const url =
      flags.url === (environment['REATTACH_URL'] ?? DEFAULT_URL) ? '' : ` --url ${flags.url}`;
    const command = `reattach attach ${sessionId}${url}`;
    const desk = { input: stdin, output: stdout, environment, command };
    exit(await attach(callsTo(flags), sessionId, desk));
  };

  onServer('run')
    .description('start a run of a graph of the server; prints its session')
    .addArgument(new Argument('<graph>', 'the id of the graph'))
    .option(
      '--input <node=value>',
      'answer the first prompt of a node in advance; JSON or text, @file for a file; repeatable',
      collectInput,
    )
    .option('--title <title>', 'what to call the session')
    .option('--headless', 'ask nobody: answer from the inputs and defaults, or fail')
    .option('--wait', 'wait until the run has ended; the exit code says how')
    .addOption(new Option('--attach', 'attach to it at once').conflicts(['wait', 'json']))
    .option('--timeout <seconds>', 'wait no longer than this', parseSeconds)
    .option('--json', 'print JSON')
    .action(async (graph: string, flags: RunFlags) => {
      const server = callsTo(flags);
      const inputs = await readInputs(flags.input ?? []);
      const { title, headless = false } = flags;
      const start = { inputs, headless, ...(title === undefined ? {} : { title }) };
      const sessionId = await startRun(server, graph, start);
      if (flags.attach === true) return attachTo(flags, sessionId);
      const isPlain = flags.json !== true;
      if (isPlain) stdout.write(`${sessionId}\n`);
      if (flags.wait !== true) {
        if (!isPlain) stdout.write(`${JSON.stringify({ sessionId })}\n`);
        return;
      }
      const status = await waitForEnd(server, sessionId, flags.timeout ?? null, () => {
        stderr.write(`It waits for an answer: reattach attach ${sessionId}\n`);
      });
      const outputs = await outputsOf(server, status);
      if (isPlain) {
        stdout.write(`${status.status}\n`);
        if (status.error !== undefined) stderr.write(`${status.error}\n`);
        for (const output of Object.values(outputs))
          stdout.write(`${textOfJson(output).trimEnd()}\n`);
      } else {
        stdout.write(`${JSON.stringify({ ...status, outputs })}\n`);
      }
      const { status: word } = status;
      exit(word === 'running' || word === 'suspended' ? TIMED_OUT : exitCodeOf(word));
    });

  onServer('ls')
    .description('list sessions, the newest first')
    .option('--graph <id>', 'of this graph')
    .option('--status <status,...>', 'in one of these', parseStatuses)
    .option('--search <text>', 'with this text in the title or the id')
    .option('--needs-answer', 'that wait for an answer')
    .option('--limit <number>', 'at most so many', parseCount, 50)
    .option('--json', 'print JSON, one session a line')
    .action(async ({ search: text, ...flags }: LsFlags) => {
      const query = text === undefined ? flags : { ...flags, text };
      const sessions = await listSessions(callsTo(flags), query);
      if (flags.json === true) {
        for (const session of sessions) stdout.write(`${JSON.stringify(session)}\n`);
      } else if (sessions.length === 0) {
        stderr.write('No sessions.\n');
      } else {
        stdout.write(tableOf(sessions, styleOf(stdout, environment), Date.now() / 1000));
      }
    });

  onServer('attach')
    .description('replay a session, follow it and answer its prompts; Ctrl-C leaves it running')
    .addArgument(
      new Argument('[session]', 'its id or how it begins; the newest that goes on unless given'),
    )
    .action(async (given: string | undefined, flags: ServerFlags) => {
      await attachTo(flags, await findSession(callsTo(flags), given));
    });

  const redaction = () =>
    new Option('--redact <path>', "leave out what a path leads to, as '/response'; repeatable")
      .argParser((path: string, before: string[]) => [...before, path])
      .default([], 'nothing');

  onServer('export')
    .description('write a session as a file, one JSON object a line')
    .addArgument(new Argument('<session>', 'its id or how it begins'))
    .option('-o, --output <file>', 'where to; stdout unless given')
    .addOption(redaction())
    .action(async (given: string, { output, redact, ...flags }: ExportFlags) => {
      const file = output ?? null;
      const server = callsTo(flags);
      const sessionId = await findSession(server, given);
      await exportSession(server, sessionId, { redact, file, stdout });
      if (file !== null) stderr.write(`${sessionId} is in ${file}.\n`);
    });

  onServer('import')
    .description('take in an exported session, to be read; prints its id')
    .addArgument(new Argument('<file>', 'what export wrote; - for stdin'))
    .option('--continue', 'let it go on here')
    .option('--new-id', 'give it an id of its own here')
    .addOption(redaction())
    .action(async (file: string, given: ImportFlags) => {
      const { continue: goesOn, newId, redact, ...flags } = given;
      const { sessionId } = await importSession(callsTo(flags), file, {
        ...{ goesOn: goesOn === true, newId: newId === true, redact, stdin },
      });
      stdout.write(`${sessionId}\n`);
    });

  return program;
}

function callsTo({ url, token }: ServerFlags): ServerCalls {
  return new ServerCalls({ url, token: token ?? null });
}

function collectInput(value: string, previous: readonly { nodeId: string; value: string }[] = []) {
  try {
    return [...previous, parseInput(value)];
  } catch (error) {
    throw error instanceof CliError ? new InvalidArgumentError(error.message) : error;
  }
}

function parseUrl(value: string): string {
  const url = URL.canParse(value) ? new URL(value) : null;
  if (url !== null && /^https?:$/.test(url.protocol) && url.search === '' && url.hash === '') {
    return value.replace(/\/+$/, '');
  }
  throw new InvalidArgumentError(`Give a URL such as ${DEFAULT_URL}.`);
}

function parseSeconds(value: string): number {
  const seconds = /^\d+(?:\.\d+)?$/.test(value) ? Number(value) : Number.NaN;
  if (seconds >= 0) return seconds;
  throw new InvalidArgumentError('Give a number of seconds.');
}

function parseCount(value: string): number {
  const count = /^\d{1,7}$/.test(value) ? Number(value) : 0;
  if (count > 0) return count;
  throw new InvalidArgumentError('Give a number above 0.');
}

function parseStatuses(value: string): SessionStatus[] {
  return value.split(',').map((word) => {
    const status = sessionStatuses.find((each) => each === word.trim());
    if (status !== undefined) return status;
    throw new InvalidArgumentError(`A status is one of ${sessionStatuses.join(', ')}.`);
  });
}
