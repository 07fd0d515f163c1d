/** The service provider for a key that travels in a header or in the address. Pure. */
import type { OutboundRequest } from '../../delivery/delivery.ts';
import { HubError } from '../../errors.ts';
import {
  allowedAddresses,
  checkCredentials,
  checkParams,
  commonFields,
  hostsOf,
  identityAddress,
} from '../field-checks.ts';
import { isHeaderName, isHeaderText, isTakenHeader, needed, withHeader, withUserAgent } from '../headers.ts';
import type { ProviderField, ServiceParams, ServiceProvider } from '../provider.ts';

const title = 'API key';

const serviceFields: readonly ProviderField[] = [
  { key: 'api_base_url', label: 'Base URL', kind: 'url', required: true },
  {
    key: 'api_key_name',
    label: 'API key name',
    kind: 'text',
    required: true,
    help: 'Of the header or the URL parameter that carries the key.',
  },
  {
    key: 'api_key_location',
    label: 'API key location',
    kind: 'select',
    required: true,
    options: ['header', 'url'],
    help: 'A header is the better place: addresses are written to logs at the remote site.',
  },
  ...commonFields,
];

const accountFields: readonly ProviderField[] = [
  { key: 'api_key', label: 'API key', kind: 'secret', required: true },
];

/** `cerb.service.provider.api_key`, with Cerb's parameter names. */
export const apiKey: ServiceProvider = {
  id: 'cerb.service.provider.api_key',
  title,
  serviceFields,
  accountFields,
  checkService(params) {
    const faults = checkParams(params, serviceFields, title);
    const { api_key_name: name, api_key_location: location } = params;
    const isHeader = location === 'header' && typeof name === 'string' && name !== '';
    if (isHeader && (!isHeaderName(name) || isTakenHeader(name))) {
      faults.push({ path: '/api_key_name', message: "'api_key_name' is no header that can carry a key" });
    }
    return { faults, warnings: [] };
  },
  checkAccount: (credentials) => checkCredentials(credentials, accountFields),
  hosts: (params) =>
    hostsOf(
      [params.api_base_url, identityAddress(params), ...allowedAddresses(params)].map((url) => [
        url,
        ['API key'],
      ]),
    ),
  authorize(request, service, account) {
    const key = needed(account.api_key, 'API key');
    const name = String(service.api_key_name);
    const sent = withUserAgent(request, service);
    if (service.api_key_location === 'url') return withParameter(sent, name, key);
    if (isHeaderText(key)) return withHeader(sent, name, key);
    throw new HubError(
      'request_refused',
      'The API key of the account holds a character that no header can carry.',
    );
  },
  secrets: (_service: ServiceParams, { api_key: key }) => (key === undefined ? [] : [key]),
};

/** Appends to the query as it stands. A caller's own parameter of the name would leave open which one counts. */
function withParameter(request: OutboundRequest, name: string, value: string): OutboundRequest {
  if (request.url.searchParams.has(name)) {
    const message = `The URL of the request has the parameter '${name}' already, which the account's key takes.`;
    throw new HubError('request_refused', message);
  }
  const url = new URL(request.url);
  const pair = `${encodeURIComponent(name)}=${encodeURIComponent(value)}`;
  url.search = url.search.length > 1 ? `${url.search}&${pair}` : `?${pair}`;
  return { ...request, url };
}
