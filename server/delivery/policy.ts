/** Where a request may go: scheme, host allow-list, port, address. Pure; every refusal is a HubError. */
import { isIP } from 'node:net';
import type { Config, PrivateException } from '../config.ts';
import { HubError } from '../errors.ts';
import { classifyAddress, isInNetwork } from './address.ts';
import type { DeliveryContext } from './delivery.ts';

/** The settings that the rules speak of. */
export type Policy = Pick<Config, 'allowPrivate' | 'openHosts' | 'connectTo'>;

/**
 * Refuses a URL that this request may not go to, before anything is resolved. Throws `request_refused` (not an
 * http address, user in the URL), `host_not_allowed`, `address_not_allowed` (unencrypted, or a literal address).
 */
export function checkTarget(
  policy: Policy,
  url: URL,
  context: Pick<DeliveryContext, 'allowedHosts' | 'serviceName'>,
): void {
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    throw new HubError('request_refused', `Only https:// addresses can be called, not ${url.protocol}`);
  }
  if (url.username !== '' || url.password !== '') {
    throw new HubError('request_refused', 'Take the user name and password out of the URL.');
  }
  checkHost(policy, url, context);
  if (policy.connectTo.has(url.origin)) return;
  if (url.protocol === 'http:' && !mayBeExcepted(policy, url)) {
    throw new HubError(
      'address_not_allowed',
      `${url.host} would be called without encryption. Use https://, or an admin lists it in COUNTERSIGN_ALLOW_PRIVATE.`,
    );
  }
  const literal = bareHost(url);
  if (isIP(literal)) checkAddress(policy, url, literal);
}

/**
 * Refuses an address that the URL's host resolved to. Connected-to origins may lie anywhere but on a metadata
 * address. Throws `address_not_allowed`, in the same words whatever the address, so that nobody maps a network.
 */
export function checkAddress(policy: Policy, url: URL, address: string): void {
  const kind = classifyAddress(address);
  if (kind !== 'metadata') {
    if (policy.connectTo.has(url.origin)) return;
    if (policy.allowPrivate.some((exception) => isExcepted(exception, url, address))) return;
    if (kind === 'public' && url.protocol === 'https:') return;
  }
  throw new HubError(
    'address_not_allowed',
    `${bareHost(url)} is not a public address that may be called. An admin can allow it with COUNTERSIGN_ALLOW_PRIVATE.`,
  );
}

/** Whether every address of this URL's host is excepted from the address rules, whatever it resolves to. */
export function isExceptedHost(policy: Policy, url: URL): boolean {
  const literal = bareHost(url);
  return policy.allowPrivate.some((exception) =>
    'host' in exception
      ? isExcepted(exception, url, '')
      : isIP(literal) && isExcepted(exception, url, literal),
  );
}

/** The URL's host in lower case, without brackets and without the dot that ends an absolute name. */
export function bareHost(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
}

function checkHost(
  policy: Policy,
  url: URL,
  { allowedHosts, serviceName }: Parameters<typeof checkTarget>[2],
): void {
  if (allowedHosts === 'open') {
    const isListed =
      policy.openHosts === undefined || policy.openHosts.some((entry) => matches(entry, url, false));
    if (isListed && (isDefaultPort(url) || isPortExcepted(policy, url))) return;
    throw new HubError(
      'host_not_allowed',
      `${url.host} may not be called without a connected account. An admin can allow it with COUNTERSIGN_OPEN_HOSTS.`,
      { extra: { host: url.host } },
    );
  }
  if (allowedHosts.some((entry) => matches(entry, url, true))) return;
  const service = serviceName === undefined ? 'The service' : `Service '${serviceName}'`;
  const allowed = allowedHosts.length === 0 ? 'no host at all' : allowedHosts.join(', ');
  throw new HubError(
    'host_not_allowed',
    `${service} does not allow requests to ${url.host}; it allows ${allowed}. An admin can add the host to the service.`,
    { extra: { host: url.host } },
  );
}

function matches(entry: string, url: URL, withPort: boolean): boolean {
  const [, wildcard, name = '', port] = /^(\*\.)?(\[[^\]]*\]|[^:]*)(?::(\d+))?$/.exec(entry.trim()) ?? [];
  if (withPort && (port === undefined ? !isDefaultPort(url) : Number(port) !== portOf(url))) return false;
  // Parsed as the URL was, so that case, IDN and spelling of addresses compare equal.
  if (name === '' || !URL.canParse(`https://${name}/`)) return false;
  const host = bareHost(new URL(`https://${name}/`));
  return wildcard ? bareHost(url).endsWith(`.${host}`) : bareHost(url) === host;
}

function isDefaultPort(url: URL): boolean {
  return url.port === '';
}

function portOf(url: URL): number {
  return url.port === '' ? (url.protocol === 'http:' ? 80 : 443) : Number(url.port);
}

function isPortExcepted(policy: Policy, url: URL): boolean {
  return policy.connectTo.has(url.origin) || mayBeExcepted(policy, url);
}

/** Whether an exception could match once the host is resolved; checkAddress decides then. */
function mayBeExcepted(policy: Policy, url: URL): boolean {
  const isName = isIP(bareHost(url)) === 0;
  return (
    isExceptedHost(policy, url) ||
    (isName && policy.allowPrivate.some((exception) => 'network' in exception && fitsPort(exception, url)))
  );
}

function isExcepted(exception: PrivateException, url: URL, address: string): boolean {
  if (!fitsPort(exception, url)) return false;
  return 'host' in exception ? matches(exception.host, url, false) : isInNetwork(address, exception.network);
}

function fitsPort(exception: PrivateException, url: URL): boolean {
  return exception.port === undefined || exception.port === portOf(url);
}
