import { expect, test } from 'vitest';
import { parseAgent } from './agent-command.ts';

test('an agent is a name and a command, which is cut at blanks that are not quoted', () => {
  expect(parseAgent(`my-agent=npx  -y "some agent" --key='a "b"' '' `)).toEqual({
    name: 'my-agent',
    command: `npx  -y "some agent" --key='a "b"' ''`,
    words: ['npx', '-y', 'some agent', '--key=a "b"', ''],
  });
});

test.each([
  ['agent', /NAME=COMMAND/],
  ['=run', /NAME=COMMAND/],
  ['my agent=run', /NAME=COMMAND/],
  ['agent= ', /has no command/],
  ['agent=run "this', /quote is not closed/],
])('%j is refused', (text, reason) => {
  expect(() => parseAgent(text)).toThrow(reason);
});
