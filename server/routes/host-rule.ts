import type { MiddlewareHandler } from 'hono';
import { AppError } from '../errors.ts';

export interface HostRuleOptions {
  /** What the server was told to listen on, without brackets. */
  host: string;
  /** The port that it listens on; null when that is not known, and any will do. */
  port: () => number | null;
  /** Lower-case; with a port, or for any port. */
  allowHosts: readonly string[];
}

const LOCAL_HOSTS = ['localhost', '127.0.0.1', '[::1]'];

/**
 * Refuses requests that name another host than this server. A page that has its own name resolve to
 * this machine (DNS rebinding) is same-origin with us to its browser, and gives itself away here.
 */
export function hostRule({ host, port, allowHosts }: HostRuleOptions): MiddlewareHandler {
  const listening = host.includes(':') ? `[${host.toLowerCase()}]` : host.toLowerCase();
  const allowed = new Set(allowHosts);
  const hosts = new Set([...LOCAL_HOSTS, listening]);

  return async (c, next) => {
    const header = (c.req.header('Host') ?? new URL(c.req.url).host).toLowerCase();
    const [, name = '', given = ''] = /^(\[[^\]]*\]|[^:]*)(?::(\d+))?$/.exec(header) ?? [];
    const own = port();
    const isOurs = hosts.has(name) && (own === null || (given === '' ? 80 : Number(given)) === own);
    if (!isOurs && !allowed.has(name) && !allowed.has(header)) {
      throw new AppError(
        'forbidden_host',
        `This server does not answer for the host '${header}'; --allow-host names others.`,
      );
    }
    await next();
  };
}
