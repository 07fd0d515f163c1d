/** Who signed this request, and may they do what they ask? Verifies, keeps the journal, counts. */
import { type AccessLevel, type Consumer, lesserLevel } from './consumer.ts';
import type { Exchange, SandboxContext } from './exchange.ts';
import type { RateState } from './rate-limits.ts';
import { Refusal } from './refusal.ts';
import { type AccessToken, type RequestToken, requestTokenLifeMs } from './tokens.ts';
import { type SignedRequest, verify } from './verify.ts';
import { headerValues } from './wire-request.ts';
import type { World } from './world.ts';

type RoutedContext = SandboxContext & { _matchedRoute?: string | RegExp };

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
  ctx: RoutedContext,
  needed: AccessLevel = 'read',
): SignedRequest<AccessToken> {
  const { exchange } = ctx.state;
  const signed = authenticate(world, exchange, world.tokens.findAccess);
  const { token, user, accessLevel } = signed.token;
  exchange.entry.authenticated = { consumer: signed.consumer.name, user: user.screenName };
  ctx.set('x-access-level', accessLevel);
  countCall(world, ctx, token);
  if (needed !== 'read') {
    if (accessLevel === 'read') throw new Refusal('readOnly', 'access level');
    if (lesserLevel(accessLevel, needed) !== needed) throw new Refusal('noMessages', 'access level');
    exchange.entry.verified.push('access level');
  }
  return signed;
}

/** A call by the app itself, with its bearer token. */
export function authenticateApp(world: World, ctx: RoutedContext): Consumer {
  const { entry, wire } = ctx.state.exchange;
  const [, bearer = ''] = /^Bearer (\S+)$/.exec(headerValues(wire, 'authorization')[0] ?? '') ?? [];
  if (bearer === '') throw new Refusal('badAuthentication', 'bearer');
  const consumer = world.bearers.find(bearer);
  if (!consumer) throw new Refusal('badToken', 'bearer');
  entry.verified.push('bearer');
  entry.authenticated = { consumer: consumer.name, user: null };
  countCall(world, ctx, bearer);
  return consumer;
}

/** By bearer token or signature, whichever came. */
export function authenticateAppOrCall(world: World, ctx: RoutedContext): Consumer {
  const isBearer = headerValues(ctx.state.exchange.wire, 'authorization')[0]?.startsWith('Bearer ');
  return isBearer ? authenticateApp(world, ctx) : authenticateCall(world, ctx).consumer;
}

/** One more message in the person's and the app's day. */
export function countMessage(world: World, ctx: SandboxContext, { user, consumer }: AccessToken): void {
  const { now } = ctx.state.exchange;
  const days = {
    user: world.messageLimits.user.count(user.id, consumer.key, now),
    app: world.messageLimits.app.count(consumer.key, '', now),
  };
  for (const [name, rate] of Object.entries(days)) tellRate(ctx, `x-${name}-limit-24hour`, rate);
  if (days.user.isExhausted || days.app.isExhausted) throw new Refusal('rateLimited', 'day limit');
}

/** Writes the three headers of a window. */
export function tellRate(ctx: SandboxContext, prefix: string, rate: Omit<RateState, 'isExhausted'>): void {
  ctx.set(`${prefix}-limit`, String(rate.limit));
  ctx.set(`${prefix}-remaining`, String(rate.remaining));
  ctx.set(`${prefix}-reset`, String(rate.reset));
}

function countCall(world: World, ctx: RoutedContext, token: string): void {
  const { now } = ctx.state.exchange;
  const rate = world.rateLimits.count(token, `${ctx.method} ${ctx._matchedRoute}`, now);
  tellRate(ctx, 'x-rate-limit', rate);
  if (rate.isExhausted) throw new Refusal('rateLimited', 'rate limit');
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
