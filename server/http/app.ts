/** The HTTP application: one list of middleware, read from top to bottom. */
import type Router from '@koa/router';
import Koa, { type Context, type DefaultState, type Middleware } from 'koa';
import { isId } from '../id.ts';
import { answerErrors, type Deps as ErrorDeps, type Log } from './answer-errors.ts';
import { securityHeaders } from './headers.ts';
import { answerProbes, type Deps as ProbeDeps } from './probes.ts';

export interface Deps extends ErrorDeps, ProbeDeps {
  log: Log;
  newId(): string;
  staticFiles: Middleware;
  /** Addresses that remote services call. */
  hooks: Router<DefaultState, Context>;
  pages: Router<DefaultState, Context>;
  api: Router<DefaultState, Context>;
}

export function createApp(deps: Deps): Koa {
  const app = new Koa();
  app.use(logRequests(deps));
  app.use(setSecurityHeaders(deps));
  app.use(answerErrors(deps));
  app.use(answerProbes(deps));
  app.use(deps.hooks.routes());
  app.use(deps.staticFiles);
  // Speaks of all routers that were asked after it: 405 with Allow, and OPTIONS.
  app.use(deps.pages.allowedMethods());
  app.use(deps.api.routes());
  app.use(deps.pages.routes());
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
    // Only what has the shape of an id is one; any other text in its place is the caller's.
    const id: unknown = ctx.params?.id;
    const record = typeof id === 'string' && isId(id) ? { id } : {};
    const fields = { request: ctx.state.requestId, method: ctx.method, route, ...record, status: ctx.status };
    log.info({ ...fields, took_ms: Math.round(tookMs * 10) / 10 }, 'request');
  };
}

function setSecurityHeaders({ config }: Deps): Middleware {
  const headers = securityHeaders(config.url);
  return (ctx, next) => {
    ctx.set(headers);
    return next();
  };
}
