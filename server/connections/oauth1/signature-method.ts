/** The signature methods as rows of one table (RFC 5849 §3.4; the SHA-2 ones by the same pattern). Pure. */
import { createHmac, createPrivateKey, KeyObject, sign } from 'node:crypto';
import { OAuth1Refusal } from './refusal.ts';

/** How a method makes a signature. */
interface Method {
  kind: 'hmac' | 'rsa' | 'plaintext';
  hash: string;
  /** Smallest modulus accepted. RFC-era services still hold 1024-bit keys for RSA-SHA1. */
  minimumBits: number;
}

const methods = {
  'HMAC-SHA1': { kind: 'hmac', hash: 'sha1', minimumBits: 0 },
  'HMAC-SHA256': { kind: 'hmac', hash: 'sha256', minimumBits: 0 },
  'HMAC-SHA512': { kind: 'hmac', hash: 'sha512', minimumBits: 0 },
  'RSA-SHA1': { kind: 'rsa', hash: 'sha1', minimumBits: 1024 },
  'RSA-SHA256': { kind: 'rsa', hash: 'sha256', minimumBits: 2048 },
  'RSA-SHA512': { kind: 'rsa', hash: 'sha512', minimumBits: 2048 },
  PLAINTEXT: { kind: 'plaintext', hash: '', minimumBits: 0 },
} as const satisfies Record<string, Method>;

export type SignatureMethodName = keyof typeof methods;

/** Every method's name, in the order in which they are offered. */
// Object.keys gives exactly the keys of the literal above.
export const signatureMethodNames = Object.keys(methods) as SignatureMethodName[];

/** The method of this name, exactly as written; an unknown one is refused, never replaced by another. */
export function findMethod(name: string): Method & { name: SignatureMethodName } {
  const known = byName.get(name);
  if (known === undefined) {
    throw new OAuth1Refusal(
      'signature_method_unknown',
      `The signature method is not one of ${signatureMethodNames.join(', ')}`,
    );
  }
  return known;
}

const byName = new Map<string, Method & { name: SignatureMethodName }>(
  signatureMethodNames.map((name) => [name, { ...methods[name], name }]),
);

/** The signature over a base string; `key` is that of RFC 5849 §3.4.2. PLAINTEXT answers the key itself (§3.4.4). */
export function signText(method: Method, baseString: string, key: string, rsaKey?: KeyObject): string {
  if (method.kind === 'plaintext') return key;
  if (method.kind === 'hmac') return createHmac(method.hash, key).update(baseString).digest('base64');
  if (rsaKey === undefined) throw new OAuth1Refusal('rsa_key_missing', 'RSA signatures need a private key');
  return sign(method.hash, Buffer.from(baseString), rsaKey).toString('base64');
}

/**
 * The private key for an RSA method, from PEM or as read before (reading costs more than signing). Messages
 * never hold key material.
 */
export function readRsaKey(method: Method, key: string | KeyObject | null | undefined): KeyObject {
  if (key === null || key === undefined || key === '') {
    throw new OAuth1Refusal('rsa_key_missing', 'RSA signatures need a private key');
  }
  const read = key instanceof KeyObject ? key : parsePem(key);
  if (read.type !== 'private') throw new OAuth1Refusal('rsa_key_public', 'The key is not a private key');
  if (read.asymmetricKeyType !== 'rsa') {
    throw new OAuth1Refusal('rsa_key_not_rsa', 'The private key is not an RSA key');
  }
  if ((read.asymmetricKeyDetails?.modulusLength ?? 0) < method.minimumBits) {
    throw new OAuth1Refusal('rsa_key_too_short', `The RSA key has fewer than ${method.minimumBits} bits`);
  }
  return read;
}

function parsePem(pem: string): KeyObject {
  if (/-----BEGIN [A-Z ]*PUBLIC KEY-----|-----BEGIN CERTIFICATE-----/.test(pem)) {
    throw new OAuth1Refusal('rsa_key_public', 'The key is a public key or certificate, not the private key');
  }
  if (/-----BEGIN ENCRYPTED PRIVATE KEY-----|^Proc-Type: 4,ENCRYPTED/m.test(pem)) {
    throw new OAuth1Refusal('rsa_key_encrypted', 'The private key is protected by a passphrase');
  }
  try {
    return createPrivateKey(pem);
  } catch {
    throw new OAuth1Refusal('rsa_key_unreadable', 'The private key is not a PEM private key');
  }
}
