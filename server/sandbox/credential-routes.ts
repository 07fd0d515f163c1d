/** Keys and tokens by control calls: what a developer's page or a person's settings do at a real service. */
import { createPublicKey, type KeyObject } from 'node:crypto';
import { Router } from '@koa/router';
import type { Consumer, User } from './consumer.ts';
import { refuseStrangers } from './control-routes.ts';
import { answerJson, answerNothing, type SandboxContext, type SandboxState } from './exchange.ts';
import { issueOwnToken } from './issue-own-token.ts';
import { readJsonBody } from './json-body.ts';
import { pushKeys } from './push.ts';
import { Refusal } from './refusal.ts';
import { findUser, type World } from './world.ts';

/** The app is the one that `consumer` names, else the first; the person the one that `user` names, else the first. */
export function credentialRoutes(world: World): Router<SandboxState> {
  const router = new Router<SandboxState>({ prefix: '/_sandbox' });
  router.use((ctx, next) => {
    refuseStrangers(world, ctx);
    return next();
  });

  router.post('/token', (ctx) => {
    const { consumer, user, body } = readWho(world, ctx);
    const own = textsOf(body, 'token', 'secret');
    const issued = issueOwnToken(world, consumer, user, own);
    answerJson(ctx, { oauth_token: issued.token, oauth_token_secret: issued.secret });
  });

  /** Of one token, or every one of the person. */
  router.post('/revoke', (ctx) => {
    const { consumer, user, body } = readWho(world, ctx);
    if (typeof body.token === 'string') world.tokens.revoke(body.token);
    else world.tokens.revokeAll(consumer, user);
    answerNothing(ctx);
  });

  /** A PEM of a public key or a certificate; `next_public_key` is good beside the one before it, null ends it. */
  router.post('/public-key', (ctx) => {
    const { consumer, body } = readWho(world, ctx);
    const { public_key: key, next_public_key: nextKey } = body;
    if (key !== undefined) consumer.publicKey = readKey(key);
    if (nextKey === null) delete consumer.nextPublicKey;
    else if (nextKey !== undefined) consumer.nextPublicKey = readKey(nextKey);
    answerNothing(ctx);
  });

  router.post('/push', async (ctx) => {
    const { consumer, user, body } = readWho(world, ctx);
    const { url } = body;
    if (!world.profile.isPushed || typeof url !== 'string') throw new Refusal('badRequest', 'push');
    answerJson(ctx, { ...(await pushKeys(world, { url, consumer, user })) });
  });

  router.get('/profile', (ctx) => {
    ctx.type = 'application/json; charset=utf-8';
    ctx.body = JSON.stringify(world.profile);
  });

  return router;
}

function readWho(
  world: World,
  ctx: SandboxContext,
): { consumer: Consumer; user: User; body: Record<string, unknown> } {
  const body = readJsonBody(ctx.state.exchange.wire);
  const consumer =
    body.consumer === undefined
      ? [...world.consumers.values()][0]
      : world.consumers.get(String(body.consumer));
  const user = body.user === undefined ? world.users[0] : findUser(world, String(body.user));
  if (!consumer || !user) throw new Refusal('badRequest', 'consumer or user');
  return { consumer, user, body };
}

function textsOf(body: Record<string, unknown>, ...names: ['token', 'secret']) {
  const [token, secret] = names.map((name) => body[name]);
  if (token === undefined && secret === undefined) return undefined;
  if (typeof token !== 'string' || token === '' || typeof secret !== 'string')
    throw new Refusal('badRequest', 'token');
  return { token, secret };
}

function readKey(pem: unknown): KeyObject {
  try {
    return createPublicKey(String(pem));
  } catch {
    throw new Refusal('badRequest', 'public key');
  }
}
