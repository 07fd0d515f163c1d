/** The two signed steps around a person's consent (RFC 5849 §2). Pure but for what it is handed to send with. */
import type { LinkSteps } from '../provider.ts';
import { grantOf, readTokens, unusable } from './grant.ts';
import { readOAuth1Service } from './service.ts';
import { signOutbound } from './sign-outbound.ts';
import { stepRequest, withQuery } from './step-request.ts';

/** Request token, consent, access token. Nonce and timestamp come from the caller. */
export const linkSteps: LinkSteps = {
  async start(params, { callbackUrl, nonce, timestamp, send }) {
    const service = readOAuth1Service(params);
    const request = stepRequest(service.requestMethod, service.requestTokenUrl, service.requestParams);
    const callback = service.callback === 'oob' ? 'oob' : callbackUrl;
    const step = { nonce, timestamp, ...(service.sendsCallback && { callback }) };
    const answer = await send(signOutbound(service, request, null, step));
    const reading = readTokens(answer, service, 'request token');
    if (!reading.ok) return reading;
    const { token, tokenSecret, fields } = reading.value;
    // Without it the remote side follows OAuth 1.0, where another's consent can be slipped in (advisory 2009.1).
    const mustConfirm = service.sendsCallback && service.verifier === 'required';
    if (mustConfirm && fields.get('oauth_callback_confirmed') !== 'true') {
      return unusable(
        'it did not confirm the callback URL (oauth_callback_confirmed), as OAuth 1.0a wants',
        'request token',
      );
    }
    return { ok: true, value: { token, secret: tokenSecret } };
  },

  consentUrl(params, { token }, callbackUrl) {
    const service = readOAuth1Service(params);
    const values = new Map([
      ['{consumer_key}', service.consumerKey],
      ['{callback_url}', callbackUrl],
    ]);
    const extra = Object.entries(service.authorizationParams).map(
      ([name, value]) => [name, values.get(value) ?? value] as const,
    );
    return withQuery(new URL(service.authenticationUrl), [[service.authorizationTokenName, token], ...extra]);
  },

  async finish(params, { token, secret, verifier, nonce, timestamp, send }) {
    const service = readOAuth1Service(params);
    const request = stepRequest(service.accessMethod, service.accessTokenUrl, service.accessParams);
    const isVerified = service.verifier === 'required' || verifier !== '';
    const step = { nonce, timestamp, ...(isVerified && { verifier }) };
    const answer = await send(signOutbound(service, request, { token, tokenSecret: secret }, step));
    const reading = readTokens(answer, service, 'access token');
    return reading.ok ? { ok: true, value: grantOf(reading.value, answer, service) } : reading;
  },
};
