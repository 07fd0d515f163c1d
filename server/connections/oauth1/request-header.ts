/** Services that grant a key: requests carry it in a header as it is, in place of a signature (Zotero). Pure. */
import type { OutboundRequest } from '../../delivery/delivery.ts';
import { mask } from '../../delivery/redact.ts';
import { HubError } from '../../errors.ts';
import { isHeaderText, withHeader, withUserAgent } from '../headers.ts';
import type { ServiceParams } from '../provider.ts';
import { isPlainObject } from '../reading.ts';
import type { Token } from './sign-outbound.ts';

/** Fields of the granted credentials that may be such a key, as people know them. */
export const keyFieldLabels = {
  oauth_token: 'access token',
  oauth_token_secret: 'access token secret',
} as const;

export interface RequestHeader {
  name: string;
  field: keyof typeof keyFieldLabels;
}

/** The header of a service that was found without fault; undefined where requests are signed. */
export function requestHeaderOf({ request_header: header }: ServiceParams): RequestHeader | undefined {
  if (!isPlainObject(header) || typeof header.name !== 'string') return undefined;
  return { name: header.name, field: header.field === 'oauth_token' ? 'oauth_token' : 'oauth_token_secret' };
}

/** The request with the key in its header, and the service's User-Agent. Throws `request_refused`. */
export function carryKey(
  request: OutboundRequest,
  { name, field }: RequestHeader,
  token: Token | null,
  params: ServiceParams,
): OutboundRequest {
  const key = field === 'oauth_token' ? token?.token : token?.tokenSecret;
  if (key && isHeaderText(key)) return withHeader(withUserAgent(request, params), name, key);
  const message = key
    ? `The ${keyFieldLabels[field]} of the account holds a character that no header can carry.`
    : `The account has no ${keyFieldLabels[field]} to send; link it again.`;
  throw new HubError('request_refused', message);
}

/** What a delivery tells of the key it carried, masked; null for one that was signed, such as a step of linking. */
export function explainKey(
  { headers }: OutboundRequest,
  { name, field }: RequestHeader,
): { label: string; value: string }[] | null {
  const sent = headers.find(([other]) => other.toLowerCase() === name.toLowerCase())?.[1];
  if (sent === undefined) return null;
  return [
    { label: 'Signature', value: `none: this service takes the ${keyFieldLabels[field]} itself` },
    { label: `Header ${name}`, value: mask(sent) },
  ];
}
