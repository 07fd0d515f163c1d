/** Is this signature right? Pure, on node:crypto alone. Source: RFC 5849 §3.4.2 to §3.4.4. */
import { createHash, createHmac, type KeyObject, timingSafeEqual, verify } from 'node:crypto';
import { percentEncode } from './percent.ts';

/** What a signature is checked against. Without a token the token secret is empty. */
export interface SignatureKeys {
  consumerSecret: string;
  tokenSecret: string;
  /** Only for RSA methods: the consumer's public key. */
  publicKey?: KeyObject;
}

/** The methods that are understood, by their exact name on the wire. */
export const signatureMethods: Readonly<Record<string, SignatureCheck>> = {
  'HMAC-SHA1': hmac('sha1'),
  'HMAC-SHA256': hmac('sha256'),
  'HMAC-SHA512': hmac('sha512'),
  'RSA-SHA1': rsa('sha1'),
  'RSA-SHA256': rsa('sha256'),
  'RSA-SHA512': rsa('sha512'),
  PLAINTEXT: (_base, signature, keys) => isSame(signature, signingKey(keys)),
};

/** True when `signature`, decoded from the wire, is the one that the keys give for the base string. */
export type SignatureCheck = (base: string, signature: string, keys: SignatureKeys) => boolean;

/** Compares two texts in a time that does not depend on where they differ. */
export function isSame(a: string, b: string): boolean {
  return timingSafeEqual(createHash('sha256').update(a).digest(), createHash('sha256').update(b).digest());
}

function hmac(hash: string): SignatureCheck {
  return (base, signature, keys) =>
    isSame(signature, createHmac(hash, signingKey(keys)).update(base).digest('base64'));
}

function rsa(hash: string): SignatureCheck {
  return (base, signature, { publicKey }) =>
    publicKey !== undefined && verify(hash, Buffer.from(base), publicKey, Buffer.from(signature, 'base64'));
}

function signingKey({ consumerSecret, tokenSecret }: SignatureKeys): string {
  return `${percentEncode(consumerSecret)}&${percentEncode(tokenSecret)}`;
}
