import { expect, test } from 'vitest';
import type { Json, JsonObject } from '../../shared/json.ts';
import { builtInNodes } from './built-in-nodes.ts';
import { recordingContext } from './recording-context.testing.ts';
import { runGraph } from './run-graph.testing.ts';

const nodes = builtInNodes({ allowFetch: [] });
const content = (text: string) => ({ role: 'user', parts: [{ text }] });

/** Runs a node type and tells what it did and what came out. */
async function runNode(type: string, given: Parameters<typeof recordingContext>[0]) {
  const { ctx, calls } = recordingContext(given);
  const outputs = await nodes[type]!(ctx);
  return { calls, outputs };
}

test('input shows its schema and outputs each property and the whole', async () => {
  const schema = { type: 'object', properties: { city: { type: 'string' } } };
  const answers = [{ city: 'Lisbon', days: 3 }];
  expect(await runNode('input', { configuration: { schema, required: false }, answers })).toEqual({
    calls: [['form', { schema }]],
    outputs: { city: 'Lisbon', days: 3, output: { city: 'Lisbon', days: 3 } },
  });
});

test('the whole object of an input wins over a property named output', async () => {
  const { outputs } = await runNode('input', { answers: [{ output: 'x' }] });
  expect(outputs).toEqual({ output: { output: 'x' } });
});

test('ask fills the slots of its prompt and outputs the answer', async () => {
  const configuration = { prompt: 'What about {{city}}?', skipLabel: 'Later', inputType: 'any' };
  const answers = [content('Trams')];
  expect(await runNode('ask', { configuration, inputs: { city: 'Lisbon' }, answers })).toEqual({
    calls: [['ask', { prompt: 'What about Lisbon?', skipLabel: 'Later', inputType: 'any' }]],
    outputs: { output: content('Trams') },
  });
});

test('ask outputs null when it was skipped', async () => {
  const { outputs } = await runNode('ask', { configuration: { prompt: '?' }, answers: [null] });
  expect(outputs).toEqual({ output: null });
});

test('choice fills the slots of its prompt and of its choices, not of their ids', async () => {
  const configuration = {
    prompt: content('Where in {{city}}?'),
    choices: [{ id: '{{city}}', content: 'Old {{city}}' }],
    selectionMode: 'multiple',
    layout: 'row',
    timeoutMs: 5,
    default: [],
  };
  expect(
    await runNode('choice', { configuration, inputs: { city: 'Porto' }, answers: [['{{city}}']] }),
  ).toEqual({
    calls: [
      [
        'choose',
        {
          prompt: content('Where in Porto?'),
          choices: [{ id: '{{city}}', content: 'Old Porto' }],
          selectionMode: 'multiple',
          layout: 'row',
          timeoutMs: 5,
          default: [],
        },
      ],
    ],
    outputs: { output: ['{{city}}'] },
  });
});

test('consent outputs what was answered, also a refusal', async () => {
  const configuration = { prompt: 'Book {{city}}?', consentType: 'booking', scope: { max: 3 } };
  expect(
    await runNode('consent', { configuration, inputs: { city: 'Porto' }, answers: [false] }),
  ).toEqual({
    calls: [['consent', { prompt: 'Book Porto?', consentType: 'booking', scope: { max: 3 } }]],
    outputs: { output: false },
  });
});

test('template outputs its text with the slots filled', async () => {
  const given = { configuration: { text: '{{a}} and {{b}}' }, inputs: { a: 'x', b: ['y', 'z'] } };
  expect(await runNode('template', given)).toEqual({
    calls: [],
    outputs: { output: 'x and y, z' },
  });
});

test('delay sleeps and passes its input on', async () => {
  expect(await runNode('delay', { configuration: { ms: 250 }, inputs: { input: [1] } })).toEqual({
    calls: [['sleep', 250]],
    outputs: { output: [1] },
  });
});

test('script emits in order, each event after its delay', async () => {
  const events: Json[] = [
    { thought: 'Hm' },
    { event: { content: content('A') }, delayMs: 40 },
    { thought: 'Done', delayMs: 0 },
  ];
  expect(await runNode('script', { configuration: { events } })).toEqual({
    calls: [
      ['thought', 'Hm'],
      ['sleep', 40],
      ['emit', { content: content('A') }],
      ['thought', 'Done'],
    ],
    outputs: { output: null },
  });
});

test('output passes on its only port, or all of them', async () => {
  const outputsOf = async (inputs: JsonObject) => (await runNode('output', { inputs })).outputs;
  expect(await outputsOf({ input: 'x' })).toEqual({ output: 'x' });
  expect(await outputsOf({ input: null })).toEqual({ output: null });
  expect(await outputsOf({ text: 'x' })).toEqual({ output: { text: 'x' } });
  expect(await outputsOf({ input: 'x', note: 'y' })).toEqual({ output: { input: 'x', note: 'y' } });
  expect(await outputsOf({})).toEqual({ output: {} });
});

test.each<[string, JsonObject, string]>([
  ['input', { schema: 'string' }, 'configuration.schema must be an object'],
  ['ask', {}, 'configuration.prompt must be text or LLM content'],
  ['ask', { prompt: { parts: 'x' } }, 'configuration.prompt must be text or LLM content'],
  ['ask', { prompt: '?', timeoutMs: -1 }, 'configuration.timeoutMs must not be negative'],
  ['choice', { prompt: '?' }, 'configuration.choices must be an array of {id, content}'],
  ['choice', { prompt: '?', choices: [] }, 'configuration.choices must offer at least one choice'],
  [
    'choice',
    {
      prompt: '?',
      choices: [
        { id: 'a', content: 'A' },
        { id: 7, content: 'B' },
      ],
    },
    'configuration.choices[1].id must be a string',
  ],
  [
    'choice',
    {
      prompt: '?',
      choices: [
        { id: 'a', content: 'A' },
        { id: 'a', content: 'B' },
      ],
    },
    'configuration.choices must not offer the same id twice',
  ],
  [
    'choice',
    { prompt: '?', choices: [{ id: 'a', content: 'A' }], selectionMode: 'many' },
    'configuration.selectionMode must be one of single, multiple',
  ],
  ['consent', { default: 'yes' }, 'configuration.default must be true or false'],
  ['template', {}, 'configuration.text must be a string'],
  ['delay', { ms: 'soon' }, 'configuration.ms must be a whole number'],
  ['script', {}, 'configuration.events must be an array'],
  [
    'script',
    { events: [{ thought: 'a' }, { event: { a: 1, b: 2 } }] },
    'configuration.events[1].event must have exactly one key',
  ],
  ['fetch', {}, 'configuration.url must be a string'],
  ['fetch', { url: 'http://h/', headers: { a: 1 } }, 'configuration.headers.a must be a string'],
])('%s refuses %j: %s', async (type, configuration, message) => {
  await expect(runNode(type, { configuration })).rejects.toThrow(message);
});

test('in a run, a configuration that does not fit fails its node alone', async () => {
  const { log, error } = await runGraph(nodes, {
    nodes: [
      { id: 'bad', type: 'delay', configuration: { ms: -1 } },
      { id: 'good', type: 'template', configuration: { text: 'fine' } },
      { id: 'end', type: 'output' },
    ],
    edges: [
      { from: 'bad', to: 'end', in: 'a', optional: true },
      { from: 'good', to: 'end', in: 'b' },
    ],
  });
  expect(error).toBe('bad: configuration.ms must not be negative');
  expect(log.find((event) => event.type === 'nodeEnd' && event.nodeId === 'end')).toMatchObject({
    outputs: { output: { b: 'fine' } },
  });
});
