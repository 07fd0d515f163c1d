/** Who is at the other end of the socket. Pure. */
import ipaddr from 'ipaddr.js';

/**
 * The caller's address: the socket's, or, while the nearest hop is a trusted proxy, the next one to the left in
 * X-Forwarded-For. What stands left of the first untrusted hop is the caller's own claim and does not count.
 */
export function callerAddress(
  socketAddress: string | undefined,
  forwardedFor: string | undefined,
  trusted: readonly string[],
): string {
  const hops = (forwardedFor ?? '').split(',').flatMap((hop) => hop.trim() || []);
  let address = socketAddress ?? '';
  while (hops.length > 0 && isTrusted(address, trusted)) address = hops.pop() ?? address;
  return address;
}

/** Whether the address is this machine itself. */
export function isLoopback(address: string): boolean {
  return ipaddr.isValid(address) && ipaddr.process(address).range() === 'loopback';
}

/**
 * Whether a state-changing request of a browser comes from a page of ours: Origin, where sent, is our public
 * origin or the very host the request went to, and Sec-Fetch-Site does not say otherwise. A page without Referer
 * sends the Origin 'null'; then Sec-Fetch-Site must vouch for it, which no page can forge.
 */
export function isOwnOrigin(
  headers: {
    origin?: string | undefined;
    host?: string | undefined;
    'sec-fetch-site'?: string | string[] | undefined;
  },
  publicOrigin: string,
): boolean {
  const site = headers['sec-fetch-site'];
  if (site === 'cross-site' || site === 'same-site') return false;
  if (headers.origin === undefined) return true;
  if (headers.origin === publicOrigin) return true;
  if (headers.origin === 'null') return site === 'same-origin';
  return URL.canParse(headers.origin) && new URL(headers.origin).host === headers.host;
}

function isTrusted(address: string, trusted: readonly string[]): boolean {
  if (!ipaddr.isValid(address)) return false;
  const parsed = ipaddr.process(address);
  return trusted.some((entry) => {
    const [network, bits] = entry.includes('/')
      ? ipaddr.parseCIDR(entry)
      : [ipaddr.process(entry), undefined];
    if (network.kind() !== parsed.kind()) return false;
    return parsed.match(network, bits ?? (parsed.kind() === 'ipv4' ? 32 : 128));
  });
}
