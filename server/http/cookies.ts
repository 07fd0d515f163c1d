/** The three cookies of a browser, and the CSRF token derived from them. Pure. */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { hashSecret } from '../people/secret-hash.ts';

/** `__Host-` makes browsers refuse them from other hosts, other paths and over plain http off this machine. */
export const sessionCookie = '__Host-countersign';
/** One random value per browser; it outlives sign-in and binds link flows. */
export const browserCookie = '__Host-countersign-browser';
/** A sentence for the next page. */
export const noticeCookie = '__Host-countersign-notice';

const attributes = 'Path=/; Secure; HttpOnly; SameSite=Lax';

/** Reads a Cookie header; of a name sent twice the first counts. */
export function parseCookies(header: string | undefined): Map<string, string> {
  const cookies = new Map<string, string>();
  for (const part of (header ?? '').split(';')) {
    const at = part.indexOf('=');
    const name = part.slice(0, Math.max(at, 0)).trim();
    if (name !== '' && !cookies.has(name)) cookies.set(name, part.slice(at + 1).trim());
  }
  return cookies;
}

/** A Set-Cookie value; without `maxAgeSeconds` the cookie ends with the browser. */
export function setCookie(name: string, value: string, maxAgeSeconds?: number): string {
  return `${name}=${value}; ${attributes}${maxAgeSeconds === undefined ? '' : `; Max-Age=${maxAgeSeconds}`}`;
}

export function clearCookie(name: string): string {
  return setCookie(name, '', 0);
}

/** The form token of this browser and session; it changes at every sign-in. */
export function csrfToken(browser: string, session: string | undefined): string {
  return createHmac('sha256', browser)
    .update(`csrf\n${session === undefined ? '' : hashSecret(session)}`)
    .digest('base64url');
}

/** Compares secrets in constant time; unequal lengths are unequal. */
export function sameText(a: string, b: string): boolean {
  const left = Buffer.from(a);
  const right = Buffer.from(b);
  return left.length === right.length && timingSafeEqual(left, right);
}
