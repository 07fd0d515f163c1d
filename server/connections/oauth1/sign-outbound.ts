/** Signing what goes out, as a service's record says. Pure. */
import type { OutboundRequest } from '../../delivery/delivery.ts';
import { HubError } from '../../errors.ts';
import type { Freshness } from '../provider.ts';
import { hasFormBody } from './parameters.ts';
import { OAuth1Refusal } from './refusal.ts';
import type { OAuth1Service } from './service.ts';
import { type SigningParams, sign } from './sign.ts';
import { carriesForm, placeSignature, type Transport } from './transport.ts';

/** The token of a request; null before there is one. */
export interface Token {
  token: string;
  tokenSecret: string;
}

/** What only the steps of linking and renewing add to the signature. */
export type StepParams = Pick<SigningParams, 'callback' | 'verifier' | 'sessionHandle'>;

/**
 * The request signed and ready to leave: the service's User-Agent stands in place of any other. A body hash is
 * left out of form bodies, which must not have one. Throws `request_refused` for what cannot be signed.
 */
export function signOutbound(
  service: OAuth1Service,
  request: OutboundRequest,
  token: Token | null,
  fresh: Freshness & StepParams,
): OutboundRequest {
  const { headers, body = null } = request;
  const { consumerKey, consumerSecret, rsaPrivateKey, transport } = service;
  const credentials = {
    consumerKey,
    consumerSecret,
    rsaPrivateKey,
    ...(token ?? { token: null, tokenSecret: null }),
  };
  const sent = { ...request, headers: withUserAgent(headers, service.userAgent) };
  try {
    const signable = { method: sent.method, url: sent.url, headers: sent.headers, body };
    const signed = sign(signable, credentials, {
      ...fresh,
      signatureMethod: service.signatureMethod,
      version: service.version,
      realm: service.realm,
      bodyHash:
        service.bodyHash === undefined || isSignedAsForm(request, transport) ? undefined : service.bodyHash,
    });
    return placeSignature(sent, signed, transport);
  } catch (error) {
    if (!(error instanceof OAuth1Refusal)) throw error;
    const message = `The request cannot be signed: ${error.message}.`;
    throw new HubError('request_refused', message, { extra: { reason: error.code } });
  }
}

/** Also a body that is still empty and becomes a form when it takes up the protocol parameters. */
function isSignedAsForm(request: OutboundRequest, transport: Transport): boolean {
  const { headers, body = null } = request;
  return hasFormBody({ headers, body }) || (transport === 'body' && carriesForm(request));
}

function withUserAgent(headers: OutboundRequest['headers'], userAgent: string | undefined) {
  if (userAgent === undefined) return headers;
  const others = headers.filter(([name]) => name.toLowerCase() !== 'user-agent');
  return [...others, ['User-Agent', userAgent] satisfies [string, string]];
}
