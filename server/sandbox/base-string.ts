/** The text that is signed, rebuilt from the request that arrived. Pure. */
import { percentEncode } from './percent.ts';
import { type WireRequest, wirePath } from './wire-request.ts';

/**
 * Signature base string. `parameters` are decoded: query, form body and protocol parameters of the header without
 * `realm` and `oauth_signature`. Source: RFC 5849 §3.4.1.1.
 */
export function baseString(request: WireRequest, parameters: readonly (readonly [string, string])[]): string {
  return [request.method.toUpperCase(), baseStringUri(request), normalizeParameters(parameters)]
    .map(percentEncode)
    .join('&');
}

/** Scheme and host in lower case, no default port, the path as sent. Source: RFC 5849 §3.4.1.2. */
export function baseStringUri(request: WireRequest): string {
  const [, name = '', port = ''] = /^(.*?)(?::(\d*))?$/.exec(request.host.toLowerCase()) ?? [];
  const defaultPort = request.scheme === 'https' ? 443 : 80;
  const shownPort = port === '' || Number(port) === defaultPort ? '' : `:${Number(port)}`;
  return `${request.scheme}://${name}${shownPort}${wirePath(request) || '/'}`;
}

/** Encoded first, then sorted by octets, name before value, doubles kept. Source: RFC 5849 §3.4.1.3.2. */
export function normalizeParameters(parameters: readonly (readonly [string, string])[]): string {
  return parameters
    .map(([name, value]) => [percentEncode(name), percentEncode(value)] as const)
    .sort(([aName, aValue], [bName, bValue]) => compare(aName, bName) || compare(aValue, bValue))
    .map(([name, value]) => `${name}=${value}`)
    .join('&');
}

// Encoded text is ASCII, so comparing UTF-16 units compares octets.
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
