// Longer than most: all that a node of models does, each against a server of its own.
import { describe, expect, test } from 'vitest';
import type { Json, JsonObject } from '../../shared/json.ts';
import { serveHttp } from './http-server.testing.ts';
import {
  emitted,
  outcomeOf,
  prompts,
  startModelRun,
  stepsOf,
  textsOf,
} from './model-run.testing.ts';

const say = (text: string) => ({ input: { role: 'user', parts: [{ text }] } });
const usage = (input: number, output: number) => ({
  inputTokens: input,
  outputTokens: output,
  totalTokens: input + output,
});

describe('a call of a model', () => {
  test('sends the prompt with its slots filled, and streams reasoning and text as it comes', async () => {
    const run = await startModelRun(
      { prompt: 'Write about {{topic}}.', system: 'You are {{who}}.', temperature: 0.5 },
      { inputs: { topic: 'tides', who: 'a sailor' } },
    );
    const call = await run.models.call(1);
    expect(call.path).toBe('/v1/chat/completions');
    expect(call.conversation).toEqual(['system: You are a sailor.', 'user: Write about tides.']);
    expect(call.body).toMatchObject({ model: 'test', stream: true, temperature: 0.5 });
    expect(call.headers.authorization).toBeUndefined();

    call.reasoning('Salt, ').reasoning('moon.');
    await run.until((log) => Object.values(textsOf(log, 'thought')).includes('Salt, moon.'));
    call.text('The sea ');
    // Before the model has ended its answer.
    await run.until((log) => Object.values(textsOf(log, 'content')).includes('The sea '));
    call.text('breathes.').finish('stop', [12, 5]);

    const log = await run.end();
    expect(textsOf(log, 'thought')).toEqual({ '1.1': 'Salt, moon.' });
    expect(textsOf(log, 'content')).toEqual({ '1.2': 'The sea breathes.' });
    expect(emitted(log).at(-1)).toEqual([
      'usage',
      { model: 'test', finishReason: 'stop', ...usage(12, 5) },
    ]);
    expect(log.find((event) => event.type === 'stepEnd')).toMatchObject({
      step: 'model',
      result: {
        content: [
          { type: 'reasoning', text: 'Salt, moon.' },
          { type: 'text', text: 'The sea breathes.' },
        ],
        finishReason: 'stop',
        usage: usage(12, 5),
      },
    });
    expect(outcomeOf(log)).toEqual({
      output: 'The sea breathes.',
      finishReason: 'stop',
      usage: usage(12, 5),
    });
  });

  test('a flood of pieces becomes few events, and nothing is lost', async () => {
    const run = await startModelRun({ prompt: 'Count.' });
    const call = await run.models.call(1);
    const words = Array.from({ length: 3000 }, (_, n) => `${n} `);
    const began = Date.now();
    for (const word of words) call.text(word);
    call.finish();
    const log = await run.end();
    const seconds = (Date.now() - began) / 1000;
    expect(textsOf(log, 'content')).toEqual({ '1.1': words.join('') });
    const pieces = emitted(log).filter(([name]) => name === 'content').length;
    expect(pieces).toBeLessThanOrEqual(30 * seconds + 3);
  });

  test('a prompt that is one slot takes a picture along; what somebody wrote is no template', async () => {
    const picture = { inlineData: { mimeType: 'image/png', data: 'AAAA' } };
    const answer = { role: 'user', parts: [{ text: 'What is {{secret}}?' }, picture] };
    const run = await startModelRun(
      { prompt: '{{answer}}' },
      { inputs: { answer, secret: 'hidden' } },
    );
    const call = await run.models.call(1);
    expect(call.body.messages).toEqual([
      {
        role: 'user',
        content: [
          { type: 'text', text: 'What is {{secret}}?' },
          { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } },
        ],
      },
    ]);
    call.text('A dot.').finish();
    expect(outcomeOf(await run.end())).toMatchObject({ output: 'A dot.' });
  });

  test('with a schema it is asked for JSON, and what does not fit is asked for again', async () => {
    const schema: JsonObject = {
      type: 'object',
      properties: { days: { type: 'integer' } },
      required: ['days'],
    };
    const run = await startModelRun({ prompt: 'How long?', schema });
    const first = await run.models.call(1);
    expect(first.body['response_format']).toMatchObject({
      type: 'json_schema',
      json_schema: { schema, strict: false },
    });
    first.text('{"days": "three"}').finish();
    (await run.models.call(2)).text('three days').finish();
    (await run.models.call(3)).text('```json\n{"days": 3}\n```').finish();
    const log = await run.end();
    expect(outcomeOf(log)).toMatchObject({ output: { days: 3 } });
    expect(log.flatMap((event) => (event.type === 'stepError' ? [event.error] : []))).toEqual([
      expect.stringContaining("The model's answer does not fit configuration.schema at /days"),
      'The model was to answer in JSON, and answered: three days',
    ]);
  });

  test('a schema that leaves nothing open is asked for strictly', async () => {
    const schema = { type: 'object', properties: {}, additionalProperties: false };
    const run = await startModelRun({ prompt: 'Nothing?', schema });
    const call = await run.models.call(1);
    expect(call.body['response_format']).toMatchObject({ json_schema: { strict: true } });
    call.text('{}').finish();
    const log = await run.end();
    expect(outcomeOf(log)).toMatchObject({ output: {} });
    expect(emitted(log).map(([name]) => name)).toEqual(['content', 'usage']);
  });

  test('JSON that was cut off is not asked for again', async () => {
    const schema = { type: 'object' };
    const run = await startModelRun({ prompt: 'How long?', schema, maxOutputTokens: 5 });
    const call = await run.models.call(1);
    expect(call.body['max_tokens']).toBe(5);
    call.text('{"days":').finish('length');
    expect(outcomeOf(await run.end())).toContain('raise configuration.maxOutputTokens');
  });
});

describe('a call that goes wrong', () => {
  /** Lets the first call go wrong, and answers the second. */
  async function failing(
    goWrong: (call: Awaited<ReturnType<typeof firstCall>>) => void,
    configuration: JsonObject = {},
  ) {
    const run = await startModelRun({ prompt: 'Go.', ...configuration });
    goWrong(await firstCall(run));
    const log = await run.until((events) => events.some(({ type }) => type === 'stepError'));
    const failure = log.find((event) => event.type === 'stepError');
    return { run, failure };
  }
  const firstCall = (run: Awaited<ReturnType<typeof startModelRun>>) => run.models.call(1);

  test('a 429 is tried again when the server says, and no sooner', async () => {
    const { run, failure } = await failing((call) =>
      call.fail(429, 'Slow down', { 'retry-after-ms': '800' }),
    );
    expect(failure).toMatchObject({
      error: 'openai-compatible:test answered 429: Slow down; it asks to wait 1 s',
      final: false,
    });
    expect(failure!.retryAt! - failure!.time).toBeCloseTo(0.8);
    (await run.models.call(2)).text('Gone.').finish();
    const log = await run.end();
    expect(outcomeOf(log)).toMatchObject({ output: 'Gone.' });
    expect(stepsOf(log)).toEqual([
      'model 1 began',
      'model 1 failed',
      'model 2 began',
      'model 2 ended',
    ]);
    expect(run.models.calls).toHaveLength(2);
  });

  test.each<[string, Parameters<typeof failing>[0], RegExp]>([
    [
      'a broken server',
      (call) => call.fail(503, 'Loading the model'),
      /^openai-compatible:test answered 503: Loading the model$/,
    ],
    [
      'a connection that is cut in the middle',
      (call) => {
        call.text('Half of');
        setImmediate(() => call.cut());
      },
      /^openai-compatible:test could not be reached to the end: /,
    ],
    [
      'a stream that ends too early',
      (call) => call.text('Half of').hangUp(),
      /^openai-compatible:test sent an answer that makes no sense: .*without a finish reason/,
    ],
    [
      'a chunk that is no JSON',
      (call) => call.text('Half of').raw('{"choices": [oops').finish(),
      /^openai-compatible:test sent a malformed chunk: \{"choices": \[oops$/,
    ],
    [
      'a chunk of another shape',
      (call) => call.text('Half of').raw('{"choices": 7}').finish(),
      /^openai-compatible:test sent a malformed chunk: \{"choices":7\}$/,
    ],
    [
      'an error in the middle of the stream',
      (call) => call.text('Half of').raw('{"error": {"message": "overloaded"}}').hangUp(),
      /^openai-compatible:test failed while it answered: overloaded$/,
    ],
  ])('%s fails the attempt, says why, and is tried again', async (_, goWrong, reason) => {
    const { run, failure } = await failing(goWrong);
    expect(failure?.error).toMatch(reason);
    expect(failure?.final).toBe(false);
    (await run.models.call(2)).text('All of it.').finish();
    const log = await run.end();
    expect(outcomeOf(log)).toMatchObject({ output: 'All of it.' });
    expect(textsOf(log, 'content')).toEqual({ '1.1': 'All of it.' });
  });

  test('a server that is not there is told of with the reason', async () => {
    const run = await startModelRun({ prompt: 'Go.', retries: 0 }, { url: true });
    const call = await run.models.call(1);
    run.models.close();
    call.cut();
    expect(outcomeOf(await run.end())).toMatch(/could not be reached to the end: /);
  });

  test('what a server refuses for good is not tried again', async () => {
    const { run, failure } = await failing((call) => call.fail(400, 'No such model'));
    expect(failure).toMatchObject({ final: true });
    expect(outcomeOf(await run.end())).toBe('openai-compatible:test answered 400: No such model');
    expect(run.models.calls).toHaveLength(1);
  });

  test('a server that asks to be left alone for a day is left alone', async () => {
    const { run } = await failing((call) =>
      call.fail(429, 'Quota', { 'retry-after': String(24 * 3600) }),
    );
    expect(outcomeOf(await run.end())).toBe(
      'openai-compatible:test answered 429: Quota; it asks to wait 86400 s, which is too long',
    );
  });

  test('after so many retries it fails', async () => {
    const run = await startModelRun({ prompt: 'Go.', retries: 1 });
    (await run.models.call(1)).fail(500, 'one');
    (await run.models.call(2)).fail(500, 'two');
    expect(outcomeOf(await run.end())).toBe('openai-compatible:test answered 500: two');
  });
});

test('cancelling a run closes the connection to the model', async () => {
  const run = await startModelRun({ prompt: 'Go.' });
  const call = await run.models.call(1);
  call.text('I begin');
  await run.until((log) => emitted(log).length > 0);
  await run.engine.cancel(run.sessionId);
  await call.aborted;
  const log = await run.end();
  expect(log.at(-1)?.type).toBe('graphCancelled');
});

describe('a model that calls tools', () => {
  const add = {
    description: 'Adds.',
    parameters: {
      type: 'object',
      properties: { a: { type: 'number' }, b: { type: 'number' } },
      required: ['a', 'b'],
    },
    execute: (args: JsonObject) => ({ sum: Number(args['a']) + Number(args['b']) }),
  };

  test('gets what a function of a node module returned, each call a step of its own', async () => {
    const run = await startModelRun({ prompt: '2 + 3?', tools: ['add'] }, { tools: { add } });
    const first = await run.models.call(1);
    expect(first.body.tools).toMatchObject([
      { function: { name: 'add', description: 'Adds.', parameters: add.parameters } },
    ]);
    first.text('I add.').toolCall('add', { a: 2, b: 3 }).toolCall('add', { a: 0, b: 1 }, 1);
    first.finish('tool_calls', [10, 4]);
    const second = await run.models.call(2);
    expect(second.conversation).toEqual([
      'user: 2 + 3?',
      'assistant: I add. add({"a":2,"b":3}) add({"a":0,"b":1})',
      'tool: {"sum":5}',
      'tool: {"sum":1}',
    ]);
    second.text('Five.').finish('stop', [20, 2]);
    const log = await run.end();
    expect(stepsOf(log).filter((line) => line.endsWith('ended'))).toEqual([
      'model 1 ended',
      'tool add 1 ended',
      'tool add 1 ended',
      'model 1 ended',
    ]);
    expect(emitted(log).filter(([name]) => name.startsWith('function'))).toEqual([
      ['functionCall', { id: 'call-add-0', name: 'add', args: { a: 2, b: 3 } }],
      ['functionCall', { id: 'call-add-1', name: 'add', args: { a: 0, b: 1 } }],
      ['functionResponse', { id: 'call-add-0', name: 'add', response: { sum: 5 } }],
      ['functionResponse', { id: 'call-add-1', name: 'add', response: { sum: 1 } }],
    ]);
    expect(outcomeOf(log)).toMatchObject({ output: 'Five.', usage: usage(30, 6) });
  });

  test('is told what went wrong, and may try something else', async () => {
    const moody = { execute: () => Promise.reject(new Error('Not today.')) };
    const run = await startModelRun(
      { prompt: 'Try.', tools: ['moody', 'add'] },
      {
        tools: { moody, add },
      },
    );
    const call = await run.models.call(1);
    call.toolCall('moody', {}).toolCall('add', { a: 'x' }, 1);
    call.toolCall('add', 'no json', 2).toolCall('absent', {}, 3).finish('tool_calls');
    const second = await run.models.call(2);
    expect(second.conversation.slice(2)).toEqual([
      'tool: Not today.',
      expect.stringMatching(/^tool: The argument.* of 'add' cannot be used: /),
      "tool: The arguments of 'add' must be a JSON object.",
      "tool: There is no tool called 'absent'.",
    ]);
    second.text('I give up.').finish();
    const log = await run.end();
    expect(emitted(log)).toContainEqual([
      'functionResponse',
      { id: 'call-moody-0', name: 'moody', response: { error: 'Not today.' } },
    ]);
    expect(outcomeOf(log)).toMatchObject({ output: 'I give up.' });
  });

  test('may ask the person, who has all the time in the world', async () => {
    const run = await startModelRun({ prompt: 'Plan.', tools: ['ask'] });
    (await run.models.call(1)).toolCall('ask', { question: 'Where to?' }).finish('tool_calls');
    await run.until((log) => prompts(log).length === 1);
    // The prompt is the same one after a restart: nothing was in flight.
    await run.restart();
    await run.answer(1, say('Ghent'));
    const second = await run.models.call(2);
    expect(second.conversation.at(-1)).toBe('tool: {"answer":"Ghent"}');
    second.text('To Ghent.').finish();
    const log = await run.end();
    expect(prompts(log)).toHaveLength(1);
    expect(prompts(log)[0]?.suspendEvent).toMatchObject({
      waitForInput: { prompt: { parts: [{ text: 'Where to?' }] } },
    });
    expect(run.models.calls).toHaveLength(2);
  });

  test('may present choices, one or several', async () => {
    const run = await startModelRun({ prompt: 'Plan.', tools: ['choices'] });
    const question = { question: 'Which?', choices: ['Ghent', 'Bruges', 'Ypres'] };
    const call = await run.models.call(1);
    call.toolCall('choices', question).toolCall('choices', { ...question, multiple: true }, 1);
    call.finish('tool_calls');
    await run.answer(1, { selected: { ids: ['2'] } });
    await run.answer(2, { selected: { ids: ['1', '3'] } });
    const second = await run.models.call(2);
    expect(second.conversation.slice(2)).toEqual([
      'tool: {"chosen":["Bruges"]}',
      'tool: {"chosen":["Ghent","Ypres"]}',
    ]);
    second.text('Good.').finish();
    await run.end();
  });

  test.each<[boolean, string, number]>([
    [true, 'tool: {"sum":5}', 1],
    [false, 'tool: {"refused":"The person did not consent to this call."}', 0],
  ])('calls what is marked so only with consent: %s', async (consent, told, times) => {
    let calls = 0;
    const counted = {
      ...add,
      consent: 'May it add?',
      execute: (args: JsonObject) => {
        calls += 1;
        return add.execute(args);
      },
    };
    const run = await startModelRun(
      { prompt: '2 + 3?', tools: ['counted'] },
      {
        tools: { counted },
      },
    );
    (await run.models.call(1)).toolCall('counted', { a: 2, b: 3 }).finish('tool_calls');
    const log = await run.until((events) => prompts(events).length === 1);
    expect(calls).toBe(0);
    expect(prompts(log)[0]?.suspendEvent).toMatchObject({
      queryConsent: {
        consentType: 'tool',
        scope: { tool: 'counted', args: { a: 2, b: 3 } },
        prompt: { parts: [{ text: 'May it add?' }] },
      },
    });
    await run.answer(1, { consent });
    const second = await run.models.call(2);
    expect(second.conversation.at(-1)).toBe(told);
    expect(calls).toBe(times);
    second.text('Done.').finish();
    await run.end();
  });

  test('asks consent where the node marks a tool, also a built-in one', async () => {
    const host = await serveHttp((_, response) => response.end('tides'));
    const tools: Json[] = [{ name: 'fetch', consent: true }];
    const run = await startModelRun({ prompt: 'Look.', tools }, { allowFetch: [host] });
    const url = `http://${host}/`;
    (await run.models.call(1)).toolCall('fetch', { url }).finish('tool_calls');
    await run.answer(1, { consent: true });
    const second = await run.models.call(2);
    expect(second.conversation.at(-1)).toBe('tool: {"output":"tides","status":200}');
    second.text('Tides.').finish();
    await run.end();
  });

  test('fetches from hosts that the server allows, and from no other', async () => {
    let reached = false;
    const host = await serveHttp((_, response) => {
      reached = true;
      response.end();
    });
    const run = await startModelRun({ prompt: 'Look.', tools: ['fetch'] }, { allowFetch: ['h'] });
    (await run.models.call(1)).toolCall('fetch', { url: `http://${host}/` }).finish('tool_calls');
    const second = await run.models.call(2);
    expect(second.conversation.at(-1)).toContain(`fetch may not reach ${host}`);
    expect(reached).toBe(false);
    second.text('I cannot.').finish();
    await run.end();
  });

  test('is not let call any in the last call that it has', async () => {
    const run = await startModelRun(
      { prompt: '?', tools: ['add'], maxSteps: 2 },
      {
        tools: { add },
      },
    );
    const first = await run.models.call(1);
    expect(first.body['tool_choice']).toBe('auto');
    first.toolCall('add', { a: 1, b: 1 }).finish('tool_calls');
    const second = await run.models.call(2);
    expect(second.body['tool_choice']).toBe('none');
    second.toolCall('add', { a: 1, b: 1 }).finish('tool_calls');
    expect(outcomeOf(await run.end())).toBe(
      'The model called tools in the last call that it has: raise configuration.maxSteps.',
    );
    expect(run.models.calls).toHaveLength(2);
  });

  test('a stop in the middle of the loop costs the call in flight, and no more', async () => {
    let added = 0;
    const counted = {
      ...add,
      execute: (args: JsonObject) => {
        added += 1;
        return add.execute(args);
      },
    };
    const run = await startModelRun(
      { prompt: '2 + 3?', tools: ['counted'] },
      {
        tools: { counted },
      },
    );
    (await run.models.call(1)).toolCall('counted', { a: 2, b: 3 }).finish('tool_calls');
    const broken = await run.models.call(2);
    broken.text('It is f');
    await run.until((log) => Object.values(textsOf(log, 'content')).includes('It is f'));
    await run.restart();
    const third = await run.models.call(3);
    expect(third.conversation).toEqual(broken.conversation);
    third.text('Five.').finish();
    const log = await run.end();
    expect(textsOf(log, 'content')).toEqual({ '2.1': 'Five.' });
    expect(added).toBe(1);
    expect(run.models.calls).toHaveLength(3);
  });
});

describe('the key of a provider', () => {
  test('comes from the environment, and is kept out of what fails', async () => {
    const key = 'local-key-1234';
    const environment = { OPENAI_COMPATIBLE_API_KEY: key };
    const run = await startModelRun({ prompt: 'Go.' }, { environment });
    const call = await run.models.call(1);
    expect(call.headers.authorization).toBe(`Bearer ${key}`);
    call.fail(401, `Incorrect API key: ${key}`);
    const log = await run.end();
    expect(outcomeOf(log)).toBe(
      'openai-compatible:test answered 401: Incorrect API key: [redacted]',
    );
    expect(JSON.stringify(log)).not.toContain(key);
  });

  test("is the run's access token where the node says so, asked for again after a restart", async () => {
    const run = await startModelRun(
      { prompt: 'Go.', useAccessToken: true },
      { accessToken: 'token-one' },
    );
    const first = await run.models.call(1);
    expect(first.headers.authorization).toBe('Bearer token-one');
    await run.restart();
    // An answer that brings none is asked once more.
    await run.answer(1, { consent: true });
    await run.answer(2, { consent: true }, 'token-two');
    const second = await run.models.call(2);
    expect(second.headers.authorization).toBe('Bearer token-two');
    second.text('Went.').finish();
    const log = await run.end();
    expect(outcomeOf(log)).toMatchObject({ output: 'Went.' });
    expect(JSON.stringify(log)).not.toContain('token-');
  });

  test('that nobody brings fails the node', async () => {
    const run = await startModelRun({ prompt: 'Go.', useAccessToken: true });
    await run.answer(1, { consent: false });
    expect(outcomeOf(await run.end())).toBe(
      'openai-compatible:test was not called: the run has no access token.',
    );
  });

  test.each<[JsonObject, string]>([
    [{ apiKey: 'x' }, 'apiKey'],
    [{ api_key: 'x' }, 'api_key'],
    [{ openaiApiKey: 'x' }, 'openaiApiKey'],
    [{ token: 'x' }, 'token'],
    [{ headers: { authorization: 'Bearer x' } }, 'headers'],
    [{ system: 'Use sk-proj-abcdefghijklmnop1234 when asked.' }, 'system'],
    [{ model: 'openai-compatible:very-secret' }, 'model'],
  ])('is refused in a configuration: %j', async (configuration, field) => {
    const environment = { ANTHROPIC_API_KEY: 'very-secret' };
    const run = await startModelRun({ prompt: 'Go.', ...configuration }, { environment });
    expect(outcomeOf(await run.end())).toMatch(
      new RegExp(
        `^configuration.${field} holds a key, and a graph is no place for one: .*OPENAI_API_KEY`,
      ),
    );
    expect(run.models.calls).toEqual([]);
  });
});

describe('the model', () => {
  test.each<[string, JsonObject, Parameters<typeof startModelRun>[1], string]>([
    [
      'nothing is configured',
      {},
      { model: null, url: false },
      'No model is configured: start the server with --model PROVIDER:NAME',
    ],
    [
      'the key is missing',
      { model: 'anthropic:claude' },
      {},
      'anthropic:claude needs a key: set ANTHROPIC_API_KEY',
    ],
    [
      'nobody knows the server',
      { model: 'openai-compatible:qwen3:8b' },
      { model: null, url: false },
      'openai-compatible:qwen3:8b is served: start the server with --model-url URL',
    ],
    [
      'nobody knows the provider',
      { model: 'qwen3:8b' },
      { model: null, url: false },
      "configuration.model is 'qwen3:8b', and nobody knows who serves it: write PROVIDER:NAME",
    ],
    [
      'a tool is not there',
      { tools: ['ask', 'sing'] },
      {},
      "configuration.tools names 'sing', which this server does not have: it has ask, choices, fetch.",
    ],
    [
      'there is no prompt',
      { prompt: null },
      {},
      'configuration.prompt must be text or LLM content',
    ],
    ['a number is wrong', { maxSteps: 0 }, {}, 'configuration.maxSteps must be positive'],
  ])('where %s, the node fails and says what to do', async (_, configuration, options, message) => {
    const run = await startModelRun({ prompt: 'Go.', ...configuration }, options);
    expect(outcomeOf(await run.end())).toContain(message);
    expect(run.models.calls).toEqual([]);
  });

  test('may be named by the node alone, with colons of its own', async () => {
    const run = await startModelRun({ prompt: 'Go.', model: 'qwen3:8b' });
    const call = await run.models.call(1);
    expect(call.body.model).toBe('qwen3:8b');
    call.text('Hm.').finish();
    await run.end();
  });

  test.each([
    ['openai', 'OPENAI_API_KEY', '/v1/responses', 'authorization', 'Bearer key'],
    ['anthropic', 'ANTHROPIC_API_KEY', '/v1/messages', 'x-api-key', 'key'],
    [
      'google',
      'GOOGLE_GENERATIVE_AI_API_KEY',
      '/v1/models/some:streamGenerateContent?alt=sse',
      'x-goog-api-key',
      'key',
    ],
  ])('of %s is called with %s, at --model-url', async (provider, variable, path, header, value) => {
    const environment = { [variable]: 'key' };
    const options = { environment, model: `${provider}:some` };
    const run = await startModelRun({ prompt: 'Go.', retries: 0 }, options);
    const call = await run.models.call(1);
    expect(call.path).toBe(path);
    expect(call.headers[header]).toBe(value);
    call.fail(418, 'short and stout');
    expect(outcomeOf(await run.end())).toContain(`${provider}:some answered 418`);
  });
});
