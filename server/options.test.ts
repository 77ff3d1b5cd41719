import { CommanderError } from 'commander';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { isLoopback, parseOptions } from './options.ts';

const read = (...args: string[]) => parseOptions(args, { out: () => {}, err: () => {} });

/** How the process would end, and what it would have said. */
function refusal(...args: string[]) {
  const said: string[] = [];
  const output = { out: (text: string) => said.push(text), err: (text: string) => said.push(text) };
  try {
    parseOptions(args, {
      out: (text) => void output.out(text),
      err: (text) => void output.err(text),
    });
  } catch (error) {
    if (error instanceof CommanderError) return { exitCode: error.exitCode, said: said.join('') };
    throw error;
  }
  throw new Error('The options were accepted.');
}

describe('options', () => {
  test('without flags, listens on 127.0.0.1:4600 with a file under .reattach and the examples', () => {
    expect(read()).toEqual({
      port: 4600,
      host: '127.0.0.1',
      db: '.reattach/reattach.db',
      graphs: null,
      nodes: [],
      token: null,
      allowHosts: [],
      allowOrigins: [],
      allowFrames: [],
      basePath: '',
      allowFetch: [],
      model: null,
      modelUrl: null,
      agents: [],
      agentFs: false,
      maxBodyBytes: 32 * 1024 * 1024,
      maxEventBytes: 8 * 1024 * 1024,
      retention: { ageMs: null, perGraph: null },
      logLevel: 'info',
    });
  });

  test('repeatable flags collect their values in order', () => {
    const options = read(
      ...[
        '--nodes',
        'a.mjs',
        '--nodes',
        'b.mjs',
        '--allow-host',
        'Box',
        '--allow-host',
        '[fe80::1]:80',
      ],
      ...['--allow-origin', 'https://app.example/', '--allow-origin', 'HTTP://localhost:80'],
      ...['--allow-frame', 'https://app.example/', '--allow-frame', 'http://box:80'],
      ...['--allow-fetch', 'api.example', '--allow-fetch', 'api.example:8443'],
      ...['--agent', 'a=one --flag', '--agent', 'b=two', '--agent-fs'],
    );
    expect(options).toMatchObject({
      nodes: ['a.mjs', 'b.mjs'],
      allowHosts: ['box', '[fe80::1]:80'],
      allowOrigins: ['https://app.example', 'http://localhost'],
      allowFrames: ['https://app.example', 'http://box'],
      allowFetch: ['api.example', 'api.example:8443'],
      agents: [
        { name: 'a', words: ['one', '--flag'] },
        { name: 'b', words: ['two'] },
      ],
      agentFs: true,
    });
  });

  test('the token may come from the environment, where process listings do not show it', () => {
    vi.stubEnv('REATTACH_TOKEN', 'secret');
    onTestFinished(() => void vi.unstubAllEnvs());
    expect(read('--host', '0.0.0.0').token).toBe('secret');
  });

  test('limits are given in MiB, also in parts of one', () => {
    expect(read('--max-body', '1', '--max-event', '0.5')).toMatchObject({
      maxBodyBytes: 1_048_576,
      maxEventBytes: 524_288,
    });
  });

  test('how long sessions are kept is a number with a unit, and how many a number', () => {
    expect(read('--retain', '30d', '--retain-per-graph', '0').retention).toEqual({
      ageMs: 30 * 24 * 3_600_000,
      perGraph: 0,
    });
    const units = ['90s', '2m', '12h', '1w'].map((time) => read('--retain', time).retention.ageMs);
    expect(units).toEqual([90_000, 120_000, 43_200_000, 604_800_000]);
  });

  test('a model is named with its provider, and may have colons of its own', () => {
    const url = 'http://localhost:11434/v1';
    expect(read('--model', 'openai-compatible:qwen3:8b', '--model-url', url)).toMatchObject({
      model: 'openai-compatible:qwen3:8b',
      modelUrl: url,
    });
    expect(read('--model', 'anthropic:claude')).toMatchObject({
      model: 'anthropic:claude',
      modelUrl: null,
    });
  });

  test('an IPv6 address is taken with or without brackets', () => {
    expect(read('--host', '[::1]').host).toBe('::1');
    expect(read('--host', '::1').host).toBe('::1');
  });

  test.each(['0.0.0.0', '::', '192.168.1.7', 'box.example', '127.evil.example'])(
    'the host %s is refused without a token and accepted with one',
    (host) => {
      expect(refusal('--host', host)).toEqual({
        exitCode: 1,
        said: `error: option '--host ${host}' is not a loopback address and needs '--token'\n`,
      });
      expect(read('--host', host, '--token', 'secret')).toMatchObject({ host, token: 'secret' });
    },
  );

  test.each([
    ['--port', 'http'],
    ['--port', '65536'],
    ['--port', '-1'],
    ['--port', ''],
    ['--host', ''],
    ['--host', '127.0.0.1:80'],
    ['--db', ''],
    ['--graphs', ''],
    ['--nodes', ' '],
    ['--agent', 'nameless'],
    ['--agent', 'a='],
    ['--token', ''],
    ['--token', 'two words'],
    ['--allow-host', 'http://box'],
    ['--allow-origin', 'box'],
    ['--allow-origin', '*'],
    ['--allow-frame', '*'],
    ['--base-path', 'reattach'],
    ['--base-path', ''],
    ['--base-path', '//box'],
    ['--base-path', '/a/../b'],
    ['--base-path', '/a b'],
    ['--base-path', '/a?b'],
    ['--allow-origin', 'https://box/path'],
    ['--allow-fetch', 'https://api.example/'],
    ['--model', 'llama3.2'],
    ['--model', 'ollama:llama3.2'],
    ['--model', 'openai:'],
    ['--model', 'openai-compatible:llama3.2'],
    ['--model-url', 'localhost:11434'],
    ['--model-url', 'https://key@api.example/v1'],
    ['--max-body', '0'],
    ['--max-body', '12k'],
    ['--max-event', '-3'],
    ['--retain', '30'],
    ['--retain', '0d'],
    ['--retain', '1y'],
    ['--retain', '-1d'],
    ['--retain-per-graph', '-1'],
    ['--retain-per-graph', 'few'],
    ['--log-level', 'loud'],
  ])('%s %j is refused in a line that names the flag', (flag, value) => {
    const { exitCode, said } = refusal(flag, value);
    expect(exitCode).toBe(1);
    expect(said).toMatch(/^error: [^\n]+\n$/);
    expect(said).toContain(flag);
  });

  test('an unknown flag and a stray argument are refused by name', () => {
    expect(refusal('--prot', '1').said).toContain("'--prot'");
    expect(refusal('stray')).toMatchObject({ exitCode: 1 });
  });

  test('--help and --version are no failure', () => {
    const asked = refusal('--version');
    expect(asked.exitCode).toBe(0);
    expect(asked.said).toMatch(/^\d+\.\d+\.\d+\n$/);
    const help = refusal('--help');
    expect(help.exitCode).toBe(0);
    for (const flag of [
      '--port',
      '--host',
      '--db',
      '--graphs',
      '--nodes',
      '--token',
      '--allow-host',
      '--allow-origin',
      '--allow-fetch',
      '--model',
      '--model-url',
      '--max-body',
      '--max-event',
      '--retain',
      '--retain-per-graph',
    ]) {
      expect(help.said).toContain(flag);
    }
  });

  test('only the addresses of this machine count as loopback', () => {
    expect(
      ['127.0.0.1', '127.8.9.1', '::1', '0:0:0:0:0:0:0:1', 'localhost', 'LOCALHOST'].filter(
        isLoopback,
      ),
    ).toHaveLength(6);
    expect(['0.0.0.0', '::', '128.0.0.1', 'localhost.example', ''].some(isLoopback)).toBe(false);
  });
});
