import type { Context, ErrorHandler } from 'hono';
import type { ErrorResponse } from '../../shared/api.ts';
import { AppError, errorStatuses, type ErrorCode } from '../errors.ts';
import type { Logger } from '../logger.ts';

const RETRY_AFTER_SECONDS = '1';

/** Answers with what was thrown: an `AppError` as it is, anything else logged and not told. */
export function errorHandler(logger: Logger): ErrorHandler {
  return (error, c) => {
    if (error instanceof AppError) {
      if (error.code === 'unavailable') c.header('Retry-After', RETRY_AFTER_SECONDS);
      return errorResponse(c, error.code, error.message, error.details);
    }
    // A reader that has gone away gets no answer, whatever failed because of that.
    const level = c.req.raw.signal.aborted ? 'debug' : 'error';
    logger[level](
      { err: error, method: c.req.method, path: c.req.path },
      'request.handling_failed',
    );
    return errorResponse(c, 'internal_error', 'Something went wrong inside the server.');
  };
}

function errorResponse(
  c: Context,
  code: ErrorCode,
  message: string,
  details?: ErrorResponse['details'],
): Response {
  const body: ErrorResponse = { error: message, code, ...(details ? { details } : {}) };
  return c.json(body, errorStatuses[code]);
}
