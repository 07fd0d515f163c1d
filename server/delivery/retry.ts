/** Whether a request goes out once more: after a fault, a refused timestamp, a redirect. Pure. */
import type { DeliveryContext, OutboundRequest } from './delivery.ts';
import type { Exchange } from './exchange.ts';
import { isSafeMethod } from './headers.ts';

export const maxRedirects = 3;

/**
 * DESIGN decision 11. `tries` counts those made. GET, HEAD and OPTIONS go out up to twice more after a fault of
 * transport; everything else, and what asks for secrets, once more when not one byte left.
 */
export function mayTryAgain(
  request: OutboundRequest,
  { fault }: Exchange,
  tries: number,
  { purpose }: Pick<DeliveryContext, 'purpose'>,
): boolean {
  if (!fault || fault.kind === 'too_large' || fault.kind === 'protocol') return false;
  if (isSafeMethod(request.method) && purpose !== 'token') return tries < 3;
  return !fault.sent && tries < 2;
}

/**
 * Whether the answer refused time or nonce of the signature, so that the request, whatever its method, goes out once
 * more: in one delivery never a second time, for time and nonce together.
 */
export function isRefusedAsStale({ response, fault }: Exchange, context: DeliveryContext): boolean {
  return response !== undefined && !fault && context.retryRefused?.(response) === true;
}

/**
 * The request that follows a redirect, to be checked and signed afresh; `undefined` where the 3xx is the answer:
 * another origin, another method than GET and HEAD, an endpoint that answers with secrets.
 */
export function followRedirect(
  request: OutboundRequest,
  { response, fault }: Exchange,
  purpose: DeliveryContext['purpose'],
): OutboundRequest | undefined {
  if (!response || fault || purpose === 'token') return undefined;
  if (![301, 302, 303, 307, 308].includes(response.status)) return undefined;
  if (request.method !== 'GET' && request.method !== 'HEAD') return undefined;
  const location = response.headers.find(([name]) => name === 'location')?.[1];
  if (location === undefined || !URL.canParse(location, request.url.href)) return undefined;
  const url = new URL(location, request.url);
  const isSafe = url.origin === request.url.origin && url.username === '' && url.password === '';
  return isSafe ? { ...request, url } : undefined;
}
