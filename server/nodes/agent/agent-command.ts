import { hostname } from 'node:os';
import { z } from 'zod';

/** An agent that the server was told of. */
export interface AgentCommand {
  readonly name: string;
  /** As it was given: the program and its arguments. */
  readonly command: string;
  readonly words: readonly [string, ...string[]];
}

/** What a session of an agent belongs to: no other can continue it. */
export const runtime = z.object({
  agent: z.string().min(1),
  command: z.string().min(1),
  host: z.string().min(1),
});
export type Runtime = z.infer<typeof runtime>;

/** The runtime that runs an agent's turns on this machine. */
export function runtimeOf({ name, command }: AgentCommand): Runtime {
  return { agent: name, command, host: hostname() };
}

/**
 * Reads `NAME=COMMAND`, the command as a shell would cut it into words: at blanks, but not within
 * quotes. No variable and no pattern in it means anything.
 * @throws Error with a sentence that says what is wrong
 */
export function parseAgent(text: string): AgentCommand {
  const [, name, command] = /^([\w.-]+)=(.*)$/s.exec(text) ?? [];
  if (name === undefined || command === undefined) {
    throw new Error('An agent is NAME=COMMAND, the name of letters, digits, ".", "_" and "-".');
  }
  const [program, ...args] = wordsOf(command);
  if (program === undefined || program === '')
    throw new Error(`The agent '${name}' has no command.`);
  return { name, command: command.trim(), words: [program, ...args] };
}

function wordsOf(command: string): string[] {
  const words: string[] = [];
  let word: string | null = null;
  let quote = '';
  for (const character of command) {
    if (quote !== '') {
      if (character === quote) quote = '';
      else word = (word ?? '') + character;
    } else if (character === '"' || character === "'") {
      quote = character;
      word ??= '';
    } else if (/\s/.test(character)) {
      if (word !== null) words.push(word);
      word = null;
    } else {
      word = (word ?? '') + character;
    }
  }
  if (quote !== '') throw new Error(`A quote is not closed in: ${command}`);
  if (word !== null) words.push(word);
  return words;
}
