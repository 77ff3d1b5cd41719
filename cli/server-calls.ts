import type { z } from 'zod/mini';
import { errorResponse } from '../shared/api.ts';
import type { JsonObject } from '../shared/json.ts';
import { CliError } from './cli-error.ts';

/** The server refused: `message` is its sentence for people, `code` its stable word. */
export class Refused extends CliError {
  override readonly name = 'Refused';
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

/** No answer came: no server is there, or the way to it is cut. */
export class Unreachable extends CliError {
  override readonly name = 'Unreachable';

  constructor(url: string, cause: unknown) {
    super(
      `No server answers at ${url}. Start one with 'reattach', or say where it is with --url or REATTACH_URL.`,
      { cause },
    );
  }
}

/** Where a server is, and what it asks of its callers. */
export interface ServerAddress {
  /** Its origin, with its base path if it has one. */
  readonly url: string;
  readonly token: string | null;
}

export interface Call {
  readonly method?: 'GET' | 'POST';
  /** Sent as JSON; bytes and streams as they are. */
  readonly body?: unknown;
  /** Makes a repetition harmless: the first result is given again. */
  readonly key?: string;
  readonly accept?: string;
  readonly signal?: AbortSignal;
}

/** Calls to one server. Each throws `Refused` or `Unreachable`, or the signal's reason when it aborts. */
export class ServerCalls {
  readonly address: ServerAddress;

  constructor(address: ServerAddress) {
    this.address = address;
  }

  /** The JSON of an answer. */
  async json<T>(schema: z.ZodMiniType<T>, path: string, call: Call = {}): Promise<T> {
    const response = await this.open(path, { accept: 'application/json', ...call });
    let body: unknown;
    try {
      body = await response.json();
    } catch (error) {
      call.signal?.throwIfAborted();
      if (!(error instanceof SyntaxError)) throw new Unreachable(this.address.url, error);
    }
    const parsed = schema.safeParse(body);
    if (parsed.success) return parsed.data;
    throw new Refused(
      response.status,
      'unexpected_response',
      `What answers at ${this.address.url} is no Reattach server of this version.`,
    );
  }

  /** An answer whose body is still to be read. */
  async open(path: string, call: Call = {}): Promise<Response> {
    const { method = 'GET', body, key, accept, signal } = call;
    const { url, token } = this.address;
    const raw = body instanceof ReadableStream || body instanceof Uint8Array;
    const headers = {
      ...(accept === undefined ? {} : { accept }),
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      ...(key === undefined ? {} : { 'idempotency-key': key }),
      ...(body === undefined || raw ? {} : { 'content-type': 'application/json' }),
    };
    let response: Response;
    try {
      response = await fetch(url.replace(/\/+$/, '') + path, {
        method,
        headers,
        ...(body === undefined ? {} : { body: raw ? body : JSON.stringify(body) }),
        ...(body instanceof ReadableStream ? { duplex: 'half' } : {}),
        ...(signal === undefined ? {} : { signal }),
      });
    } catch (error) {
      signal?.throwIfAborted();
      throw new Unreachable(url, error);
    }
    if (response.ok) return response;
    throw await this.#refusal(response);
  }

  async #refusal(response: Response): Promise<Refused> {
    const { status } = response;
    // A proxy in between, or another program, may answer with something else than JSON.
    const parsed = errorResponse.safeParse(await response.json().catch(() => null));
    if (!parsed.success) {
      const said = `${status} ${response.statusText}`.trim();
      const message = `What answers at ${this.address.url} is no Reattach server: it says ${said}.`;
      return new Refused(status, 'unexpected_response', message);
    }
    const { error, code, details } = parsed.data;
    const hint =
      status === 401 ? ' Give the token of the server with --token or REATTACH_TOKEN.' : '';
    return new Refused(status, code, error + hint, details);
  }
}
