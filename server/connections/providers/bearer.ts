/** The service provider for tokens that are sent as they are (RFC 6750, and schemes that look like it). Pure. */
import {
  allowedAddresses,
  checkCredentials,
  checkParams,
  commonFields,
  hostsOf,
  identityAddress,
} from '../field-checks.ts';
import { isHeaderName, isHeaderText, needed, withHeader, withUserAgent } from '../headers.ts';
import type { ProviderField, ServiceProvider } from '../provider.ts';

const title = 'Bearer token';

const serviceFields: readonly ProviderField[] = [
  {
    key: 'token_name',
    label: 'Token name',
    kind: 'text',
    required: false,
    help: 'The word before the token in the Authorization header. Left empty: Bearer.',
  },
  ...commonFields,
];

const accountFields: readonly ProviderField[] = [
  { key: 'token', label: 'Token', kind: 'secret', required: true },
];

/** `cerb.service.provider.token.bearer`. Its services name no address, so an admin says which hosts are allowed. */
export const bearer: ServiceProvider = {
  id: 'cerb.service.provider.token.bearer',
  title,
  serviceFields,
  accountFields,
  checkService(params) {
    const faults = checkParams(params, serviceFields, title);
    const { token_name: name } = params;
    if (typeof name === 'string' && name !== '' && !isHeaderName(name)) {
      faults.push({ path: '/token_name', message: "'token_name' must be one word, such as Bearer or token" });
    }
    return { faults, warnings: [] };
  },
  checkAccount(credentials) {
    const { faults } = checkCredentials(credentials, accountFields);
    const { token = '' } = credentials;
    if (token !== '' && !isHeaderText(token)) {
      faults.push({ path: '/token', message: "'Token' holds a character that no header can carry" });
    }
    return { faults };
  },
  hosts: (params) =>
    hostsOf([identityAddress(params), ...allowedAddresses(params)].map((url) => [url, ['token']])),
  authorize(request, service, account) {
    const name =
      typeof service.token_name === 'string' && service.token_name !== '' ? service.token_name : 'Bearer';
    return withHeader(
      withUserAgent(request, service),
      'Authorization',
      `${name} ${needed(account.token, 'token')}`,
    );
  },
  secrets: (_service, { token }) => (token === undefined ? [] : [token]),
};
