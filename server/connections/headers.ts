/** Headers that a provider sets on a request before it leaves. Pure. */
import type { OutboundRequest } from '../delivery/delivery.ts';
import { HubError } from '../errors.ts';
import type { ServiceParams } from './provider.ts';

/** A copy with this header in place of any other of its name. */
export function withHeader(request: OutboundRequest, name: string, value: string): OutboundRequest {
  const lower = name.toLowerCase();
  const others = request.headers.filter(([other]) => other.toLowerCase() !== lower);
  return { ...request, headers: [...others, [name, value]] };
}

/** With the service's User-Agent, where its record names one. */
export function withUserAgent(
  request: OutboundRequest,
  { user_agent: agent }: ServiceParams,
): OutboundRequest {
  return typeof agent === 'string' && agent !== '' ? withHeader(request, 'User-Agent', agent) : request;
}

/** A credential that signing cannot do without. Throws `request_refused`: nothing leaves unsigned. */
export function needed(value: string | undefined, what: string): string {
  if (value !== undefined && value !== '') return value;
  throw new HubError(
    'request_refused',
    `The account has no ${what} to sign with; enter it or link the account.`,
  );
}

/** Whether a text can stand in a header's name (RFC 9110 §5.1). */
export function isHeaderName(text: string): boolean {
  return /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(text);
}

/** Whether the way of sending decides this header, so that no key can stand in it. */
export function isTakenHeader(name: string): boolean {
  return /^(host|content-length|content-type|transfer-encoding|connection|cookie|expect|user-agent)$/i.test(
    name,
  );
}

/** Whether a text can stand in a header's value without being encoded. */
export function isHeaderText(text: string): boolean {
  return /^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/.test(text);
}
