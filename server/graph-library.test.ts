import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createGraphLibrary, runnableGraph } from './graph-library.ts';
import { temporaryDirectory } from './server.testing.ts';

const graph = (title: string) => JSON.stringify({ title, nodes: [{ id: 'a', type: 'output' }] });

describe('the graph library', () => {
  test('offers each JSON file under its name, in the order of the names', async () => {
    const directory = await temporaryDirectory();
    await writeFile(join(directory, 'b.json'), graph('B'));
    await writeFile(join(directory, 'a.b.json'), `\uFEFF${graph('A')}`);
    await writeFile(join(directory, 'notes.txt'), 'no graph');
    await writeFile(join(directory, '.json'), graph('nameless'));
    await mkdir(join(directory, 'folder.json'));
    const entries = await createGraphLibrary({ directory }).list();
    expect(entries.map(({ graphId, graph }) => [graphId, graph?.title])).toEqual([
      ['a.b', 'A'],
      ['b', 'B'],
    ]);
  });

  test('sees an edited, a replaced, an added and a removed file at once', async () => {
    const directory = await temporaryDirectory();
    const file = join(directory, 'a.json');
    const library = createGraphLibrary({ directory });
    expect(await library.find('a')).toBeNull();
    await writeFile(file, graph('1'));
    expect((await library.find('a'))?.graph?.title).toBe('1');
    // The same length, and likely within one tick of the file system's clock.
    await writeFile(file, graph('2'));
    expect((await library.find('a'))?.graph?.title).toBe('2');
    await writeFile(join(directory, 'new'), graph('3'));
    await rename(join(directory, 'new'), file);
    expect((await library.list()).map(({ graph }) => graph?.title)).toEqual(['3']);
    await rm(file);
    expect(await library.list()).toEqual([]);
    expect(await library.find('a')).toBeNull();
  });

  test('reads a file again only when it has changed', async () => {
    const directory = await temporaryDirectory();
    await writeFile(join(directory, 'a.json'), graph('1'));
    let checks = 0;
    const library = createGraphLibrary({ directory, check: () => void (checks += 1) });
    const first = await library.find('a');
    expect(await library.find('a')).toBe(first);
    expect(await library.list()).toEqual([first]);
    expect(checks).toBe(1);
  });

  test.each([
    ['{', /^a\.json: .*JSON/],
    ['[]', /^a\.json: The graph is invalid: expected object, received array\.$/],
    ['{"nodes": [{"id": "a"}]}', /^a\.json: 'nodes\.0\.type' is missing\.$/],
    ['{"nodes": []}', /^a\.json: no such luck$/],
  ])('lists %j with its error, and refuses to run it', async (text, error) => {
    const directory = await temporaryDirectory();
    await writeFile(join(directory, 'a.json'), text);
    const check = () => {
      throw new Error('no such luck');
    };
    const [entry] = await createGraphLibrary({ directory, check }).list();
    expect(entry).toEqual({
      graphId: 'a',
      graph: null,
      error: expect.stringMatching(error) as string,
    });
    expect(() => runnableGraph(entry!)).toThrow(/^The graph 'a' cannot be run\. a\.json: /);
  });

  test('leads to no file outside of its directory', async () => {
    const parent = await temporaryDirectory();
    const directory = join(parent, 'graphs');
    await mkdir(directory);
    await writeFile(join(parent, 'secret.json'), graph('secret'));
    const library = createGraphLibrary({ directory });
    for (const id of ['../secret', join(parent, 'secret'), '..', '', 'secret\0']) {
      expect(await library.find(id)).toBeNull();
    }
  });

  test('is empty when the directory has gone', async () => {
    const directory = join(await temporaryDirectory(), 'gone');
    const library = createGraphLibrary({ directory });
    expect([await library.list(), await library.find('a')]).toEqual([[], null]);
  });
});
