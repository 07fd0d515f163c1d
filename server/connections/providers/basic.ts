/** The service provider for HTTP Basic (RFC 7617). Pure. */
import {
  allowedAddresses,
  checkCredentials,
  checkParams,
  commonFields,
  hostsOf,
  identityAddress,
  linesIn,
} from '../field-checks.ts';
import { needed, withHeader, withUserAgent } from '../headers.ts';
import type { ProviderField, ServiceParams, ServiceProvider } from '../provider.ts';

const title = 'HTTP Basic';

const serviceFields: readonly ProviderField[] = [
  { key: 'base_url', label: 'Base URL', kind: 'url', required: true },
  {
    key: 'url_whitelist',
    label: 'Also allow these URL prefixes',
    kind: 'lines',
    required: false,
    help: 'One a line. Requests may go to their hosts too.',
  },
  ...commonFields,
];

const accountFields: readonly ProviderField[] = [
  { key: 'username', label: 'Username', kind: 'text', required: true },
  { key: 'password', label: 'Password', kind: 'secret', required: false },
];

/** `cerb.service.provider.http.basic`, with Cerb's parameter names. */
export const basic: ServiceProvider = {
  id: 'cerb.service.provider.http.basic',
  title,
  serviceFields,
  accountFields,
  checkService(params) {
    const faults = checkParams(params, serviceFields, title);
    const others = linesIn(params.url_whitelist);
    for (const line of others) {
      if (URL.canParse(line)) continue;
      faults.push({ path: '/url_whitelist', message: "'url_whitelist' holds a line that is no https URL" });
    }
    return { faults, warnings: [] };
  },
  checkAccount(credentials) {
    const { faults } = checkCredentials(credentials, accountFields);
    // The first colon ends the name (RFC 7617 §2).
    if (credentials.username?.includes(':')) {
      faults.push({ path: '/username', message: "'Username' holds a colon, which HTTP Basic cannot carry" });
    }
    return { faults };
  },
  hosts: (params) => hostsOf(addressesOf(params).map((url) => [url, ['user name', 'password']])),
  authorize(request, service, { username, password = '' }) {
    const pair = Buffer.from(`${needed(username, 'user name')}:${password}`, 'utf8').toString('base64');
    return withHeader(withUserAgent(request, service), 'Authorization', `Basic ${pair}`);
  },
  // Some services take a key as the user name and no password (Stripe), so both are secrets.
  secrets: (_service, account) =>
    [account.username, account.password].filter((secret) => secret !== undefined),
};

function addressesOf(params: ServiceParams): unknown[] {
  const own = [params.base_url, ...linesIn(params.url_whitelist), identityAddress(params)];
  return [...own, ...allowedAddresses(params)];
}
