/** What kind of remote service the sandbox plays: everything in which services differ, as data. Pure. */
import type { BodyHashRule } from './body-hash.ts';
import type { Endpoint } from './endpoint.ts';
import type { Lifetime } from './lifetime.ts';
import { type Freshness, usualFreshness } from './nonces.ts';
import type { Place } from './protocol.ts';
import type { RateRule } from './rate-limits.ts';
import { signatureMethods } from './signature.ts';
import type { WireJson } from './wire-json.ts';

/** Parameters that a step has to carry: the value it must have, or null for any that is not empty. */
export type Wanted = Readonly<Record<string, string | null>>;

/** In token answers, callbacks and identities `{id}`, `{name}`, `{screen_name}` stand for the person. */
export interface Profile {
  /** As `--profile` calls it. */
  name: string;
  /** What the pages call the service. */
  title: string;
  /** Origins of the real service, which signatures cover unless the sandbox is told others. */
  origins: readonly string[];
  /** `any`: whatever is no endpoint answers who may call with what was asked. */
  api: 'twitter' | 'any';
  endpoints: readonly Endpoint[];

  /** `three`: a person lets the app in. `two`, `one`: calls are signed by the app alone. `zero`: with a token at hand. */
  legs: 'three' | 'two' | 'one' | 'zero';
  /** How a request without token says so. */
  noToken: 'absent' | 'empty' | 'either';
  /** `any`: whoever calls is an app by the name it gives, with an empty secret. */
  consumers: 'registered' | 'any';

  signatureMethods: readonly string[];
  transports: readonly Place[];
  /** What the header has to name; null when it does not matter. */
  realm: string | null;
  version: 'optional' | 'required' | 'refused';
  /** Null when oauth_body_hash is signed like any other parameter and not looked at. */
  bodyHash: BodyHashRule | null;
  userAgent: 'optional' | 'required';
  freshness: Freshness;

  /** Where the callback is told, and how it is compared with the registered ones; `none`: the service has no use for one. */
  callback: { at: 'request' | 'authorize' | 'none'; match: 'exact' | 'prefix' | 'any' };
  /** How the PIN way is asked for, and the digits of a PIN; `isOpen`: to every app, not just those registered for it. */
  pin: { asked: 'oob' | 'omitted'; digits: number; isOpen: boolean } | null;
  /** `absent`: OAuth 1.0, before verifier and confirmation. */
  verifier: 'required' | 'absent';
  wanted: { request: Wanted; authorize: Wanted; access: Wanted; revoke: Wanted };
  /** How the consent address calls the request token. */
  authorizeToken: string;
  /** What the callback tells when the person says no. */
  deny: 'denied' | 'problem' | 'empty-verifier' | 'nothing';
  /** Further parameters of the callback. */
  callbackFields: Readonly<Record<string, string>>;
  /** A shop that sends its keys to the app itself, and asks nobody later. */
  isPushed: boolean;

  tokenAnswer: { format: 'form' | 'json'; type: string; fields: Readonly<Record<string, string>> };
  /** Calls carry the token, or its secret, in this header and no signature; null where they are signed. */
  keyHeader: { name: string; holds: 'token' | 'secret' } | null;
  /** The same token again for the same app and person. */
  reusesTokens: boolean;
  lifetime: Lifetime;
  rate: RateRule;
  /** `jwt`: signed with the consumer secret (HS256), about the person and the request. */
  identity: { format: 'json' | 'jwt'; answer: WireJson };
  /** `codes`: a list of numbered errors. `problem`: oauth_problem in header and body. `text`: a line that begins with Error. */
  errors: 'codes' | 'problem' | 'text';
}

const either = ['GET', 'POST'];

/** The one the sandbox plays unless told otherwise. */
export const twitter: Profile = {
  name: 'twitter',
  title: 'Sandbox',
  origins: ['api.twitter.com', 'api.x.com', 'upload.twitter.com', 'upload.x.com'].map(
    (host) => `https://${host}`,
  ),
  api: 'twitter',
  endpoints: [
    { of: 'request', methods: either, target: '/oauth/request_token' },
    { of: 'authorize', methods: either, target: '/oauth/authorize' },
    { of: 'authorize', methods: either, target: '/oauth/authenticate' },
    { of: 'access', methods: either, target: '/oauth/access_token' },
    { of: 'revoke', methods: ['POST'], target: '/1.1/oauth/invalidate_token' },
    { of: 'revoke', methods: ['POST'], target: '/1.1/oauth/invalidate_token.json' },
  ],
  legs: 'three',
  noToken: 'either',
  consumers: 'registered',
  signatureMethods: Object.keys(signatureMethods),
  transports: ['header', 'query', 'body'],
  realm: null,
  version: 'optional',
  bodyHash: null,
  userAgent: 'optional',
  freshness: usualFreshness,
  callback: { at: 'request', match: 'exact' },
  pin: { asked: 'oob', digits: 7, isOpen: false },
  verifier: 'required',
  wanted: { request: {}, authorize: {}, access: {}, revoke: {} },
  authorizeToken: 'oauth_token',
  deny: 'denied',
  callbackFields: {},
  isPushed: false,
  // A form that is called text/html.
  tokenAnswer: {
    format: 'form',
    type: 'text/html;charset=utf-8',
    fields: { user_id: '{id}', screen_name: '{screen_name}' },
  },
  keyHeader: null,
  reusesTokens: true,
  lifetime: {},
  rate: {
    limit: 900,
    windowMs: 15 * 60_000,
    per: 'route',
    headers: {
      limit: 'x-rate-limit-limit',
      remaining: 'x-rate-limit-remaining',
      reset: 'x-rate-limit-reset',
    },
    resetKind: 'epoch',
    retryAfter: null,
  },
  identity: { format: 'json', answer: { id: '{id:number}', name: '{name}' } },
  errors: 'codes',
};

/** A service that does as RFC 5849 says and asks for nothing more; what a profile is made from. */
export const plain: Profile = {
  ...twitter,
  name: 'plain',
  title: 'Plain service',
  origins: [],
  api: 'any',
  endpoints: [
    { of: 'request', methods: either, target: '/oauth/request_token' },
    { of: 'authorize', methods: either, target: '/oauth/authorize' },
    { of: 'access', methods: either, target: '/oauth/access_token' },
    { of: 'revoke', methods: ['POST'], target: '/oauth/revoke' },
    { of: 'renew', methods: either, target: '/oauth/renew' },
    { of: 'identity', methods: either, target: '/me' },
  ],
  pin: { asked: 'oob', digits: 6, isOpen: true },
  deny: 'problem',
  tokenAnswer: { format: 'form', type: 'application/x-www-form-urlencoded', fields: {} },
  reusesTokens: false,
  identity: { format: 'json', answer: { id: '{id}', name: '{screen_name}' } },
  errors: 'problem',
};

/** The service that pages say is played; null for the one that has pages of its own. */
export function playedTitle({ api, title }: Profile): string | null {
  return api === 'any' ? title : null;
}
