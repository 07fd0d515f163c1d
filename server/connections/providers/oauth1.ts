/** The service provider for OAuth 1.0a (RFC 5849). Pure. */
import type { OutboundRequest } from '../../delivery/delivery.ts';
import { HubError } from '../../errors.ts';
import { accountFieldsOf, checkAccount, signerOf, tokenFields } from '../oauth1/account-keys.ts';
import { parseEndpoint } from '../oauth1/check.ts';
import { checkOAuth1Service, isInTheClear } from '../oauth1/check-service.ts';
import { explainSignature, explanationLines, type SignatureExplanation } from '../oauth1/explain.ts';
import { isSecretField } from '../oauth1/grant.ts';
import { linkSteps } from '../oauth1/link-steps.ts';
import { readProblem, refusesFreshness } from '../oauth1/problem.ts';
import { pushSteps } from '../oauth1/push.ts';
import { renewal } from '../oauth1/renewal.ts';
import {
  carryKey,
  explainKey,
  keyFieldLabels,
  type RequestHeader,
  requestHeaderOf,
} from '../oauth1/request-header.ts';
import { revokeStep } from '../oauth1/revoke.ts';
import { isPushed, legsOf, signatureMethodOf, signsWithRsa } from '../oauth1/service.ts';
import { serviceFields } from '../oauth1/service-fields.ts';
import { signOutbound } from '../oauth1/sign-outbound.ts';
import { refusesToken } from '../oauth1/token-refused.ts';
import type { Credentials, ServiceParams, ServiceProvider } from '../provider.ts';
import { isPlainObject } from '../reading.ts';

/** `cerb.service.provider.oauth1`, with Cerb's parameter names and those of the contract beside them. */
export const oauth1: ServiceProvider = {
  id: 'cerb.service.provider.oauth1',
  title: 'OAuth 1.0a',
  serviceFields,
  accountFields: tokenFields,
  accountFieldsOf,
  checkService: checkOAuth1Service,
  checkAccount,
  isLinkedByConsent: (service) => legsOf(service) === 'three' && !isPushed(service),
  signsWithKeyPair: signsWithRsa,
  hosts,
  authorize(request, params, account, { nonce, timestamp }) {
    const { service, token } = signerOf(params, account);
    if (token === undefined) {
      throw new HubError('request_refused', 'The account has no access token to sign with; link it first.');
    }
    const header = requestHeaderOf(params);
    if (header || service.signatureMethod === 'PLAINTEXT') refuseInTheClear(request.url, header);
    if (header) return carryKey(request, header, token, params);
    return signOutbound(service, request, token, { nonce, timestamp });
  },
  refusesFreshness,
  readProblem,
  explain(request, params, account) {
    const explained = explain(request, params, account);
    if (explained) return explanationLines(explained);
    const header = requestHeaderOf(params);
    return header ? explainKey(request, header) : null;
  },
  explainSignature: explain,
  secrets,
  link: linkSteps,
  push: pushSteps,
  renewal,
  refusesToken,
  revokes: revokeStep,
};

function explain(
  request: OutboundRequest,
  params: ServiceParams,
  account: Credentials,
  theirs?: string,
): SignatureExplanation | null {
  const { service, token } = signerOf(params, account);
  const known = {
    consumerSecret: service.consumerSecret,
    tokenSecret: token?.tokenSecret ?? null,
    ...(token && { token: token.token }),
    hidden: secrets(params, account),
  };
  return explainSignature({ ...request, body: request.body ?? null }, known, theirs) ?? null;
}

function secrets(params: ServiceParams, account: Credentials): string[] {
  const { service, token } = signerOf(params, account);
  const ofAccount = Object.entries(account).filter(([name]) => isSecretField(name));
  const ofToken = token ? [token.token, token.tokenSecret] : [];
  const found = [service.consumerSecret, ...ofAccount.map(([, value]) => value), ...ofToken];
  return [...new Set(found)].filter((secret) => secret !== '');
}

/** PLAINTEXT and a granted key are the secrets themselves: never where they can be read on the way (RFC 5849 §3.4.4). */
function refuseInTheClear(url: URL, header: RequestHeader | undefined): void {
  if (!isInTheClear(url)) return;
  const what = header ? `The header ${header.name} would send the key` : 'PLAINTEXT would send the secrets';
  throw new HubError('request_refused', `${what} in the clear; use the https address.`);
}

/**
 * HMAC sends no secret but only signs with it; PLAINTEXT sends both, and a granted key is sent alone. Hosts of API
 * calls are the allowed ones, or else all of the service's own, which then may receive the access token.
 */
function hosts(params: ServiceParams): { host: string; receives: string[] }[] {
  const isPlaintext = signatureMethodOf(params) === 'PLAINTEXT';
  const hasToken = accountFieldsOf(params).length > 0;
  const consumer = isPlaintext ? ['consumer key', 'consumer secret'] : ['consumer key'];
  const token = isPlaintext ? ['access token', 'access token secret'] : ['access token'];
  const access = [...consumer, ...(hasToken ? token : [])];
  const header = requestHeaderOf(params);
  const call = header ? [keyFieldLabels[header.field]] : access;
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
  if (isPlainObject(params.identity)) add(hostOf(params.identity.url), call);
  if (isPlainObject(params.revoke)) add(hostOf(params.revoke.url), access);
  if (isPlainObject(params.lifetime)) add(hostOf(params.lifetime.renew_url), access);
  for (const host of allowed ?? [...found.keys()]) {
    if (typeof host === 'string') add(host.toLowerCase(), call);
  }
  return [...found].map(([host, receives]) => ({ host, receives: [...receives] }));
}

function hostOf(url: unknown): string | undefined {
  return parseEndpoint(url)?.host;
}
