import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { graphOf } from './graph-of.ts';
import { packageFile } from './package-folder.ts';
import { noTerminal, PseudoTerminal } from './pseudo-terminal.ts';
import { expect, test as base } from './process-fixtures.ts';

const says = (text: string) => ({ input: { role: 'user', parts: [{ text }] } });

/** Attaches to a session on a terminal, which is gone after the test. */
const test = base.extend<{ attach: (sessionId: string, env?: object) => PseudoTerminal }>({
  attach: async ({ server }, use) => {
    const terminals: PseudoTerminal[] = [];
    await use((sessionId, env = {}) => {
      const command = [
        process.execPath,
        packageFile('dist', 'cli', 'main.js'),
        'attach',
        sessionId,
      ];
      const terminal = new PseudoTerminal(command, { REATTACH_URL: server.origin, ...env });
      terminals.push(terminal);
      return terminal;
    });
    for (const terminal of terminals) terminal.kill();
  },
});

if (noTerminal !== null) console.warn(noTerminal);
test.skip(noTerminal !== null, noTerminal ?? '');

const survey = graphOf(
  'Survey',
  {
    form: [
      'input',
      {
        schema: {
          type: 'object',
          properties: {
            name: { type: 'string', title: 'Your name' },
            age: { type: 'integer', title: 'Age', minimum: 18 },
            month: { type: 'string', title: 'Month', enum: ['May', 'June'], default: 'June' },
            tags: { type: 'array', title: 'Tags', items: { type: 'string' } },
            news: { type: 'boolean', title: 'News?' },
          },
          required: ['name', 'age'],
        },
      },
    ],
    wish: ['ask', { prompt: 'A wish?', skipLabel: 'No wish' }],
    word: ['ask', { prompt: 'A word?' }],
    city: [
      'choice',
      {
        prompt: 'Where to?',
        selectionMode: 'multiple',
        choices: [
          { id: 'g', content: 'Ghent' },
          { id: 'b', content: 'Bruges' },
        ],
        noneOfTheAboveLabel: 'Nowhere',
      },
    ],
    share: ['consent', { prompt: 'Share it?' }],
    end: ['output'],
  },
  [
    'form.name -> wish.a',
    'wish -> word.a',
    'word -> city.a',
    'city -> share.a',
    'form.* -> end.form',
    'wish -> end.wish',
    'word -> end.word',
    'city -> end.city',
    'share -> end.share',
  ],
);

test('a person at a terminal answers every kind of prompt, and is told what does not fit', async ({
  api,
  attach,
}) => {
  const sessionId = await api.start(survey);
  const terminal = attach(sessionId);
  await terminal.answer('Your name: ', 'Ines');
  await terminal.answer('Age (At least 18): ', '7');
  await terminal.until('1. May');
  await terminal.answer('Month (a number, optional) [2]: ', '');
  await terminal.answer('Tags 1: ', 'food');
  await terminal.answer('Tags 2: ', '');
  await terminal.answer('News? [y/N] ', 'y');
  await terminal.until('Age: Must be at least 18.');
  await terminal.answer('Age (At least 18) [7]: ', '41');
  await terminal.until('A wish?');
  await terminal.answer('Your answer (an empty line: No wish): ', '');
  await terminal.until('A word?');
  await terminal.answer('Your answer: ', '');
  await terminal.until('Write an answer.');
  await terminal.answer('Your answer: ', 'two \\');
  await terminal.answer('… ', 'lines');
  await terminal.until('  3. Nowhere');
  await terminal.answer('Your choice (numbers, as 1,3): ', '4');
  await terminal.until('Write numbers from 1 to 3.');
  await terminal.answer('Your choice (numbers, as 1,3): ', '2, 1');
  await terminal.answer('Allow it? [y/n] ', 'perhaps');
  await terminal.until('Write y or n.');
  await terminal.answer('Allow it? [y/n] ', 'n');
  await terminal.until('Completed.');
  expect(await terminal.end()).toBe(0);
  expect((await api.events(sessionId)).at(-1)).toMatchObject({
    outputs: {
      end: {
        output: {
          form: { name: 'Ines', age: 41, month: 'June', tags: ['food'], news: true },
          wish: null,
          word: { parts: [{ text: 'two \nlines' }] },
          city: ['g', 'b'],
          share: false,
        },
      },
    },
  });
});

test('files, moments, objects and JSON are answered at a terminal as well', async ({
  api,
  attach,
  directory,
}) => {
  const note = join(directory, 'note.txt');
  await writeFile(note, 'ä note');
  const data = Buffer.from('ä note').toString('base64');
  const guest = { type: 'object', title: 'Guest', properties: { name: { type: 'string' } } };
  const schema = {
    type: 'object',
    properties: {
      photo: { type: 'string', title: 'Photo', contentEncoding: 'base64' },
      when: { type: 'string', title: 'When', format: 'date-time' },
      day: { type: 'string', title: 'Day', format: 'date' },
      host: { ...guest, title: 'Host', required: ['name'] },
      guests: { type: 'array', title: 'Guests', items: guest },
    },
    required: ['photo', 'when', 'host'],
  };
  const graph = graphOf(
    'More',
    {
      form: ['input', { schema }],
      files: ['ask', { prompt: 'What have you?', inputType: 'any' }],
      free: ['input', { schema: { type: 'object', minProperties: 1 } }],
    },
    ['form -> files.a', 'files -> free.a'],
  );
  const sessionId = await api.start(graph);
  const terminal = attach(sessionId, { TZ: 'UTC' });
  await terminal.answer("Photo (a file's path): ", join(directory, 'none.png'));
  await terminal.until('it is not there.');
  await terminal.answer("Photo (a file's path): ", note);
  await terminal.answer('When (as 2026-05-01T14:30): ', 'soon');
  await terminal.answer('Day (as 2026-05-01 optional): ', '2026-05-02');
  await terminal.answer('name: ', 'Ada');
  await terminal.answer('Add Guests 1? [y/N] ', 'y');
  await terminal.answer('name (optional): ', 'Grace');
  await terminal.answer('Add Guests 2? [y/N] ', '');
  await terminal.until('When: Must be a date and a time.');
  await terminal.answer('When (as 2026-05-01T14:30) [soon]: ', '2026-05-01T14:30');
  await terminal.until('What have you?');
  await terminal.answer('Your answer (@path for a file): ', `@${note}`);
  await terminal.until('note.txt is attached.');
  await terminal.answer('Your answer (@path for a file): ', 'and a text');
  await terminal.answer('Your answer (JSON): ', '{"a":');
  await terminal.answer('Your answer (JSON): ', '{"a": [1]}');
  await terminal.until('Completed.');
  expect(await terminal.end()).toBe(0);
  const answers = (await api.events(sessionId)).filter(({ type }) => type === 'inputResolved');
  expect(answers).toMatchObject([
    {
      response: {
        ...{ photo: data, when: '2026-05-01T14:30:00Z', day: '2026-05-02' },
        ...{ host: { name: 'Ada' }, guests: [{ name: 'Grace' }] },
      },
    },
    {
      response: {
        input: {
          parts: [{ text: 'and a text' }, { inlineData: { mimeType: 'text/plain', data } }],
        },
      },
    },
    { response: { a: [1] } },
  ]);
});

const question = graphOf(
  'Question',
  { one: ['ask', { prompt: 'One?' }], two: ['ask', { prompt: 'Two?' }] },
  ['one -> two.a'],
);

test('Ctrl-C leaves the run as it is and says how to come back', async ({ api, attach }) => {
  const sessionId = await api.start(question);
  const terminal = attach(sessionId);
  await terminal.until('Your answer: ');
  terminal.type('half an ans\u0003');
  await terminal.until(`Detached; the run goes on. Come back with: reattach attach ${sessionId}\n`);
  expect(await terminal.end()).toBe(0);
  expect(await api.status(sessionId)).toMatchObject({ status: 'suspended', lastIndex: 2 });

  const elsewhere = attach(sessionId, { REATTACH_URL: 'http://127.0.0.1:9' });
  await elsewhere.until('No server answers at http://127.0.0.1:9.');
  expect(await elsewhere.end()).toBe(1);
});

test('a prompt that is answered elsewhere is closed, and what was typed for it is gone', async ({
  api,
  attach,
}) => {
  const sessionId = await api.start(question);
  const terminal = attach(sessionId);
  await terminal.until('Your answer: ');
  terminal.type('mine');
  await terminal.until('mine');
  const { openPrompts } = await api.status(sessionId);
  await api.resume(sessionId, openPrompts[0]?.interactionId ?? '', says('theirs'));
  await terminal.until('› theirs');
  await terminal.until('Two?');
  await terminal.answer('Your answer: ', 'two');
  await terminal.until('Completed.');
  expect(await terminal.end()).toBe(0);
  const answers = (await api.events(sessionId)).filter(({ type }) => type === 'inputResolved');
  expect(answers).toMatchObject([{ response: says('theirs') }, { response: says('two') }]);
});

test('a killed server loses neither the log nor the answer that is being written', async ({
  api,
  attach,
  server,
}) => {
  const sessionId = await api.start(question);
  const terminal = attach(sessionId, { NO_COLOR: '1' });
  await terminal.until('Your answer: ');
  terminal.type('fi');
  await server.kill();
  await terminal.until('The connection is lost. Trying again …');
  // What was typed is still there, below.
  await terminal.until('Your answer: fi');
  terminal.type('rst\r');
  await terminal.until('Your answer is sent when it is back.');
  await server.start();
  await terminal.until('Connected again.');
  await terminal.until('Two?');
  await terminal.answer('Your answer: ', 'second');
  await terminal.until('Completed.');
  expect(await terminal.end()).toBe(0);
  const answers = (await api.events(sessionId)).filter(({ type }) => type === 'inputResolved');
  expect(answers).toMatchObject([{ response: says('first') }, { response: says('second') }]);
  for (const once of ['Question\n', '? one', '? two', 'Completed.']) {
    expect(terminal.output.split(once)).toHaveLength(2);
  }
  // Not a colour in it.
  expect(terminal.raw).not.toContain('\u001b[3');
});
