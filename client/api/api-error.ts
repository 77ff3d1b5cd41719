import { errorResponse } from '../../shared/api.ts';
import type { JsonObject } from '../../shared/json.ts';

/** The server refused: `message` is its sentence for people, `code` its stable word. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  /** The HTTP status. */
  readonly status: number;
  readonly code: string;
  readonly details: JsonObject;

  constructor(status: number, code: string, message: string, details: JsonObject = {}) {
    super(message);
    this.status = status;
    this.code = code;
    this.details = details;
  }
}

/** No answer came: the server is not running, or the network is down. */
export class Unreachable extends Error {
  override readonly name = 'Unreachable';

  constructor(cause: unknown) {
    super('The server cannot be reached.', { cause });
  }
}

/** The error that a response other than 2xx stands for. */
export async function errorOf(response: Response): Promise<ApiError> {
  // A proxy in between may answer with something else than JSON.
  const body: unknown = await response.json().catch(() => null);
  const parsed = errorResponse.safeParse(body);
  if (parsed.success) {
    const { error, code, details } = parsed.data;
    return new ApiError(response.status, code, error, details);
  }
  const words = response.statusText === '' ? '' : ` ${response.statusText}`;
  return new ApiError(
    response.status,
    'unexpected_response',
    `The server answered ${response.status}${words}.`,
  );
}
