import { readFile } from 'node:fs/promises';
import { chromium, expect, test as base } from '@playwright/test';
import { PanelPage, ReattachApi } from 'reattach/playwright';
import { findChromium } from '../scripts/find-chromium.mjs';
import { FAILING_TEST, PAGE, PRODUCER, SERVER, TESTS, WRONG } from './consumer-programs.ts';
import { ConsumerProject, type RunningProgram } from './consumer-project.ts';
import { graphOf } from './graph-of.ts';
import { packageFile } from './package-folder.ts';

/** Ends what a test started, however the test ends. */
type Started = <T extends RunningProgram>(program: T) => T;

const test = base.extend<{ started: Started }, { project: ConsumerProject }>({
  project: [
    async ({}, use) => {
      const project = await ConsumerProject.create();
      await use(project);
      await project.remove();
    },
    { scope: 'worker' },
  ],
  started: async ({}, use) => {
    const programs: RunningProgram[] = [];
    await use((program) => {
      programs.push(program);
      return program;
    });
    for (const program of programs) program.kill();
    await Promise.all(programs.map(({ ended }) => ended));
  },
});

/** As a careful project has it: everything is checked, the declarations of packages too. */
const strict = {
  ...{ strict: true, skipLibCheck: false, noEmit: true, target: 'ES2022' },
  ...{ lib: ['ES2023', 'DOM', 'DOM.Iterable'], types: ['node'] },
};
const RESOLUTIONS = {
  nodenext: { module: 'nodenext', moduleResolution: 'nodenext' },
  bundler: { module: 'esnext', moduleResolution: 'bundler' },
};

for (const [name, resolution] of Object.entries(RESOLUTIONS)) {
  test.describe(`with the module resolution ${name}`, () => {
    test('programs that use the package compile, its declarations too', async ({ project }) => {
      const folder = `right-${name}`;
      const programs = { server: SERVER, producer: PRODUCER, page: PAGE, 'greet.spec': TESTS };
      for (const [file, program] of Object.entries(programs)) {
        await project.write(`${folder}/${file}.ts`, program);
      }
      await project.write(
        `${folder}/tsconfig.json`,
        JSON.stringify({ compilerOptions: { ...strict, ...resolution } }),
      );
      expect(await project.tsc(folder)).toEqual({ code: 0, stdout: '', stderr: '' });
    });

    test('programs that use it wrongly are refused, each for what is wrong', async ({
      project,
    }) => {
      const folder = `wrong-${name}`;
      for (const [file, [program]] of Object.entries(WRONG)) {
        await project.write(`${folder}/${file}.ts`, program);
      }
      await project.write(
        `${folder}/tsconfig.json`,
        JSON.stringify({ compilerOptions: { ...strict, ...resolution } }),
      );
      const { stdout } = await project.tsc(folder);
      // What belongs to a complaint is indented below it.
      const complaints = stdout.split(/\r?\n(?=\S)/).map((text) => text.trim());
      expect(complaints).toHaveLength(Object.keys(WRONG).length);
      for (const [file, [, complaint]] of Object.entries(WRONG)) {
        const own = complaints.filter((text) => text.startsWith(`${folder}/${file}.ts(`));
        expect(own, stdout).toEqual([expect.stringMatching(complaint)]);
      }
    });
  });
}

test('a server of their own serves its routes, the panel and runs to those who may', async ({
  project,
  started,
  browser,
}) => {
  await project.write('src/server.ts', SERVER);
  await project.write(
    'tsconfig.json',
    JSON.stringify({
      compilerOptions: {
        ...{ ...strict, ...RESOLUTIONS.nodenext, noEmit: false },
        ...{ rootDir: 'src', outDir: 'built' },
      },
      include: ['src'],
    }),
  );
  expect(await project.tsc('tsconfig.json')).toMatchObject({ code: 0, stdout: '' });
  const program = started(project.node(['built/server.js']));
  const [, origin = ''] = await program.until(/serving (\S+)\n/);
  expect(await (await fetch(origin)).text()).toBe('The shop');

  const context = await browser.newContext({ extraHTTPHeaders: { 'x-user': 'ada' } });
  const page = await context.newPage();
  const panel = new PanelPage(page, `${origin}/runs`);
  const call = async (method: string, path: string, user?: string) => {
    const headers: Record<string, string> = user === undefined ? {} : { 'x-user': user };
    const response = await fetch(`${origin}/runs/v1beta1${path}`, { method, headers });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  };
  expect(await call('GET', '/graphs')).toMatchObject({
    ...{ status: 401, body: { code: 'unauthorized' } },
  });
  await panel.goto('greeting');
  await panel.run.click();
  await panel.prompt('g').getByRole('textbox').fill('Ada');
  await panel.prompt('g').getByRole('button', { name: 'Answer' }).click();
  await expect(panel.stream).toHaveText('Ended');
  await expect(panel.node('g')).toContainText('Hello, Ada!');

  const sessionId = new URL(page.url()).searchParams.get('session') ?? '';
  const session = `/graphSessions/${sessionId}`;
  expect(await call('GET', `${session}/status`, 'ada')).toMatchObject({
    ...{ status: 200, body: { sessionId, status: 'completed' } },
  });
  expect(await call('DELETE', session, 'ada')).toMatchObject({
    ...{ status: 403, body: { code: 'forbidden' } },
  });
  expect(await call('GET', `${session}/status`, 'ada')).toMatchObject({ status: 200 });
  expect((await call('DELETE', session, 'admin')).status).toBe(200);
  expect((await call('GET', `${session}/status`, 'ada')).status).toBe(404);
  await context.close();
});

test('npx reattach serves the graphs of their folder', async ({ project, started }) => {
  const { version } = JSON.parse(await readFile(packageFile('package.json'), 'utf8')) as {
    version: string;
  };
  const told = await project.npx(['reattach', '--version']);
  expect(told).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });

  await project.write('graphs/mine.json', JSON.stringify(graphOf('Mine', { a: ['mine'] })));
  await project.write('nodes/mine.mjs', "export default { mine: () => 'my own' };");
  const program = started(project.bin('reattach', ['--port', '0']));
  const [, origin = ''] = await program.until(/listening on (\S+)\n/);
  const api = new ReattachApi(() => origin);
  const sessionId = await api.start('mine');
  await api.waitFor(sessionId, 'completed');
  expect((await api.events(sessionId)).at(-1)).toMatchObject({
    outputs: { a: { output: 'my own' } },
  });
  const listed = await project.npx(['reattach', 'ls', '--url', origin]);
  expect(listed).toMatchObject({ code: 0, stderr: '' });
  expect(listed.stdout).toContain(sessionId);
});

test('tests of their own run with the fixtures, and one that is wrong fails', async ({
  project,
}) => {
  const executablePath = findChromium(chromium.executablePath());
  const launchOptions = { args: ['--no-sandbox'], ...(executablePath && { executablePath }) };
  await project.write(
    'playwright.config.ts',
    `import { defineConfig } from '@playwright/test';
     export default defineConfig({
       testDir: 'tests',
       workers: 1,
       use: { launchOptions: ${JSON.stringify(launchOptions)} },
     });`,
  );
  await project.write('tests/greet.spec.ts', TESTS);
  const passed = await project.playwright(['--reporter=list']);
  expect(passed, passed.stdout).toMatchObject({ code: 0 });
  expect(passed.stdout).toContain('2 passed');

  await project.write('tests/wrong.spec.ts', FAILING_TEST);
  const failed = await project.playwright(['--reporter=list']);
  expect(failed.code).toBe(1);
  expect(failed.stdout).toContain('2 passed');
  expect(failed.stdout).toMatch(/1 failed\s+tests.wrong\.spec\.ts:\S+ › nobody has to answer/);
  expect(failed.stdout).toContain('Received: "suspended"');
});
