/** The service provider for OAuth 1.0a (RFC 5849). Pure. */
import { HubError } from '../../errors.ts';
import type { Remark } from '../../packages/record-type.ts';
import { explainSignature, explanationLines } from '../oauth1/explain.ts';
import { isSecretField, linkSteps } from '../oauth1/link-steps.ts';
import { refusesFreshness } from '../oauth1/problem.ts';
import { checkOAuth1Service, readOAuth1Service, signatureMethodOf } from '../oauth1/service.ts';
import { parseEndpoint, usableMethods } from '../oauth1/service-checks.ts';
import { signOutbound } from '../oauth1/sign-outbound.ts';
import type { Credentials, ProviderField, ServiceParams, ServiceProvider } from '../provider.ts';
import { isPlainObject } from '../reading.ts';

const serviceFields: readonly ProviderField[] = [
  {
    key: 'client_id',
    label: 'Consumer key',
    alsoKnownAs: ['API key', 'Client ID'],
    kind: 'text',
    required: true,
    help: 'At X this is the API key under "Consumer Keys", not the OAuth 2.0 Client ID.',
  },
  {
    key: 'client_secret',
    label: 'Consumer secret',
    alsoKnownAs: ['API secret key', 'API key secret', 'Client Secret'],
    kind: 'secret',
    required: true,
  },
  { key: 'request_token_url', label: 'Request token URL', kind: 'url', required: true },
  {
    key: 'authentication_url',
    label: 'Authentication URL',
    kind: 'url',
    required: true,
    help: 'Where the browser is sent for consent.',
  },
  { key: 'access_token_url', label: 'Access token URL', kind: 'url', required: true },
  {
    key: 'signature_method',
    label: 'Signature method',
    kind: 'select',
    required: false,
    options: usableMethods,
    help: 'HMAC-SHA1 unless the remote service says otherwise.',
  },
  {
    key: 'identity',
    label: 'Identity call',
    kind: 'json',
    required: false,
    help: 'A harmless call that tells who the account is: {"url": …, "id": "id_str", "name": "screen_name"}.',
  },
];

const accountFields: readonly ProviderField[] = [
  { key: 'oauth_token', label: 'Access token', kind: 'text', required: true },
  { key: 'oauth_token_secret', label: 'Access token secret', kind: 'secret', required: true },
];

/** `cerb.service.provider.oauth1`, with Cerb's parameter names and those of the contract beside them. */
export const oauth1: ServiceProvider = {
  id: 'cerb.service.provider.oauth1',
  title: 'OAuth 1.0a',
  serviceFields,
  accountFields,
  checkService: checkOAuth1Service,
  checkAccount,
  hosts,
  authorize(request, service, account, { nonce, timestamp }) {
    const { oauth_token: token, oauth_token_secret: tokenSecret } = account;
    if (token === undefined || token === '' || tokenSecret === undefined) {
      throw new HubError('request_refused', 'The account has no access token to sign with; link it first.');
    }
    return signOutbound(readOAuth1Service(service), request, { token, tokenSecret }, { nonce, timestamp });
  },
  refusesFreshness,
  explain(request, service, account) {
    const explained = explainSignature(
      { ...request, url: request.url.href, body: request.body ?? null },
      {
        consumerSecret: readOAuth1Service(service).consumerSecret,
        tokenSecret: account.oauth_token_secret ?? null,
      },
    );
    return explained ? explanationLines(explained) : null;
  },
  secrets(service, account) {
    const ofAccount = Object.entries(account).filter(([name]) => isSecretField(name));
    const secrets = [readOAuth1Service(service).consumerSecret, ...ofAccount.map(([, value]) => value)];
    return secrets.filter((secret) => secret !== '');
  },
  link: linkSteps,
};

/** An account is empty (to be linked) or has both halves of its token. */
function checkAccount(credentials: Credentials): { faults: Remark[] } {
  if (Object.keys(credentials).length === 0) return { faults: [] };
  const faults: Remark[] = [];
  for (const { key, label } of accountFields) {
    const value = credentials[key];
    const path = `/${key}`;
    if (value === undefined || value === '')
      faults.push({ path, message: `The ${label.toLowerCase()} is missing` });
    else if (/[\p{Cc}\p{Surrogate}]/u.test(value)) {
      faults.push({ path, message: `The ${label.toLowerCase()} holds a character that no token has` });
    }
  }
  return { faults };
}

/**
 * HMAC sends no secret but only signs with it; PLAINTEXT sends both. Hosts of API calls are the allowed ones, or
 * else all of the service's own, which then may receive the access token.
 */
function hosts(params: ServiceParams): { host: string; receives: string[] }[] {
  const isPlaintext = signatureMethodOf(params) === 'PLAINTEXT';
  const consumer = isPlaintext ? ['consumer key', 'consumer secret'] : ['consumer key'];
  const access = isPlaintext ? ['access token', 'access token secret'] : ['access token'];
  const allowed = Array.isArray(params.allowed_hosts) ? params.allowed_hosts : undefined;
  const found = new Map<string, Set<string>>();
  const add = (host: string | undefined, receives: readonly string[]) => {
    if (host === undefined) return;
    const known = found.get(host) ?? new Set();
    for (const name of receives) known.add(name);
    found.set(host, known);
  };
  add(hostOf(params.request_token_url), consumer);
  add(hostOf(params.authentication_url), ['request token']);
  add(hostOf(params.access_token_url), [...consumer, 'request token']);
  if (isPlainObject(params.identity)) add(hostOf(params.identity.url), [...consumer, ...access]);
  for (const host of allowed ?? [...found.keys()]) {
    if (typeof host === 'string') add(host.toLowerCase(), [...consumer, ...access]);
  }
  return [...found].map(([host, receives]) => ({ host, receives: [...receives] }));
}

function hostOf(url: unknown): string | undefined {
  return parseEndpoint(url)?.host;
}
