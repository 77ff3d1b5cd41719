import { Hono, type MiddlewareHandler } from 'hono';
import { getPath } from 'hono/utils/url';
import type { Engine } from './engine/engine.ts';
import { AppError } from './errors.ts';
import type { GraphCatalog } from './graph-catalog.ts';
import type { Logger } from './logger.ts';
import type { Authorize } from './routes/authorize-rule.ts';
import { pathBelow, slashRule } from './routes/base-path.ts';
import { clientAssets, type ClientAssets } from './routes/client-assets.ts';
import { errorHandler } from './routes/error-response.ts';
import { createHandlers } from './routes/handlers.ts';
import { hostRule, type HostRuleOptions } from './routes/host-rule.ts';
import { operations } from './routes/operations.ts';
import { originRule } from './routes/origin-rule.ts';
import { registerOperations } from './routes/register-operations.ts';
import { securityHeaders } from './routes/security-headers.ts';
import { createTokenRule } from './routes/token-rule.ts';
import type { Store } from './store/store.ts';
import type { Streams } from './stream/create-streams.ts';

export interface AppOptions {
  readonly store: Store;
  readonly engine: Engine;
  readonly streams: Streams;
  readonly catalog: GraphCatalog;
  readonly logger: Logger;
  /** What every request passes first. */
  readonly gate: MiddlewareHandler;
  /** The hosts that requests may name; null for any. */
  readonly hosts: HostRuleOptions | null;
  /** What every caller has to show; null when none has to. */
  readonly token: string | null;
  /** Decides on each call of one who has shown it. */
  readonly authorize?: Authorize | undefined;
  readonly allowOrigins: readonly string[];
  /** Whose pages may frame the panel's. */
  readonly allowFrames: readonly string[];
  /** Below which everything is; empty, or with a slash before it and none after it. */
  readonly basePath: string;
  readonly maxBodyBytes: number;
  readonly maxEventBytes: number;
  /** The built panel; none when it is empty. */
  readonly assets: ClientAssets;
}

/**
 * The HTTP interface. The rules come in this order: the host, the origin, then the panel's own files,
 * which tell nothing, then the token, then `authorize`, then what the request asks for. `/healthz` needs
 * neither host nor token. All of them know the path below the base path alone.
 */
export function createApp(options: AppOptions): Hono {
  const { store, engine, streams, catalog, logger, hosts, token, authorize } = options;
  const { basePath, maxBodyBytes } = options;
  const app = new Hono({ getPath: pathBelow(basePath) });
  app.onError(errorHandler(logger));
  app.notFound((c) => {
    throw new AppError('not_found', `There is nothing at ${getPath(c.req.raw)}.`);
  });

  app.use(options.gate);
  app.use(securityHeaders(options.allowFrames));
  if (hosts !== null) app.use(exceptHealth(hostRule(hosts)));
  app.use(originRule(options.allowOrigins));
  if (basePath !== '') app.use(slashRule(basePath));
  const port = () => hosts?.port() ?? 0;
  const rule = token === null ? null : createTokenRule({ token, port, basePath });
  if (rule !== null) app.use(rule.signIn);
  app.use(clientAssets(options.assets));
  if (rule !== null) app.use(exceptHealth(rule.require));

  const handlers = createHandlers({
    store,
    engine,
    streams,
    catalog,
    basePath,
    takesRunTokens: token === null && authorize === undefined,
    limits: { body: maxBodyBytes, event: options.maxEventBytes },
  });
  registerOperations(app, { handlers, maxBodyBytes, authorize });
  return app;
}

/** Whoever asks whether the server is up need not know how it is called. */
function exceptHealth(rule: MiddlewareHandler): MiddlewareHandler {
  return (c, next) => (c.req.path === operations.getHealth.path ? next() : rule(c, next));
}
