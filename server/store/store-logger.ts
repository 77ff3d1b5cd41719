/** Where the store tells what nobody waits for. A pino logger is one. */
export interface StoreLogger {
  debug(fields: object, message: string): void;
  error(fields: object, message: string): void;
}
