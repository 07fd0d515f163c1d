/** Verifies a signed request, check by check. Source: RFC 5849 §3.2. */

import { baseString } from './base-string.ts';
import type { Consumer } from './consumer.ts';
import type { Nonces } from './nonces.ts';
import { type Protocol, readProtocol } from './protocol.ts';
import { Refusal } from './refusal.ts';
import { type SignatureKeys, signatureMethods } from './signature.ts';
import type { WireRequest } from './wire-request.ts';

export interface VerifyDeps {
  consumers: { get(key: string): Consumer | undefined };
  /** With the service's rules for timestamp and nonce. */
  nonces: Nonces;
  /** The clock for this request, in milliseconds. */
  now: number;
  /** Gets the name of every check that held. */
  verified: string[];
}

/** A request whose sender is certain. `parameters`: query and form, decoded, without `oauth_*`. */
export interface SignedRequest<T> {
  consumer: Consumer;
  token: T;
  protocol: ReadonlyMap<string, string>;
  parameters: readonly (readonly [string, string])[];
  /** Where the protocol parameters stood, and the realm beside them. */
  place: Protocol['place'];
  realm: Protocol['realm'];
  /** What was signed. */
  baseString: string;
}

/**
 * Checks protocol parameters, consumer, token, signature, timestamp and nonce, in this order; a nonce counts as used
 * only once the signature held. `findToken` undefined: the request has to come without token. Throws a Refusal.
 */
export function verify<T extends { secret: string; consumer: Consumer } | undefined>(
  deps: VerifyDeps,
  request: WireRequest,
  findToken: ((token: string) => T | undefined) | undefined,
): SignedRequest<T> {
  const { verified } = deps;
  const protocol = readProtocol(request);
  if ('fault' in protocol) throw new Refusal('badAuthentication', `parameters: ${protocol.fault}`);
  const value = (name: string) => protocol.values.get(name) ?? '';

  const consumer = deps.consumers.get(value('oauth_consumer_key'));
  if (!consumer) throw new Refusal('unauthenticated', 'consumer');
  verified.push('consumer');

  const token = findToken?.(value('oauth_token'));
  if (findToken ? token?.consumer !== consumer : value('oauth_token') !== '')
    throw new Refusal('badToken', 'token');
  if (findToken) verified.push('token');

  const method = value('oauth_signature_method');
  const isRight = Object.hasOwn(signatureMethods, method) ? signatureMethods[method] : undefined;
  if (!isRight) throw new Refusal('badAuthentication', 'signature method');
  const base = baseString(request, protocol.signed);
  const isSigned = keysOf(consumer, token?.secret ?? '').some((keys) =>
    isRight(base, value('oauth_signature'), keys),
  );
  if (!isSigned) throw new Refusal('unauthenticated', 'signature');
  verified.push(`signature ${method}`);

  if (protocol.values.has('oauth_timestamp') || protocol.values.has('oauth_nonce')) {
    checkFreshness(deps, consumer.key, value);
  }
  // With `findToken` a token was found above; without it T is `undefined`.
  const { values, parameters, place, realm } = protocol;
  return { consumer, token: token as T, protocol: values, parameters, place, realm, baseString: base };
}

/** One set, or two while the consumer changes its key pair. */
function keysOf({ secret, publicKey, nextPublicKey }: Consumer, tokenSecret: string): SignatureKeys[] {
  const secrets = { consumerSecret: secret, tokenSecret };
  const keys = [publicKey, nextPublicKey].filter((key) => key !== undefined);
  return keys.length === 0 ? [secrets] : keys.map((key) => ({ ...secrets, publicKey: key }));
}

function checkFreshness(
  { nonces, now, verified }: VerifyDeps,
  consumer: string,
  value: (name: string) => string,
): void {
  const { toleranceSeconds, nonceLength } = nonces.rules;
  const timestamp = /^[1-9]\d{0,14}$/.test(value('oauth_timestamp'))
    ? Number(value('oauth_timestamp'))
    : undefined;
  if (timestamp === undefined) throw new Refusal('badAuthentication', 'timestamp');
  const nonce = value('oauth_nonce');
  const use = { consumer, token: value('oauth_token'), timestamp, nonce };
  const nowSeconds = Math.floor(now / 1000);
  if (Math.abs(timestamp - nowSeconds) > toleranceSeconds || !nonces.isInOrder(use))
    throw new Refusal('badTimestamp', 'timestamp');
  verified.push('timestamp');
  if (nonce.length < nonceLength.least || nonce.length > nonceLength.most)
    throw new Refusal('badAuthentication', 'nonce length');
  if (!nonces.use(use, nowSeconds)) throw new Refusal('unauthenticated', 'nonce');
  verified.push('nonce');
}
