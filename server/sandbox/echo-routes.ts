/** Calls that stand for any other: who may call is answered with what arrived, and how it was read. */
import { Router } from '@koa/router';
import { authenticateCall } from './authenticate.ts';
import { answerJson, type SandboxContext, type SandboxState } from './exchange.ts';
import type { World } from './world.ts';

/** `/echo` with every profile. */
export function echoRoutes(world: World): Router<SandboxState> {
  const router = new Router<SandboxState>();
  router.all('/echo', (ctx) => echo(world, ctx));
  return router;
}

/** Every path that is nothing else, for services whose API is not played. */
export function anyRoutes(world: World): Router<SandboxState> {
  const router = new Router<SandboxState>();
  router.all('/{*rest}', (ctx) => echo(world, ctx));
  return router;
}

function echo(world: World, ctx: SandboxContext): void {
  const { token, parameters, baseString } = authenticateCall(world, ctx);
  const { wire } = ctx.state.exchange;
  answerJson(ctx, {
    user: token.user.screenName,
    method: wire.method,
    path: ctx.path,
    parameters: parameters.map(([name, value]) => ({ name, value })),
    body_bytes: wire.body.length,
    base_string: baseString,
  });
}
