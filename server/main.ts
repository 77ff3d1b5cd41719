import { existsSync, realpathSync } from 'node:fs';
import { CommanderError } from 'commander';
import { blameStray } from './engine/scope.ts';
import { createLogger, type Logger, type ProcessLogger } from './logger.ts';
import { parseOptions, type ServerOptions } from './options.ts';
import { StartError } from './start-error.ts';
import { startServer, type RunningServer } from './start-server.ts';
import { DatabaseUnusable } from './store/store.ts';

/** A process that is told to stop is gone after so long, whatever still holds it. */
const STOP_WITHIN_MS = 1500;

/**
 * The `reattach` command. Resolves once the server answers; the process then lives until it is told
 * to stop. When it cannot start, says so in a line on stderr and ends the process with a code that is
 * not 0.
 * @param argv the arguments, without those of Node
 */
export async function main(argv: string[]): Promise<void> {
  const options = readOptions(argv);
  if (options === null) return;
  const logger = createLogger(options.logLevel);
  catchStrays(logger);
  let server: RunningServer;
  try {
    server = await startServer(options, logger);
  } catch (error) {
    if (!(error instanceof StartError || error instanceof DatabaseUnusable)) throw error;
    process.stderr.write(`reattach: ${error.message}\n`);
    // Not by falling off the end: a node module may hold timers or sockets.
    process.exit(1);
  }
  stopOnSignals(server, logger);
  logger.info({ url: server.url, db: options.db }, 'server.started');
  process.stdout.write(`Reattach is listening on ${server.url}\n${server.notice}\n`);
}

/** Null after help, version or a complaint, with the exit code set. */
function readOptions(argv: readonly string[]): ServerOptions | null {
  try {
    return parseOptions(argv, {
      out: (text) => process.stdout.write(text),
      err: (text) => process.stderr.write(text),
    });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    process.exitCode = error.exitCode;
    return null;
  }
}

function stopOnSignals(server: RunningServer, logger: Logger): void {
  const stop = (signal: NodeJS.Signals) => {
    logger.info({ signal }, 'server.stopping');
    // Not waiting for the event loop to empty: a handler may hold it, and need not heed its signal.
    setTimeout(() => process.exit(0), STOP_WITHIN_MS);
    server.close().then(
      () => process.exit(0),
      (error: unknown) => {
        logger.error({ err: error }, 'server.stop_failed');
        process.exit(1);
      },
    );
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
}

/** What a handler's code lets go fails its node; anything else that nobody caught is our own bug. */
function catchStrays(logger: ProcessLogger): void {
  process.on('unhandledRejection', (error) => {
    if (!blameStray(error)) logger.error({ err: error }, 'process.rejection_unhandled');
  });
  process.on('uncaughtException', (error) => {
    if (blameStray(error)) return;
    logger.fatal({ err: error }, 'process.exception_uncaught');
    // As after a kill, the log has everything that was acknowledged.
    process.exit(1);
  });
}

const entry = process.argv[1] ?? '';
if (existsSync(entry) && realpathSync(entry) === import.meta.filename) {
  await main(process.argv.slice(2));
}
