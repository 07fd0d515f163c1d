/** The RSA key pairs of a service: their states, and the reading of a pasted one. Pure. */
import { createHash, createPublicKey, type KeyObject } from 'node:crypto';
import { OAuth1Refusal, type OAuth1RefusalCode } from './oauth1/refusal.ts';
import { readRsaKey } from './oauth1/signature-method.ts';

export interface ServiceKey {
  id: string;
  serviceId: string;
  /** 1 or 2: of two keys, one signs, and the other is the next or the old one. */
  slot: number;
  bits: number;
  /** SHA-256 of the public key (SubjectPublicKeyInfo, DER), as 64 hexadecimal digits. */
  fingerprint: string;
  /** PEM, to be registered at the remote site. */
  publicKey: string;
  /** PEM; self-signed, for remote sites that ask for a certificate. */
  certificate: string;
  sealedPrivateKey: string;
  /** Whether a person brought it; else it was made here. */
  isPasted: boolean;
  createdAt: number;
  /** The key activated last signs; null for one that never did. */
  activatedAt: number | null;
}

/** `active` signs; `next` never did, `old` did before. */
export type KeyState = 'active' | 'next' | 'old';

/** Sizes that are offered; the first is made unless another is asked for. */
export const keySizes = [2048, 3072, 4096] as const;

/** Above, a signature takes longer than most remote services do. */
const maxBits = 8192;
const maxLength = 20_000;

/** The key that signs; undefined while the service has none. */
export function activeKeyOf(keys: readonly ServiceKey[]): ServiceKey | undefined {
  const activated = keys.filter(({ activatedAt }) => activatedAt !== null);
  return activated.sort((a, b) => (b.activatedAt ?? 0) - (a.activatedAt ?? 0))[0];
}

export function stateOf(key: ServiceKey, keys: readonly ServiceKey[]): KeyState {
  if (activeKeyOf(keys)?.id === key.id) return 'active';
  return key.activatedAt === null ? 'next' : 'old';
}

/** What may be known of a private key, for its row. */
export function publicFactsOf(
  privateKey: KeyObject,
): Pick<ServiceKey, 'bits' | 'fingerprint' | 'publicKey'> & { spki: Buffer } {
  const key = createPublicKey(privateKey);
  const spki = key.export({ type: 'spki', format: 'der' });
  return {
    bits: key.asymmetricKeyDetails?.modulusLength ?? 0,
    fingerprint: createHash('sha256').update(spki).digest('hex'),
    publicKey: key.export({ type: 'spki', format: 'pem' }).toString(),
    spki,
  };
}

/** The private key in a text that a person pasted, or what is wrong with it; no part of the text stands in that. */
export function readPastedKey(text: string): { key: KeyObject } | { fault: string } {
  if (text.length > maxLength) return { fault: sentences.rsa_key_unreadable };
  try {
    const key = readRsaKey({ kind: 'rsa', hash: 'sha256', minimumBits: keySizes[0] }, text.trim());
    const isTooLong = (key.asymmetricKeyDetails?.modulusLength ?? 0) > maxBits;
    return isTooLong ? { fault: `The key has more than ${maxBits} bits` } : { key };
  } catch (error) {
    if (!(error instanceof OAuth1Refusal)) throw error;
    return { fault: sentences[error.code] ?? error.message };
  }
}

const sentences = {
  rsa_key_missing: 'Paste the private key',
  rsa_key_unreadable:
    'This is no private key in PEM form, the text from -----BEGIN PRIVATE KEY----- to its END line; from a .p12 file it comes by: openssl pkcs12 -in FILE -nocerts -nodes',
  rsa_key_encrypted:
    'The key is protected by a passphrase; paste what this writes: openssl pkey -in FILE -out -',
  rsa_key_public: 'This is the public key or a certificate; the private key is needed',
  rsa_key_not_rsa: 'This is no RSA key',
  rsa_key_too_short: `The key has fewer than ${keySizes[0]} bits; make a new one`,
} satisfies Partial<Record<OAuth1RefusalCode, string>> as Partial<Record<OAuth1RefusalCode, string>> & {
  rsa_key_unreadable: string;
};
