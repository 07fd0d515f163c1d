/** Who does this token belong to? Answered at the service's own address, in its own shape. */
import { createHmac } from 'node:crypto';
import { Router } from '@koa/router';
import { authenticateCall } from './authenticate.ts';
import { pathPattern } from './endpoint.ts';
import { answerJson, type SandboxContext, type SandboxState } from './exchange.ts';
import { fillJson } from './fill.ts';
import type { AccessToken } from './tokens.ts';
import type { SignedRequest } from './verify.ts';
import { type WireJson, writeWireJson } from './wire-json.ts';
import type { World } from './world.ts';

export function identityRoutes(world: World): Router<SandboxState> {
  const router = new Router<SandboxState>();
  for (const endpoint of world.profile.endpoints) {
    if (endpoint.of !== 'identity') continue;
    router.register(pathPattern(endpoint), [...endpoint.methods], (ctx, next) =>
      ctx.state.exchange.entry.endpoint === 'identity' ? tellIdentity(world, ctx) : next(),
    );
  }
  return router;
}

function tellIdentity(world: World, ctx: SandboxContext) {
  const signed = authenticateCall(world, ctx);
  const { format, answer } = world.profile.identity;
  const told = fillJson(answer, signed.token.user);
  if (format === 'json') return answerJson(ctx, told);
  ctx.type = 'application/jwt';
  ctx.body = writeJwt(world, signed, told, ctx.state.exchange.now);
}

/** Lives two minutes; `nonce` is the request's own, so that no other answer can stand in its place. */
function writeJwt(world: World, signed: SignedRequest<AccessToken>, told: WireJson, now: number): string {
  const { consumer, protocol } = signed;
  const iat = Math.floor(now / 1000);
  const claims = {
    iss: world.publicOrigins[0] ?? world.ownOrigin,
    aud: consumer.key,
    iat,
    exp: iat + 120,
    nonce: protocol.get('oauth_nonce') ?? '',
    ...Object(told),
  };
  const parts = [{ alg: 'HS256', typ: 'JWT' }, claims].map((part) =>
    Buffer.from(writeWireJson(part)).toString('base64url'),
  );
  const content = parts.join('.');
  return `${content}.${createHmac('sha256', consumer.secret).update(content).digest('base64url')}`;
}
