import { pino, type Logger } from 'pino';
import pretty from 'pino-pretty';

export type { Logger } from 'pino';

export const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];

const STDERR = 2;

/**
 * The server's log: one JSON object a line on stderr, or lines for people when stderr is a terminal.
 * A line's `msg` is its name, `domain.action_state`; ids and codes are fields of their own. Written
 * synchronously, so that the last line before an exit is not lost.
 */
export function createLogger(level: LogLevel): Logger {
  const destination = process.stderr.isTTY
    ? pretty({ destination: STDERR, sync: true, ignore: 'pid,hostname' })
    : pino.destination({ fd: STDERR, sync: true });
  return pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, destination);
}
