/** How secrets that only need recognising are kept: session ids, API keys, one-time codes. Pure. */
import { createHash } from 'node:crypto';

/** SHA-256, base64url (43 characters). Enough for secrets of 256 random bits; never for passwords. */
export function hashSecret(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('base64url');
}
