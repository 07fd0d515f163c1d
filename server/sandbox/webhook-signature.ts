/** Signatures between the sandbox and webhooks. Pure, on node:crypto alone. */
import { createHmac } from 'node:crypto';

/** Name of the header that carries one. */
export const signatureHeader = 'x-twitter-webhooks-signature';

/** `sha256=` and the base64 of the HMAC-SHA256 of exactly these bytes, by the consumer secret. */
export function webhookSignature(consumerSecret: string, bytes: string | Uint8Array): string {
  return `sha256=${createHmac('sha256', consumerSecret).update(bytes).digest('base64')}`;
}
