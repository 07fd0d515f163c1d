/** The service provider for OAuth 2.0: consent or the app's own credentials, bearer tokens, refresh. */
import { allowedAddresses, checkCredentials, hostsOf, identityAddress } from '../field-checks.ts';
import { needed, withHeader, withUserAgent } from '../headers.ts';
import { grantOf } from '../oauth2/grant.ts';
import { linkSteps } from '../oauth2/link-steps.ts';
import { refusesToken } from '../oauth2/problem.ts';
import { checkOAuth2Service, readOAuth2Service, serviceFields, title } from '../oauth2/service.ts';
import { obtainTokens, refreshTokens, revokeTokens } from '../oauth2/tokens.ts';
import type { ProviderField, ServiceParams, ServiceProvider } from '../provider.ts';

const accountFields: readonly ProviderField[] = [
  { key: 'access_token', label: 'Access token', kind: 'secret', required: true },
  {
    key: 'refresh_token',
    label: 'Refresh token',
    kind: 'secret',
    required: false,
    help: 'With it the access token is renewed before it runs out.',
  },
  {
    key: 'expires',
    label: 'Good until',
    kind: 'text',
    required: false,
    help: 'In seconds since 1970. Left empty: until it is refused.',
  },
];

/** `cerb.service.provider.oauth2`, with Cerb's parameter names and a few beside them. */
export const oauth2: ServiceProvider = {
  id: 'cerb.service.provider.oauth2',
  title,
  serviceFields,
  accountFields,
  checkService: checkOAuth2Service,
  // A token answer holds more than the fields (scope, token_type, …), and Cerb stores all of it.
  checkAccount(credentials) {
    const { faults } = checkCredentials(credentials, accountFields, { takesOthers: true });
    const { expires = '' } = credentials;
    if (!/^\d{0,12}$/.test(expires)) {
      faults.push({ path: '/expires', message: "'Good until' must be seconds since 1970, in digits" });
    }
    return { faults };
  },
  accountFieldsOf: (service) => (readOAuth2Service(service).isForApp ? [] : accountFields),
  endOf: ({ expires = '' }) => (expires === '' ? null : Number(expires)),
  isLinkedByConsent: (service) => !readOAuth2Service(service).isForApp,
  hosts,
  authorize(request, service, account) {
    const token = needed(account.access_token, 'access token');
    return withHeader(withUserAgent(request, service), 'Authorization', `Bearer ${token}`);
  },
  secrets(service, account) {
    const ofAccount = Object.entries(account).filter(([name]) => /token(?!_type)|secret/i.test(name));
    return [readOAuth2Service(service).secret, ...ofAccount.map(([, value]) => value)].filter(
      (s) => s !== '',
    );
  },
  refusesToken,
  // Ending the refresh token ends what it would renew.
  revokes(params) {
    const service = readOAuth2Service(params);
    if (service.revokeUrl === '') return undefined;
    return ({ access_token: access = '', refresh_token: refresh = '' }, { send }) =>
      revokeTokens(service, send, refresh || access);
  },
  link: linkSteps,
  async obtain(params, { send, timestamp }) {
    const service = readOAuth2Service(params);
    const reading = await obtainTokens(service, send);
    return reading.ok ? { ok: true, value: grantOf(service, reading.value, timestamp) } : reading;
  },
  renewal: {
    canRenew: (params, { refresh_token: token = '' }) => readOAuth2Service(params).isForApp || token !== '',
    async renew(params, credentials, { send, timestamp }) {
      const service = readOAuth2Service(params);
      const { refresh_token: token = '' } = credentials;
      const reading = await (service.isForApp
        ? obtainTokens(service, send)
        : refreshTokens(service, send, token));
      if (reading.ok) return { ok: true, value: grantOf(service, reading.value, timestamp, credentials) };
      // Any other refusal may be mended at the service, or by waiting; this one only by consent.
      const { problem, nextStep, remoteCode } = reading;
      return { ok: false, isFinal: remoteCode === 'invalid_grant', problem, nextStep };
    },
  },
};

/** The token endpoint gets the app's secret; every allowed host may get the access token. */
function hosts(params: ServiceParams): { host: string; receives: string[] }[] {
  const own = [params.authorization_url, params.access_token_url, params.resource_owner_url];
  const isListed = Array.isArray(params.allowed_hosts);
  const forCalls = isListed ? allowedAddresses(params) : own;
  return hostsOf([
    [params.authorization_url, []],
    [params.access_token_url, ['client secret', 'refresh token']],
    [readOAuth2Service(params).revokeUrl, ['client secret', 'refresh token']],
    ...[params.resource_owner_url, identityAddress(params), ...forCalls].map(
      (url) => [url, ['access token']] as const,
    ),
  ]);
}
