/** The parameters of a service that speaks OAuth 2.0: what each may hold, and their defaults. Pure. */
import type { Remark } from '../../packages/record-type.ts';
import { checkParams, commonFields } from '../field-checks.ts';
import { address, fault, object, texts } from '../oauth1/check.ts';
import type { ProviderField, ServiceParams } from '../provider.ts';
import { isPlainObject } from '../reading.ts';

export const title = 'OAuth 2.0';

/** The form's fields. Cerb's parameters come first, and carry its names. */
export const serviceFields: readonly ProviderField[] = [
  {
    key: 'grant_type',
    label: 'Grant type',
    kind: 'select',
    required: false,
    options: ['authorization_code', 'client_credentials'],
    help: 'authorization_code, the usual one, asks a person for consent; client_credentials acts as the app itself.',
  },
  { key: 'client_id', label: 'Client ID', kind: 'text', required: true },
  { key: 'client_secret', label: 'Client Secret', kind: 'secret', required: false },
  {
    key: 'authorization_url',
    label: 'Authorization URL',
    kind: 'url',
    required: false,
    help: 'Where the browser is sent for consent.',
  },
  { key: 'access_token_url', label: 'Access Token URL', kind: 'url', required: true },
  {
    key: 'resource_owner_url',
    label: 'Resource Owner URL',
    kind: 'url',
    required: false,
    help: 'A call that tells who the account is. Its JSON answer is read for an id and a name.',
  },
  { key: 'scope', label: 'Scope', kind: 'text', required: false, help: 'As the remote service writes it.' },
  { key: 'approval_prompt', label: 'Approval Prompt', kind: 'text', required: false, isAdvanced: true },
  {
    key: 'client_auth',
    label: 'Client authentication',
    kind: 'select',
    required: false,
    isAdvanced: true,
    options: ['post', 'basic'],
    help: 'Where the Client Secret travels: in the form (post, the usual one) or in a Basic header.',
  },
  {
    key: 'pkce',
    label: 'PKCE',
    kind: 'select',
    required: false,
    isAdvanced: true,
    options: ['S256', 'none'],
    help: 'none only for a service that refuses parameters it does not know.',
  },
  {
    key: 'issuer',
    label: 'Issuer',
    kind: 'url',
    required: false,
    isAdvanced: true,
    help: 'What the service calls itself (iss). Left empty: it must be of the origin of one of its URLs.',
  },
  {
    key: 'authorization_params',
    label: 'Further parameters for consent',
    kind: 'pairs',
    required: false,
    isAdvanced: true,
    help: 'One a line, as access_type=offline.',
  },
  {
    key: 'access_params',
    label: 'Further parameters for tokens',
    kind: 'pairs',
    required: false,
    isAdvanced: true,
    help: 'One a line, as audience=api.',
  },
  {
    key: 'revoke',
    label: 'Revoke call',
    kind: 'json',
    required: false,
    isAdvanced: true,
    help: 'Called when an account is unlinked: {"url": …, "params": {}}. The token is added.',
  },
  // Without a url it names fields of the token answer; mostly the resource owner's address does for it.
  ...commonFields.map((field) => ({ ...field, isAdvanced: true as const })),
];

/** The parameters with their defaults. `secret` is empty for an app that has none. */
export interface OAuth2Service {
  isForApp: boolean;
  clientId: string;
  secret: string;
  authorizationUrl: string;
  tokenUrl: string;
  scope: string;
  approvalPrompt: string;
  clientAuth: 'post' | 'basic';
  usesPkce: boolean;
  issuer: string;
  authorizationParams: Readonly<Record<string, string>>;
  accessParams: Readonly<Record<string, string>>;
  /** Fields of the token answer that tell who the account is, where no call does. */
  identityFields: { id: string; name: string };
  revokeUrl: string;
  revokeParams: Readonly<Record<string, string>>;
}

/** The settings of a service that `checkOAuth2Service` found without fault. */
export function readOAuth2Service(params: ServiceParams): OAuth2Service {
  const revoke = isPlainObject(params.revoke) ? params.revoke : {};
  const identity = isPlainObject(params.identity) && !params.identity.url ? params.identity : {};
  return {
    isForApp: params.grant_type === 'client_credentials',
    clientId: textOf(params.client_id),
    secret: textOf(params.client_secret),
    authorizationUrl: textOf(params.authorization_url),
    tokenUrl: textOf(params.access_token_url),
    scope: textOf(params.scope),
    approvalPrompt: textOf(params.approval_prompt),
    clientAuth: params.client_auth === 'basic' ? 'basic' : 'post',
    usesPkce: params.pkce !== 'none',
    issuer: textOf(params.issuer),
    authorizationParams: textsOf(params.authorization_params),
    accessParams: textsOf(params.access_params),
    identityFields: { id: textOf(identity.id) || 'user_id', name: textOf(identity.name) || 'screen_name' },
    revokeUrl: textOf(revoke.url),
    revokeParams: textsOf(revoke.params),
  };
}

/** What each half of the handshake sets itself, so that no record can change it. */
const ownParams = {
  authorization_params:
    'response_type client_id redirect_uri scope state code_challenge code_challenge_method approval_prompt',
  access_params: 'grant_type code redirect_uri client_id client_secret code_verifier refresh_token scope',
} as const;

const checkRevoke = object(
  { url: address, params: texts((name) => (name === 'token' ? 'is added at each call' : undefined)) },
  ['url'],
);

/** Every fault with its JSON pointer below the params. */
export function checkOAuth2Service(params: ServiceParams): { faults: Remark[]; warnings: Remark[] } {
  const faults = checkParams(params, serviceFields, title, { hasTokenAnswer: true });
  const warnings: Remark[] = [];
  if (isPlainObject(params.revoke)) faults.push(...checkRevoke(params.revoke, '/revoke'));
  const { isForApp, secret, authorizationUrl, scope } = readOAuth2Service(params);
  if (!isForApp && authorizationUrl === '') faults.push(...fault('/authorization_url', 'is required'));
  if (isForApp && secret === '')
    faults.push(...fault('/client_secret', 'is required where the app acts as itself'));
  if (scope.length > 4096) faults.push(...fault('/scope', 'is longer than 4096 characters'));
  for (const [key, own] of Object.entries(ownParams)) {
    const names = own.split(' ');
    for (const name of Object.keys(textsOf(params[key]))) {
      if (!names.includes(name)) continue;
      faults.push({
        path: `/${key}/${name}`,
        message: `'${name}' is set at each call and cannot be given here`,
      });
    }
  }
  for (const key of ['authorization_url', 'access_token_url'] as const) {
    const url = params[key];
    if (typeof url !== 'string' || !url.startsWith('http:')) continue;
    const message = `'${key}' is not https; the host must be in COUNTERSIGN_ALLOW_PRIVATE to be called`;
    warnings.push({ path: `/${key}`, message });
  }
  return { faults, warnings };
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function textsOf(value: unknown): Record<string, string> {
  if (!isPlainObject(value)) return {};
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, text]) => (typeof text === 'string' ? [[name, text]] : [])),
  );
}
