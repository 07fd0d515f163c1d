/** The params of an OAuth 1.0a service, told from the other side: the profile of a sandbox that behaves like it. Pure. */
import type { Endpoint, EndpointName } from '../sandbox/endpoint.ts';
import type { Lifetime } from '../sandbox/lifetime.ts';
import { type Profile, plain, type Wanted } from '../sandbox/profile.ts';
import { type ProfileFacts, profileFacts } from '../sandbox/profiles.ts';
import type { Place } from '../sandbox/protocol.ts';
import type { RateRule } from '../sandbox/rate-limits.ts';
import type { WireJson } from '../sandbox/wire-json.ts';

type Params = Readonly<Record<string, unknown>>;

/** Reads params by themselves, not through the product's reader; adds what is known under that name beside them. */
export function profileOfService(name: string, title: string, params: Params): Profile {
  const isVerified = params.verifier !== 'absent';
  const isPushed = params.handshake === 'push';
  const isCallbackSent = params.callback_parameter !== 'absent';
  const derived: Profile = {
    ...plain,
    name,
    title,
    origins: originsOf(params),
    endpoints: endpointsOf(params),
    legs: oneOf(params.legs, ['three', 'two', 'one', 'zero']) ?? 'three',
    noToken: params.empty_token === 'sent' ? 'either' : 'absent',
    signatureMethods: [textOf(params.signature_method) ?? textOf(params.signature_method_) ?? 'HMAC-SHA1'],
    transports: [oneOf<Place>(params.token_transport, ['header', 'query', 'body']) ?? 'header'],
    realm: textOf(params.realm) ?? null,
    version: params.oauth_version === 'absent' ? 'refused' : 'optional',
    bodyHash: bodyHashOf(params.body_hash),
    userAgent: textOf(params.user_agent) === undefined ? 'optional' : 'required',
    callback: { at: isPushed ? 'none' : isCallbackSent ? 'request' : 'authorize', match: 'exact' },
    pin:
      params.callback === 'oob'
        ? { asked: isCallbackSent ? 'oob' : 'omitted', digits: 6, isOpen: true }
        : null,
    verifier: isVerified ? 'required' : 'absent',
    wanted: {
      request: wantedOf(params.request_params),
      authorize: wantedOf(params.authorization_params),
      access: wantedOf(params.access_params),
      revoke: wantedOf(objectOf(params.revoke).params),
    },
    authorizeToken: textOf(params.authorization_token_name) ?? 'oauth_token',
    deny: params.denial === 'empty_verifier' ? 'empty-verifier' : 'problem',
    isPushed,
    tokenAnswer: { ...plain.tokenAnswer, fields: tokenFieldsOf(objectOf(params.identity)) },
    keyHeader: keyHeaderOf(objectOf(params.request_header)),
    lifetime: lifetimeOf(objectOf(params.lifetime)),
    rate: rateOf(objectOf(params.rate_headers)),
    identity: { format: 'json', answer: identityOf(objectOf(params.identity)) },
  };
  return withFacts(derived, profileFacts[name] ?? {});
}

/** Those of its addresses, and of allowed hosts that none of them has. */
function originsOf(params: Params): string[] {
  const hosts = Array.isArray(params.allowed_hosts) ? params.allowed_hosts : [];
  const urls = urlsOf(params).flatMap(([, url]) => (URL.canParse(url) ? [new URL(url)] : []));
  const further = hosts.filter((host) => urls.every((url) => url.host !== host));
  return [...new Set([...urls.map((url) => url.origin), ...further.map((host) => `https://${host}`)])];
}

/** Every address of the service's own, and the methods it takes. */
function endpointsOf(params: Params): Endpoint[] {
  return urlsOf(params).flatMap(([of, url, method]) => {
    if (!URL.canParse(url)) return [];
    const { pathname, search } = new URL(url);
    return [{ of, methods: of === 'authorize' ? ['GET', 'POST'] : [method], target: pathname + search }];
  });
}

function urlsOf(params: Params): [EndpointName, string, string][] {
  const identity = objectOf(params.identity);
  const lifetime = objectOf(params.lifetime);
  const revoke = objectOf(params.revoke);
  const all: [EndpointName, unknown, unknown, string][] = [
    ['request', params.request_token_url, params.request_method, 'POST'],
    ['authorize', params.authentication_url, 'GET', 'GET'],
    ['access', params.access_token_url, params.access_method, 'POST'],
    ['identity', identity.url, identity.method, 'GET'],
    ['renew', lifetime.renew_url, lifetime.renew_method, 'GET'],
    ['revoke', revoke.url, revoke.method, 'POST'],
  ];
  return all.flatMap(([of, url, method, usual]) => {
    const text = textOf(url);
    return text === undefined ? [] : [[of, text, textOf(method)?.toUpperCase() ?? usual]];
  });
}

function bodyHashOf(algorithm: unknown): Profile['bodyHash'] {
  const known = oneOf(algorithm, ['sha1', 'sha256']);
  return known ? { algorithm: known, isRequired: true } : null;
}

/** A value in braces is filled in at each link, so that any will do. */
function wantedOf(params: unknown): Wanted {
  return Object.fromEntries(
    Object.entries(objectOf(params)).map(([name, value]) => [
      name,
      typeof value === 'string' && !/^\{.*\}$/.test(value) ? value : null,
    ]),
  );
}

/** Where requests carry what was granted in place of a signature. */
function keyHeaderOf({ name, field }: Params): Profile['keyHeader'] {
  const header = textOf(name);
  return header === undefined ? null : { name: header, holds: field === 'oauth_token' ? 'token' : 'secret' };
}

/** Without a call that tells who it is, the token answer does. */
function tokenFieldsOf(identity: Params): Record<string, string> {
  if (textOf(identity.url) !== undefined) return {};
  return {
    [textOf(identity.id) ?? 'user_id']: '{id}',
    [textOf(identity.name) ?? 'screen_name']: '{screen_name}',
  };
}

/** JSON that holds id and name where the service says. */
function identityOf(identity: Params): WireJson {
  const withId = placed({}, (textOf(identity.id) ?? 'id').split('.'), '{id}');
  return textOf(identity.name) === textOf(identity.id) && textOf(identity.id) !== undefined
    ? withId
    : placed(withId, (textOf(identity.name) ?? 'name').split('.'), '{screen_name}');
}

/** Puts a text at a path; a part of digits alone is a place in a list. */
function placed(into: WireJson | undefined, [key, ...rest]: readonly string[], text: string): WireJson {
  if (key === undefined) return text;
  if (/^\d+$/.test(key)) {
    const items: WireJson[] = Array.isArray(into) ? [...into] : [];
    while (items.length <= Number(key)) items.push({});
    items[Number(key)] = placed(items[Number(key)], rest, text);
    return items;
  }
  // Objects of JSON; lists were made above only.
  const members = objectOf(into) as Record<string, WireJson>;
  return { ...members, [key]: placed(members[key], rest, text) };
}

const hourMs = 3_600_000;

function lifetimeOf({ kind, days, idle_minutes: idle, daily_end: zone }: Params): Lifetime {
  return {
    ...(kind === 'fixed' && typeof days === 'number' && { fixedMs: days * 24 * hourMs }),
    ...(typeof idle === 'number' && { idleMs: idle * 60_000 }),
    ...(typeof zone === 'string' && { dailyEnd: zone }),
    ...(kind === 'session' && { session: { tokenMs: hourMs, handleMs: 30 * 24 * hourMs } }),
  };
}

function rateOf(names: Params): RateRule {
  const headers = ['limit', 'used', 'remaining', 'reset'].flatMap((what) => {
    const name = textOf(names[what]);
    return name === undefined ? [] : [[what, name]];
  });
  return {
    ...plain.rate,
    ...(headers.length > 0 && { headers: Object.fromEntries(headers) }),
    resetKind: oneOf(names.reset_kind, ['epoch', 'seconds', 'http-date']) ?? 'epoch',
    retryAfter: textOf(names.retry_after) === undefined ? null : 'seconds',
  };
}

/** Members of a fact that is an object are added to those that are there. */
function withFacts(derived: Profile, facts: ProfileFacts): Profile {
  const merged = Object.entries(facts).map(([name, fact]) => {
    // The names of facts are those of a profile.
    const before = derived[name as keyof Profile];
    const isObject = typeof fact === 'object' && fact !== null && !Array.isArray(fact);
    return [name, isObject ? { ...objectOf(before), ...fact } : fact];
  });
  return { ...derived, ...Object.fromEntries(merged) };
}

function oneOf<Name extends string>(value: unknown, names: readonly Name[]): Name | undefined {
  return names.find((name) => name === value);
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function objectOf(value: unknown): Params {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
}
