/** What the answers of the token endpoints grant, or why nothing could be taken from them. Pure. */
import type { InboundResponse } from '../../delivery/delivery.ts';
import { accessLevelOf, identityText } from '../identity.ts';
import type { Grant, Reading } from '../provider.ts';
import { readProblem } from './problem.ts';
import type { OAuth1Service } from './service.ts';
import { readTokenAnswer, type TokenAnswer } from './token-answer.ts';

/** Names of answer fields that give access: they are kept with the tokens and never shown. */
export function isSecretField(name: string): boolean {
  return /token|secret|handle|session|password|passwd|api_?key/i.test(name);
}

/** The tokens of an answer, or what to tell a person in their place. `what`: "request token" or "access token". */
export function readTokens(
  answer: InboundResponse,
  service: OAuth1Service,
  what: string,
): Reading<TokenAnswer> {
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

export function unusable(fault: string, what: string): { ok: false; problem: string; nextStep: string } {
  return {
    ok: false,
    problem: `No ${what} could be taken: ${fault}.`,
    nextStep:
      "Compare the URLs of the service with those in the remote site's documentation, then start again.",
  };
}

/** Tokens and secret fields become credentials, lifetimes become times, and the rest is kept to be shown. */
export function grantOf(
  { token, tokenSecret, fields }: TokenAnswer,
  answer: InboundResponse,
  service: OAuth1Service,
): Grant {
  const further = [...fields].filter(([name]) => !ofProtocol.has(name));
  const { id, name } = service.identityFields;
  return {
    credentials: {
      ...Object.fromEntries(further.filter(([key]) => isSecretField(key))),
      oauth_token: token,
      oauth_token_secret: tokenSecret,
    },
    identity: { id: fieldOf(fields, id), name: fieldOf(fields, name) },
    accessLevel: accessLevelOf(answer),
    extra: Object.fromEntries(further.filter(([key]) => !isSecretField(key))),
    lifetimeMs: msOf(fields.get('oauth_expires_in')),
    consentLifetimeMs: msOf(fields.get('oauth_authorization_expires_in')),
  };
}

/** What the grant holds in a form of its own, or what says nothing about the account. */
const ofProtocol: ReadonlySet<string> = new Set([
  'oauth_token',
  'oauth_token_secret',
  'oauth_callback_confirmed',
  'oauth_expires_in',
  'oauth_authorization_expires_in',
]);

function fieldOf(fields: ReadonlyMap<string, string>, name: string): string | null {
  return identityText(fields.get(name) ?? '');
}

/** Seconds of the session extension (Atlassian); 0 and what is no number say nothing. */
function msOf(seconds: string | undefined): number | null {
  return seconds !== undefined && /^[1-9]\d{0,9}$/.test(seconds) ? Number(seconds) * 1000 : null;
}

/** Some services report a problem with status 200, as a form or as text that begins with "Error" (MediaWiki). */
function namesProblem({ headers, body }: InboundResponse): boolean {
  const text = new TextDecoder().decode(body.subarray(0, 1024));
  const inHeader = headers.some(
    ([name, value]) => /^www-authenticate$/i.test(name) && /oauth_problem/.test(value),
  );
  return inHeader || /oauth_problem=|"errors?"\s*:|^\s*error/i.test(text);
}
