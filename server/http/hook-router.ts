/** Mounts HookRoutes: raw bytes in, a bare answer out; no cookie, no session, no redirect, no compression. */
import Router from '@koa/router';
import type { Context, DefaultState } from 'koa';
import type { Config } from '../config.ts';
import { readBody } from './body.ts';
import { callerAddress } from './caller.ts';
import type { HookRoute } from './route.ts';

const anyMethod = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];

export function hookRouter(
  deps: { config: Pick<Config, 'trustProxy'> },
  routes: readonly HookRoute[],
): Router<DefaultState, Context> {
  const router = new Router<DefaultState, Context>();
  for (const route of routes) {
    const methods = route.method === 'any' ? anyMethod : [route.method];
    router.register(route.path, methods, async (ctx: Context) => {
      const hasBody = ctx.method !== 'GET' && ctx.method !== 'HEAD';
      const body = hasBody ? await readBody(ctx.req, route.maxBodyBytes) : new Uint8Array();
      const answer = await route.handle({
        method: ctx.method,
        params: ctx.params,
        path: ctx.path,
        rawQuery: ctx.querystring,
        headers: headersOf(ctx),
        body,
        ip: callerAddress(ctx.req.socket.remoteAddress, ctx.get('X-Forwarded-For'), deps.config.trustProxy),
      });
      ctx.status = answer.status;
      ctx.set('Content-Type', answer.contentType ?? 'text/plain; charset=utf-8');
      ctx.body = answer.body ?? '';
      for (const [name, value] of answer.headers ?? []) ctx.set(name, value);
      if (answer.retryAfterSeconds !== undefined) ctx.set('Retry-After', String(answer.retryAfterSeconds));
      if (answer.location !== undefined) ctx.set('Location', answer.location);
    });
  }
  return router;
}

function headersOf(ctx: Context): Record<string, string> {
  const entries = Object.entries(ctx.req.headers).map(([name, value]) => [
    name,
    Array.isArray(value) ? value.join(', ') : (value ?? ''),
  ]);
  return Object.fromEntries(entries);
}
