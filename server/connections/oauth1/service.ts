/** The parameters of a service that speaks OAuth 1.0a: what they mean, and their defaults. Pure. */
import { KeyObject } from 'node:crypto';
import type { ServiceParams } from '../provider.ts';
import { isPlainObject } from '../reading.ts';
import { legs } from './service-checks.ts';
import type { Transport } from './transport.ts';

/** The parameters with their defaults, as signing and linking need them. */
export interface OAuth1Service {
  consumerKey: string;
  consumerSecret: string;
  /** For the RSA methods, which use neither secret; null while the service has no key. */
  rsaPrivateKey: KeyObject | null;
  legs: Legs;
  /** Whether oauth_token is sent empty where there is no token. */
  sendsEmptyToken: boolean;
  requestTokenUrl: string;
  authenticationUrl: string;
  accessTokenUrl: string;
  signatureMethod: string;
  transport: Transport;
  requestMethod: string;
  accessMethod: string;
  requestParams: Readonly<Record<string, string>>;
  authorizationParams: Readonly<Record<string, string>>;
  accessParams: Readonly<Record<string, string>>;
  /** How the authentication URL calls the request token. */
  authorizationTokenName: string;
  callback: 'url' | 'oob';
  /** Whether oauth_callback is sent with the request-token call. */
  sendsCallback: boolean;
  verifier: 'required' | 'absent';
  /** Fields of the access-token answer that tell who the account is. */
  identityFields: { id: string; name: string };
  version: string | undefined;
  realm: string | undefined;
  bodyHash: string | undefined;
  userAgent: string | undefined;
}

/**
 * `three`: a person consents, and the request is signed with consumer and access token. `two` and `one`: with the
 * consumer alone; the numbers are what the remote services call it. `zero`: with a token that the remote site hands
 * out ready-made, together with its consumer key where the service has none.
 */
export type Legs = (typeof legs)[number];

/** The settings of a service that `checkOAuth1Service` found without fault. */
export function readOAuth1Service(params: ServiceParams): OAuth1Service {
  return {
    consumerKey: textOf(params.client_id) ?? '',
    consumerSecret: typeof params.client_secret === 'string' ? params.client_secret : '',
    rsaPrivateKey: params.rsa_private_key instanceof KeyObject ? params.rsa_private_key : null,
    legs: legsOf(params),
    sendsEmptyToken: params.empty_token === 'sent',
    requestTokenUrl: textOf(params.request_token_url) ?? '',
    authenticationUrl: textOf(params.authentication_url) ?? '',
    accessTokenUrl: textOf(params.access_token_url) ?? '',
    signatureMethod: signatureMethodOf(params),
    transport:
      params.token_transport === 'query' || params.token_transport === 'body'
        ? params.token_transport
        : 'header',
    requestMethod: textOf(params.request_method)?.toUpperCase() ?? 'POST',
    accessMethod: textOf(params.access_method)?.toUpperCase() ?? 'POST',
    requestParams: textsOf(params.request_params),
    authorizationParams: textsOf(params.authorization_params),
    accessParams: textsOf(params.access_params),
    authorizationTokenName: textOf(params.authorization_token_name) ?? 'oauth_token',
    callback: params.callback === 'oob' ? 'oob' : 'url',
    sendsCallback: params.callback_parameter !== 'absent' && !isPushed(params),
    verifier: params.verifier === 'absent' ? 'absent' : 'required',
    identityFields: identityFieldsOf(params.identity),
    version: params.oauth_version === 'absent' ? undefined : '1.0',
    realm: textOf(params.realm),
    bodyHash: textOf(params.body_hash),
    userAgent: textOf(params.user_agent),
  };
}

/** `signature_method`, else Cerb's old misspelling `signature_method_`, else HMAC-SHA1. */
export function signatureMethodOf(params: ServiceParams): string {
  return textOf(params.signature_method) ?? textOf(params.signature_method_) ?? 'HMAC-SHA1';
}

export function legsOf(params: ServiceParams): Legs {
  return legs.find((name) => name === params.legs) ?? 'three';
}

/** Whether the signature is made with a private key. */
export function signsWithRsa(params: ServiceParams): boolean {
  return signatureMethodOf(params).startsWith('RSA-');
}

/** Whether the remote site pushes its keys to an address of ours, in place of asking a person for consent. */
export function isPushed(params: ServiceParams): boolean {
  return params.handshake === 'push';
}

/** An `identity` without an address names fields of the token answer. */
function identityFieldsOf(identity: unknown): { id: string; name: string } {
  const named = isPlainObject(identity) && identity.url === undefined ? identity : {};
  return { id: textOf(named.id) ?? 'user_id', name: textOf(named.name) ?? 'screen_name' };
}

/** A text with something in it; forms send '' for what was left blank. */
export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** The texts of an object by name; what is no text is left out. */
export function textsOf(value: unknown): Record<string, string> {
  if (!isPlainObject(value)) return {};
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, text]) => (typeof text === 'string' ? [[name, text]] : [])),
  );
}
