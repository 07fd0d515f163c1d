/** The two steps around a person's consent (RFC 6749 §4.1, RFC 7636, RFC 9207). */
import { createHash } from 'node:crypto';
import type { LinkSteps } from '../provider.ts';
import { grantOf } from './grant.ts';
import { readOAuth2Service } from './service.ts';
import { exchangeCode } from './tokens.ts';

/** `state` and the PKCE verifier are made here; the remote service is first asked once consent was given. */
export const linkSteps: LinkSteps = {
  async start(_service, { random }) {
    const text = () => Buffer.from(random(32)).toString('base64url');
    return { ok: true, value: { token: text(), secret: text() } };
  },

  consentUrl(params, { token, secret }, callbackUrl) {
    const service = readOAuth2Service(params);
    const url = new URL(service.authorizationUrl);
    const own = new Map(Object.entries(service.authorizationParams));
    own.set('response_type', 'code');
    own.set('client_id', service.clientId);
    own.set('redirect_uri', callbackUrl);
    if (service.scope !== '') own.set('scope', service.scope);
    if (service.approvalPrompt !== '') own.set('approval_prompt', service.approvalPrompt);
    own.set('state', token);
    if (service.usesPkce) {
      own.set('code_challenge', createHash('sha256').update(secret).digest('base64url'));
      own.set('code_challenge_method', 'S256');
    }
    // Some services' URL brings a query of its own (Google's access_type).
    const kept = [...url.searchParams].filter(([name]) => !own.has(name));
    url.search = new URLSearchParams([...kept, ...own]).toString().replaceAll('+', '%20');
    return url;
  },

  async finish(params, { token, secret, callbackUrl, query, send, timestamp }) {
    const service = readOAuth2Service(params);
    const reading = await exchangeCode(service, send, {
      query,
      state: token,
      codeVerifier: secret,
      callbackUrl,
    });
    return reading.ok ? { ok: true, value: grantOf(service, reading.value, timestamp) } : reading;
  },
};
