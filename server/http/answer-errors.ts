/** Answers what the routes throw, as JSON or as a page, and tells the log what the asker must not read. */
import type { Context, Middleware } from 'koa';
import { HubError, traceOf } from '../errors.ts';
import { contentPolicy } from './headers.ts';
import { errorBody, errorTitle, publicError } from './on-error.ts';
import { type Deps as PageDeps, recogniseVisitor, renderPage } from './page-router.ts';

/** What the log must be able to do; pino fits. */
export interface Log {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export interface Deps extends PageDeps {
  log: Log;
}

/** Below it a middleware throws whatever it refuses, and leaves alone what it does not know. */
export function answerErrors(deps: Deps): Middleware {
  return async (ctx, next) => {
    try {
      await next();
      if (ctx.body == null && ctx.status === 404) throw new HubError('not_found');
      // What the router says of a path that it knows, and of methods that no path takes.
      if (ctx.body == null && (ctx.status === 405 || ctx.status === 501)) {
        await answer(deps, ctx, noSuchMethod(), ctx.status);
      }
    } catch (thrown) {
      const error = publicError(thrown);
      if (error.status >= 500) logFailure(deps.log, ctx, error);
      await answer(deps, ctx, error, error.status);
    }
  };
}

async function answer(deps: Deps, ctx: Context, error: HubError, status: number): Promise<void> {
  const wait = error.extra.retry_after ?? (status === 503 ? 5 : undefined);
  if (typeof wait === 'number') ctx.set('Retry-After', String(Math.ceil(wait)));
  ctx.set('Content-Security-Policy', contentPolicy([]));
  if (ctx.path.startsWith('/api/') || ctx.accepts('html', 'json') !== 'html') answerJson(ctx, error);
  else await answerPage(deps, ctx, error, status);
  ctx.status = status;
}

function answerJson(ctx: Context, error: HubError): void {
  ctx.body = JSON.stringify(errorBody(error));
  ctx.type = 'application/json; charset=utf-8';
}

async function answerPage(deps: Deps, ctx: Context, error: HubError, status: number): Promise<void> {
  const nobody = { browser: '', session: undefined, worker: undefined, notice: undefined };
  // A database that is gone must not turn the error page into another error, nor into another wait.
  const isGone = error.code === 'database_unavailable';
  const visitor = isGone ? nobody : await recogniseVisitor(deps, ctx).catch(() => nobody);
  renderPage(deps, ctx, visitor, 'error', {
    title: errorTitle(error),
    message: error.message,
    status,
    code: error.code,
    requestId: ctx.state.requestId,
  });
}

function logFailure(log: Log, ctx: Context, error: HubError): void {
  const fields = { request: ctx.state.requestId, code: error.code, detail: error.detail };
  log.error({ ...fields, ...traceOf(error.cause ?? error) }, 'failed');
}

function noSuchMethod(): HubError {
  return new HubError('bad_request', 'This address does not take that method.');
}
