/** What signs for an account: the service's consumer with the account's token, or what its legs put in their place. Pure. */
import type { Remark } from '../../packages/record-type.ts';
import type { Credentials, ProviderField, ServiceParams } from '../provider.ts';
import { legsOf, type OAuth1Service, readOAuth1Service, textOf } from './service.ts';
import type { Token } from './sign-outbound.ts';

/** Access token and its secret, as consent brings them or a person pastes them. */
export const tokenFields: readonly ProviderField[] = [
  { key: 'oauth_token', label: 'Access token', kind: 'text', required: true },
  { key: 'oauth_token_secret', label: 'Access token secret', kind: 'secret', required: true },
];

/** The one text that a remote site without consumer keys hands out: consumer key, token and secret. */
const keyFields: readonly ProviderField[] = [
  {
    key: 'api_key',
    label: 'API key',
    kind: 'secret',
    required: true,
    help: 'As the remote site shows it: three parts with colons between them.',
  },
];

/** What an account of this service is asked for. */
export function accountFieldsOf(service: ServiceParams): readonly ProviderField[] {
  const legs = legsOf(service);
  if (legs === 'two' || legs === 'one') return [];
  return legs === 'zero' && textOf(service.client_id) === undefined ? keyFields : tokenFields;
}

/** Every field that the service asks for must be whole. Without a service an account may be empty: it is to be linked. */
export function checkAccount(credentials: Credentials, service?: ServiceParams): { faults: Remark[] } {
  if (service === undefined && Object.keys(credentials).length === 0) return { faults: [] };
  const asksForKey = Object.hasOwn(credentials, 'api_key');
  const fields = service ? accountFieldsOf(service) : asksForKey ? keyFields : tokenFields;
  return { faults: fields.flatMap((field) => faultsOf(field, credentials[field.key])) };
}

/** The service as it signs for this account, and the token: null where it has none, undefined while one is missing. */
export function signerOf(
  params: ServiceParams,
  account: Credentials,
): { service: OAuth1Service; token: Token | null | undefined } {
  const service = readOAuth1Service(params);
  if (service.legs === 'two' || service.legs === 'one') {
    return { service, token: service.sendsEmptyToken ? { token: '', tokenSecret: '' } : null };
  }
  if (service.legs === 'zero' && service.consumerKey === '') {
    const [consumerKey = '', token = '', tokenSecret = ''] = account.api_key?.trim().split(':') ?? [];
    return token === ''
      ? { service, token: undefined }
      : { service: { ...service, consumerKey }, token: { token, tokenSecret } };
  }
  const { oauth_token: token, oauth_token_secret: tokenSecret } = account;
  return { service, token: token && tokenSecret !== undefined ? { token, tokenSecret } : undefined };
}

function faultsOf({ key, label }: ProviderField, value: string | undefined): Remark[] {
  const path = `/${key}`;
  const what = key === 'api_key' ? 'API key' : label.toLowerCase();
  if (value === undefined || value === '') return [{ path, message: `The ${what} is missing` }];
  if (/[\p{Cc}\p{Surrogate}]/u.test(value)) {
    return [{ path, message: `The ${what} holds a character that no token has` }];
  }
  if (key !== 'api_key' || /^[^:\s]+:[^:\s]+:[^:\s]+$/.test(value.trim())) return [];
  return [{ path, message: 'The API key is not three parts with colons between them' }];
}
