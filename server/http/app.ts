/** The HTTP application: one list of middleware, read from top to bottom. */
import type Router from '@koa/router';
import Koa, { type Context, type DefaultState, type Middleware } from 'koa';
import type { Config } from '../config.ts';
import { HubError } from '../errors.ts';
import { isLoopback } from './caller.ts';
import { sameText } from './cookies.ts';
import { contentPolicy, securityHeaders } from './headers.ts';
import type { Metrics } from './metrics.ts';
import { errorBody, errorTitle, publicError } from './on-error.ts';
import { type Deps as PageDeps, recogniseVisitor, renderPage } from './page-router.ts';

/** What the log must be able to do; pino fits. */
export interface Log {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export interface Deps extends PageDeps {
  config: Config;
  log: Log;
  metrics: Metrics;
  newId(): string;
  /** Throws when the database does not answer. */
  ping(): Promise<void>;
  staticFiles: Middleware;
  pages: Router<DefaultState, Context>;
  api: Router<DefaultState, Context>;
  openapi: Record<string, unknown>;
}

export function createApp(deps: Deps): Koa {
  const app = new Koa();
  app.use(logRequests(deps));
  app.use(answerErrors(deps));
  app.use(setSecurityHeaders);
  app.use(answerProbes(deps));
  app.use(deps.staticFiles);
  app.use(deps.api.routes());
  app.use(deps.api.allowedMethods());
  app.use(deps.pages.routes());
  app.use(deps.pages.allowedMethods());
  app.use(() => {
    throw new HubError('not_found');
  });
  // Errors are answered and logged by the middleware above; what reaches Koa is a socket that went away.
  app.on('error', () => {});
  return app;
}

/** Logs method, route template and record id; never a raw path or query, which may hold secrets. */
function logRequests({ log, metrics, newId }: Deps): Middleware {
  return async (ctx, next) => {
    const started = performance.now();
    ctx.state.requestId = newId();
    ctx.set('X-Request-Id', ctx.state.requestId);
    await next();
    const tookMs = performance.now() - started;
    const route = typeof ctx._matchedRoute === 'string' ? ctx._matchedRoute : (ctx.state.probe ?? 'other');
    metrics.countRequest({ method: ctx.method, route, status: ctx.status }, tookMs / 1000);
    const record = typeof ctx.params?.id === 'string' ? { id: ctx.params.id } : {};
    const fields = { request: ctx.state.requestId, method: ctx.method, route, ...record, status: ctx.status };
    log.info({ ...fields, took_ms: Math.round(tookMs * 10) / 10 }, 'request');
  };
}

function answerErrors(deps: Deps): Middleware {
  return async (ctx, next) => {
    try {
      await next();
      if (ctx.status === 404 && ctx.body == null) throw new HubError('not_found');
      if (ctx.status === 405 && ctx.body == null)
        throw new HubError('bad_request', 'This address does not take that method.');
    } catch (thrown) {
      const error = publicError(thrown);
      const status = ctx.status === 405 ? 405 : error.status;
      if (status >= 500) {
        const cause = error.cause instanceof Error ? error.cause : error;
        deps.log.error(
          {
            request: ctx.state.requestId,
            code: error.code,
            cause: cause.name,
            stack: stackOf(cause),
            detail: error.detail,
          },
          'failed',
        );
      }
      if (typeof error.extra.retry_after === 'number')
        ctx.set('Retry-After', String(Math.ceil(error.extra.retry_after)));
      ctx.status = status;
      if (
        ctx.path.startsWith('/api/') ||
        !ctx.accepts('html', 'json') ||
        ctx.accepts('html', 'json') === 'json'
      ) {
        ctx.type = 'application/json; charset=utf-8';
        ctx.body = JSON.stringify(errorBody(error));
      } else await errorPage(deps, ctx, error, status);
    }
  };
}

async function errorPage(deps: Deps, ctx: Context, error: HubError, status: number): Promise<void> {
  ctx.set('Content-Security-Policy', contentPolicy([]));
  const nobody = { browser: '', session: undefined, worker: undefined, notice: undefined };
  // A database that is gone must not turn the error page into another error.
  const visitor = await recogniseVisitor(deps, ctx).catch(() => nobody);
  const model = {
    title: errorTitle(error),
    message: error.message,
    status,
    code: error.code,
    requestId: ctx.state.requestId,
  };
  renderPage(deps, ctx, visitor, 'error', model);
  ctx.status = status;
}

/** Frames of the stack only: the message may repeat input. */
function stackOf(error: Error): string {
  return (error.stack ?? '')
    .split('\n')
    .filter((line) => /^\s+at /.test(line))
    .slice(0, 12)
    .join('\n');
}

const setSecurityHeaders: Middleware = (ctx, next) => {
  ctx.set({ ...securityHeaders });
  return next();
};

function answerProbes({ config, metrics, ping, openapi }: Deps): Middleware {
  return async (ctx, next) => {
    if (ctx.method !== 'GET' && ctx.method !== 'HEAD') return next();
    switch (ctx.path) {
      case '/healthz':
        ctx.state.probe = ctx.path;
        ctx.body = { status: 'ok' };
        return;
      case '/readyz':
        ctx.state.probe = ctx.path;
        ctx.status = await ping().then(
          () => 200,
          () => 503,
        );
        ctx.body = { status: ctx.status === 200 ? 'ok' : 'unavailable' };
        return;
      case '/metrics': {
        ctx.state.probe = ctx.path;
        const isAllowed = isLocalCall(ctx) || hasToken(ctx, config.metricsToken);
        if (!isAllowed) throw new HubError('not_found');
        const { text, contentType } = await metrics.expose();
        ctx.set('Content-Type', contentType);
        ctx.body = text;
        return;
      }
      case '/api/v1/openapi.json':
        ctx.state.probe = ctx.path;
        ctx.body = openapi;
        return;
      default:
        return next();
    }
  };
}

/** From this machine itself, and not handed on by a reverse proxy that runs on it. */
function isLocalCall(ctx: Context): boolean {
  const isForwarded = ctx.get('X-Forwarded-For') !== '' || ctx.get('Forwarded') !== '';
  return !isForwarded && isLoopback(ctx.req.socket.remoteAddress ?? '');
}

function hasToken(ctx: Context, token: string | undefined): boolean {
  return token !== undefined && sameText(ctx.get('Authorization'), `Bearer ${token}`);
}
