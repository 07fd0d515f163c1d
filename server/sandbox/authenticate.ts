/** Who signed this request, and may they do what they ask? Verifies, keeps the journal, counts. */
import type { AccessLevel } from './consumer.ts';
import type { Exchange, SandboxContext } from './exchange.ts';
import { Refusal } from './refusal.ts';
import { type AccessToken, type RequestToken, requestTokenLifeMs } from './tokens.ts';
import { type SignedRequest, verify } from './verify.ts';
import type { World } from './world.ts';

/** First leg: signed by the app alone. */
export function authenticateConsumer(world: World, exchange: Exchange): SignedRequest<undefined> {
  return authenticate<undefined>(world, exchange, undefined);
}

/** Third leg: signed with an unexpired request token and its secret. */
export function authenticateRequestToken(world: World, exchange: Exchange): SignedRequest<RequestToken> {
  const isExpired = world.faults.take('expire-request-tokens', exchange.entry) !== undefined;
  const now = exchange.now + (isExpired ? requestTokenLifeMs : 0);
  return authenticate(world, exchange, (token) => world.tokens.findRequest(token, now));
}

/** A call of the API: signed with an access token whose level suffices, within the rate limit of the route. */
export function authenticateCall(
  world: World,
  ctx: SandboxContext & { _matchedRoute?: string | RegExp },
  needed: AccessLevel = 'read',
): SignedRequest<AccessToken> {
  const { exchange } = ctx.state;
  const signed = authenticate(world, exchange, world.tokens.findAccess);
  const { token, user, accessLevel } = signed.token;
  exchange.entry.authenticated = { consumer: signed.consumer.name, user: user.screenName };
  ctx.set('x-access-level', accessLevel);
  const rate = world.rateLimits.count(token, `${ctx.method} ${ctx._matchedRoute}`, exchange.now);
  ctx.set('x-rate-limit-limit', String(rate.limit));
  ctx.set('x-rate-limit-remaining', String(rate.remaining));
  ctx.set('x-rate-limit-reset', String(rate.reset));
  if (rate.isExhausted) throw new Refusal('rateLimited', 'rate limit');
  if (needed !== 'read') {
    if (accessLevel === 'read') throw new Refusal('readOnly', 'access level');
    exchange.entry.verified.push('access level');
  }
  return signed;
}

function authenticate<T extends RequestToken | AccessToken | undefined>(
  world: World,
  { now, wire, entry }: Exchange,
  findToken: ((token: string) => T | undefined) | undefined,
): SignedRequest<T> {
  const deps = { consumers: world.consumers, nonces: world.nonces, now, verified: entry.verified };
  const signed = verify(deps, wire, findToken);
  entry.authenticated = { consumer: signed.consumer.name, user: null };
  if (world.faults.take('nonce-used-once', entry)) throw new Refusal('unauthenticated', 'nonce');
  return signed;
}
