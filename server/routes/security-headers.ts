import type { MiddlewareHandler } from 'hono';

const policy = (frameAncestors: string): string =>
  [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "connect-src 'self'",
    "img-src 'self' data: blob:",
    'media-src data: blob:',
    "font-src 'self'",
    `frame-ancestors ${frameAncestors}`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');

/**
 * Sets on every response what keeps browsers and caches from doing more with it than is meant. Only
 * pages of the origins `allowFrames` may frame it.
 */
export function securityHeaders(allowFrames: readonly string[]): MiddlewareHandler {
  const isFramed = allowFrames.length > 0;
  const content = policy(isFramed ? allowFrames.join(' ') : "'none'");

  return async (c, next) => {
    c.header('Content-Security-Policy', content);
    c.header('X-Content-Type-Options', 'nosniff');
    c.header('Referrer-Policy', 'no-referrer');
    // It knows no origins: where some may, the policy alone says which.
    if (!isFramed) c.header('X-Frame-Options', 'DENY');
    // What may be kept says so itself.
    c.header('Cache-Control', 'no-store');
    await next();
  };
}
