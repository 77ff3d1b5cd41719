import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { Validator } from '@cfworker/json-schema';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { graphDescriptor, graphNode } from '../../shared/graph.ts';
import type { JsonObject } from '../../shared/json.ts';
import { agentConfiguration } from './agent/agent-node.ts';
import { askConfiguration } from './ask.ts';
import { builtInNodes } from './built-in-nodes.ts';
import { choiceConfiguration } from './choice.ts';
import { consentConfiguration } from './consent.ts';
import { delayConfiguration } from './delay.ts';
import { fetchConfiguration } from './fetch.ts';
import { generateConfiguration } from './generate-configuration.ts';
import { inputConfiguration } from './input.ts';
import { scriptConfiguration } from './script.ts';
import { templateConfiguration } from './template.ts';

/** By type; an `output` has none. */
const configurations: Readonly<Record<string, z.ZodType>> = {
  input: inputConfiguration,
  ask: askConfiguration,
  choice: choiceConfiguration,
  consent: consentConfiguration,
  template: templateConfiguration,
  fetch: fetchConfiguration,
  agent: agentConfiguration,
  generate: generateConfiguration,
  delay: delayConfiguration,
  script: scriptConfiguration,
};

/** As editors know it best, with the definitions of its own under `prefix`. */
function schemaOf(schema: z.core.$ZodType, prefix: string, definitions: Record<string, unknown>) {
  const made = z.toJSONSchema(schema, { target: 'draft-7', io: 'input', unrepresentable: 'any' });
  const renamed = JSON.stringify(made).replaceAll('#/definitions/', `#/definitions/${prefix}.`);
  const { $schema: _, definitions: own = {}, ...rest } = JSON.parse(renamed) as JsonObject;
  for (const [name, each] of Object.entries(own as JsonObject)) {
    definitions[`${prefix}.${name}`] = each;
  }
  return rest;
}

/** What a graph file may hold, with the configurations of the built-in node types. */
function graphSchema(): JsonObject {
  const definitions: Record<string, unknown> = {};
  const graph = schemaOf(graphDescriptor, 'graph', definitions) as JsonObject & {
    properties: Record<string, unknown>;
  };
  const node = schemaOf(graphNode, 'node', definitions);
  const rules = Object.entries(configurations).map(([type, schema]) => {
    const configuration = schemaOf(schema, type, definitions);
    definitions[type] = configuration;
    return {
      if: { properties: { type: { const: type } }, required: ['type'] },
      then: {
        properties: { configuration: { $ref: `#/definitions/${type}` } },
        ...('required' in configuration ? { required: ['configuration'] } : {}),
      },
    };
  });
  const types = { examples: [...Object.keys(configurations), 'output'] };
  const properties = node['properties'] as Record<string, JsonObject>;
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'A Reattach graph',
    ...graph,
    properties: {
      $schema: { type: 'string' },
      ...graph.properties,
      nodes: {
        type: 'array',
        items: {
          ...node,
          properties: { ...properties, type: { ...properties['type'], ...types } },
          allOf: rules,
        },
      },
    },
    definitions,
  } as JsonObject;
}

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));

test('graph.schema.json is that of the graphs and the built-in configurations as they are', async () => {
  const names = Object.keys(builtInNodes({ allowFetch: [] })).sort();
  expect([...Object.keys(configurations), 'output'].sort()).toEqual(names);
  const text = `${JSON.stringify(graphSchema(), null, 2)}\n`;
  await expect(text).toMatchFileSnapshot(path('../../graph.schema.json'));
});

test('each example names the schema and fits it', async () => {
  const directory = path('../../examples/graphs');
  for (const file of await readdir(directory)) {
    const graph = JSON.parse(await readFile(`${directory}/${file}`, 'utf8')) as JsonObject;
    expect(graph['$schema']).toBe('../../graph.schema.json');
    expect({ file, errors: errorsOf(graph) }).toEqual({ file, errors: [] });
  }
});

test.each([
  [{ id: 'a', type: 'ask' }, 'configuration'],
  [{ id: 'a', type: 'ask', configuration: {} }, 'prompt'],
  [{ id: 'a', type: 'delay', configuration: { ms: 'soon' } }, 'ms'],
  [{ id: 'a', type: 'choice', configuration: { prompt: '?', choices: [] } }, 'choices'],
  [{ id: '', type: 'mine' }, 'id'],
  [{ id: 'a' }, 'type'],
])('the node %j does not fit', (node, member) => {
  expect(errorsOf({ nodes: [node] }).join()).toContain(member);
});

test('a node of a type of somebody’s own fits with whatever configuration', () => {
  expect(errorsOf({ nodes: [{ id: 'a', type: 'mine', configuration: { deep: [1] } }] })).toEqual(
    [],
  );
});

function errorsOf(graph: JsonObject): string[] {
  const { errors } = new Validator(graphSchema(), '7', false).validate(graph);
  return errors.map(({ instanceLocation, error }) => `${instanceLocation}: ${error}`);
}
