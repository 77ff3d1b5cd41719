import type { JsonObject } from '../shared/json.ts';

/** Every code that the wire can answer with, and the HTTP status that it maps to. */
export const errorStatuses = {
  malformed_request: 400,
  missing_graph: 400,
  invalid_graph: 400,
  unsupported_graph: 400,
  invalid_cursor: 400,
  invalid_import: 400,
  unauthorized: 401,
  forbidden: 403,
  forbidden_host: 403,
  forbidden_origin: 403,
  producer_fenced: 403,
  not_found: 404,
  session_not_found: 404,
  graph_not_found: 404,
  interaction_not_found: 404,
  method_not_allowed: 405,
  interaction_resolved: 409,
  prompt_withdrawn: 409,
  session_final: 409,
  session_blocked: 409,
  session_exists: 409,
  session_read_only: 409,
  not_external: 409,
  producer_gap: 409,
  payload_too_large: 413,
  event_too_large: 413,
  idempotency_mismatch: 422,
  invalid_answer: 422,
  invalid_event: 422,
  internal_error: 500,
  unavailable: 503,
} as const;

export type ErrorCode = keyof typeof errorStatuses;

/** An error that is told to the caller as it is: a sentence for people, a code for programs. */
export class AppError extends Error {
  override readonly name = 'AppError';
  readonly code: ErrorCode;
  readonly details: JsonObject | undefined;

  constructor(code: ErrorCode, message: string, options?: ErrorOptions & { details?: JsonObject }) {
    super(message, options);
    this.code = code;
    this.details = options?.details;
  }
}

/** The message of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
