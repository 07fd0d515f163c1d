/** What a remote service's refusal means: a closed set of causes, each a sentence and a next step. Pure. */
import type { InboundResponse } from '../../delivery/delivery.ts';
import { digitsOf, parseJson } from '../../json.ts';
import { isPlainObject } from '../reading.ts';
import { parseOAuthHeader } from './header.ts';

export type ProblemCause =
  | 'keys_refused'
  | 'consumer_key_refused'
  | 'credentials_refused'
  | 'signature_refused'
  | 'token_refused'
  | 'clock_refused'
  | 'nonce_refused'
  | 'callback_refused'
  | 'consent_refused'
  | 'permission_refused'
  | 'rate_limited'
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
  token_refused: [
    'The token is not valid there, or no longer.',
    'Link the account again to get a new token.',
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

/** Names of the OAuth Problem Reporting extension. */
const byProblemName: Readonly<Record<string, ProblemCause>> = {
  consumer_key_unknown: 'consumer_key_refused',
  consumer_key_rejected: 'consumer_key_refused',
  consumer_key_refused: 'rate_limited',
  consumer_key_throttled: 'rate_limited',
  signature_invalid: 'signature_refused',
  signature_method_rejected: 'signature_refused',
  token_expired: 'token_refused',
  token_revoked: 'token_refused',
  token_rejected: 'token_refused',
  token_used: 'token_refused',
  verifier_invalid: 'token_refused',
  timestamp_refused: 'clock_refused',
  nonce_used: 'nonce_refused',
  callback_rejected: 'callback_refused',
  user_refused: 'consent_refused',
  permission_denied: 'permission_refused',
  permission_unknown: 'permission_refused',
  additional_authorization_required: 'permission_refused',
  user_rate_limited: 'rate_limited',
};

/** Numeric codes of Twitter's JSON errors, which others have taken over. */
const byNumber: Readonly<Record<string, ProblemCause>> = {
  32: 'keys_refused',
  34: 'not_found',
  64: 'permission_refused',
  87: 'permission_refused',
  88: 'rate_limited',
  89: 'token_refused',
  93: 'permission_refused',
  99: 'keys_refused',
  130: 'remote_down',
  131: 'remote_down',
  135: 'clock_refused',
  215: 'keys_refused',
  220: 'permission_refused',
  261: 'permission_refused',
  415: 'callback_refused',
  453: 'permission_refused',
};

/** Reads a refusal from its header, its body or its status, in this order. `secrets` never show in the sentence. */
export function readProblem(answer: InboundResponse, secrets: readonly string[]): RemoteProblem {
  const text = new TextDecoder().decode(answer.body.subarray(0, 16 * 1024));
  const named = problemInHeaders(answer) ?? problemInForm(text);
  if (named !== undefined) {
    return describe(Object.hasOwn(byProblemName, named) ? byProblemName[named] : undefined, answer, named);
  }
  const json = problemInJson(text);
  const cause =
    json?.code !== undefined && Object.hasOwn(byNumber, json.code) ? byNumber[json.code] : undefined;
  const words = json ? json.message : (descriptionInForm(text) ?? text);
  return describe(cause, answer, json?.code, quote(words, secrets));
}

/**
 * Which of timestamp and nonce the answer names as what was refused (OAuth Problem Reporting; X's code 135). By name
 * alone: words that merely speak of a timestamp are no reason to send anything twice.
 */
export function refusesFreshness(answer: InboundResponse): 'time' | 'nonce' | undefined {
  if (![400, 401, 403].includes(answer.status)) return undefined;
  const text = new TextDecoder().decode(answer.body.subarray(0, 16 * 1024));
  const named = problemInHeaders(answer) ?? problemInForm(text);
  if (named === 'timestamp_refused') return 'time';
  if (named !== undefined) return named === 'nonce_used' ? 'nonce' : undefined;
  return problemInJson(text)?.code === '135' ? 'time' : undefined;
}

function describe(
  known: ProblemCause | undefined,
  answer: InboundResponse,
  remoteCode: string | undefined,
  quoted = '',
): RemoteProblem {
  const cause = known ?? causeOfWords(quoted) ?? causeOfStatus(answer.status);
  const [sentence, nextStep] = causes[cause];
  const codes = [`status ${answer.status}`, ...(remoteCode === undefined ? [] : [`code ${remoteCode}`])];
  const said = quoted === '' ? '' : ` It said: “${quoted}”`;
  const problem = `${sentence} (${codes.join(', ')})${said}`;
  return { cause, problem, nextStep, ...(remoteCode !== undefined && { remoteCode }) };
}

function causeOfWords(text: string): ProblemCause | undefined {
  if (/callback/i.test(text)) return 'callback_refused';
  if (/timestamp/i.test(text)) return 'clock_refused';
  if (/nonce/i.test(text)) return 'nonce_refused';
  if (/signature/i.test(text)) return 'signature_refused';
  return /consumer.?key/i.test(text) ? 'consumer_key_refused' : undefined;
}

function causeOfStatus(status: number): ProblemCause {
  if (status === 401) return 'credentials_refused';
  if (status === 403) return 'permission_refused';
  if (status === 404) return 'not_found';
  if (status === 429) return 'rate_limited';
  return status >= 500 ? 'remote_down' : 'other';
}

function problemInHeaders({ headers }: InboundResponse): string | undefined {
  for (const [name, value] of headers) {
    if (name.toLowerCase() !== 'www-authenticate') continue;
    const problem = parseOAuthHeader(value)?.find(([key]) => key === 'oauth_problem')?.[1];
    if (problem !== undefined) return readName(problem);
  }
  return undefined;
}

function problemInForm(text: string): string | undefined {
  const problem = /(?:^|[&\s])oauth_problem=([^&\s]*)/.exec(text)?.[1];
  return problem === undefined ? undefined : readName(problem);
}

/** `error=invalid_request&error_description=…`, as servers built on oauthlib say it. */
function descriptionInForm(text: string): string | undefined {
  return /^[^\s<>"]+$/.test(text)
    ? (new URLSearchParams(text).get('error_description') ?? undefined)
    : undefined;
}

/** A name is letters and underscores; what is not is no code of theirs that a person could look up. */
function readName(text: string): string {
  return /^[a-z_]{1,64}$/.test(text) ? text : 'unreadable';
}

/** The first of `{"errors":[{"code","message"}]}`, or v2's `{"title","detail"}`, or `{"error"}`. */
function problemInJson(text: string): { code?: string; message: string } | undefined {
  if (!/^\s*[{[]/.test(text)) return undefined;
  try {
    const body = parseJson(text);
    if (!isPlainObject(body)) return { message: '' };
    const first = Array.isArray(body.errors) ? body.errors[0] : body;
    if (!isPlainObject(first)) return { message: '' };
    const code = digitsOf(first.code);
    const words = [first.message, first.detail, first.title, first.error].find((w) => typeof w === 'string');
    return { ...(code !== undefined && { code }), message: typeof words === 'string' ? words : '' };
  } catch {
    return { message: '' };
  }
}

const maxQuote = 200;

/** Remote text fit to be shown: no mark-up, no control characters, nothing that is or looks like a secret. */
function quote(text: string, secrets: readonly string[]): string {
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
