/** The challenge (CRC) and the signature of webhooks. Pure. */
import { createHmac, timingSafeEqual } from 'node:crypto';

const header = 'x-twitter-webhooks-signature';
const scheme = 'sha256=';

/** `sha256=` and the standard base64 of HMAC-SHA256 over the bytes; the key is the consumer secret. */
export function signatureOf(bytes: Uint8Array | string, secret: string): string {
  return scheme + createHmac('sha256', secret).update(bytes).digest('base64');
}

/** Whether the header holds the signature of exactly these bytes. Over digests, in constant time. */
export function isSigned(
  bytes: Uint8Array | string,
  headers: Readonly<Record<string, string>>,
  secret: string,
): boolean {
  const given = Object.hasOwn(headers, header) ? headers[header] : undefined;
  if (secret === '' || !given?.startsWith(scheme)) return false;
  const theirs = Buffer.from(given);
  const ours = Buffer.from(signatureOf(bytes, secret));
  return theirs.length === ours.length && timingSafeEqual(theirs, ours);
}

/**
 * Answers a challenge. Its signature is over the literal query; X's current documents leave it out, so without one
 * it is answered too. Challenge and body are signed with the same key in the same way: who may choose any token could
 * have a body signed by us, so a token that could be JSON of an event is refused.
 */
export function answerChallenge(
  rawQuery: string,
  headers: Readonly<Record<string, string>>,
  secret: string,
): { ok: boolean; body: string } | undefined {
  const query = rawQuery.replace(/^\?/, '');
  const token = new URLSearchParams(query).get('crc_token');
  if (token === null || token === '') return undefined;
  const isForged = Object.hasOwn(headers, header) && !isSigned(query, headers, secret);
  if (isForged || secret === '' || !/^[\w\-+/=.~: ]{1,512}$/.test(token)) return { ok: false, body: '' };
  return { ok: true, body: JSON.stringify({ response_token: signatureOf(token, secret) }) };
}
