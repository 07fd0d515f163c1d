/**
 * Renewing an access token without a person: at a renewal address for idle tokens, or with a session handle (OAuth
 * Session extension). Pure but for what it is handed to send with.
 */
import type { InboundResponse } from '../../delivery/delivery.ts';
import { readLifetime } from '../lifetime.ts';
import type { Credentials, Grant, RenewalSteps, ServiceParams } from '../provider.ts';
import { grantOf } from './grant.ts';
import { readProblem } from './problem.ts';
import { type OAuth1Service, readOAuth1Service } from './service.ts';
import { signOutbound } from './sign-outbound.ts';
import { stepRequest } from './step-request.ts';
import { readTokenAnswer } from './token-answer.ts';
import { refusesToken } from './token-refused.ts';

export const renewal: RenewalSteps = {
  canRenew: (params, credentials) => requestFor(params, credentials) !== undefined,

  async renew(params, credentials, { nonce, timestamp, send }) {
    const step = requestFor(params, credentials);
    if (!step) return final('There is neither a renewal address nor a session handle.');
    const service = readOAuth1Service(params);
    const token = {
      token: credentials.oauth_token ?? '',
      tokenSecret: credentials.oauth_token_secret ?? '',
    };
    const { sessionHandle, request } = step;
    const answer = await send(signOutbound(service, request, token, { nonce, timestamp, sessionHandle }));
    const grant = readGrant(answer, service, credentials, { isTokenNeeded: sessionHandle !== undefined });
    if (grant) return { ok: true, value: grant };
    const { problem, nextStep } = readProblem(answer, [service.consumerKey, ...Object.values(credentials)]);
    const isFinal = refusesToken(answer) !== undefined;
    return { ok: false, isFinal, problem, nextStep: isFinal ? '' : nextStep };
  },
};

/** The session handle goes to the access token URL, and comes before a renewal address. */
function requestFor(params: ServiceParams, credentials: Credentials) {
  const { kind, renewal: idle } = readLifetime(params);
  const handle = credentials.oauth_session_handle;
  if (kind === 'session' && handle) {
    const { accessMethod, accessTokenUrl, accessParams } = readOAuth1Service(params);
    return { request: stepRequest(accessMethod, accessTokenUrl, accessParams), sessionHandle: handle };
  }
  if (!idle || !credentials.oauth_token) return undefined;
  return { request: stepRequest(idle.method, idle.url, {}), sessionHandle: undefined };
}

/** What the answer does not name anew stays; a renewal address may answer with no token at all. */
function readGrant(
  answer: InboundResponse,
  service: OAuth1Service,
  held: Credentials,
  { isTokenNeeded }: { isTokenNeeded: boolean },
): Grant | undefined {
  const read = readTokenAnswer(answer);
  if (!('fault' in read)) {
    const grant = grantOf(read, answer, service);
    return { ...grant, credentials: { ...held, ...grant.credentials } };
  }
  const isOk = answer.status >= 200 && answer.status < 300 && !namesProblem(answer);
  if (isTokenNeeded || !isOk) return undefined;
  const unsaid = { identity: { id: null, name: null }, accessLevel: null, extra: {}, lifetimeMs: null };
  return { ...unsaid, credentials: held };
}

function namesProblem(answer: InboundResponse): boolean {
  return readProblem(answer, []).remoteCode !== undefined;
}

function final(problem: string): { ok: false; isFinal: true; problem: string; nextStep: string } {
  return { ok: false, isFinal: true, problem, nextStep: '' };
}
