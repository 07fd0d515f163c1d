/** The endpoints that apps call: request token, access token, renewal, revocation. */
import { Router } from '@koa/router';
import { authenticateCall, authenticateSleeper } from './authenticate.ts';
import { checkWanted } from './demands.ts';
import { type EndpointName, pathPattern } from './endpoint.ts';
import { answerJson, type SandboxContext, type SandboxState } from './exchange.ts';
import { issueAccessToken } from './issue-access-token.ts';
import { issueRequestToken } from './issue-request-token.ts';
import type { World } from './world.ts';

const steps: Partial<Record<EndpointName, (world: World, ctx: SandboxContext) => void>> = {
  request: issueRequestToken,
  access: issueAccessToken,
  renew: wakeToken,
  revoke: revokeToken,
};

export function oauthRoutes(world: World): Router<SandboxState> {
  const router = new Router<SandboxState>();
  for (const endpoint of world.profile.endpoints) {
    const take = steps[endpoint.of];
    if (!take) continue;
    router.register(pathPattern(endpoint), [...endpoint.methods], (ctx, next) =>
      ctx.state.exchange.entry.endpoint === endpoint.of ? take(world, ctx) : next(),
    );
  }
  return router;
}

/** A token that slept for want of calls is good again. */
function wakeToken(world: World, ctx: SandboxContext): void {
  const { token } = authenticateSleeper(world, ctx.state.exchange);
  token.usedAt = ctx.state.exchange.now;
  ctx.state.exchange.entry.verified.push('renewal');
  ctx.type = 'text/plain; charset=utf-8';
  ctx.body = 'The access token is good again.';
}

function revokeToken(world: World, ctx: SandboxContext): void {
  const { token, parameters } = authenticateCall(world, ctx);
  checkWanted(world.profile.wanted.revoke, parameters, ctx.state.exchange.entry.verified);
  world.tokens.revoke(token.token);
  answerJson(ctx, { access_token: token.token });
}
