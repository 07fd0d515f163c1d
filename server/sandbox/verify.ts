/** Verifies a signed request, check by check. Source: RFC 5849 §3.2. */

import { baseString } from './base-string.ts';
import type { Consumer } from './consumer.ts';
import { type Nonces, timestampToleranceSeconds } from './nonces.ts';
import { readProtocol } from './protocol.ts';
import { Refusal } from './refusal.ts';
import { signatureMethods } from './signature.ts';
import type { WireRequest } from './wire-request.ts';

export interface VerifyDeps {
  consumers: ReadonlyMap<string, Consumer>;
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
  const keys = {
    consumerSecret: consumer.secret,
    tokenSecret: token?.secret ?? '',
    ...(consumer.publicKey && { publicKey: consumer.publicKey }),
  };
  if (!isRight(baseString(request, protocol.signed), value('oauth_signature'), keys)) {
    throw new Refusal('unauthenticated', 'signature');
  }
  verified.push(`signature ${method}`);

  if (protocol.values.has('oauth_timestamp') || protocol.values.has('oauth_nonce')) {
    checkFreshness(deps, consumer.key, value);
  }
  // With `findToken` a token was found above; without it T is `undefined`.
  return { consumer, token: token as T, protocol: protocol.values, parameters: protocol.parameters };
}

function checkFreshness(deps: VerifyDeps, consumer: string, value: (name: string) => string): void {
  const timestamp = /^[1-9]\d{0,14}$/.test(value('oauth_timestamp'))
    ? Number(value('oauth_timestamp'))
    : undefined;
  if (timestamp === undefined) throw new Refusal('badAuthentication', 'timestamp');
  const nowSeconds = Math.floor(deps.now / 1000);
  if (Math.abs(timestamp - nowSeconds) > timestampToleranceSeconds)
    throw new Refusal('badTimestamp', 'timestamp');
  deps.verified.push('timestamp');
  const nonce = value('oauth_nonce');
  if (
    nonce === '' ||
    !deps.nonces.use({ consumer, token: value('oauth_token'), timestamp, nonce }, nowSeconds)
  ) {
    throw new Refusal('unauthenticated', 'nonce');
  }
  deps.verified.push('nonce');
}
