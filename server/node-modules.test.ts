import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadNodeModule, mergeNodeTypes, mergeTools } from './node-modules.ts';
import { temporaryDirectory } from './server.testing.ts';

async function moduleOf(source: string): Promise<string> {
  const file = join(await temporaryDirectory(), 'mine.mjs');
  await writeFile(file, source);
  return file;
}

describe('a node module', () => {
  test('gives the functions of its default export, by type', async () => {
    const file = await moduleOf('export default { one: () => 1, two: async (ctx) => ctx };');
    const { types, origin } = await loadNodeModule(file);
    expect(Object.keys(types)).toEqual(['one', 'two']);
    expect(origin).toBe(`the node module '${file}'`);
  });

  test('gives the functions that models may call, with node types or without', async () => {
    const file = await moduleOf(
      'export const tools = { add: { execute: () => 1, consent: true } };',
    );
    const { types, tools } = await loadNodeModule(file);
    expect(types).toEqual({});
    expect(tools).toEqual({ add: { execute: expect.any(Function) as unknown, consent: true } });
  });

  test.each([
    ['export const tools = [];', /exports 'tools', which must be an object\.$/],
    ['export const tools = { add: () => 1 };', /the tool 'add', which is no object\.$/],
    ['export const tools = { add: {} };', /'add', which has no function 'execute'\.$/],
    ["export const tools = { 'a b': { execute() {} } };", /'a b', whose name is not 1 to 64/],
    ["export const tools = { a: { execute() {}, parameters: 'x' } };", /whose 'parameters' are/],
    ['export const tools = { a: { execute() {}, description: 1 } };', /whose 'description' is no/],
    ['export const tools = { a: { execute() {}, consent: 1 } };', /whose 'consent' is neither/],
    ['export default 1; export const tools = {};', /must have a default export/],
    ['export const one = 1;', /must have a default export that maps node types to functions\.$/],
    ['export default () => 1;', /must have a default export/],
    ['export default [];', /must have a default export/],
    ['export default { one: () => 1, two: 2 };', /exports 'two', which is no function\.$/],
    ['export default {', /cannot be loaded: [^\n]+$/],
    ["throw new Error('first\\nsecond');", /cannot be loaded: first$/],
    ["import './missing.mjs';", /cannot be loaded: [^\n]*missing\.mjs[^\n]*$/],
  ])('%j is refused', async (source, reason) => {
    const file = await moduleOf(source);
    const error = await loadNodeModule(file).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      name: 'StartError',
      message: expect.stringMatching(reason) as string,
    });
    expect((error as Error).message).toContain(`The node module '${file}'`);
  });

  test('that is not there is refused by name', async () => {
    await expect(loadNodeModule('nowhere/at-all.mjs')).rejects.toThrow(
      /^The node module 'nowhere\/at-all\.mjs' cannot be loaded: /,
    );
  });
});

test('a type of two modules is refused, naming both', () => {
  const [one, two] = ['one', 'two'].map((origin) => ({ origin, types: { same: () => origin } }));
  expect(() => mergeNodeTypes([one!, two!])).toThrow(
    "The node type 'same' comes from both one and two.",
  );
  expect(
    Object.keys(mergeNodeTypes([one!, { origin: 'three', types: { other: () => 3 } }])),
  ).toEqual(['same', 'other']);
});

test('a tool of two modules is refused, and one that is called as a built-in one', () => {
  const [one, two] = ['one', 'two'].map((origin) => ({
    origin,
    types: {},
    tools: { same: { execute: () => origin } },
  }));
  expect(Object.keys(mergeTools([one!], ['fetch']))).toEqual(['same']);
  expect(() => mergeTools([one!, two!], [])).toThrow(
    "The tool 'same' comes from both one and two.",
  );
  expect(() => mergeTools([one!], ['fetch', 'same'])).toThrow(
    "The tool 'same' of a node module has the name of a built-in one.",
  );
});
