/** Calls by a key of one's own: HTTP Basic, a bearer token, an API key in header or address, and signatures of AWS. */
import { Router } from '@koa/router';
import { verifyAws } from './aws-signature.ts';
import type { User } from './consumer.ts';
import { answerJson, type SandboxContext, type SandboxState } from './exchange.ts';
import { parseForm } from './percent.ts';
import { findByKey, keysOf } from './personal-keys.ts';
import { headerValues, wireQuery } from './wire-request.ts';
import type { World } from './world.ts';

/** Each answers who called; `/keys` lists what to call with. */
export function keyRoutes(world: World): Router<SandboxState> {
  const router = new Router<SandboxState>();
  router.get('/keys', (ctx) =>
    answerJson(ctx, { people: world.users.map((user) => ({ id: user.id, ...keysOf(user) })) }),
  );
  router.all('/basic/me', (ctx) => answerMe(ctx, basicUser(world, ctx), 'Basic realm="sandbox"'));
  router.all('/bearer/me', (ctx) => answerMe(ctx, bearerUser(world, ctx), 'Bearer'));
  router.all('/key/me', (ctx) => answerMe(ctx, keyUser(world, ctx), 'ApiKey'));
  // AWS has no addresses of its own: whatever is signed that way is meant for it.
  router.all('/{*rest}', (ctx, next) => {
    const [authorization = ''] = headerValues(ctx.state.exchange.wire, 'authorization');
    const isAws = authorization.startsWith('AWS4-HMAC-SHA256 ');
    return isAws ? answerMe(ctx, awsUser(world, ctx), 'AWS4-HMAC-SHA256') : next();
  });
  return router;
}

function basicUser(world: World, ctx: SandboxContext): User | undefined {
  const [, pair = ''] = /^Basic (\S+)$/.exec(authorizationOf(ctx)) ?? [];
  const [username = '', ...rest] = Buffer.from(pair, 'base64').toString('utf8').split(':');
  const user = findByKey(world.users, 'username', username);
  return user && keysOf(user).password === rest.join(':') ? user : undefined;
}

/** The word before the token may be any. */
function bearerUser(world: World, ctx: SandboxContext): User | undefined {
  const [, token = ''] = /^[\w-]+ (\S+)$/.exec(authorizationOf(ctx)) ?? [];
  return findByKey(world.users, 'token', token);
}

/** Once, in the header or in the address. */
function keyUser(world: World, ctx: SandboxContext): User | undefined {
  const { wire } = ctx.state.exchange;
  const query = parseForm(wireQuery(wire)) ?? [];
  const keys = [
    ...headerValues(wire, 'x-api-key'),
    ...query.flatMap(([name, key]) => (name === 'api_key' ? [key] : [])),
  ];
  return keys.length === 1 ? findByKey(world.users, 'apiKey', keys[0] ?? '') : undefined;
}

function awsUser(world: World, ctx: SandboxContext): User | undefined {
  const { wire, now } = ctx.state.exchange;
  const secretOf = (accessKey: string) => {
    const user = findByKey(world.users, 'accessKey', accessKey);
    return user && keysOf(user).secretKey;
  };
  const accessKey = verifyAws(wire, secretOf, now);
  return accessKey === undefined ? undefined : findByKey(world.users, 'accessKey', accessKey);
}

function authorizationOf(ctx: SandboxContext): string {
  return headerValues(ctx.state.exchange.wire, 'authorization')[0] ?? '';
}

function answerMe(ctx: SandboxContext, user: User | undefined, challenge: string) {
  const { entry, wire } = ctx.state.exchange;
  if (!user) {
    entry.refused = 'key';
    ctx.set('WWW-Authenticate', challenge);
    return answerJson(ctx, { error: 'unauthorized' }, 401);
  }
  entry.verified.push('key');
  const text = Buffer.from(wire.body).toString('utf8');
  const query = parseForm(wireQuery(wire)) ?? [];
  const asked = query.filter(([name]) => name !== 'api_key').map(([name, value]) => `${name}=${value}`);
  answerJson(ctx, {
    id: user.id,
    username: user.screenName,
    method: ctx.method,
    query: asked,
    body: text,
  });
}
