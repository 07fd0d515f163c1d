/** Where the protocol parameters travel: header, query or form body (RFC 5849 §3.5). Pure. */
import type { OutboundRequest } from '../../delivery/delivery.ts';
import { percentEncode } from './package.ts';
import { hasFormBody, type Pair } from './parameters.ts';
import type { SignedRequest } from './sign.ts';

export const transports = ['header', 'query', 'body'] as const;
export type Transport = (typeof transports)[number];

/**
 * The request as it goes out; its own Authorization header gives way. The base string is the same for every
 * transport. `body` reaches only what can carry a form: requests without one use the header (§3.5 prefers it).
 */
export function placeSignature(
  request: OutboundRequest,
  signed: SignedRequest,
  transport: Transport,
): OutboundRequest {
  const { method } = signed;
  const headers = request.headers.filter(([name]) => name.toLowerCase() !== 'authorization');
  const body = request.body === undefined ? {} : { body: request.body };
  if (transport === 'query') {
    const url = new URL(signed.wireUrl);
    const query = url.search.length > 1 ? `${url.search}&` : '?';
    url.search = `${query}${encodePairs(signed.protocol)}`;
    return { method, url, headers, ...body };
  }
  const url = signed.wireUrl === request.url.href ? request.url : new URL(signed.wireUrl);
  if (transport === 'body' && carriesForm(request)) {
    const form = Buffer.from(request.body ?? []).toString('latin1');
    const filled = `${form}${form === '' ? '' : '&'}${encodePairs(signed.protocol)}`;
    if (!headers.some(([name]) => name.toLowerCase() === 'content-type')) headers.push(formType);
    return { method, url, headers, body: Buffer.from(filled) };
  }
  headers.push(['Authorization', signed.authorizationHeader]);
  return { method, url, headers, ...body };
}

/** Whether the body is a form, or empty on a method whose body servers read. */
export function carriesForm({ method, headers, body }: OutboundRequest): boolean {
  if (hasFormBody({ headers, body: body ?? null })) return true;
  const isEmpty = body === undefined || body.byteLength === 0;
  const hasType = headers.some(([name]) => name.toLowerCase() === 'content-type');
  return isEmpty && !hasType && /^(post|put|patch)$/i.test(method);
}

/** Pairs as a form body or query, percent-encoded as RFC 5849 §3.6 has it (no `+`). */
export function encodePairs(pairs: readonly Pair[]): string {
  return pairs.map(([name, value]) => `${percentEncode(name)}=${percentEncode(value)}`).join('&');
}

export const formType: [string, string] = ['Content-Type', 'application/x-www-form-urlencoded'];
