import { CommanderError } from 'commander';
import { describe, expect, test } from 'vitest';
import { startSession, startTestServer } from '../server/server.testing.ts';
import { CliError } from './cli-error.ts';
import { createProgram } from './program.ts';
import { parseInput, readInputs } from './run.ts';

interface Told {
  readonly out: string;
  readonly err: string;
  readonly code: number;
  readonly served: string[][];
}

/** What a command line does in this process. */
async function command(...args: string[]): Promise<Told> {
  let [out, err, code] = ['', '', 0];
  const served: string[][] = [];
  const stream = (write: (text: string) => void) => ({ write, isTTY: false }) as never;
  const program = createProgram({
    stdin: {} as never,
    stdout: stream((text) => (out += text)),
    stderr: stream((text) => (err += text)),
    environment: {},
    version: '1.2.3',
    serve: (given) => Promise.resolve(void served.push(given)),
    exit: (given) => (code = given),
  });
  try {
    await program.parseAsync(args, { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) code = error.exitCode;
    else if (error instanceof CliError) [err, code] = [error.message, 1];
    else throw error;
  }
  return { out, err, code, served };
}

describe('the command', () => {
  test('serves with the flags that it is given, with and without the word', async () => {
    expect((await command()).served).toEqual([[]]);
    expect((await command('--port', '0', '--nodes', 'a.mjs')).served).toEqual([
      ['--port', '0', '--nodes', 'a.mjs'],
    ]);
    expect((await command('serve', '--help')).served).toEqual([['--help']]);
  });

  test('tells its version and its commands', async () => {
    expect(await command('--version')).toMatchObject({ out: '1.2.3\n', served: [] });
    const { out } = await command('--help');
    for (const name of ['serve', 'run', 'ls', 'attach', 'export', 'import'])
      expect(out).toContain(`  ${name} `);
  });

  test.each([
    [['runs'], /unknown command 'runs'/],
    [['run'], /missing required argument 'graph'/],
    [['run', 'a', '--input', 'b'], /'b' is no input: write node=value\./],
    [['run', 'a', '--wait', '--attach'], /cannot be used with/],
    [['run', 'a', '--timeout', 'soon'], /Give a number of seconds\./],
    [['run', 'a', '--input', 'b=1', '--input', 'b=2'], /^The input of 'b' is given twice\.$/],
    [['run', 'a', '--input', 'b=@nowhere'], /^'nowhere' cannot be read: it is not there\.$/],
    [['ls', '--status', 'done'], /A status is one of running, suspended, completed/],
    [['ls', '--limit', '0'], /Give a number above 0\./],
    [['ls', '--url', 'ftp://x'], /Give a URL such as http:\/\/127\.0\.0\.1:4600\./],
  ])('%j is refused in a line', async (args, reason) => {
    const { out, err, code, served } = await command(...args);
    expect({ out, code, served }).toEqual({ out: '', code: 1, served: [] });
    expect(err.trim()).toMatch(reason);
  });

  test('says what the server refuses', async () => {
    const server = await startTestServer();
    const refused = async (...args: string[]) => (await command(...args, '--url', server.url)).err;
    expect(await refused('run', 'nothing')).toBe("This server offers no graph 'nothing'.");
    expect(await refused('attach')).toBe('There are no sessions yet.');
    expect(await refused('attach', 'x')).toMatch(/^There is no session 'x'\.$/);
    for (let i = 0; i < 17; i += 1) await startSession(server, 'quick');
    // Of seventeen ids in hexadecimal, two begin alike.
    const { out } = await command('ls', '--json', '--url', server.url);
    const ids = out
      .trim()
      .split('\n')
      .map((row) => (JSON.parse(row) as { sessionId: string }).sessionId);
    const first = ids.map((id) => id.slice(0, 1)).find((a, n, all) => all.indexOf(a) !== n) ?? '';
    expect(await refused('attach', first)).toMatch(
      /sessions begin with '.'; give more of the id\.$/,
    );
  });
});

test('an input is JSON where it is JSON, else text; @@ stands for an @', async () => {
  const given = ['a=1', 'b="1"', 'c=one', 'd=x=y', 'e=', 'f=@@home', 'g=[true]'].map(parseInput);
  expect(await readInputs(given)).toEqual({
    ...{ a: 1, b: '1', c: 'one', d: 'x=y', e: '', f: '@home', g: [true] },
  });
});
