/** The endpoints that apps call: request token, access token, revocation. */
import { Router } from '@koa/router';
import { authenticateCall, authenticateConsumer, authenticateRequestToken } from './authenticate.ts';
import { lesserLevel } from './consumer.ts';
import { answerJson, type SandboxContext, type SandboxState } from './exchange.ts';
import { isFaultName } from './faults.ts';
import { writeForm } from './percent.ts';
import { Refusal } from './refusal.ts';
import { isSame } from './signature.ts';
import { type TokenPairs, tokenAnswerType, tokenFaults } from './token-answer.ts';
import { levelOf, type World } from './world.ts';

export function oauthRoutes(world: World): Router<SandboxState> {
  const router = new Router<SandboxState>();
  router.register('/oauth/request_token', ['GET', 'POST'], (ctx) => issueRequestToken(world, ctx));
  router.register('/oauth/access_token', ['GET', 'POST'], (ctx) => issueAccessToken(world, ctx));
  for (const path of ['/1.1/oauth/invalidate_token', '/1.1/oauth/invalidate_token.json']) {
    router.post(path, (ctx) => {
      const { token } = authenticateCall(world, ctx);
      world.tokens.revoke(token.token);
      answerJson(ctx, { access_token: token.token });
    });
  }
  return router;
}

/** First leg (RFC 5849 §2.1). `x_auth_access_type` may ask for less than the app is registered for. */
function issueRequestToken(world: World, ctx: SandboxContext): void {
  const { exchange } = ctx.state;
  const { consumer, protocol, parameters } = authenticateConsumer(world, exchange);
  const callback = protocol.get('oauth_callback');
  if (!callback) throw new Refusal('badAuthentication', 'callback');
  if (!consumer.callbacks.includes(callback)) throw new Refusal('badCallback', 'callback');
  exchange.entry.verified.push('callback');

  const asked = parameters.find(([name]) => name === 'x_auth_access_type')?.[1];
  const cap = asked === 'read' ? 'read' : asked === 'write' ? 'read-write' : 'read-write-directmessages';
  const level = lesserLevel(levelOf(consumer), cap);
  const issued = world.tokens.issueRequest(consumer, callback, level, exchange.now);
  answerTokens(world, ctx, [
    ['oauth_token', issued.token],
    ['oauth_token_secret', issued.secret],
    ['oauth_callback_confirmed', 'true'],
  ]);
}

/** Third leg (RFC 5849 §2.3): a request token is good for one access token. */
function issueAccessToken(world: World, ctx: SandboxContext): void {
  const { exchange } = ctx.state;
  const { consumer, token: request, protocol } = authenticateRequestToken(world, exchange);
  const verifier = protocol.get('oauth_verifier');
  if (!request.approved || !verifier || !isSame(verifier, request.approved.verifier)) {
    throw new Refusal('unauthenticated', 'verifier');
  }
  exchange.entry.verified.push('verifier');
  world.tokens.dropRequest(request.token);

  const { user: approver } = request.approved;
  const another = world.users.find((user) => user !== approver) ?? approver;
  const user = world.faults.take('identity-other', exchange.entry) ? another : approver;
  const issued = world.tokens.issueAccess(consumer, user, request.accessLevel);
  exchange.entry.authenticated = { consumer: consumer.name, user: user.screenName };
  ctx.set('x-access-level', issued.accessLevel);
  answerTokens(world, ctx, [
    ['oauth_token', issued.token],
    ['oauth_token_secret', issued.secret],
    ['user_id', user.id],
    ['screen_name', user.screenName],
  ]);
}

function answerTokens(world: World, ctx: SandboxContext, pairs: TokenPairs): void {
  const { entry } = ctx.state.exchange;
  const spoil = Object.entries(tokenFaults).find(
    ([name]) => isFaultName(name) && world.faults.take(name, entry),
  )?.[1];
  ctx.status = 200;
  ctx.type = tokenAnswerType;
  ctx.body = spoil ? spoil(pairs) : writeForm(pairs);
}
