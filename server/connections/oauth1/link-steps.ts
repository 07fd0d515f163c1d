/** The two signed steps around a person's consent (RFC 5849 §2). Pure but for what it is handed to send with. */
import type { InboundResponse, OutboundRequest } from '../../delivery/delivery.ts';
import type { Grant, LinkSteps, Reading } from '../provider.ts';
import { readProblem } from './problem.ts';
import { type OAuth1Service, readOAuth1Service } from './service.ts';
import { signOutbound } from './sign-outbound.ts';
import { readTokenAnswer, type TokenAnswer } from './token-answer.ts';
import { encodePairs, formType } from './transport.ts';

/** Request token, consent, access token. Nonce and timestamp come from the caller. */
export const linkSteps: LinkSteps = {
  async start(params, { callbackUrl, nonce, timestamp, send }) {
    const service = readOAuth1Service(params);
    const request = stepRequest(service.requestMethod, service.requestTokenUrl, service.requestParams);
    const callback = service.callback === 'oob' ? 'oob' : callbackUrl;
    const answer = await send(signOutbound(service, request, null, { nonce, timestamp, callback }));
    const reading = readTokens(answer, service, 'request token');
    if (!reading.ok) return reading;
    const { token, tokenSecret, fields } = reading.value;
    // Without it the remote side follows OAuth 1.0, where another's consent can be slipped in (advisory 2009.1).
    if (service.verifier === 'required' && fields.get('oauth_callback_confirmed') !== 'true') {
      return unusable(
        'it did not confirm the callback URL (oauth_callback_confirmed), as OAuth 1.0a wants',
        'request token',
      );
    }
    return { ok: true, value: { token, secret: tokenSecret } };
  },

  consentUrl(params, { token }) {
    const service = readOAuth1Service(params);
    const extra = Object.entries(service.authorizationParams).map(
      ([name, value]) => [name, value === '{consumer_key}' ? service.consumerKey : value] as const,
    );
    return withQuery(new URL(service.authenticationUrl), [['oauth_token', token], ...extra]);
  },

  async finish(params, { token, secret, verifier, nonce, timestamp, send }) {
    const service = readOAuth1Service(params);
    const request = stepRequest(service.accessMethod, service.accessTokenUrl, service.accessParams);
    const isVerified = service.verifier === 'required' || verifier !== '';
    const proof = { nonce, timestamp, ...(isVerified && { verifier }) };
    const answer = await send(signOutbound(service, request, { token, tokenSecret: secret }, proof));
    const reading = readTokens(answer, service, 'access token');
    return reading.ok ? { ok: true, value: grantOf(reading.value, answer) } : reading;
  },
};

/** Names of answer fields that give access: they are kept with the tokens and never shown. */
export function isSecretField(name: string): boolean {
  return /token|secret|handle|session|password|passwd|api_?key/i.test(name);
}

/** GET carries its parameters in the query, POST as a form; a POST without any has an empty body. */
function stepRequest(method: string, url: string, params: OAuth1Service['requestParams']): OutboundRequest {
  const pairs = Object.entries(params);
  const target = new URL(url);
  if (method === 'GET') return { method, url: withQuery(target, pairs), headers: [] };
  if (pairs.length === 0) return { method, url: target, headers: [], body: new Uint8Array() };
  return { method, url: target, headers: [formType], body: Buffer.from(encodePairs(pairs)) };
}

/** Appends to what the URL's query already holds (MediaWiki's endpoints have one), without touching it. */
function withQuery(url: URL, pairs: readonly (readonly [string, string])[]): URL {
  if (pairs.length === 0) return url;
  const extended = new URL(url);
  extended.search = `${url.search.length > 1 ? `${url.search}&` : '?'}${encodePairs(pairs)}`;
  return extended;
}

function readTokens(answer: InboundResponse, service: OAuth1Service, what: string): Reading<TokenAnswer> {
  const read = readTokenAnswer(answer);
  if (!('fault' in read)) return { ok: true, value: read };
  const isRedirect = answer.status >= 300 && answer.status < 400;
  const isOk = answer.status >= 200 && answer.status < 300;
  if (isRedirect || (isOk && !namesProblem(answer))) return unusable(read.fault, what);
  const { problem, nextStep, remoteCode } = readProblem(answer, [
    service.consumerSecret,
    service.consumerKey,
  ]);
  return { ok: false, problem, nextStep, ...(remoteCode !== undefined && { remoteCode }) };
}

/** Some services report a problem with status 200, as a form or as text that begins with "Error" (MediaWiki). */
function namesProblem({ headers, body }: InboundResponse): boolean {
  const text = new TextDecoder().decode(body.subarray(0, 1024));
  const inHeader = headers.some(
    ([name, value]) => /^www-authenticate$/i.test(name) && /oauth_problem/.test(value),
  );
  return inHeader || /oauth_problem=|"errors?"\s*:|^\s*error/i.test(text);
}

function unusable(fault: string, what: string): { ok: false; problem: string; nextStep: string } {
  return {
    ok: false,
    problem: `No ${what} could be taken: ${fault}.`,
    nextStep:
      "Compare the URLs of the service with those in the remote site's documentation, then start again.",
  };
}

function grantOf({ token, tokenSecret, fields }: TokenAnswer, answer: InboundResponse): Grant {
  const kept = [...fields].filter(([name]) => name !== 'oauth_token' && name !== 'oauth_token_secret');
  const level = answer.headers.find(([name]) => name.toLowerCase() === 'x-access-level')?.[1].trim();
  return {
    credentials: {
      ...Object.fromEntries(kept.filter(([name]) => isSecretField(name))),
      oauth_token: token,
      oauth_token_secret: tokenSecret,
    },
    identity: { id: fields.get('user_id') || null, name: fields.get('screen_name') || null },
    accessLevel: level && /^[\w-]{1,64}$/.test(level) ? level : null,
    extra: Object.fromEntries(kept.filter(([name]) => !isSecretField(name))),
    lifetimeMs: null,
  };
}
