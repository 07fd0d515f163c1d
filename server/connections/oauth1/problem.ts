/** What a refusal means by the names and numbers that services of OAuth 1.0a use for it. Pure. */
import type { InboundResponse } from '../../delivery/delivery.ts';
import { digitsOf, parseJson } from '../../json.ts';
import {
  causeOfStatus,
  describeProblem,
  type ProblemCause,
  quoteRemote,
  type RemoteProblem,
} from '../problem.ts';
import { isPlainObject } from '../reading.ts';
import { parseOAuthHeader } from './header.ts';

/** Names of the OAuth Problem Reporting extension. */
const byProblemName: Readonly<Record<string, ProblemCause>> = {
  consumer_key_unknown: 'consumer_key_refused',
  consumer_key_rejected: 'consumer_key_refused',
  consumer_key_refused: 'rate_limited',
  consumer_key_throttled: 'rate_limited',
  signature_invalid: 'signature_refused',
  signature_method_rejected: 'signature_refused',
  parameter_absent: 'parameters_refused',
  parameter_rejected: 'parameters_refused',
  version_rejected: 'parameters_refused',
  token_expired: 'token_expired',
  token_revoked: 'token_revoked',
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
    const cause = Object.hasOwn(byProblemName, named) ? byProblemName[named] : undefined;
    return describeProblem(answer, cause ?? causeOfStatus(answer.status), { remoteCode: named });
  }
  const json = problemInJson(text);
  const cause =
    json?.code !== undefined && Object.hasOwn(byNumber, json.code) ? byNumber[json.code] : undefined;
  const words = json ? json.message : (descriptionInForm(text) ?? text);
  const quoted = quoteRemote(words, secrets);
  return describeProblem(answer, cause ?? causeOfWords(quoted) ?? causeOfStatus(answer.status), {
    quoted,
    ...(json?.code !== undefined && { remoteCode: json.code }),
  });
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

function causeOfWords(text: string): ProblemCause | undefined {
  if (/callback/i.test(text)) return 'callback_refused';
  if (/timestamp/i.test(text)) return 'clock_refused';
  if (/nonce/i.test(text)) return 'nonce_refused';
  if (/signature/i.test(text)) return 'signature_refused';
  return /consumer.?key/i.test(text) ? 'consumer_key_refused' : undefined;
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
