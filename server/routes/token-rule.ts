import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { Context, MiddlewareHandler } from 'hono';
import { getCookie, setCookie } from 'hono/cookie';
import { AppError } from '../errors.ts';

export interface TokenRuleOptions {
  token: string;
  /** The port that the server listens on: cookies are shared by all ports of a host. */
  port: () => number;
  /** Below which the server is; empty for the root. */
  basePath: string;
}

/** What keeps callers without the server's token out, and gives a browser its cookie. */
export interface TokenRule {
  /** Answers `/?token=T` with a cookie and the address without the token. */
  readonly signIn: MiddlewareHandler;
  /** Refuses who shows neither the token nor the cookie. */
  readonly require: MiddlewareHandler;
}

const COOKIE_AGE_SECONDS = 400 * 24 * 3600;

export function createTokenRule({ token, port, basePath }: TokenRuleOptions): TokenRule {
  const expected = digest(token);
  // The cookie proves the token without being it.
  const proof = createHmac('sha256', token).update('reattach cookie').digest('base64url');
  const expectedProof = digest(proof);
  const cookieName = () => `reattach_${port()}`;

  return {
    signIn: async (c, next) => {
      const given = c.req.query('token');
      if (c.req.path !== '/' || given === undefined || c.req.method !== 'GET') {
        await next();
        return;
      }
      if (!matches(given, expected))
        throw unauthorized(c, 'The token in the address is not right.');
      setCookie(c, cookieName(), proof, {
        path: basePath === '' ? '/' : basePath,
        httpOnly: true,
        sameSite: 'Strict',
        maxAge: COOKIE_AGE_SECONDS,
      });
      const rest = new URL(c.req.url).searchParams;
      rest.delete('token');
      // Relative, for a proxy that has taken a prefix off.
      return c.redirect(rest.size === 0 ? './' : `./?${rest.toString()}`, 302);
    },
    require: async (c, next) => {
      const bearer = bearerToken(c);
      const cookie = getCookie(c, cookieName());
      const isKnown =
        (bearer !== undefined && matches(bearer, expected)) ||
        (cookie !== undefined && matches(cookie, expectedProof));
      if (!isKnown) {
        throw unauthorized(
          c,
          "This server needs its token: as 'Authorization: Bearer …', or open /?token=… once in a browser.",
        );
      }
      await next();
    },
  };
}

/** The token of an `Authorization: Bearer` header; undefined when there is none. */
export function bearerToken(c: Context): string | undefined {
  return /^Bearer +(\S+) *$/i.exec(c.req.header('Authorization') ?? '')?.[1];
}

function unauthorized(c: Context, message: string): AppError {
  c.header('WWW-Authenticate', 'Bearer realm="reattach"');
  return new AppError('unauthorized', message);
}

const digest = (text: string) => createHash('sha256').update(text).digest();

/** Compares digests, which are of one length, in a time that tells nothing of either. */
const matches = (given: string, expected: Buffer) => timingSafeEqual(digest(given), expected);
