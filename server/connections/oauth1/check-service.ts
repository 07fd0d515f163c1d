/** The check of a whole OAuth 1.0a service: each parameter, what must be there, and what does not go together. Pure. */
import type { Remark } from '../../packages/record-type.ts';
import type { ServiceParams } from '../provider.ts';
import { escapePointer, isPlainObject } from '../reading.ts';
import { fault, parseEndpoint } from './check.ts';
import { keyFieldLabels, requestHeaderOf } from './request-header.ts';
import { isPushed, legsOf, signatureMethodOf, signsWithRsa, textOf } from './service.ts';
import { checks } from './service-checks.ts';

/** Every fault with its JSON pointer below the params; what is odd but works is a warning. */
export function checkOAuth1Service(params: ServiceParams): { faults: Remark[]; warnings: Remark[] } {
  const faults: Remark[] = [];
  const required = requiredOf(params);
  for (const [key, check] of Object.entries(checks)) {
    const value = Object.hasOwn(params, key) ? params[key] : undefined;
    if (value !== undefined && value !== null) faults.push(...check(value, `/${key}`));
    if (required.includes(key)) faults.push(...faultsOfMissing(value, `/${key}`));
  }
  for (const key of Object.keys(params)) {
    if (Object.hasOwn(checks, key)) continue;
    const path = `/${escapePointer(key)}`;
    faults.push({ path, message: `'${key}' is not a parameter of an OAuth 1.0a service` });
  }
  if (faults.length === 0) faults.push(...faultsBetween(params));
  return { faults, warnings: warningsOf(params) };
}

/** Parameters that a service must have, by its legs and method. */
function requiredOf(params: ServiceParams): string[] {
  // What the remote site pushes brings the consumer, and nobody is asked for consent.
  if (isPushed(params)) return ['request_token_url', 'access_token_url'];
  const kind = legsOf(params);
  const consumer = kind === 'zero' ? [] : ['client_id', ...(signsWithRsa(params) ? [] : ['client_secret'])];
  return kind === 'three'
    ? [...consumer, 'request_token_url', 'authentication_url', 'access_token_url']
    : consumer;
}

/** An empty consumer secret is one (Launchpad); everything else that is required is filled. */
function faultsOfMissing(value: unknown, path: string): Remark[] {
  if (value === undefined || value === null) return fault(path, 'is required');
  return path !== '/client_secret' && typeof value === 'string' && value.trim() === ''
    ? fault(path, 'is empty')
    : [];
}

/** Every address that gets signed requests, by its place. */
function signedUrls(params: ServiceParams): [path: string, url: unknown][] {
  const urlOf = (value: unknown, key = 'url') => (isPlainObject(value) ? value[key] : undefined);
  return [
    ['/request_token_url', params.request_token_url],
    ['/access_token_url', params.access_token_url],
    ['/identity/url', urlOf(params.identity)],
    ['/lifetime/renew_url', urlOf(params.lifetime, 'renew_url')],
    ['/revoke/url', urlOf(params.revoke)],
  ];
}

/** Whether what is sent there can be read on its way. This machine's own addresses are taken for safe. */
export function isInTheClear(url: URL): boolean {
  const { protocol, hostname } = url;
  const isLoopback = hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d+){3}$/.test(hostname);
  return protocol === 'http:' && !isLoopback;
}

function inTheClear(value: unknown): boolean {
  const url = parseEndpoint(value);
  return url !== undefined && isInTheClear(url);
}

function faultsBetween(params: ServiceParams): Remark[] {
  const faults: Remark[] = [];
  if (textOf(params.realm) !== undefined && (textOf(params.token_transport) ?? 'header') !== 'header') {
    faults.push({
      path: '/realm',
      message: "A realm travels in the header only; set 'token_transport' to header",
    });
  }
  if (params.empty_token === 'sent' && !['two', 'one'].includes(legsOf(params))) {
    const message = "An empty token is sent by services with 'legs' two or one only";
    faults.push({ path: '/empty_token', message });
  }
  faults.push(...faultsOfConsent(params), ...faultsOfKey(params));
  if (signatureMethodOf(params) !== 'PLAINTEXT') return faults;
  for (const [path, url] of signedUrls(params)) {
    if (!inTheClear(url)) continue;
    faults.push({ path, message: 'PLAINTEXT would send the secrets in the clear here; use https' });
  }
  return faults;
}

/** A key that travels as it is needs an account that holds one, and an address where nobody reads along. */
function faultsOfKey(params: ServiceParams): Remark[] {
  const header = requestHeaderOf(params);
  if (!header) return [];
  if (['two', 'one'].includes(legsOf(params))) {
    return fault('/request_header', "is for services with 'legs' three or zero: the key is the account's");
  }
  const { identity } = params;
  if (!isPlainObject(identity) || !inTheClear(identity.url)) return [];
  const message = `The ${keyFieldLabels[header.field]} would travel in the clear here; use https`;
  return [{ path: '/identity/url', message }];
}

/** What would make the authentication URL name the request token twice, or a push ask for consent. */
function faultsOfConsent(params: ServiceParams): Remark[] {
  const name = textOf(params.authorization_token_name);
  const further = isPlainObject(params.authorization_params) ? params.authorization_params : {};
  const isInUrl = name !== undefined && parseEndpoint(params.authentication_url)?.searchParams.has(name);
  if (name !== undefined && (isInUrl || Object.hasOwn(further, name))) {
    return fault('/authorization_token_name', `is '${name}', which the authentication URL has already`);
  }
  return isPushed(params) && legsOf(params) !== 'three'
    ? fault('/handshake', 'is push only with three legs: it ends with an access token')
    : [];
}

function warningsOf(params: ServiceParams): Remark[] {
  const warnings: Remark[] = [];
  if (textOf(params.signature_method_) !== undefined) {
    const isTaken = textOf(params.signature_method) === undefined;
    const message = isTaken
      ? "'signature_method_' is taken as 'signature_method'"
      : "'signature_method_' is not used, because 'signature_method' is set";
    warnings.push({ path: '/signature_method_', message });
  }
  for (const key of ['client_id', 'client_secret'] as const) {
    const value = params[key];
    if (typeof value !== 'string' || value.trim() === value) continue;
    warnings.push({ path: `/${key}`, message: `'${key}' begins or ends with a space; was it pasted whole?` });
  }
  if (signsWithRsa(params) && params.rsa_private_key === undefined) {
    const message =
      'The service signs with an RSA key and has none yet; make or paste one on its card, and register its public half at the remote site';
    warnings.push({ path: '/signature_method', message });
  }
  if (params.client_secret === '' && legsOf(params) !== 'zero' && !signsWithRsa(params)) {
    const message = 'The consumer secret is empty; few services want that';
    warnings.push({ path: '/client_secret', message });
  }
  if (looksLikeOAuth2ClientId(params.client_id)) {
    const message =
      'This looks like an OAuth 2.0 Client ID of X; what is needed is the API key, shown under "Consumer Keys"';
    warnings.push({ path: '/client_id', message });
  }
  for (const [path, url] of [
    ...signedUrls(params),
    ['/authentication_url', params.authentication_url],
  ] as const) {
    if (!inTheClear(url)) continue;
    const message = `'${path.slice(1)}' is not https; the host must be in COUNTERSIGN_ALLOW_PRIVATE to be called`;
    warnings.push({ path, message });
  }
  return warnings;
}

/** X's are base64url of `…:1:ci`; pasting one as consumer key is the commonest mistake there. */
function looksLikeOAuth2ClientId(value: unknown): boolean {
  return typeof value === 'string' && /:\d+:ci$/.test(Buffer.from(value, 'base64url').toString('latin1'));
}
