/** The parameters of a service that speaks OAuth 1.0a: their defaults, and the check of each. Pure. */
import type { Remark } from '../../packages/record-type.ts';
import type { ServiceParams } from '../provider.ts';
import { isPlainObject } from '../reading.ts';
import { checks, parseEndpoint } from './service-checks.ts';
import type { Transport } from './transport.ts';

/** The parameters with their defaults, as signing and linking need them. */
export interface OAuth1Service {
  consumerKey: string;
  consumerSecret: string;
  requestTokenUrl: string;
  authenticationUrl: string;
  accessTokenUrl: string;
  signatureMethod: string;
  transport: Transport;
  requestMethod: string;
  accessMethod: string;
  requestParams: Readonly<Record<string, string>>;
  authorizationParams: Readonly<Record<string, string>>;
  accessParams: Readonly<Record<string, string>>;
  callback: 'url' | 'oob';
  verifier: 'required' | 'absent';
  version: string | undefined;
  realm: string | undefined;
  bodyHash: string | undefined;
  userAgent: string | undefined;
}

/** The settings of a service that `checkOAuth1Service` found without fault. */
export function readOAuth1Service(params: ServiceParams): OAuth1Service {
  return {
    consumerKey: textOf(params.client_id) ?? '',
    consumerSecret: typeof params.client_secret === 'string' ? params.client_secret : '',
    requestTokenUrl: textOf(params.request_token_url) ?? '',
    authenticationUrl: textOf(params.authentication_url) ?? '',
    accessTokenUrl: textOf(params.access_token_url) ?? '',
    signatureMethod: signatureMethodOf(params),
    transport:
      params.token_transport === 'query' || params.token_transport === 'body'
        ? params.token_transport
        : 'header',
    requestMethod: textOf(params.request_method)?.toUpperCase() ?? 'POST',
    accessMethod: textOf(params.access_method)?.toUpperCase() ?? 'POST',
    requestParams: textsOf(params.request_params),
    authorizationParams: textsOf(params.authorization_params),
    accessParams: textsOf(params.access_params),
    callback: params.callback === 'oob' ? 'oob' : 'url',
    verifier: params.verifier === 'absent' ? 'absent' : 'required',
    version: params.oauth_version === 'absent' ? undefined : '1.0',
    realm: textOf(params.realm),
    bodyHash: textOf(params.body_hash),
    userAgent: textOf(params.user_agent),
  };
}

/** `signature_method`, else Cerb's old misspelling `signature_method_`, else HMAC-SHA1. */
export function signatureMethodOf(params: ServiceParams): string {
  return textOf(params.signature_method) ?? textOf(params.signature_method_) ?? 'HMAC-SHA1';
}

/** Every fault with its JSON pointer below the params; what is odd but works is a warning. */
export function checkOAuth1Service(params: ServiceParams): { faults: Remark[]; warnings: Remark[] } {
  const faults: Remark[] = [];
  for (const [key, check] of Object.entries(checks)) {
    const value = Object.hasOwn(params, key) ? params[key] : undefined;
    if (value === undefined || value === null) {
      if (check.required) faults.push({ path: `/${key}`, message: `'${key}' is required` });
    } else {
      faults.push(...check.faults(value, `/${key}`));
    }
  }
  for (const key of Object.keys(params)) {
    if (Object.hasOwn(checks, key)) continue;
    const path = `/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`;
    faults.push({ path, message: `'${key}' is not a parameter of an OAuth 1.0a service` });
  }
  if (faults.length === 0) faults.push(...faultsBetween(params));
  return { faults, warnings: warningsOf(params) };
}

/** Endpoints that get signed requests, by parameter. */
const signedUrls = ['request_token_url', 'access_token_url'] as const;

function faultsBetween(params: ServiceParams): Remark[] {
  const faults: Remark[] = [];
  if (textOf(params.realm) !== undefined && (params.token_transport ?? 'header') !== 'header') {
    faults.push({
      path: '/realm',
      message: "A realm travels in the header only; set 'token_transport' to header",
    });
  }
  if (signatureMethodOf(params) !== 'PLAINTEXT') return faults;
  for (const key of signedUrls) {
    const url = parseEndpoint(params[key]);
    if (url?.protocol !== 'http:' || isLoopback(url)) continue;
    faults.push({
      path: `/${key}`,
      message: 'PLAINTEXT would send the secrets in the clear here; use https',
    });
  }
  return faults;
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
  for (const key of ['lifetime', 'rate_headers'] as const) {
    if (params[key] === undefined) continue;
    warnings.push({ path: `/${key}`, message: `'${key}' is kept, and not acted on yet` });
  }
  if (params.callback === 'oob') {
    const message =
      'Accounts of a service that shows a PIN cannot be linked by consent yet; paste their tokens';
    warnings.push({ path: '/callback', message });
  }
  if (params.client_secret === '') {
    const message = 'The consumer secret is empty; few services want that';
    warnings.push({ path: '/client_secret', message });
  }
  if (looksLikeOAuth2ClientId(params.client_id)) {
    const message =
      'This looks like an OAuth 2.0 Client ID of X; what is needed is the API key, shown under "Consumer Keys"';
    warnings.push({ path: '/client_id', message });
  }
  for (const key of [...signedUrls, 'authentication_url'] as const) {
    const url = parseEndpoint(params[key]);
    if (url?.protocol !== 'http:' || isLoopback(url)) continue;
    const message = `'${key}' is not https; the host must be in COUNTERSIGN_ALLOW_PRIVATE to be called`;
    warnings.push({ path: `/${key}`, message });
  }
  return warnings;
}

/** X's are base64url of `…:1:ci`; pasting one as consumer key is the commonest mistake there. */
function looksLikeOAuth2ClientId(value: unknown): boolean {
  return typeof value === 'string' && /:\d+:ci$/.test(Buffer.from(value, 'base64url').toString('latin1'));
}

function isLoopback({ hostname }: URL): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d+){3}$/.test(hostname);
}

/** A text with something in it; forms send '' for what was left blank. */
function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function textsOf(value: unknown): Record<string, string> {
  if (!isPlainObject(value)) return {};
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, text]) => (typeof text === 'string' ? [[name, text]] : [])),
  );
}
