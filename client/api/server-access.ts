import type { TokenProvider } from '../panel-interface.ts';
import { ApiError } from './api-error.ts';

/** `fetch` of a path from the server's root, such as `/v1beta1/graphs`. */
export type ServerFetch = (path: string, init?: RequestInit) => Promise<Response>;

export interface ServerAccessOptions {
  readonly fetch: typeof fetch;
  /** The server's address, with a slash at its end. */
  readonly base: string;
  /** Asked for each request; null while the browser's cookies are what the server knows us by. */
  readonly tokenProvider: () => TokenProvider | null;
}

/** The way to a server: where it is, and what it is shown. */
export interface ServerAccess {
  readonly fetch: ServerFetch;
  /**
   * What tells this way from others: the server, and whoever the first token was of. Resolves once a
   * token was asked for.
   */
  readonly identity: Promise<string>;
}

/**
 * Asks for a token before each request, and once more when the server does not know the one it got. A
 * provider that fails is an `ApiError` with the code `no_token`.
 */
export function createServerAccess(options: ServerAccessOptions): ServerAccess {
  const { base, tokenProvider } = options;
  /** The last token; null before there was one. */
  let last: string | null = null;
  let identify: (identity: string) => void = () => undefined;
  const identity = new Promise<string>((resolve) => {
    identify = resolve;
  });
  if (tokenProvider() === null) identify(base);

  async function tokenOf(provider: TokenProvider, refused: string | null): Promise<string | null> {
    let token: string | null;
    try {
      token = await provider({ refused });
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw new ApiError(401, 'no_token', `There is no token for the server: ${why}`);
    }
    if (last === null) identify(`${base} ${await digest(token ?? '')}`);
    last = token;
    return token;
  }

  const send = (path: string, init: RequestInit, token: string | null) => {
    const headers = new Headers(init.headers);
    if (token !== null) headers.set('authorization', `Bearer ${token}`);
    return options.fetch(base + path.slice(1), { ...init, headers });
  };

  return {
    identity,
    async fetch(path, init = {}) {
      const provider = tokenProvider();
      // The cookie of a server of the same site is shown across origins only when that is asked for.
      if (provider === null) return send(path, { ...init, credentials: 'include' }, null);
      // A page that is being left waits for nobody.
      const token = init.keepalive === true && last !== null ? last : await tokenOf(provider, null);
      init.signal?.throwIfAborted();
      const response = await send(path, init, token);
      if (response.status !== 401 || init.keepalive === true) return response;
      const fresh = await tokenOf(provider, token);
      if (fresh === token) return response;
      init.signal?.throwIfAborted();
      await response.body?.cancel();
      return send(path, init, fresh);
    },
  };
}

/** A text that tells tokens apart and is none. */
async function digest(token: string): Promise<string> {
  // Not there on a page that is served without TLS over a network; tabs do not meet there either.
  if (!('subtle' in crypto)) return '';
  const bytes = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(token));
  return [...new Uint8Array(bytes)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
