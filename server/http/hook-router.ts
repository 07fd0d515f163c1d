/** Mounts HookRoutes: raw bytes in, a bare answer out; no cookie, no session, no redirect, no compression. */
import Router from '@koa/router';
import type { Context, DefaultState } from 'koa';
import type { Config } from '../config.ts';
import { readBody } from './body.ts';
import { callerAddress } from './caller.ts';
import type { HookRoute } from './route.ts';

export function hookRouter(
  deps: { config: Pick<Config, 'trustProxy'> },
  routes: readonly HookRoute[],
): Router<DefaultState, Context> {
  const router = new Router<DefaultState, Context>();
  for (const route of routes) {
    router.register(route.path, [route.method], async (ctx: Context) => {
      const body = route.method === 'POST' ? await readBody(ctx.req, route.maxBodyBytes) : new Uint8Array();
      const answer = await route.handle({
        params: ctx.params,
        rawQuery: ctx.querystring,
        headers: headersOf(ctx),
        body,
        ip: callerAddress(ctx.req.socket.remoteAddress, ctx.get('X-Forwarded-For'), deps.config.trustProxy),
      });
      ctx.status = answer.status;
      ctx.type = answer.contentType ?? 'text/plain';
      ctx.body = answer.body ?? '';
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
