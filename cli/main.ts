#!/usr/bin/env node
import { CommanderError } from 'commander';
import { version } from '../server/package-info.ts';
import { CliError } from './cli-error.ts';
import { createProgram } from './program.ts';

/**
 * The `reattach` command. What cannot be done is said in a line on stderr, and the exit code is then
 * 1; of a run that has ended it says how.
 */
const program = createProgram({
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  environment: process.env,
  version,
  serve: async (args) => {
    const { main } = await import('../server/main.ts');
    await main(args);
  },
  exit: (code) => {
    process.exitCode = code;
  },
});

// Whoever reads has read enough, as `head` does.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
});

try {
  await program.parseAsync(process.argv);
} catch (error) {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode;
  } else if (error instanceof CliError) {
    process.stderr.write(`reattach: ${error.message}\n`);
    process.exitCode = 1;
  } else {
    throw error;
  }
}
