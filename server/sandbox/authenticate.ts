/** Who signed this request, and may they do what they ask? Verifies, keeps the journal, counts. */
import { type AccessLevel, type Consumer, lesserLevel } from './consumer.ts';
import { checkDemands, checkNoToken } from './demands.ts';
import type { Exchange, SandboxContext } from './exchange.ts';
import { authenticateKey } from './granted-key.ts';
import { stateOf } from './lifetime.ts';
import { type RateState, rateHeaders } from './rate-limits.ts';
import { Refusal } from './refusal.ts';
import { type AccessToken, type RequestToken, requestTokenLifeMs } from './tokens.ts';
import { type SignedRequest, verify } from './verify.ts';
import { headerValues } from './wire-request.ts';
import { findConsumer, levelOf, otherUser, type World } from './world.ts';

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

/**
 * A call of the API, within the rate limit of the route: signed with a live access token whose level suffices, or
 * where the service knows no persons by the app alone, in the name of its owner.
 */
export function authenticateCall(
  world: World,
  ctx: RoutedContext,
  needed: AccessLevel = 'read',
): SignedRequest<AccessToken> {
  const { exchange } = ctx.state;
  const signed = isAppAlone(world) ? authenticateOwner(world, exchange) : authenticateLive(world, exchange);
  const { token, consumer, user, accessLevel } = signed.token;
  exchange.entry.authenticated = { consumer: signed.consumer.name, user: user.screenName };
  if (world.profile.api === 'twitter') ctx.set('x-access-level', accessLevel);
  countCall(world, ctx, token || consumer.key);
  if (needed !== 'read') {
    if (accessLevel === 'read') throw new Refusal('readOnly', 'access level');
    if (lesserLevel(accessLevel, needed) !== needed) throw new Refusal('noMessages', 'access level');
    exchange.entry.verified.push('access level');
  }
  return world.faults.take('identity-drift', exchange.entry)
    ? { ...signed, token: { ...signed.token, user: otherUser(world, user) } }
    : signed;
}

/** Signed with an access token that may have ended by itself: a session handle asks no more. */
export function authenticateAccess(world: World, exchange: Exchange): SignedRequest<AccessToken> {
  const signed = authenticate(world, exchange, (token) => findAccess(world, token));
  exchange.entry.authenticated = { consumer: signed.consumer.name, user: signed.token.user.screenName };
  return signed;
}

/** Signed with an access token that is good or sleeps: what wakes it asks no more. */
export function authenticateSleeper(world: World, exchange: Exchange): SignedRequest<AccessToken> {
  const signed = authenticateAccess(world, exchange);
  if (stateOf(signed.token, world.profile.lifetime, exchange.now) === 'expired')
    throw new Refusal('badToken', 'token expired');
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

/** Writes the headers of the service's own window. */
export function tellBudget(world: World, ctx: SandboxContext, rate: RateState): void {
  for (const [name, value] of rateHeaders(world.profile.rate, rate, ctx.state.exchange.now))
    ctx.set(name, value);
}

/** Writes the three headers of another window. */
export function tellRate(ctx: SandboxContext, prefix: string, rate: Omit<RateState, 'isExhausted'>): void {
  ctx.set(`${prefix}-limit`, String(rate.limit));
  ctx.set(`${prefix}-remaining`, String(rate.remaining));
  ctx.set(`${prefix}-reset`, String(rate.reset));
}

function countCall(world: World, ctx: RoutedContext, token: string): void {
  const { now } = ctx.state.exchange;
  const { rate: rule, api } = world.profile;
  // Where any path is answered, one pattern of the router stands for all of them.
  const route = api === 'any' ? ctx.path : ctx._matchedRoute;
  const key = rule.per === 'route' ? `${ctx.method} ${route}` : '';
  const rate = world.rateLimits.count(token, key, now);
  tellBudget(world, ctx, rate);
  if (rate.isExhausted) throw new Refusal('rateLimited', 'rate limit');
}

function isAppAlone({ profile }: World): boolean {
  return profile.legs === 'one' || profile.legs === 'two';
}

function authenticateLive(world: World, exchange: Exchange): SignedRequest<AccessToken> {
  const { keyHeader, lifetime } = world.profile;
  const signed = keyHeader
    ? authenticateKey(world, exchange, keyHeader)
    : authenticateAccess(world, exchange);
  const state = stateOf(signed.token, lifetime, exchange.now);
  if (state !== 'live') throw new Refusal('badToken', `token ${state}`);
  signed.token.usedAt = exchange.now;
  return signed;
}

/** The app's owner is the first person. */
function authenticateOwner(world: World, exchange: Exchange): SignedRequest<AccessToken> {
  const signed = authenticate<undefined>(world, exchange, undefined);
  const { consumer } = signed;
  const [user] = world.users;
  if (!user) throw new Refusal('badToken', 'owner');
  checkNoToken(world.profile, signed.protocol);
  const token = {
    token: '',
    secret: '',
    consumer,
    user,
    accessLevel: levelOf(consumer),
    issuedAt: exchange.now,
    usedAt: exchange.now,
    endsAt: null,
  };
  return { ...signed, token };
}

function findAccess(world: World, token: string): AccessToken | undefined {
  if (world.tokens.isRevoked(token)) throw new Refusal('badToken', 'token revoked');
  return world.tokens.findAccess(token);
}

function authenticate<T extends RequestToken | AccessToken | undefined>(
  world: World,
  { now, wire, entry }: Exchange,
  findToken: ((token: string) => T | undefined) | undefined,
): SignedRequest<T> {
  const consumers = { get: (key: string) => findConsumer(world, key) };
  const deps = { consumers, nonces: world.nonces, now, verified: entry.verified };
  const signed = verify(deps, wire, findToken);
  entry.authenticated = { consumer: signed.consumer.name, user: null };
  checkDemands(world.profile, { wire, signed }, entry.verified);
  if (world.faults.take('nonce-used-once', entry) || world.faults.take('nonce-used', entry))
    throw new Refusal('unauthenticated', 'nonce');
  return signed;
}
