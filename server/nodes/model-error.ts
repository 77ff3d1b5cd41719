import { isObject } from '../../shared/json.ts';
import type { AttemptError } from '../engine/handler.ts';

/** Longer than this nobody waits for a server that asks to be left alone. */
const LONGEST_WAIT_MS = 60 * 60 * 1000;
const EXCERPT = 300;

/**
 * A model's failure as people read it, and whether another attempt is worth it: it is where the
 * model is busy or broken, or the connection was. Carries nothing of the request, which may be
 * secret, and none of `secrets`.
 */
export function modelError(
  error: unknown,
  label: string,
  secrets: readonly (string | null)[],
): AttemptError {
  const { says, final = false, retryAfterMs = 0 } = reasonOf(error);
  const isTooLong = retryAfterMs > LONGEST_WAIT_MS;
  const wait = retryAfterMs > 0 ? `; it asks to wait ${Math.ceil(retryAfterMs / 1000)} s` : '';
  let message = `${label} ${says}${wait}${isTooLong ? ', which is too long' : ''}`;
  for (const secret of secrets) {
    if (secret !== null && secret !== '') message = message.replaceAll(secret, '[redacted]');
  }
  return Object.assign(new Error(message), { final: final || isTooLong, retryAfterMs });
}

/** An error that another attempt would not mend. */
export function finalError(message: string): AttemptError {
  return Object.assign(new Error(message), { final: true });
}

interface Reason {
  /** What follows the model's name. */
  readonly says: string;
  readonly final?: boolean;
  readonly retryAfterMs?: number;
}

/** What the library's errors may carry. */
type ProviderError = Error &
  Partial<
    Record<'statusCode' | 'responseHeaders' | 'responseBody' | 'data' | 'text' | 'value', unknown>
  >;

function reasonOf(error: unknown): Reason {
  // What a server says in the middle of its stream is no Error.
  if (!(error instanceof Error)) return { says: `failed while it answered: ${saidIn(error)}` };
  const { statusCode, responseHeaders, responseBody, data, text, value } = error as ProviderError;
  if (typeof statusCode === 'number' && statusCode >= 400) {
    const body = typeof responseBody === 'string' ? responseBody.trim().slice(0, EXCERPT) : '';
    const reason = data === undefined && body !== '' ? body : error.message;
    return {
      says: `answered ${statusCode}: ${reason}`,
      final: !isWorthAnother(statusCode),
      retryAfterMs: retryAfter(isObject(responseHeaders) ? responseHeaders : {}),
    };
  }
  if (error.name === 'AI_JSONParseError' || error.name === 'AI_TypeValidationError') {
    const chunk = typeof text === 'string' ? text : JSON.stringify(value);
    return { says: `sent a malformed chunk: ${chunk.slice(0, EXCERPT)}` };
  }
  if (error.name === 'AI_InvalidResponseDataError') {
    return { says: `sent an answer that makes no sense: ${error.message}` };
  }
  // What the platform throws when a connection cannot be made, or breaks.
  if (error.name === 'AI_APICallError' || error instanceof TypeError || 'code' in error) {
    return { says: `could not be reached to the end: ${innermost(error)}` };
  }
  const isOfLibrary = error.name.startsWith('AI_');
  return { says: `cannot be called: ${error.message}`, final: isOfLibrary };
}

function isWorthAnother(status: number): boolean {
  return status === 408 || status === 409 || status === 429 || status >= 500;
}

/** Milliseconds; 0 when nothing is said. */
function retryAfter(headers: Record<string, unknown>): number {
  const precise = Number(headers['retry-after-ms'] ?? Number.NaN);
  if (precise >= 0) return precise;
  const given = headers['retry-after'];
  if (typeof given !== 'string' || given.trim() === '') return 0;
  const seconds = Number(given);
  const ms = Number.isNaN(seconds) ? Date.parse(given) - Date.now() : seconds * 1000;
  return ms > 0 ? ms : 0;
}

function saidIn(error: unknown): string {
  if (typeof error === 'string') return error;
  if (isObject(error) && typeof error['message'] === 'string') return error['message'];
  return JSON.stringify(error).slice(0, EXCERPT);
}

/** The platform says only "fetch failed" or "terminated"; the reason is in the cause. */
function innermost(error: Error): string {
  const { cause } = error;
  return cause instanceof Error ? innermost(cause) : error.message || error.name;
}
