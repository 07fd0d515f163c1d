/** What each parameter of an OAuth 1.0a service may hold: one row a parameter. Pure. */
import type { Remark } from '../../packages/record-type.ts';
import { isHeaderName, isTakenHeader } from '../headers.ts';
import { lifetimeKinds } from '../lifetime.ts';
import { budgetSharers, resetKinds } from '../rate-headers.ts';
import { isPlainObject } from '../reading.ts';
import {
  address,
  endpoint,
  type Faults,
  fault,
  list,
  number,
  object,
  oneOf,
  parseEndpoint,
  text,
  texts,
} from './check.ts';
import { keyFieldLabels } from './request-header.ts';
import { signatureMethodNames } from './signature-method.ts';
import { transports } from './transport.ts';

/** How many parties take turns before a request can be signed; `service.ts` tells what each needs. */
export const legs = ['three', 'two', 'one', 'zero'] as const;

const signerOnly = 'begins with oauth_; only the signer sets those';
const parameters = texts((name) => (name.startsWith('oauth_') ? signerOnly : undefined));
const header = text({ isHeader: true });

/** Parameter -> its check. What is not here is refused; what must be there `service.ts` decides. */
export const checks: Readonly<Record<string, Faults>> = {
  client_id: text({}),
  client_secret: text({}),
  request_token_url: endpoint,
  authentication_url: authenticationUrl,
  access_token_url: endpoint,
  signature_method: oneOf(...signatureMethodNames),
  signature_method_: oneOf(...signatureMethodNames),
  grant_type: () => [],
  allowed_hosts: list,
  identity,
  legs: oneOf(...legs),
  empty_token: oneOf('sent', 'absent'),
  token_transport: oneOf(...transports),
  request_params: parameters,
  // They reach the browser's address only, so names of the protocol are allowed but the token's (RFC 5849 §2.2).
  authorization_params: texts((name) => (name === 'oauth_token' ? 'is added at each link' : undefined)),
  authorization_token_name: text({}),
  access_params: parameters,
  request_method: oneOf('GET', 'POST'),
  access_method: oneOf('GET', 'POST'),
  realm: header,
  body_hash: oneOf('sha1', 'sha256'),
  oauth_version: oneOf('1.0', 'absent'),
  callback: oneOf('url', 'oob'),
  callback_parameter: oneOf('sent', 'absent'),
  denial: oneOf('empty_verifier'),
  handshake: oneOf('consent', 'push'),
  verifier: oneOf('required', 'absent'),
  user_agent: header,
  lifetime,
  rate_headers: object({
    limit: headerName,
    remaining: headerName,
    reset: headerName,
    reset_kind: oneOf(...resetKinds),
    retry_after: headerName,
    per: oneOf(...budgetSharers),
  }),
  request_header: object({ name: keyHeader, field: keyField }, ['name', 'field']),
  revoke: object({ method: oneOf('GET', 'POST', 'DELETE'), url: endpoint, params: parameters }, ['url']),
  notes,
  steps: list,
};

/** A hundred years: what lasts longer does not end (`never`). */
const mostDays = 36_500;

/** A call with its address; or, without one, the fields of the token answer. */
function identity(value: unknown, path: string): Remark[] {
  const fields = { id: text({ isFilled: true }), name: text({ isFilled: true }) };
  const isCall = !isPlainObject(value) || value.url !== undefined || value.id === undefined;
  if (!isCall) return object(fields)(value, path);
  const every_hours = number({ isZeroAllowed: true, most: mostDays * 24 });
  const call = { method: oneOf('GET', 'POST'), url: endpoint, every_hours };
  return object({ ...call, ...fields }, ['url'])(value, path);
}

function authenticationUrl(value: unknown, path: string): Remark[] {
  const faults = address(value, path);
  const isDoubled = faults.length === 0 && parseEndpoint(value)?.searchParams.has('oauth_token');
  return isDoubled ? fault(path, 'names oauth_token itself; it is added at each link') : faults;
}

/** What `lifetime` must name beside its kind. */
const neededByKind: Readonly<Record<string, readonly string[]>> = {
  fixed: ['days'],
  idle: ['idle_minutes'],
};

function lifetime(value: unknown, path: string): Remark[] {
  const members = {
    kind: oneOf(...lifetimeKinds),
    days: number({ most: mostDays }),
    idle_minutes: number({ most: mostDays * 24 * 60 }),
    daily_end: timeZone,
    renew_url: endpoint,
    renew_method: oneOf('GET', 'POST'),
    warn_days: number({ isZeroAllowed: true, most: mostDays }),
  };
  const kind = isPlainObject(value) && typeof value.kind === 'string' ? value.kind : '';
  return object(members, ['kind', ...(neededByKind[kind] ?? [])])(value, path);
}

function timeZone(value: unknown, path: string): Remark[] {
  try {
    if (typeof value === 'string' && value !== '') new Intl.DateTimeFormat('en', { timeZone: value });
    else return fault(path, 'must be the name of a time zone');
    return [];
  } catch {
    return fault(path, 'is no time zone that is known here; names are such as America/New_York');
  }
}

/** The name of a header, as RFC 9110 §5.1 spells one. */
function headerName(value: unknown, path: string): Remark[] {
  return typeof value === 'string' && isHeaderName(value) ? [] : fault(path, 'must be the name of a header');
}

/** A header that may hold a key. */
function keyHeader(value: unknown, path: string): Remark[] {
  if (typeof value === 'string' && isHeaderName(value) && !isTakenHeader(value)) return [];
  return fault(path, 'is no header that can carry a key');
}

function keyField(value: unknown, path: string): Remark[] {
  const names = Object.keys(keyFieldLabels);
  return names.some((name) => name === value) ? [] : fault(path, `must be ${names.join(' or ')}`);
}

function notes(value: unknown, path: string): Remark[] {
  return typeof value === 'string' ? text({})(value, path) : list(value, path);
}
