import { pino } from 'pino';
import pretty from 'pino-pretty';

/**
 * Where the server tells what happens to it. `name` is the line's, `domain.action_state`; ids and codes
 * are fields. A pino logger is one.
 */
export interface Logger {
  debug(fields: object, name: string): void;
  info(fields: object, name: string): void;
  warn(fields: object, name: string): void;
  error(fields: object, name: string): void;
}

/** Also of the end of the process. */
export interface ProcessLogger extends Logger {
  fatal(fields: object, name: string): void;
}

export const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];

const STDERR = 2;

/**
 * The server's log: one JSON object a line on stderr, or lines for people when stderr is a terminal.
 * A line's `msg` is its name. Written synchronously, so that the last line before an exit is not lost.
 */
export function createLogger(level: LogLevel): ProcessLogger {
  const destination = process.stderr.isTTY
    ? pretty({ destination: STDERR, sync: true, ignore: 'pid,hostname' })
    : pino.destination({ fd: STDERR, sync: true });
  return pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, destination);
}
