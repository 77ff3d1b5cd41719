import type { MiddlewareHandler } from 'hono';
import { AppError } from '../errors.ts';

const READING = new Set(['GET', 'HEAD', 'OPTIONS']);

const METHODS = 'GET, HEAD, POST, PATCH, DELETE, OPTIONS';
const REQUEST_HEADERS =
  'Accept, Authorization, Cache-Control, Content-Type, Idempotency-Key, If-None-Match, Last-Event-ID, Producer-Epoch, Producer-Id, Producer-Lease, Producer-Seq';
const RESPONSE_HEADERS = 'Allow, ETag, Retry-After, WWW-Authenticate';
const PREFLIGHT_MAX_AGE_SECONDS = '600';

/**
 * Lets the pages of `allowOrigins` call from a browser, and refuses writes that come from the pages
 * of any other site. A write without `Origin` comes from no page, and passes.
 */
export function originRule(allowOrigins: readonly string[]): MiddlewareHandler {
  const allowed = new Set(allowOrigins);

  return async (c, next) => {
    const origin = c.req.header('Origin');
    const isAllowed = origin !== undefined && allowed.has(origin);
    if (allowed.size > 0) c.header('Vary', 'Origin', { append: true });
    if (isAllowed) {
      c.header('Access-Control-Allow-Origin', origin);
      c.header('Access-Control-Allow-Credentials', 'true');
      c.header('Access-Control-Expose-Headers', RESPONSE_HEADERS);
      if (c.req.method === 'OPTIONS' && c.req.header('Access-Control-Request-Method')) {
        c.header('Access-Control-Allow-Methods', METHODS);
        c.header('Access-Control-Allow-Headers', REQUEST_HEADERS);
        c.header('Access-Control-Max-Age', PREFLIGHT_MAX_AGE_SECONDS);
        if (c.req.header('Access-Control-Request-Private-Network') === 'true') {
          c.header('Access-Control-Allow-Private-Network', 'true');
        }
        return c.body(null, 204);
      }
    }
    if (!READING.has(c.req.method) && !isAllowed) {
      const host = (c.req.header('Host') ?? new URL(c.req.url).host).toLowerCase();
      const own = [`http://${host}`, `https://${host}`];
      if (origin !== undefined && !own.includes(origin.toLowerCase())) {
        throw new AppError(
          'forbidden_origin',
          `Pages of '${origin}' may not write here; --allow-origin names those that may.`,
        );
      }
      if (c.req.header('Sec-Fetch-Site') === 'cross-site') {
        throw new AppError('forbidden_origin', 'Pages of another site may not write here.');
      }
    }
    await next();
    return undefined;
  };
}
