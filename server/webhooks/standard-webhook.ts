/** Standard Webhooks (standardwebhooks.com): how a message is signed, and how its signature is checked. Pure. */
import { createHmac, timingSafeEqual } from 'node:crypto';

const prefix = 'whsec_';

/** The parts that the signature covers. */
export interface SignedMessage {
  /** The same for every try. */
  id: string;
  /** Seconds since 1970 of this try. */
  timestamp: number;
  body: string | Uint8Array;
}

/** A secret as it is handed over, of 32 random bytes. */
export function writeSecret(random: Uint8Array): string {
  return prefix + Buffer.from(random).toString('base64');
}

/** The key within a secret, with or without its prefix; undefined for what is none (the standard: 24 to 64 bytes). */
export function keyOfSecret(secret: string): Uint8Array | undefined {
  const text = secret.startsWith(prefix) ? secret.slice(prefix.length) : secret;
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(text)) return undefined;
  const key = Buffer.from(text, 'base64');
  return key.length >= 24 && key.length <= 64 ? key : undefined;
}

/** The value of `webhook-signature`. The key must be one. */
export function signMessage(secret: string, { id, timestamp, body }: SignedMessage): string {
  const key = keyOfSecret(secret);
  if (!key) throw new Error('a secret of standard webhooks has 24 to 64 bytes in base64');
  const mac = createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body);
  return `v1,${mac.digest('base64')}`;
}

/** Why a message is not taken; undefined when one of its signatures is right and it was signed just now. */
export function problemOfMessage(
  secret: string,
  headers: Readonly<Record<string, string>>,
  body: Uint8Array,
  { now, toleranceSeconds }: { now: number; toleranceSeconds: number },
): string | undefined {
  const id = headers['webhook-id'] ?? '';
  const given = headers['webhook-timestamp'] ?? '';
  if (id === '' || !/^\d{1,15}$/.test(given)) return 'webhook-id or webhook-timestamp is missing.';
  const timestamp = Number(given);
  if (Math.abs(now / 1000 - timestamp) > toleranceSeconds) return 'webhook-timestamp is too far from now.';
  const expected = signMessage(secret, { id, timestamp, body });
  const signatures = (headers['webhook-signature'] ?? '').split(/[ ,]*\s[ ,]*/).slice(0, 20);
  return signatures.some((one) => isSameText(one, expected))
    ? undefined
    : 'webhook-signature is not of this secret.';
}

/** Compares in a time that tells nothing of where the texts differ. */
export function isSameText(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
}
