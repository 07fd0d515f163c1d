/** Requests to a service's token endpoints, before they are signed. Pure. */
import type { OutboundRequest } from '../../delivery/delivery.ts';
import { encodePairs, formType } from './transport.ts';

/** GET carries its parameters in the query, every other method as a form; without any the body is empty. */
export function stepRequest(
  method: string,
  url: string,
  params: Readonly<Record<string, string>>,
): OutboundRequest {
  const pairs = Object.entries(params);
  const target = new URL(url);
  if (method === 'GET') return { method, url: withQuery(target, pairs), headers: [] };
  if (pairs.length === 0) return { method, url: target, headers: [], body: new Uint8Array() };
  return { method, url: target, headers: [formType], body: Buffer.from(encodePairs(pairs)) };
}

/** Appends to what the URL's query already holds (MediaWiki's endpoints have one), without touching it. */
export function withQuery(url: URL, pairs: readonly (readonly [string, string])[]): URL {
  if (pairs.length === 0) return url;
  const extended = new URL(url);
  extended.search = `${url.search.length > 1 ? `${url.search}&` : '?'}${encodePairs(pairs)}`;
  return extended;
}
