import type { MiddlewareHandler } from 'hono';
import { getPath } from 'hono/utils/url';
import { operations } from './operations.ts';

/** What no request's path begins with, since addresses are resolved before they are sent. */
const OUTSIDE = '/..';

/**
 * Gives the path of a request as the routes know it: what follows `basePath`, which is empty or begins
 * with a slash and does not end with one. A path that is not below it fits no route; `/healthz` alone
 * is there at the root too, for whoever watches the process and knows of no proxy.
 */
export function pathBelow(basePath: string): (request: Request) => string {
  if (basePath === '') return getPath;
  return (request) => {
    const path = getPath(request);
    if (path.startsWith(`${basePath}/`)) return path.slice(basePath.length);
    return path === operations.getHealth.path ? path : OUTSIDE + path;
  };
}

/** Sends whoever asks for the base path itself to the page, whose links are relative to its folder. */
export function slashRule(basePath: string): MiddlewareHandler {
  return async (c, next) => {
    if (c.req.path === OUTSIDE + basePath) {
      return c.redirect(`${basePath}/${new URL(c.req.url).search}`, 308);
    }
    await next();
    return undefined;
  };
}
