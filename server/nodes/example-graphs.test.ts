import { readdir, readFile } from 'node:fs/promises';
import { expect, onTestFinished, test } from 'vitest';
import { graphDescriptor } from '../../shared/graph.ts';
import { isObject, type Json, type JsonObject } from '../../shared/json.ts';
import { checkGraph } from '../engine/plan.ts';
import { loadNodeModule, mergeNodeTypes } from '../node-modules.ts';
import { AgentWorld } from './agent/agent-world.testing.ts';
import { builtInNodes } from './built-in-nodes.ts';
import { ModelServer } from './model-server.testing.ts';
import { runGraph } from './run-graph.testing.ts';

const directory = new URL('../../examples/graphs/', import.meta.url);
const nodeTypes = mergeNodeTypes([
  { origin: 'the built-in types', types: builtInNodes({ allowFetch: [] }) },
  await loadNodeModule('examples/nodes/reading-list.mjs'),
]);

/** An example, all its waits taken out. */
async function example(name: string) {
  const text = await readFile(new URL(`${name}.json`, directory), 'utf8');
  return graphDescriptor.parse(
    JSON.parse(text, (key, value: unknown) =>
      key === 'delayMs' || key === 'readyAfterMs' ? 0 : value,
    ),
  );
}

/** Runs an example to its end, with the answers of each node in their order. */
async function play(name: string, answers: Record<string, Json[]>) {
  return runGraph(nodeTypes, await example(name), answers);
}

const said = (text: string) => ({ input: { role: 'user', parts: [{ text }] } });
const picked = (...ids: string[]) => ({ selected: { ids } });

/** The text that an `output` node ended with. */
function documentOf(outputs: JsonObject | null, node: string): unknown {
  const result = outputs?.[node];
  return isObject(result) ? result['output'] : undefined;
}

test('every example can be run by a server with the example node types, and each node has a title', async () => {
  const files = await readdir(directory);
  expect(files.length).toBeGreaterThanOrEqual(5);
  for (const file of files) {
    const graph = await example(file.replace('.json', ''));
    checkGraph(graph, (type) => Object.hasOwn(nodeTypes, type));
    expect(graph.title, file).toBeTruthy();
    expect(graph.description, file).toBeTruthy();
    for (const node of graph.nodes) expect(node.metadata?.title, `${file} ${node.id}`).toBeTruthy();
  }
});

test('the trip planner asks in every way there is and composes a plan', async () => {
  const { outputs, log } = await play('trip-planner', {
    basics: [
      { who: 'Ines and Tom', days: 4, month: 'May', budget: 600, travel: 'whatever is quickest' },
    ],
    city: [picked('Ghent')],
    interests: [picked('food', 'art')],
    wish: [said('The altarpiece')],
    share: [{ consent: true }],
  });
  const kinds = log.flatMap((event) =>
    event.type === 'inputRequired' ? Object.keys(event.suspendEvent ?? {}) : [],
  );
  expect(new Set(kinds)).toEqual(
    new Set(['inputNode', 'waitForInput', 'waitForChoice', 'queryConsent']),
  );
  const plan = documentOf(outputs, 'document');
  expect(plan).toContain('4 days in Ghent, May\n\nTravellers: Ines and Tom\nBudget a person: 600');
  expect(plan).toContain('What it is about: food, art\nNot to be missed: The altarpiece');
  expect(plan).toContain('May be shared with the others: true');
});

test('the two reviewers are both asked before either has answered', async () => {
  const { outputs, log } = await play('two-reviewers', {
    draft: [{ headline: 'Bridge opens', text: 'On 3 May.' }],
    facts: [picked('they hold')],
    'facts-note': [{ skipped: true }],
    style: [said('Cut the second sentence.')],
  });
  const of = (type: string) => log.filter((event) => event.type === type);
  const first = of('inputResolved')[1]?.index ?? 0;
  const asked = of('inputRequired').filter((event) => event.index < first);
  expect(asked.map((event) => 'nodeId' in event && event.nodeId)).toEqual([
    'draft',
    'facts',
    'style',
  ]);
  expect(documentOf(outputs, 'result')).toBe(
    'Bridge opens\n\nOn 3 May.\n\nFact check: they hold\n\n\nCopy desk: Cut the second sentence.\n',
  );
});

test('the long read streams its text in order and keeps the line that was chosen', async () => {
  const { outputs, log } = await play('long-read', { margin: [said('Bread waits.')] });
  const pieces = log.flatMap((event) => {
    const content = event.type === 'agentEvent' ? event.event['content'] : null;
    return isObject(content) ? [JSON.stringify(content['parts'])] : [];
  });
  expect(pieces.length).toBeGreaterThanOrEqual(60);
  expect(pieces[0]).toBe('[{"text":"A lamp that burns"}]');
  expect(pieces.at(-1)).toBe('[{"text":" still burning."}]');
  expect(documentOf(outputs, 'shelf')).toBe('Read to the end. Kept: Bread waits.');
});

test('a coding agent works in the folder that it was given, and stays for the next message', async () => {
  const world = await AgentWorld.open({ name: 'coder' });
  const { outputs } = await runGraph(
    builtInNodes({ allowFetch: [], ...(world.pool === null ? {} : { agents: world.pool }) }),
    await example('coding-agent'),
    {
      task: [{ folder: world.folder, task: 'where' }],
      coder: [said('two'), { skipped: true }],
    },
  );
  expect(documentOf(outputs, 'said')).toBe('2: two');
  expect(await world.linesOf('pids')).toHaveLength(1);
});

test('where one branch fails, what does not need it finishes, and the session says why it failed', async () => {
  const { log, error } = await play('one-branch-fails', {
    journey: [{ place: 'Bergen', nights: 3 }],
  });
  const end = (nodeId: string) =>
    log.find(
      (event) =>
        /^node(End|Error|Skipped)$/.test(event.type) &&
        'nodeId' in event &&
        event.nodeId === nodeId,
    );
  expect(end('forecast')).toMatchObject({ type: 'nodeError' });
  expect(end('umbrella')).toMatchObject({ type: 'nodeSkipped' });
  expect(end('packed')).toMatchObject({
    type: 'nodeEnd',
    outputs: { output: expect.stringContaining('For 3 nights in Bergen:\n\n- 3 shirts') as string },
  });
  expect(error).toContain('fetch may not reach forecast.example');
});

test('the library hold searches, asks, reserves once, waits, and asks again', async () => {
  const { outputs, log } = await play('reading-list', {
    hold: [{ reader: 'Ada', topic: 'logic' }, picked('flatland'), { consent: false }],
  });
  expect(documentOf(outputs, 'desk')).toMatch(
    /^Flatland\nby Edwin A. Abbott\n\nShelf M 7, hold H\d{5}\nFor: Ada\n$/,
  );
  const operations = log
    .map((event) => event.type)
    .filter((type) => /^(step|sleep|input)/.test(type));
  expect(operations).toEqual([
    ...['inputRequired', 'inputResolved', 'stepStart', 'stepEnd', 'inputRequired', 'inputResolved'],
    ...['stepStart', 'stepEnd', 'sleepStart', 'sleepEnd', 'inputRequired', 'inputResolved'],
  ]);
});

test('the writer drafts twice at once, asks which draft, and polishes that one', async () => {
  const models = await ModelServer.start();
  onTestFinished(() => models.close());
  const settings = { model: 'openai-compatible:test', url: models.url, environment: {} };
  const types = builtInNodes({ allowFetch: [], models: settings });
  const playing = runGraph(types, await example('writer'), {
    brief: [{ subject: 'the lamp', reader: 'landlubbers' }],
    pick: [picked('the vivid draft')],
  });
  // Both are under way before either has answered.
  for (const call of [await models.call(1), await models.call(2)]) {
    expect(call.conversation.at(-1)).toContain('subject: the lamp\n\nYour readers: landlubbers');
    const isVivid = call.conversation[0]?.includes('vividly') === true;
    call.text(isVivid ? 'The lamp hums.' : 'The lamp is on.').finish();
  }
  const last = await models.call(3);
  expect(last.conversation.at(-1)).toBe(
    'user: Polish the vivid draft, for these readers: landlubbers\n\nThe sober draft:\n\nThe lamp is on.\n\nThe vivid draft:\n\nThe lamp hums.',
  );
  last.text('The lamp hums all night.').finish();
  const { outputs, log } = await playing;
  expect(documentOf(outputs, 'text')).toBe('The lamp hums all night.');
  const asked = log.find((event) => event.type === 'inputRequired' && event.nodeId === 'pick');
  expect(asked).toMatchObject({
    suspendEvent: {
      waitForChoice: {
        choices: [
          { content: { parts: [{ text: '**Sober**\n\nThe lamp is on.' }] } },
          { content: { parts: [{ text: '**Vivid**\n\nThe lamp hums.' }] } },
        ],
      },
    },
  });
});
