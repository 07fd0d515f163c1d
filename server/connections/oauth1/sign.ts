/** Signing a request with OAuth 1.0a (RFC 5849 §3). Pure: nonce and timestamp are handed in, inputs stay as they are. */
import { createHash, type KeyObject } from 'node:crypto';
import { headerWithPackage, signWithPackage } from './package.ts';
import {
  baseUrlOf,
  checkEncodable,
  hasFormBody,
  type Pair,
  type Parameter,
  readMethod,
  readParameters,
  readUrl,
  refuseProtocolNames,
  type SignableRequest,
  wireUrlOf,
} from './parameters.ts';
import { OAuth1Refusal } from './refusal.ts';
import { findMethod, readRsaKey, signText } from './signature-method.ts';

/** Who signs. `token` null: no oauth_token is sent. An empty secret is a secret; null is a missing one. */
export interface SigningCredentials {
  consumerKey: string;
  consumerSecret: string | null;
  token: string | null;
  tokenSecret: string | null;
  /** PEM, or the key object read from it; for the RSA methods, which use neither secret. */
  rsaPrivateKey?: string | KeyObject | null;
}

/** How it is signed. What is absent is neither sent nor signed. */
export interface SigningParams {
  signatureMethod: string;
  nonce: string;
  /** Whole seconds since 1970. */
  timestamp: number;
  version?: string | undefined;
  callback?: string | undefined;
  verifier?: string | undefined;
  /** Renews a token (OAuth Session extension). */
  sessionHandle?: string | undefined;
  realm?: string | undefined;
  /** Hash of the body's bytes as oauth_body_hash: `sha1` or `sha256`. */
  bodyHash?: string | undefined;
}

export interface SignedRequest {
  method: string;
  /** What must be sent, letter by letter, when the header carries the protocol parameters. */
  wireUrl: string;
  /** RFC 5849 §3.4.1. PLAINTEXT does not use it; published vectors name it all the same. */
  baseString: string;
  /** The parameter string within it (§3.4.1.3.2). */
  readonly normalized: string;
  signature: string;
  authorizationHeader: string;
  /** All that was signed, decoded, with its origin; not the signature. */
  parameters: Parameter[];
  /** The protocol parameters with the signature, for a transport other than the header. */
  protocol: Pair[];
}

/** Signs; throws OAuth1Refusal for what correct servers would read differently from one another. */
export function sign(
  request: SignableRequest,
  credentials: SigningCredentials,
  params: SigningParams,
): SignedRequest {
  const method = readMethod(request.method);
  const url = readUrl(request.url);
  const carried = readParameters(url, request);
  refuseProtocolNames(carried);
  const signatureMethod = findMethod(params.signatureMethod);
  const usesSecrets = signatureMethod.kind !== 'rsa';
  const rsaKey = usesSecrets ? undefined : readRsaKey(signatureMethod, credentials.rsaPrivateKey);
  const secrets = usesSecrets ? secretsOf(credentials) : { consumerSecret: '', tokenSecret: '' };
  const unsigned = protocolPairs(request, credentials, params);
  const parameters = [...carried, ...unsigned.map(protocolParameter)];
  const { baseString, signature } = signWithPackage({
    method,
    baseUrl: baseUrlOf(url),
    parameters,
    signatureMethod: signatureMethod.name,
    ...secrets,
    sign: (text, key) => signText(signatureMethod, text, key, rsaKey),
  });
  const protocol: Pair[] = [...unsigned, ['oauth_signature', signature]];
  return {
    method,
    wireUrl: wireUrlOf(url),
    baseString,
    // Read by few, and dear for what every request pays: made when asked for.
    get normalized() {
      return normalizedOf(baseString);
    },
    signature,
    authorizationHeader: withRealm(headerWithPackage(protocol), params.realm),
    parameters,
    protocol,
  };
}

/** The parameter string inside a base string (RFC 5849 §3.4.1.3.2). */
function normalizedOf(baseString: string): string {
  return decodeURIComponent(baseString.slice(baseString.lastIndexOf('&') + 1));
}

/** The realm as a quoted string in front (RFC 5849 §3.5.1); it is never signed. */
export function withRealm(header: string, realm: string | undefined): string {
  if (realm === undefined) return header;
  checkEncodable(realm, 'The realm');
  if (/\p{Cc}/u.test(realm)) throw new OAuth1Refusal('realm_invalid', 'The realm holds a control character');
  const quoted = realm.replace(/["\\]/g, '\\$&');
  return `OAuth realm="${quoted}", ${header.slice('OAuth '.length)}`;
}

function secretsOf(credentials: SigningCredentials): { consumerSecret: string; tokenSecret: string } {
  const { consumerSecret, token, tokenSecret } = credentials;
  if (typeof consumerSecret !== 'string') {
    throw new OAuth1Refusal('consumer_secret_missing', 'The consumer secret is missing');
  }
  if (token !== null && typeof tokenSecret !== 'string') {
    throw new OAuth1Refusal('token_secret_missing', 'There is a token without its secret');
  }
  checkEncodable(consumerSecret, 'The consumer secret');
  checkEncodable(tokenSecret ?? '', 'The token secret');
  return { consumerSecret, tokenSecret: tokenSecret ?? '' };
}

function protocolPairs(
  request: SignableRequest,
  { consumerKey, token }: SigningCredentials,
  params: SigningParams,
): Pair[] {
  if (typeof consumerKey !== 'string' || consumerKey === '') {
    throw new OAuth1Refusal('consumer_key_missing', 'The consumer key is missing');
  }
  if (params.nonce === '') throw new OAuth1Refusal('nonce_invalid', 'The nonce is empty');
  if (!Number.isSafeInteger(params.timestamp) || params.timestamp <= 0) {
    throw new OAuth1Refusal('timestamp_invalid', 'The timestamp is not a positive whole number of seconds');
  }
  const candidates: [string, string | null | undefined][] = [
    ['oauth_consumer_key', consumerKey],
    ['oauth_token', token],
    ['oauth_signature_method', params.signatureMethod],
    ['oauth_timestamp', String(params.timestamp)],
    ['oauth_nonce', params.nonce],
    ['oauth_version', params.version],
    ['oauth_callback', params.callback],
    ['oauth_verifier', params.verifier],
    ['oauth_session_handle', params.sessionHandle],
    ['oauth_body_hash', bodyHashOf(request, params.bodyHash)],
  ];
  const pairs: Pair[] = [];
  for (const [name, value] of candidates) {
    if (value === undefined || value === null) continue;
    checkEncodable(value, name);
    pairs.push([name, value]);
  }
  return pairs;
}

/** Over the bytes sent, none counting as empty (OAuth Request Body Hash draft 4, §3.1, §4.1.1). */
function bodyHashOf(request: SignableRequest, algorithm: string | undefined): string | undefined {
  if (algorithm === undefined) return undefined;
  if (algorithm !== 'sha1' && algorithm !== 'sha256') {
    throw new OAuth1Refusal('body_hash_unknown', 'The body hash is neither sha1 nor sha256');
  }
  if (hasFormBody(request)) {
    throw new OAuth1Refusal('body_hash_with_form', 'A form body is signed itself and must not be hashed');
  }
  return createHash(algorithm)
    .update(request.body ?? new Uint8Array())
    .digest('base64');
}

function protocolParameter([name, value]: Pair): Parameter {
  return { name, value, origin: 'protocol' };
}
