/** What a remote service's refusal means: a closed set of causes, each a sentence and a next step. Pure. */
import type { InboundResponse } from '../delivery/delivery.ts';

/** The closed set. */
export type ProblemCause =
  | 'keys_refused'
  | 'consumer_key_refused'
  | 'credentials_refused'
  | 'signature_refused'
  | 'token_refused'
  | 'token_expired'
  | 'token_revoked'
  | 'parameters_refused'
  | 'clock_refused'
  | 'nonce_refused'
  | 'callback_refused'
  | 'consent_refused'
  | 'permission_refused'
  | 'rate_limited'
  | 'access_refused'
  | 'redirected'
  | 'redirected_elsewhere'
  | 'redirected_in_circles'
  | 'remote_down'
  | 'not_found'
  | 'other';

export interface RemoteProblem {
  cause: ProblemCause;
  /** A sentence for a person; it may quote the remote side, redacted and cut. */
  problem: string;
  nextStep: string;
  /** The remote side's own code (`32`, `token_rejected`), where it named one we can read. */
  remoteCode?: string;
}

const againstKeys =
  'Copy the consumer key (API key) and the consumer secret (API key secret) once more and save the service.';

/** Cause -> what a person reads. */
const causes: Readonly<Record<ProblemCause, readonly [problem: string, nextStep: string]>> = {
  keys_refused: [
    'The consumer key and secret were not accepted. The usual mistake at X is to paste the OAuth 2.0 Client ID and Client Secret, which are shown beside them: the API key and the API key secret are needed.',
    'Open the app at the remote site, take the API key and API key secret (at X under "Consumer Keys", not under OAuth 2.0), enter them as consumer key and consumer secret and save the service.',
  ],
  consumer_key_refused: ['The consumer key was not accepted.', againstKeys],
  credentials_refused: [
    'The consumer key, the consumer secret or the token was not accepted.',
    `${againstKeys} If they are right, link the account again.`,
  ],
  signature_refused: [
    'The signature was not accepted.',
    'Compare the consumer secret and the signature method of the service with what the remote site shows.',
  ],
  parameters_refused: [
    'The service wants other parameters beside the signature.',
    "Compare realm, OAuth version and token transport of the service with the remote site's documentation.",
  ],
  token_refused: [
    'The token is not valid there, or no longer.',
    'Link the account again to get a new token.',
  ],
  token_expired: ['The token has expired.', 'Link the account again to get a new token.'],
  token_revoked: [
    'The permission was taken back at the remote site.',
    'Link the account again, and allow the access there.',
  ],
  access_refused: [
    "The account's credentials were not accepted.",
    'Link the account again, or enter its credentials anew.',
  ],
  redirected: [
    'The remote site sent the request on to another address, and this kind of request is not sent a second time.',
    'Call the new address itself.',
  ],
  redirected_elsewhere: [
    'The remote site sent the request on to another host, and was not followed: a signature holds for one address.',
    "Call the new address itself; an admin can add its host to the service's allowed hosts.",
  ],
  redirected_in_circles: [
    'The remote site kept sending the request on, or on to an address that cannot be signed; after three times at most it was given up.',
    'Call the address at which it ends.',
  ],
  clock_refused: [
    'The time of the request was not accepted: the clocks here and there differ too much.',
    'Set the clock of this machine (NTP), then try again.',
  ],
  nonce_refused: ['The request was taken for a repetition of an earlier one.', 'Try again.'],
  callback_refused: [
    'The callback URL is not one that is registered for the app.',
    'Register the callback URL that the service shows, letter by letter and without a trailing slash, at the remote site.',
  ],
  consent_refused: ['Consent was refused at the remote site.', 'Start again and allow the access there.'],
  permission_refused: [
    'The app or the account may not do this there.',
    "Check the app's permissions at the remote site; after changing them link the account again.",
  ],
  rate_limited: ['Too many requests were sent.', 'Wait a while, then try again.'],
  remote_down: ['The remote site has trouble of its own.', 'Try again later.'],
  not_found: ['There is nothing at the address that was called.', 'Compare the URLs of the service.'],
  other: ['The request was refused.', 'Compare the settings of the service with what the remote site shows.'],
};

/** The cause in words. `quoted` comes from quoteRemote. */
export function describeProblem(
  { status }: Pick<InboundResponse, 'status'>,
  cause: ProblemCause,
  { remoteCode, quoted = '' }: { remoteCode?: string; quoted?: string } = {},
): RemoteProblem {
  const [sentence, nextStep] = causes[cause];
  const codes = [`status ${status}`, ...(remoteCode === undefined ? [] : [`code ${remoteCode}`])];
  const said = quoted === '' ? '' : ` It said: “${quoted}”`;
  const problem = `${sentence} (${codes.join(', ')})${said}`;
  return { cause, problem, nextStep, ...(remoteCode !== undefined && { remoteCode }) };
}

/** What the status alone says. */
export function causeOfStatus(status: number): ProblemCause {
  if (status === 401) return 'credentials_refused';
  if (status === 403) return 'permission_refused';
  if (status === 404) return 'not_found';
  if (status === 429) return 'rate_limited';
  return status >= 500 ? 'remote_down' : 'other';
}

/** A refusal of a service whose own words nobody here reads: by its status, its text quoted. */
export function readRefusal(answer: InboundResponse, secrets: readonly string[]): RemoteProblem {
  const quoted = quoteRemote(new TextDecoder().decode(answer.body.subarray(0, 16 * 1024)), secrets);
  const cause = causeOfStatus(answer.status);
  return describeProblem(answer, cause === 'credentials_refused' ? 'access_refused' : cause, { quoted });
}

/** Why a 3xx is the answer; undefined for one that leads nowhere. */
export function redirectCause(
  { method, url }: { method: string; url: URL },
  { status, headers }: Pick<InboundResponse, 'status' | 'headers'>,
): ProblemCause | undefined {
  const location = headers.find(([name]) => name.toLowerCase() === 'location')?.[1];
  if (![301, 302, 303, 307, 308].includes(status) || location === undefined) return undefined;
  const isElsewhere = !URL.canParse(location, url.href) || new URL(location, url).origin !== url.origin;
  if (isElsewhere) return 'redirected_elsewhere';
  return method === 'GET' || method === 'HEAD' ? 'redirected_in_circles' : 'redirected';
}

const maxQuote = 200;

/** Remote text fit to be shown: no mark-up, no control characters, nothing that is or looks like a secret. */
export function quoteRemote(text: string, secrets: readonly string[]): string {
  const plain = /<(?:!doctype|html|head|body)\b/i.test(text) ? titleOf(text) : text.replace(/<[^>]*>/g, ' ');
  let safe = plain.replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ').trim();
  for (const secret of secrets) {
    if (secret === '') continue;
    for (const form of [secret, encodeURIComponent(secret), encodeURIComponent(encodeURIComponent(secret))]) {
      safe = safe.replaceAll(form, '[masked]');
    }
  }
  safe = safe.replace(/(oauth_\w+)(\s*(?:=|%3D|:)\s*"?)[^\s&",%;]+/gi, '$1$2[masked]');
  safe = safe.replace(/[\w+/=%~.-]{20,}/g, (word) => (/\d/.test(word) ? '[masked]' : word));
  const characters = [...safe];
  return characters.length > maxQuote ? `${characters.slice(0, maxQuote).join('')}…` : safe;
}

function titleOf(html: string): string {
  return /<title[^>]*>([^<]*)<\/title>/i.exec(html)?.[1] ?? '';
}
